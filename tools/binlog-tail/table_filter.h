#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/table_schema.h"

namespace cdc::tail {

/// Which databases and tables are captured, by Debezium's rules: lists of Java's regular expressions (java_regex.h),
/// matched against the whole name without regard to case; include lists win over nothing, exclude lists take away. The
/// server's own databases (mysql, information_schema, performance_schema, sys) are never captured.
class TableFilter {
 public:
  TableFilter();
  ~TableFilter();
  TableFilter(TableFilter&&) noexcept;
  TableFilter& operator=(TableFilter&&) noexcept;

  /// Errors: 64 of an option, 78 of a property, that show the expression; `where` ("option --tables", or a property's
  /// place) begins the message.
  void IncludeDatabases(std::string_view list, const std::string& where);
  void ExcludeDatabases(std::string_view list, const std::string& where);
  void IncludeTables(std::string_view list, const std::string& where);
  void ExcludeTables(std::string_view list, const std::string& where);

  /// Expressions for database.table.column. A plain name has to name all three (64).
  void IncludeColumns(std::string_view list, const std::string& where);
  void ExcludeColumns(std::string_view list, const std::string& where);

  /// The lists of databases and tables as they were given: `option --tables "shop.orders"`; empty: there are none.
  const std::string& described() const { return described_; }

  bool Captures(std::string_view database, std::string_view table) const;

  /// Whether rows carry the column's value. Those of the key always do.
  bool Shows(const TableSchema& table, const std::string& column) const;

  /// Captured even though no table of it may be known: for reading definitions.
  bool MayCaptureDatabase(std::string_view database) const;

  /// Index of the first pattern of the table include list that matches; 0 without a list.
  size_t PatternIndex(std::string_view database, std::string_view table) const;

  /// Patterns of the table include list, as written.
  const std::vector<std::string>& table_patterns() const;
  /// The same of the database include list.
  const std::vector<std::string>& database_patterns() const;

  /// A name, not an expression that may match many.
  static bool IsPlainName(std::string_view pattern);

  /// Looks for plain names in the lists of columns that are of this table, but of none of its columns. Errors: 64,
  /// unless `may_lack` them (the table was another one then, or will be); that is a warning.
  void CheckColumns(const TableSchema& table, bool may_lack) const;

  /// A plain name is that of a table that is there: said by a person, not in a connector's file, whose tables may come.
  void ExpectTables() { expects_tables_ = true; }
  bool expects_tables() const { return expects_tables_; }
  bool PatternMatches(size_t index, std::string_view database, std::string_view table) const;

 private:
  struct Lists;
  void Describe(std::string_view list, const std::string& where);
  std::string described_;
  std::unique_ptr<Lists> lists_;
  bool expects_tables_ = false;
};

}  // namespace cdc::tail
