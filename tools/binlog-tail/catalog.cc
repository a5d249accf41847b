#include "tools/binlog-tail/catalog.h"

#include "common/error.h"
#include "tools/binlog-tail/column_plan.h"
#include "tools/binlog-tail/map_schema.h"

namespace cdc::tail {
namespace {

std::string Quoted(const std::string& name) {
  std::string quoted = "`";
  for (char c : name) quoted += c == '`' ? std::string("``") : std::string(1, c);
  return quoted + "`";
}

/// Under its new name; the CREATE TABLE text too, where it is the server's own.
std::shared_ptr<const TableSchema> WithName(const TableSchema& schema, const Catalog::TableKey& key) {
  auto renamed = std::make_shared<TableSchema>(schema);
  const std::string before = "CREATE TABLE " + Quoted(schema.table) + " ";
  if (renamed->create.rfind(before, 0) == 0)
    renamed->create = "CREATE TABLE " + Quoted(key.second) + " " + renamed->create.substr(before.size());
  renamed->db = key.first;
  renamed->table = key.second;
  return renamed;
}

}  // namespace

void Catalog::Put(std::shared_ptr<const TableSchema> schema) {
  const TableKey key{schema->db, schema->table};
  tables_[key] = std::move(schema);
}

void Catalog::StatementPassed(const TableKey& key) {
  const auto later = later_.find(key);
  if (later != later_.end() && --later->second == 0) later_.erase(later);
}

void Catalog::Apply(const LoggedStatement& logged, const QueryEvent& query) {
  ++version_;
  if (!logged.parsed) {
    // It may have changed any table.
    created_.clear();
    for (const auto& [key, schema] : tables_) altered_[key] = true;
    return;
  }
  if (logged.statement.kind == ddl::StatementKind::kDropDatabase) {
    const std::string& db = logged.statement.database.name;
    std::erase_if(tables_, [&](const auto& entry) { return entry.first.first == db; });
    std::erase_if(created_, [&](const auto& entry) { return entry.first.first == db; });
    return;
  }
  for (const TableChange& change : TableChangesOf(logged, query)) ApplyChange(change);
}

void Catalog::ApplyChange(const TableChange& change) {
  StatementPassed(change.table);
  switch (change.kind) {
    case TableChange::Kind::kCreated:
      // IF NOT EXISTS says nothing where the table was there; without a server nobody knows whether it was.
      if (change.conditional && Knows(change.table)) return;
      Forget(change.table);
      if (change.conditional && !reload_)
        altered_[change.table] = true;
      else
        created_[change.table] = change.created;
      return;
    case TableChange::Kind::kRenamed: StatementPassed(change.to); return Renamed(change.table, change.to);
    case TableChange::Kind::kDropped: return Forget(change.table);
    case TableChange::Kind::kAltered:
      if (change.conditional && Knows(change.table)) return;
      created_.erase(change.table);
      altered_[change.table] = true;
      return;
  }
}

void Catalog::Forget(const TableKey& key) {
  tables_.erase(key);
  created_.erase(key);
  altered_.erase(key);
}

void Catalog::Renamed(const TableKey& from, const TableKey& to) {
  Forget(to);
  if (const auto known = tables_.find(from); known != tables_.end()) {
    tables_[to] = WithName(*known->second, to);
    tables_.erase(known);
  }
  if (auto created = created_.extract(from)) {
    created.key() = to;
    created_.insert(std::move(created));
  }
  if (altered_.erase(from) > 0) altered_[to] = true;
}

/// Null, and why, if the server has no such table now, or one of another shape.
std::shared_ptr<const TableSchema> Catalog::FromServer(const TableMap& map, std::string* why) {
  if (!reload_ || later_.count({map.database, map.table}) > 0) return nullptr;
  auto schema = reload_(map.database, map.table);
  if (!schema) {
    *why = "the server no longer has the table";
    return nullptr;
  }
  *why = MapMismatch(map, *schema);
  return why->empty() ? schema : nullptr;
}

/// The names of the statement with the types of the map. Null if the two do not fit, or the map does not tell enough.
std::shared_ptr<const TableSchema> Catalog::FromCreated(const TableMap& map) {
  constexpr uint16_t kGeneratedInvisibleKey = 4;
  const auto found = created_.find({map.database, map.table});
  if (found == created_.end()) return nullptr;
  const CreatedTable& created = found->second;
  TableMap named = map;
  // A key that the server added is the first column, and not in the statement.
  const size_t added = (map.flags & kGeneratedInvisibleKey) != 0 ? 1 : 0;
  if (named.columns.size() != created.names.size() + added) return nullptr;
  if (added > 0) named.columns[0].name = "my_row_id";
  for (size_t i = 0; i < created.names.size(); ++i) {
    MappedColumn& column = named.columns[i + added];
    if (!column.name) column.name = created.names[i];
    if (*column.name != created.names[i] || !HoldsItsType(column)) return nullptr;
    if (column.members.empty()) column.utf8_members = created.members[i];
  }
  auto schema = std::make_shared<TableSchema>(SchemaFromMap(named));
  if (!map.has_primary_key) schema->key = added > 0 ? std::vector<std::string>{"my_row_id"} : created.key;
  schema->create = created.create;
  return schema;
}

std::shared_ptr<const TableSchema> Catalog::Resolve(const TableMap& map, bool* fresh, const char** at) {
  const TableKey key{map.database, map.table};
  const auto known = tables_.find(key);
  const bool trusted = altered_.count(key) == 0 && later_.count(key) == 0;
  *fresh = false;
  if (known != tables_.end() && trusted && MapMismatch(map, *known->second).empty()) return known->second;

  std::string why = known == tables_.end() ? "" : MapMismatch(map, *known->second);
  *fresh = true;
  *at = "change";
  auto schema = FromCreated(map);
  if (!schema) schema = FromServer(map, &why);
  if (!schema && map.has_names()) {
    *at = "map";
    schema = std::make_shared<const TableSchema>(SchemaFromMap(map));
  }
  if (!schema) FailUnknown(map, why);
  tables_[key] = schema;
  created_.erase(key);
  altered_.erase(key);
  return schema;
}

void Catalog::FailUnknown(const TableMap& map, const std::string& why) {
  const std::string name = "\"" + map.database + "." + map.table + "\"";
  if (!reload_)
    Fail(ExitStatus::kNoInput, "the column names of table " + name + " are not in the log",
         "the server that wrote it has binlog_row_metadata=MINIMAL, and the table was made before the log begins",
         "SET PERSIST binlog_row_metadata=FULL on the server, or read the log from the server itself (--host)");
  const std::string hint =
      "SET PERSIST binlog_row_metadata=FULL keeps definitions in the log from now on\n"
      "begin after the change (--from now), or with a new snapshot (--snapshot initial)";
  if (later_.count({map.database, map.table}) > 0)
    Fail(ExitStatus::kNoInput, "the columns that table " + name + " had at this position are not known",
         "it was changed since, and the log has no names (binlog_row_metadata=MINIMAL)", hint);
  Fail(ExitStatus::kData, "rows of table " + name + " do not fit its definition" + (why.empty() ? "" : ": " + why),
       "the table was changed later than the position that is being read", hint);
}

}  // namespace cdc::tail
