#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/control_line.h"
#include "common/mysql_type.h"

namespace cdc {

/// One column as a `table` line describes it (cdc-stream.5).
struct ColumnSchema {
  std::string name;
  std::string type_text;  ///< information_schema's COLUMN_TYPE
  MysqlType type;         ///< parsed from type_text
  bool nullable = true;
  std::string charset;  ///< text, ENUM and SET only
  std::string collation;
  std::optional<std::string> default_text;        ///< literal default
  std::optional<std::string> default_expression;  ///< expression default
  std::string extra;                              ///< lower case
  bool generated = false;
  bool invisible = false;
  std::string comment;
  /// MariaDB: tells when the row ceased to be the current one.
  bool is_row_end() const { return extra.find("row end") != std::string::npos; }
};

/// The true definition of a table at some point of the stream.
struct TableSchema {
  std::string db;
  std::string table;
  std::vector<ColumnSchema> columns;
  std::vector<std::string> key;     ///< primary key columns in key order
  std::vector<std::string> unique;  ///< without a primary key: the first unique key over NOT NULL columns
  std::string charset;
  std::string collation;
  std::string comment;
  std::string create;  ///< CREATE TABLE text
  /// MariaDB: WITH SYSTEM VERSIONING. Columns of the period that are not declared are none of `columns`.
  bool system_versioned = false;

  /// The server has the row's end in keys of a versioned table; it is the same in all current rows, which these are.
  void TakeRowEndOutOfKeys();
  std::vector<std::string> ColumnNames() const;
};

/// Appends the control line with its LF. `at`: "start", "change" or "map".
void AppendTableLine(std::string& out, const TableSchema& table, std::string_view at);

/// Errors: 65.
TableSchema ParseTableLine(const ControlLine& control, const std::string& where);

}  // namespace cdc
