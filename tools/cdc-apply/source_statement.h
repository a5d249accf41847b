#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/control_line.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// What a statement of the source means for a table of the target.
struct TableEvent {
  enum class Kind {
    kDropped,
    kCreated,           ///< there was none of this name
    kCreatedIfMissing,  ///< IF NOT EXISTS: nothing is known of one that was there
    kRenamedTo,         ///< another table has this name now
  };
  Kind kind;
  std::string db;
  std::string table;  ///< empty: all tables of `db`
};

/// What becomes of a column of a table.
struct ColumnEvent {
  enum class Kind {
    kRemoved,  ///< dropped, or `other` is its name now
    kAdded,    ///< anew
    kRenamed,  ///< `other` has this name now
    kAltered,  ///< it has another definition
    kVoid,     ///< all of them: the table is gone, or another one has its name
  };
  Kind kind;
  std::string column = {};
  std::string other = {};
  bool if_exists = false;                     ///< only where it (where it is renamed: `other`) is there; kAdded: is not
  std::optional<OwnedValue> older_rows = {};  ///< kAdded: as OlderRowsOf tells it
  ColumnKind type = ColumnKind::kAny;         ///< kAdded: what it holds, in change lines
};

/// What a statement means for a table's columns, in the order in which the server does it.
struct ColumnEvents {
  std::string db;
  std::string table;  ///< empty: all tables of `db`
  std::vector<ColumnEvent> events;
};

struct SourceStatement {
  std::string text;
  std::vector<TableEvent> events;
  std::vector<ColumnEvents> columns;
  /// Tables (database, name; no name: all of the database) that it changes in a way that the target does not follow.
  std::vector<std::pair<std::string, std::string>> not_followed;
  std::vector<std::pair<std::string, std::string>>
      truncated;               ///< likewise; followed if the stream has the change itself
  bool is_unreadable = false;  ///< it begins like one that changes tables, and cannot be parsed
};

/// Reads a `ddl` line. A statement that cannot be parsed has no events.
SourceStatement ReadSourceStatement(const ControlLine& control);

}  // namespace cdc::apply
