#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/ddl/ast.h"
#include "tools/binlog-tail/query_event.h"

namespace cdc::tail {

using TableKey = std::pair<std::string, std::string>;  ///< database, table

/// A statement of the log with what else decides its meaning.
struct StatementText {
  std::string sql;       ///< in UTF-8
  std::string database;  ///< default database
  uint64_t sql_mode = 0;
  std::optional<uint16_t> server_collation;
};
StatementText TextOf(const QueryEvent& query);

/// Names of databases and tables in lower case, as a server with lower_case_table_names has them whatever was typed.
void LowerNames(ddl::Statement* statement);

/// The same, read.
struct LoggedStatement {
  StatementText text;
  ddl::Statement statement;
  bool parsed = true;                ///< false: it is about tables, but could not be understood
  bool changes_rows = false;         ///< INSERT and the like
  std::optional<TableKey> sequence;  ///< MariaDB: that CREATE SEQUENCE makes
};
/// `lower_case_names`: of the server.
LoggedStatement ReadStatement(StatementText text, bool lower_case_names);

/// The tables whose columns or key the statement changes, and those that it makes, drops or renames (both names).
std::vector<TableKey> TablesChangedBy(const LoggedStatement& logged);

/// The tables whose definition the statement changes in any way that SHOW CREATE TABLE shows.
std::vector<TableKey> TablesDefinedBy(const LoggedStatement& logged);

}  // namespace cdc::tail
