#include "tools/binlog-tail/catalog.h"

#include "common/error.h"
#include "tools/binlog-tail/column_plan.h"
#include "tools/binlog-tail/map_schema.h"

namespace cdc::tail {

void Catalog::Put(std::shared_ptr<const TableSchema> schema) {
  const TableKey key{schema->db, schema->table};
  touched_.erase(key);
  tables_[key] = std::move(schema);
}

void Catalog::Touch(const std::string& db, const std::string& table) {
  ++version_;
  touched_[{db, table}] = true;
}

void Catalog::TouchDatabase(const std::string& db) {
  ++version_;
  for (const auto& [key, schema] : tables_)
    if (key.first == db) touched_[key] = true;
}

void Catalog::TouchAll() {
  ++version_;
  for (const auto& [key, schema] : tables_) touched_[key] = true;
}

std::shared_ptr<const TableSchema> Catalog::Find(const std::string& db, const std::string& table) const {
  const auto found = tables_.find({db, table});
  return found == tables_.end() ? nullptr : found->second;
}

/// Null, and why, if the server has no such table now, or one of another shape.
std::shared_ptr<const TableSchema> Catalog::FromServer(const TableMap& map, std::string* why) {
  if (!reload_) return nullptr;
  auto schema = reload_(map.database, map.table);
  if (!schema) {
    *why = "the server no longer has the table";
    return nullptr;
  }
  *why = MapMismatch(map, *schema);
  return why->empty() ? schema : nullptr;
}

std::shared_ptr<const TableSchema> Catalog::FromMap(const TableMap& map) {
  return map.has_names() ? std::make_shared<const TableSchema>(SchemaFromMap(map)) : nullptr;
}

std::shared_ptr<const TableSchema> Catalog::Resolve(const TableMap& map, bool* fresh, const char** at) {
  const TableKey key{map.database, map.table};
  const auto known = tables_.find(key);
  const bool touched = touched_.count(key) > 0;
  *fresh = false;
  if (known != tables_.end() && !touched && MapMismatch(map, *known->second).empty()) return known->second;

  std::string why = known == tables_.end() ? "" : MapMismatch(map, *known->second);
  *fresh = true;
  *at = "change";
  auto schema = FromServer(map, &why);
  if (!schema) {
    *at = "map";
    schema = FromMap(map);
  }
  if (!schema) {
    const std::string name = "\"" + map.database + "." + map.table + "\"";
    if (!reload_)
      Fail(ExitStatus::kNoInput, "the column names of table " + name + " are not in the log",
           "the server that wrote it has binlog_row_metadata=MINIMAL",
           "SET PERSIST binlog_row_metadata=FULL on the server, or read the log from the server itself (--host)");
    Fail(ExitStatus::kData, "rows of table " + name + " do not fit its definition" + (why.empty() ? "" : ": " + why),
         "the table was changed later than the position that is being read",
         "SET PERSIST binlog_row_metadata=FULL keeps definitions in the log; or begin with a new snapshot");
  }
  tables_[key] = schema;
  touched_.erase(key);
  return schema;
}

}  // namespace cdc::tail
