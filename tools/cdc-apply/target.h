#pragma once

#include <memory>
#include <string>

#include "common/byte_output.h"
#include "common/position.h"
#include "tools/cdc-apply/sink.h"

namespace cdc::apply {

/// Opens what TARGET names. Errors: 64 for a target that there is not, 78 for one that this build lacks.
std::unique_ptr<Sink> OpenTarget(const std::string& target, ByteOutput& output);

/// With several sessions that share the rows (see MakeLanedSink). Errors: 64 for a target that has none.
std::unique_ptr<Sink> OpenTargetWithLanes(const std::string& target, int64_t lanes);

/// What it does where no mode is given, known without opening it.
ApplyMode DefaultModeOf(const std::string& target);
bool CanTargetApply(const std::string& target, ApplyMode mode);

/// The position that the target holds for the slot, without changing anything.
std::optional<Position> ReadTargetPosition(const std::string& target, const std::string& slot);

}  // namespace cdc::apply
