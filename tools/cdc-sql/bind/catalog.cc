#include "tools/cdc-sql/bind/catalog.h"

#include <algorithm>
#include <cctype>

#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

/// The one part that the name of a catalog has.
const std::string& CatalogName(const Name& name) {
  if (name.parts.size() > 1) FailAt(name.span, "the name of a catalog is one name, without a dot");
  return name.last();
}

/// Of CREATE CATALOG and ALTER CATALOG.
void SetCatalogOption(const Option& option, std::map<std::string, std::string>* options) {
  if (option.key == "type" && option.value != "generic_in_memory")
    FailAt(option.span, "catalogs of the type '" + option.value + "' are not available",
           "'generic_in_memory' is; the tables of others are declared by CREATE TABLE … WITH (…)");
  if (option.key != "type" && option.key != "default-database" && option.key != "property-version")
    FailAt(option.span, "a catalog has no option '" + option.key + "'", "default-database and property-version are");
  (*options)[option.key] = option.value;
}

std::string DefaultDatabase(const std::map<std::string, std::string>& options) {
  const auto database = options.find("default-database");
  return database == options.end() ? "default" : database->second;
}

}  // namespace

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

std::string TableDef::KeyName() const {
  if (!primary_key_name.empty()) return primary_key_name;
  std::string made = "PK";
  for (const std::string& column : primary_key) made += "_" + column;
  return made;
}

bool TableDef::IsKey(const std::string& column) const {
  return std::find(primary_key.begin(), primary_key.end(), column) != primary_key.end();
}

Catalog::Catalog() : current_{"default_catalog", "default_database"} {
  catalogs_[current_.catalog] = {{"type", "generic_in_memory"}};
  databases_[current_];
}

void Catalog::CheckCatalog(const std::string& catalog, const Span& span) const {
  if (catalogs_.count(catalog) > 0) return;
  std::string known;
  for (const auto& [name, options] : catalogs_) known += (known.empty() ? "" : ", ") + name;
  FailAt(span, "there is no catalog '" + catalog + "'", "there is " + known + "; CREATE CATALOG makes one");
}

DatabasePath Catalog::PathOf(const Name& name) const {
  const std::vector<std::string>& parts = name.parts;
  const std::string& catalog = parts.size() > 1 ? parts[0] : current_.catalog;
  CheckCatalog(catalog, name.span);
  if (parts.size() > 2) FailAt(name.span, "more than catalog, database and name");
  return {catalog, parts.back()};
}

void Catalog::FailDatabase(const Name& name, const DatabasePath& path) const {
  std::string known;
  for (const auto& [there, tables] : databases_)
    if (there.catalog == path.catalog) known += (known.empty() ? "" : ", ") + there.database;
  FailAt(name.span, "there is no database '" + path.database + "'",
         (known.empty() ? "" : "there is " + known + "; ") + "CREATE DATABASE makes one");
}

DatabasePath Catalog::DatabaseOf(const Name& name) const {
  DatabasePath path = PathOf(name);
  if (databases_.count(path) == 0) FailDatabase(name, path);
  return path;
}

Catalog::Key Catalog::KeyOf(const Name& name, const DatabasePath* database) const {
  if (name.parts.size() == 1) {  // the current database and that of a view may be gone
    const DatabasePath& implied = database == nullptr ? current_ : *database;
    return {DatabaseOf({{implied.catalog, implied.database}, name.span}), name.parts[0]};
  }
  Name path = name;
  path.parts.pop_back();
  if (database != nullptr && path.parts.size() == 1) path.parts.insert(path.parts.begin(), database->catalog);
  return {DatabaseOf(path), name.parts.back()};
}

