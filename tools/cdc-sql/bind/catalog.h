#pragma once

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// A database of a catalog.
struct DatabasePath {
  std::string catalog, database;
  auto operator<=>(const DatabasePath&) const = default;
};

/// A table or view that the script created.
struct TableDef {
  std::string name;
  Span span;
  bool is_view = false;
  bool temporary = false;  ///< hides the table or view of the same name
  std::string comment;

  // views
  std::vector<std::string> view_columns;
  DatabasePath view_database;  ///< the current one when it was created: names in its query are of it
  QueryPtr view_query;

  // tables
  std::vector<ColumnDef> columns;
  std::vector<std::string> primary_key;
  std::string primary_key_name;
  std::string watermark_column;
  std::shared_ptr<const Expr> watermark;
  std::vector<Option> options;
  std::vector<std::string> partitioned;
  std::optional<Distribution> distribution;
  using Partition = std::vector<std::pair<std::string, std::string>>;
  std::vector<Partition> partitions;  ///< that ALTER TABLE … ADD PARTITION named

  /// Value of a WITH option; nothing if it is not given.
  std::optional<std::string> Get(const std::string& key) const;
  Span SpanOf(const std::string& key) const;
  std::string connector() const { return Get("connector").value_or(""); }
  /// "format" or "value.format".
  std::string format() const;
  /// The name of the primary key's constraint: its own, or one made of its columns.
  std::string KeyName() const;
  /// Whether `column` is part of the primary key.
  bool IsKey(const std::string& column) const;
};

/// The names that statements define and queries use. Names are case-sensitive. Tables lie in the databases of catalogs,
/// which are all in memory; a name without a database is one of the current database.
class Catalog {
 public:
  Catalog();

  /// Null if there is none. `database`: of a name that names none; null: the current one.
  const TableDef* Find(const Name& name, const DatabasePath* database = nullptr) const;
  /// Errors: 78 at the name, with the nearest table.
  const TableDef& Get(const Name& name, const DatabasePath* database = nullptr) const;
  /// The table of that name in the current database; null if there is none.
  const TableDef* Find(const std::string& name) const;
  /// Errors: 78 at `name` if there is such a table or view and it is not asked to keep it.
  void Add(std::shared_ptr<TableDef> table, const Name& name, bool if_not_exists);
  /// DROP TABLE, VIEW, DATABASE and CATALOG.
  void Drop(const Statement& statement);
  /// Names of the tables and views of a database.
  std::vector<std::string> Names(const DatabasePath& database) const;
  /// Puts another definition in the place of one, under the name that the new one has.
  void Replace(const Name& name, std::shared_ptr<TableDef> table);

  void CreateDatabase(const Statement& statement);
  /// Errors: 78 for a type other than generic_in_memory.
  void CreateCatalog(const Statement& statement);
  /// Errors: 78 for a catalog that no CREATE CATALOG made, and for options that there are not.
  void AlterCatalog(const Statement& statement);
  /// USE and USE CATALOG. Errors: 78 if there is no such database or catalog.
  void Use(const Name& database);
  void UseCatalog(const Name& catalog);
  const DatabasePath& current() const { return current_; }
  /// Names of the databases of a catalog. Errors: 78 at the name if there is no such catalog.
  std::vector<std::string> Databases(const Name& catalog) const;
  std::vector<std::string> Catalogs() const;
  /// Properties of a catalog, its type and comment among them. Errors: 78 if no CREATE CATALOG made it.
  const std::map<std::string, std::string>& CatalogOptions(const Name& catalog) const;
  /// The database that [catalog.]name is. Errors: 78 if there is none.
  DatabasePath DatabaseOf(const Name& name) const;
  /// The database of a table or view of that name.
  DatabasePath DatabaseOfTable(const Name& name) const { return KeyOf(name).first; }

 private:
  using Key = std::pair<DatabasePath, std::string>;  // database, table
  /// Errors: 78 for unknown catalogs and databases.
  Key KeyOf(const Name& name, const DatabasePath* database = nullptr) const;
  void DropTable(const Statement& statement);
  void DropDatabase(const Statement& statement);
  void DropCatalog(const Statement& statement);
  /// Errors: 78 at the span.
  void CheckCatalog(const std::string& catalog, const Span& span) const;
  /// A database named so, there or not. Errors: 78 for unknown catalogs.
  DatabasePath PathOf(const Name& name) const;
  [[noreturn]] void FailDatabase(const Name& name, const DatabasePath& path) const;

  using Tables = std::map<std::string, std::shared_ptr<TableDef>>;
  std::map<std::string, std::map<std::string, std::string>> catalogs_;  // their options
  std::map<DatabasePath, Tables> databases_;
  std::map<Key, std::shared_ptr<TableDef>> temporary_;
  DatabasePath current_;
  std::vector<std::shared_ptr<TableDef>> dropped_;  // plans may still use them
};

}  // namespace cdc::sql
