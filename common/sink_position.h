#pragma once

#include <optional>
#include <string>

#include "common/position.h"

namespace cdc {

/// Asks a SINK (cdc-stream.5) which position it holds for `slot`, by running the tool that knows it with
/// --print-position: kcat-produce for "kafka:FILE", cdc-sql for "checkpoint:DIR,SINK" (where a cdc-sql before SINK has
/// to begin), cdc-apply for every other target. So no sink's library is linked into a source. The tool is looked for
/// beside this program, then in PATH. Empty: the sink holds none yet. Errors: the child's own status, after it has said
/// why on stderr.
std::optional<Position> AskSinkPosition(const std::string& sink, const std::string& slot);

}  // namespace cdc