const TableDef* Catalog::Find(const Name& name, const DatabasePath* database) const {
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

const TableDef& Catalog::Get(const Name& name, const DatabasePath* database) const {
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
  if (statement.drop_kind == "DATABASE") return DropDatabase(statement);
  if (statement.drop_kind == "CATALOG") return DropCatalog(statement);
  if (statement.drop_kind != "FUNCTION") return DropTable(statement);
  if (statement.if_exists) return;
  const Name& name = statement.drop_name;
  FailAt(name.span, "there is no function '" + name.last() + "' that could be dropped",
         "DROP FUNCTION IF EXISTS does not mind");
}

void Catalog::DropDatabase(const Statement& statement) {
  const Name& name = statement.drop_name;
  const DatabasePath path = PathOf(name);
  const auto found = databases_.find(path);
  if (found == databases_.end()) {
    if (statement.if_exists) return;
    FailDatabase(name, path);
  }
  if (!found->second.empty() && !statement.cascade)
    FailAt(name.span, "the database '" + path.database + "' has tables", "DROP DATABASE … CASCADE drops them too");
  if (path == current_)
    FailAt(name.span, "the database '" + path.database + "' is the current one", "USE another one first");
  for (auto& [table, def] : found->second) dropped_.push_back(std::move(def));
  databases_.erase(found);
  std::erase_if(temporary_, [&](auto& table) {
    if (table.first.first != path) return false;
    dropped_.push_back(std::move(table.second));
    return true;
  });
}

void Catalog::DropCatalog(const Statement& statement) {
  const Name& name = statement.drop_name;
  const std::string& catalog = CatalogName(name);
  if (statement.if_exists && catalogs_.count(catalog) == 0) return;
  CheckCatalog(catalog, name.span);
  if (catalog == current_.catalog)
    FailAt(name.span, "the catalog '" + catalog + "' is the current one", "USE CATALOG another one first");
  std::erase_if(databases_, [&](auto& database) {
    if (database.first.catalog != catalog) return false;
    for (auto& [table, def] : database.second) dropped_.push_back(std::move(def));
    return true;
  });
  std::erase_if(temporary_, [&](auto& table) {
    if (table.first.first.catalog != catalog) return false;
    dropped_.push_back(std::move(table.second));
    return true;
  });
  catalogs_.erase(catalog);
}

void Catalog::DropTable(const Statement& statement) {
  const Name& name = statement.drop_name;
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
  if (!databases_.try_emplace(PathOf(name)).second && !statement.if_not_exists)
    FailAt(name.span, "there is a database '" + name.last() + "' already",
           "CREATE DATABASE IF NOT EXISTS does not mind");
}

void Catalog::CreateCatalog(const Statement& statement) {
  const std::string& name = CatalogName(statement.object);
  const Span& span = statement.object.span;
  std::map<std::string, std::string> options;
  for (const Option& option : statement.options) SetCatalogOption(option, &options);
  if (options.count("type") == 0) FailAt(span, "the catalog has no type", "WITH ('type' = 'generic_in_memory')");
  if (!statement.value.empty()) options["comment"] = statement.value;
  const auto [place, added] = catalogs_.try_emplace(name, options);
  if (!added) {
    if (statement.if_not_exists) return;
    FailAt(span, "there is a catalog '" + name + "' already", "CREATE CATALOG IF NOT EXISTS does not mind");
  }
  databases_[{name, DefaultDatabase(place->second)}];
}

void Catalog::AlterCatalog(const Statement& statement) {
  std::map<std::string, std::string> options = CatalogOptions(statement.object);
  for (const Option& option : statement.options) SetCatalogOption(option, &options);
  for (const std::string& key : statement.alter.reset) {
    if (key == "type") FailAt(statement.alter.span, "a catalog stays one of its type");
    options.erase(key);
  }
  if (statement.comment) options["comment"] = *statement.comment;
  databases_[{statement.object.last(), DefaultDatabase(options)}];
  catalogs_[statement.object.last()] = std::move(options);
}

const std::map<std::string, std::string>& Catalog::CatalogOptions(const Name& catalog) const {
  CheckCatalog(CatalogName(catalog), catalog.span);
  if (catalog.last() == Catalog().current().catalog)
    FailAt(catalog.span, "'" + catalog.last() + "' has no properties: no CREATE CATALOG made it");
  return catalogs_.at(catalog.last());
}

void Catalog::Use(const Name& database) {
  current_ = DatabaseOf(database);
}

void Catalog::UseCatalog(const Name& catalog) {
  CheckCatalog(CatalogName(catalog), catalog.span);
  if (catalog.last() == current_.catalog) return;
  const DatabasePath first = Catalog().current();
  current_ = catalog.last() == first.catalog
                 ? first
                 : DatabasePath{catalog.last(), DefaultDatabase(catalogs_.at(catalog.last()))};
}

std::vector<std::string> Catalog::Databases(const Name& catalog) const {
  const std::string& wanted = catalog.parts.empty() ? current_.catalog : CatalogName(catalog);
  CheckCatalog(wanted, catalog.span);
  std::vector<std::string> names;
  for (const auto& [path, tables] : databases_)
    if (path.catalog == wanted) names.push_back(path.database);
  return names;
}

std::vector<std::string> Catalog::Catalogs() const {
  std::vector<std::string> names;
  for (const auto& [name, options] : catalogs_) names.push_back(name);
  return names;
}

std::vector<std::string> Catalog::Names(const DatabasePath& database) const {
  std::vector<std::string> names;
  for (const auto& [name, table] : databases_.at(database)) names.push_back(name);
  for (const auto& [key, table] : temporary_)
    if (key.first == database && databases_.at(database).count(key.second) == 0) names.push_back(key.second);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace cdc::sql
