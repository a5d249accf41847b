#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ddl/ast.h"
#include "common/table_schema.h"

namespace cdc::encode {

/// A column as Debezium's own parser of statements sees it. The schema of a record is made from this and not from what
/// the server has in its dictionary, so the same table looks different when its statement was typed another way.
struct PictureColumn {
  std::string name;       ///< a doubled backtick in the statement stays doubled
  std::string type_name;  ///< upper case, words as typed: "INT UNSIGNED ZEROFILL", "DOUBLE PRECISION", "ENUM"
  std::optional<int64_t> length;
  std::optional<int> scale;
  std::string charset;  ///< after the table's and the database's defaults; empty for types without
  bool optional = true;
  bool auto_increment = false;
  bool generated = false;  ///< Debezium's word for auto_increment; not for generated columns
  bool has_default = false;
  std::optional<std::string> default_expression;  ///< not set: NULL, an expression, or a literal that it does not take
  std::vector<std::string> enum_values;           ///< as typed, quotes included
  std::optional<std::string> comment;

  /// First words of type_name, without UNSIGNED, SIGNED, ZEROFILL and BINARY.
  std::string BaseType() const;
  bool IsUnsigned() const;
};

struct TablePicture {
  std::string db, table;
  std::string default_charset;
  std::vector<PictureColumn> columns;
  std::vector<std::string> key;  ///< column names in key order; empty: no key
  std::optional<std::string> comment;

  const PictureColumn* Find(std::string_view column) const;
};

/// All tables of the server, as statements made them.
class Picture {
 public:
  using TableId = std::pair<std::string, std::string>;

  /// Applies a statement; returns the tables whose picture is another now (or gone). `default_db` may be empty.
  /// Statements that change nothing known return nothing.
  std::vector<TableId> Apply(const ddl::Statement& statement, std::string_view default_db);

  /// True for a CREATE TABLE IF NOT EXISTS of a table that is there.
  bool Has(const ddl::Statement& statement, std::string_view default_db) const;

  /// True for a CREATE UNIQUE INDEX on columns of a table that has no key yet: whatever comes of it, the connector then
  /// takes the table for altered.
  bool IsKeyWanted(const ddl::Statement& statement, std::string_view default_db) const;

  /// Sets a table from a CREATE TABLE statement's parts.
  void Create(const ddl::CreateTable& create, std::string_view default_db);

  /// Sets a table from the server's own definition, where no statement can be had.
  void CreateFromSchema(const TableSchema& schema);

  const TablePicture* Find(const std::string& db, const std::string& table) const;

 private:
  std::string CharsetOfDatabase(const std::string& db) const;
  std::map<TableId, TablePicture> tables_;
  std::map<std::string, std::string> database_charsets_;
};

}  // namespace cdc::encode
