#pragma once

#include <map>
#include <set>

#include "common/position.h"
#include "tools/binlog-tail/event_source.h"
#include "tools/binlog-tail/statement.h"

namespace cdc::tail {

/// What the statements between two places of a log do to tables.
struct TableChanges {
  /// Where the last one stands that makes the table, drops it, renames it, or changes its columns or key.
  std::map<TableKey, Position> last;
  std::set<TableKey> defined;  ///< what SHOW CREATE TABLE shows of these may have changed
  bool others = false;         ///< a database was made, changed or dropped, or a statement cannot be understood
};

/// Reads a log from a place to another for its statements alone.
TableChanges ReadTableChanges(EventSource& source, const Position& from, const Position& to, bool lower_case_names);

}  // namespace cdc::tail
