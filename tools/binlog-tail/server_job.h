#pragma once

#include "common/byte_output.h"
#include "tools/binlog-tail/options.h"

namespace cdc::tail {

/// Reads from a server: checks it, finds the start, writes the snapshot if one is asked for, follows the log. Returns
/// the exit status. Writes hello and end around the stream, also when it fails.
int RunServerJob(const Options& options, ByteOutput& output);

}  // namespace cdc::tail
