#pragma once

#include "common/byte_output.h"
#include "tools/binlog-tail/options.h"

namespace cdc::tail {

/// --check: tests all that a run with these options needs and writes a line each, "pass", "warn" or "fail", with what
/// mends it. Returns 0, or the status that a run would end with at the first failure.
int CheckServer(const Options& options, ByteOutput& output);

}  // namespace cdc::tail
