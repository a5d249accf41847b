#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/ddl/ast.h"
#include "common/ddl/token.h"
#include "tools/binlog-tail/query_event.h"

namespace cdc::tail {

using TableKey = std::pair<std::string, std::string>;  ///< database, table

/// A statement of the log, read.
struct LoggedStatement {
  std::string sql;  ///< in UTF-8
  ddl::LexerMode mode;
  ddl::Statement statement;
  bool parsed = true;         ///< false: it is about tables, but could not be understood
  bool changes_rows = false;  ///< INSERT and the like
};
LoggedStatement ReadStatement(const QueryEvent& query);

/// The tables whose columns or key the statement changes, and those that it makes, drops or renames (both names).
std::vector<TableKey> TablesChangedBy(const LoggedStatement& logged, const QueryEvent& query);

}  // namespace cdc::tail
