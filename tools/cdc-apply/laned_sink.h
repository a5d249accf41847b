#pragma once

#include <memory>
#include <vector>

#include "tools/cdc-apply/server_sink.h"

namespace cdc::apply {

/// Several sessions of one server share the rows of a slot: each row goes to the lane that its key tells, so that the
/// changes of a row keep their order. Only tables that cdc-apply made are spread; the others, and all that concerns a
/// whole table, are left to the lead, a session of its own, which also holds the position. Its commit is the last one:
/// after a failure the rows of some lanes may be ahead of the position, and are written once more, as they were.
/// A source transaction is therefore whole only once all lanes have committed. For ApplyMode::kUpsert.
std::unique_ptr<Sink> MakeLanedSink(std::unique_ptr<ServerSink> lead, std::vector<std::unique_ptr<ServerSink>> lanes);

}  // namespace cdc::apply
