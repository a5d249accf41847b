#pragma once

#include <map>

#include "common/position.h"
#include "tools/binlog-tail/event_source.h"
#include "tools/binlog-tail/statement.h"

namespace cdc::tail {

/// Reads a log from a place to another for its statements alone; for each table, where the last one stands that makes
/// it, drops it, renames it, or changes its columns or key.
std::map<TableKey, Position> LastTableChanges(EventSource& source, const Position& from, const Position& to,
                                              bool lower_case_names);

}  // namespace cdc::tail
