#pragma once

#include "common/byte_output.h"
#include "tools/binlog-tail/options.h"

namespace cdc::tail {

/// Reads binary log files; returns the exit status. Writes hello and end around the stream, also when it fails.
int RunFileJob(const Options& options, ByteOutput& output);

}  // namespace cdc::tail
