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

std::string Catalog::DatabaseOf(const Name& name) const {
  const std::vector<std::string>& parts = name.parts;
  if (parts.size() > 2 || (parts.size() == 2 && parts[0] != kCatalog))
    FailAt(name.span, "there is no catalog '" + parts[0] + "'", std::string("the one that there is: ") + kCatalog);
  if (databases_.count(parts.back()) == 0) {
    std::string known;
    for (const auto& [database, tables] : databases_) known += (known.empty() ? "" : ", ") + database;
    FailAt(name.span, "there is no database '" + parts.back() + "'",
           "there is " + known + "; CREATE DATABASE makes one");
  }
  return parts.back();
}

Catalog::Key Catalog::KeyOf(const Name& name, const std::string& database) const {
  if (name.parts.size() == 1) return {database.empty() ? current_ : database, name.parts[0]};
  Name path = name;
  path.parts.pop_back();
  return {DatabaseOf(path), name.parts.back()};
}

const TableDef* Catalog::Find(const Name& name, const std::string& database) const {
  const Key key = KeyOf(name, database);
  const auto hiding = temporary_.find(key);
  if (hiding != temporary_.end()) return hiding->second.get();
  const Tables& tables = databases_.at(key.first);
  const auto found = tables.find(key.second);
  return found == tables.end() ? nullptr : found->second.get();
}

const TableDef* Catalog::Find(const std::string& name) const {
  return Find(Name{{name}, {}});
}

const TableDef& Catalog::Get(const Name& name, const std::string& database) const {
  if (const TableDef* table = Find(name, database)) return *table;
  const std::string& wanted = name.parts.back();
  const auto& tables = databases_.at(KeyOf(name, database).first);
  std::string hint = "CREATE TABLE " + QuotedName(wanted) + " (…) WITH (…) comes first";
  for (const auto& [known, table] : tables)
    if (known.size() == wanted.size() && std::equal(known.begin(), known.end(), wanted.begin(), [](char a, char b) {
          return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
        }))
      hint = "names are case-sensitive: there is " + known;
  if (hint[0] == 'C' && !tables.empty()) {
    hint = "there is";
    for (const auto& [known, table] : tables) hint += (hint.size() > 8 ? ", " : " ") + known;
  }
  FailAt(name.span, "there is no table or view '" + wanted + "'", hint);
}

void Catalog::Add(std::shared_ptr<TableDef> table, const Name& name, bool if_not_exists) {
  const Key key = KeyOf(name);
  std::shared_ptr<TableDef>& place = table->temporary ? temporary_[key] : databases_.at(key.first)[key.second];
  if (!place) {
    place = std::move(table);
  } else if (!if_not_exists) {
    FailAt(table->span, "there is a table or view '" + table->name + "' already",
           "CREATE … IF NOT EXISTS keeps the first, DROP takes it away");
  }
}

void Catalog::Drop(const Statement& statement) {
  const Name& name = statement.drop_name;
  if (statement.drop_kind == "FUNCTION") {
    if (statement.if_exists) return;
    FailAt(name.span, "there is no function '" + name.last() + "' that could be dropped",
           "DROP FUNCTION IF EXISTS does not mind");
  }
  if (statement.drop_kind == "DATABASE") {
    if (statement.if_exists && databases_.count(name.last()) == 0) return;
    const std::string database = DatabaseOf(name);
    auto& tables = databases_.at(database);
    if (!tables.empty() && !statement.cascade)
      FailAt(name.span, "the database '" + database + "' has tables", "DROP DATABASE … CASCADE drops them too");
    if (database == current_)
      FailAt(name.span, "the database '" + database + "' is the current one", "USE another one first");
    for (auto& [table, def] : tables) dropped_.push_back(std::move(def));
    databases_.erase(database);
    return;
  }
  const Key key = KeyOf(name);
  const auto hiding = temporary_.find(key);
  if (hiding != temporary_.end() && hiding->second->is_view == (statement.drop_kind == "VIEW")) {
    if (!statement.temporary)
      FailAt(name.span, "'" + key.second + "' is temporary", "DROP TEMPORARY " + statement.drop_kind);
    dropped_.push_back(hiding->second);
    temporary_.erase(hiding);
    return;
  }
  Tables& tables = databases_.at(key.first);
  const auto found = statement.temporary ? tables.end() : tables.find(key.second);
  if (found == tables.end() || found->second->is_view != (statement.drop_kind == "VIEW")) {
    if (statement.if_exists) return;
    FailAt(name.span,
           "there is no " + std::string(statement.drop_kind == "VIEW" ? "view" : "table") + " '" + key.second + "'",
           "DROP " + statement.drop_kind + " IF EXISTS does not mind");
  }
  dropped_.push_back(found->second);
  tables.erase(found);
}

void Catalog::Replace(const Name& name, std::shared_ptr<TableDef> table) {
  const Key key = KeyOf(name);
  const auto hiding = temporary_.find(key);
  if (hiding != temporary_.end()) {
    dropped_.push_back(hiding->second);
    temporary_.erase(hiding);
    temporary_[{key.first, table->name}] = std::move(table);
    return;
  }
  Tables& tables = databases_.at(key.first);
  const auto found = tables.find(key.second);
  dropped_.push_back(found->second);
  tables.erase(found);
  tables[table->name] = std::move(table);
}

void Catalog::CreateDatabase(const Statement& statement) {
  const Name& name = statement.object;
  if (name.parts.size() > 2 || (name.parts.size() == 2 && name.parts[0] != kCatalog))
    FailAt(name.span, "there is no catalog '" + name.parts[0] + "'", std::string("the one that there is: ") + kCatalog);
  if (!databases_.try_emplace(name.last()).second && !statement.if_not_exists)
    FailAt(name.span, "there is a database '" + name.last() + "' already",
           "CREATE DATABASE IF NOT EXISTS does not mind");
}

void Catalog::Use(const Name& database) {
  current_ = DatabaseOf(database);
}

std::vector<std::string> Catalog::Databases() const {
  std::vector<std::string> names;
  for (const auto& [name, tables] : databases_) names.push_back(name);
  return names;
}

std::vector<std::string> Catalog::Names(const std::string& database) const {
  std::vector<std::string> names;
  for (const auto& [name, table] : databases_.at(database)) names.push_back(name);
  for (const auto& [key, table] : temporary_)
    if (key.first == database && databases_.at(database).count(key.second) == 0) names.push_back(key.second);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cdc::sql
