#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/source_properties.h"
#include "tools/binlog-tail/table_filter.h"

namespace cdc::tail {

/// What a snapshot mode stands for, and what of the tables is read.
struct SnapshotPlan {
  bool rows = false;            ///< what the tables hold first, where no position is known
  bool every_start = false;     ///< also where one is known
  bool when_gone = false;       ///< also where the log behind the position is gone
  bool stream = true;           ///< then the log
  bool from_beginning = false;  ///< without a position the log's beginning, not its end
  bool needs_position = false;
  bool schema = false;          ///< what the tables are, where no position is known and no rows are read
  bool all_statements = false;  ///< what all tables are, not only the captured ones
  bool trusts_present = false;  ///< definitions are taken to be at the start as they are now

  bool locks = true;                ///< the position is taken under a read lock; else in a moment without commits
  int64_t lock_timeout_ms = 10000;  ///< how long to try for the lock, or for such a moment
  TableOrder order = TableOrder::kByFilter;

  TableFilter tables;                             ///< whose rows are read; all without a list
  std::map<std::string, std::string> statements;  ///< "db.table": SELECT that gives its rows
};

/// Sets the flags of one of Debezium's modes. False: there is no such mode.
bool SetSnapshotMode(const std::string& mode, SnapshotPlan* plan);

}  // namespace cdc::tail
