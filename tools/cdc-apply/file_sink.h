#pragma once

#include <memory>
#include <string>

#include "tools/cdc-apply/sink.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply {

/// Files of rows under a folder, one folder a table (cdc-apply(1), TARGETS). A file holds whole source transactions and
/// gets its name when it is complete; what makes it so is the rename of FOLDER/.cdc/SLOT.json, which holds the position
/// and the names that files are about to get, so that a restart finishes what was decided and drops the rest.
/// Errors: 64 for parameters that there are not.
std::unique_ptr<Sink> OpenFileSink(const TargetPath& target);

}  // namespace cdc::apply
