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

/// What a CREATE TABLE statement in the log tells that a table map may not.
struct CreatedTable {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> members;  ///< of ENUM and SET columns, in UTF-8; else empty
  std::vector<std::string> key;
  std::string create;  ///< the statement
};

/// One change that a statement makes to a table's definition.
struct TableChange {
  enum class Kind { kCreated, kRenamed, kDropped, kAltered } kind = Kind::kAltered;
  TableKey table;
  TableKey to;               ///< of kRenamed
  CreatedTable created;      ///< of kCreated
  bool conditional = false;  ///< CREATE … IF NOT EXISTS, which is logged also where the table was there
};

/// In the order in which they happen. Empty for a statement that changes no definition, or was not understood.
std::vector<TableChange> TableChangesOf(const LoggedStatement& logged, const QueryEvent& query);

}  // namespace cdc::tail
