#pragma once

#include <memory>

#include "common/byte_output.h"
#include "tools/cdc-apply/sink.h"

namespace cdc::apply {

/// Target "-": each change as one short line for people, in colour on a terminal:
///   + orders id=7 total=12.00
///   ~ orders id=7 total: 9.50 → 12.00
///   - orders id=7
/// Keeps no position.
std::unique_ptr<Sink> MakePrintSink(ByteOutput& output);

}  // namespace cdc::apply
