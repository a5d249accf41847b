#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/mysql/connection.h"
#include "tools/binlog-tail/catalog.h"
#include "tools/binlog-tail/statement.h"
#include "tools/binlog-tail/table_filter.h"

namespace cdc::tail {

/// What InnoDB itself changes in tables with foreign keys that cascade no log tells; since MySQL 9.6 the server above
/// it does these. Of each such key a warning names the table, once.
class CascadeWarnings {
 public:
  explicit CascadeWarnings(const MysqlConnection& connection);

  /// The keys that tables have.
  void Tell(const ServerTables& said);
  /// Those that a statement makes, of tables that are captured.
  void Tell(const LoggedStatement& logged, const TableFilter& filter);

 private:
  bool IsNew(const std::string& table, const std::string& columns);
  static void Warn(const std::string& tables);

  bool are_logged_;
  bool are_keys_beside_columns_;  ///< REFERENCES behind a column makes a key, and is not only read
  std::set<std::string> told_;    ///< table and columns
};

}  // namespace cdc::tail
