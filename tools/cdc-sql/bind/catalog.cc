#include "tools/cdc-sql/bind/catalog.h"

#include <algorithm>
#include <cctype>

#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

std::optional<std::string> TableDef::Get(const std::string& key) const {
  // The last one wins, so that hints and --set can be appended.
  for (auto option = options.rbegin(); option != options.rend(); ++option)
    if (option->key == key) return option->value;
  return std::nullopt;
}

Span TableDef::SpanOf(const std::string& key) const {
  for (auto option = options.rbegin(); option != options.rend(); ++option)
    if (option->key == key && option->span.source != nullptr) return option->span;
  return span;
}

std::string TableDef::format() const {
  const std::optional<std::string> value = Get("value.format");
  return value ? *value : Get("format").value_or("");
}

bool TableDef::IsKey(const std::string& column) const {
  return std::find(primary_key.begin(), primary_key.end(), column) != primary_key.end();
}

std::string TableName(const Name& name) {
  const std::vector<std::string>& parts = name.parts;
  if (parts.size() > 3 || (parts.size() == 3 && parts[0] != "default_catalog") ||
      (parts.size() >= 2 && parts[parts.size() - 2] != "default_database"))
    FailAt(name.span, "there is no " + std::string(parts.size() == 2 ? "database" : "catalog") + " of that name",
           "the tables of a script are in default_catalog.default_database: write " + QuotedName(parts.back()));
  return parts.back();
}

const TableDef* Catalog::Find(const std::string& name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second.get();
}

const TableDef& Catalog::Get(const Name& name) const {
  const std::string wanted = TableName(name);
  if (const TableDef* table = Find(wanted)) return *table;
  std::string hint = "CREATE TABLE " + QuotedName(wanted) + " (…) WITH (…) comes first";
  for (const auto& [known, table] : tables_)
    if (known.size() == wanted.size() && std::equal(known.begin(), known.end(), wanted.begin(), [](char a, char b) {
          return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
        }))
      hint = "names are case-sensitive: there is " + known;
  if (hint[0] == 'C' && !tables_.empty()) {
    hint = "there is";
    for (const auto& [known, table] : tables_) hint += (hint.size() > 8 ? ", " : " ") + known;
  }
  FailAt(name.span, "there is no table or view '" + wanted + "'", hint);
}

void Catalog::Add(std::shared_ptr<TableDef> table, bool if_not_exists) {
  if (tables_.count(table->name) != 0) {
    if (if_not_exists) return;
    FailAt(table->span, "there is a table or view '" + table->name + "' already",
           "CREATE … IF NOT EXISTS keeps the first, DROP takes it away");
  }
  tables_[table->name] = std::move(table);
}

void Catalog::Drop(const Statement& statement) {
  const std::string name = TableName(statement.drop_name);
  const auto found = tables_.find(name);
  if (found == tables_.end() || found->second->is_view != (statement.drop_kind == "VIEW")) {
    if (statement.if_exists) return;
    FailAt(statement.drop_name.span,
           "there is no " + std::string(statement.drop_kind == "VIEW" ? "view" : "table") + " '" + name + "'",
           "DROP " + statement.drop_kind + " IF EXISTS does not mind");
  }
  dropped_.push_back(found->second);
  tables_.erase(found);
}

void Catalog::Replace(const std::string& name, std::shared_ptr<TableDef> table) {
  const auto found = tables_.find(name);
  dropped_.push_back(found->second);
  tables_.erase(found);
  tables_[table->name] = std::move(table);
}

std::vector<std::string> Catalog::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, table] : tables_) names.push_back(name);
  return names;
}

}  // namespace cdc::sql
