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

/// What becomes of a column.
struct ColumnEvent {
  std::string db, table, column;
  std::optional<OwnedValue> older_rows;  ///< of one that is added, as OlderRowsOf tells it; nothing: not known any more
  ColumnKind kind = ColumnKind::kAny;    ///< likewise
};

struct SourceStatement {
  std::string text;
  std::vector<TableEvent> events;
  std::vector<ColumnEvent> columns;
  /// Tables (database, name; no name: all of the database) that it changes in a way that the target does not follow.
  std::vector<std::pair<std::string, std::string>> not_followed;
  std::vector<std::pair<std::string, std::string>>
      truncated;               ///< likewise; followed if the stream has the change itself
  bool is_unreadable = false;  ///< it begins like one that changes tables, and cannot be parsed
};

/// Reads a `ddl` line. A statement that cannot be parsed has no events.
SourceStatement ReadSourceStatement(const ControlLine& control);

}  // namespace cdc::apply
