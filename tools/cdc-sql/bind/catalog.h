#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// A table or view that the script created.
struct TableDef {
  std::string name;
  Span span;
  bool is_view = false;
  bool temporary = false;  ///< hides the table or view of the same name

  // views
  std::vector<std::string> view_columns;
  std::string view_database;  ///< the current one when it was created: names in its query are of it
  QueryPtr view_query;

  // tables
  std::vector<ColumnDef> columns;
  std::vector<std::string> primary_key;
  std::string watermark_column;
  std::shared_ptr<const Expr> watermark;
  std::vector<Option> options;
  std::string distribution;  ///< DISTRIBUTED …, for SHOW CREATE TABLE

  /// Value of a WITH option; nothing if it is not given.
  std::optional<std::string> Get(const std::string& key) const;
  Span SpanOf(const std::string& key) const;
  std::string connector() const { return Get("connector").value_or(""); }
  /// "format" or "value.format".
  std::string format() const;
  /// Whether `column` is part of the primary key.
  bool IsKey(const std::string& column) const;
};

/// The names that statements define and queries use. Names are case-sensitive. Tables lie in the databases of the one
/// catalog that there is, default_catalog; a name without a database is one of the current database.
class Catalog {
 public:
  static constexpr const char* kCatalog = "default_catalog";

  /// Null if there is none. `database`: of a name that names none; empty: the current one.
  const TableDef* Find(const Name& name, const std::string& database = {}) const;
  /// Errors: 78 at the name, with the nearest table.
  const TableDef& Get(const Name& name, const std::string& database = {}) const;
  /// The table of that name in the current database; null if there is none.
  const TableDef* Find(const std::string& name) const;
  /// Errors: 78 at `name` if there is such a table or view and it is not asked to keep it.
  void Add(std::shared_ptr<TableDef> table, const Name& name, bool if_not_exists);
  /// DROP TABLE, VIEW and DATABASE.
  void Drop(const Statement& statement);
  /// Names of the tables and views of a database.
  std::vector<std::string> Names(const std::string& database) const;
  /// Puts another definition in the place of one, under the name that the new one has.
  void Replace(const Name& name, std::shared_ptr<TableDef> table);

  void CreateDatabase(const Statement& statement);
  /// USE. Errors: 78 if there is no such database.
  void Use(const Name& database);
  const std::string& current() const { return current_; }
  std::vector<std::string> Databases() const;
  /// The database that [catalog.]name is. Errors: 78 if there is none.
  std::string DatabaseOf(const Name& name) const;

 private:
  using Key = std::pair<std::string, std::string>;  // database, table
  /// Errors: 78 for other catalogs and unknown databases.
  Key KeyOf(const Name& name, const std::string& database = {}) const;

  using Tables = std::map<std::string, std::shared_ptr<TableDef>>;
  std::map<std::string, Tables> databases_ = {{"default_database", {}}};
  std::map<Key, std::shared_ptr<TableDef>> temporary_;
  std::string current_ = "default_database";
  std::vector<std::shared_ptr<TableDef>> dropped_;  // plans may still use them
};

}  // namespace cdc::sql
