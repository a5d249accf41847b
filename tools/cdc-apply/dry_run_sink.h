#pragma once

#include <memory>
#include <string>

#include "common/byte_output.h"
#include "tools/cdc-apply/sink.h"

namespace cdc::apply {

/// Prints what would be done to the target: tables, rows and commits. Of the target only the position is read, so that
/// what it has already is left out.
std::unique_ptr<Sink> MakeDryRunSink(const std::string& target, ByteOutput& output);

}  // namespace cdc::apply
