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

  // views
  std::vector<std::string> view_columns;
  QueryPtr view_query;

  // tables
  std::vector<ColumnDef> columns;
  std::vector<std::string> primary_key;
  std::string watermark_column;
  std::shared_ptr<const Expr> watermark;
  std::vector<Option> options;

  /// Value of a WITH option; nothing if it is not given.
  std::optional<std::string> Get(const std::string& key) const;
  Span SpanOf(const std::string& key) const;
  std::string connector() const { return Get("connector").value_or(""); }
  /// "format" or "value.format".
  std::string format() const;
  /// Whether `column` is part of the primary key.
  bool IsKey(const std::string& column) const;
};

/// The names that statements define and queries use. Names are case-sensitive.
class Catalog {
 public:
  /// Null if there is none.
  const TableDef* Find(const std::string& name) const;
  /// Errors: 78 at `span`, naming the nearest table.
  const TableDef& Get(const Name& name) const;
  void Add(std::shared_ptr<TableDef> table, bool if_not_exists);
  void Drop(const Statement& statement);
  std::vector<std::string> Names() const;
  /// Puts another definition in the place of one; under another name if it has one.
  void Replace(const std::string& name, std::shared_ptr<TableDef> table);

 private:
  std::map<std::string, std::shared_ptr<TableDef>> tables_;
  std::vector<std::shared_ptr<TableDef>> dropped_;  // plans may still use them
};

/// default_catalog.default_database.t is t. Errors: 78 for other catalogs and databases.
std::string TableName(const Name& name);

}  // namespace cdc::sql
