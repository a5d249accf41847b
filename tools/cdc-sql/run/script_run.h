#pragma once

#include "common/byte_output.h"
#include "tools/cdc-sql/options.h"

namespace cdc::sql {

/// Runs the queries of a script to the end of their input: standard input, or Kafka with --kafka, or none where they
/// read only tables of their own. Returns the exit status.
int RunScript(const BoundScript& script, const Options& options, ByteOutput& output);

}  // namespace cdc::sql
