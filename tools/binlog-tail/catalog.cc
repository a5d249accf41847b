#include "tools/binlog-tail/catalog.h"

#include "common/collation.h"
#include "common/log.h"
#include "tools/binlog-tail/column_plan.h"
#include "tools/binlog-tail/map_schema.h"

namespace cdc::tail {
namespace {

/// A key that the server added by itself is the first column, and in no statement.
void AddGeneratedKey(const TableMap& map, TableSchema* schema) {
  constexpr uint16_t kGeneratedInvisibleKey = 4;
  if ((map.flags & kGeneratedInvisibleKey) == 0 || map.columns.size() != schema->columns.size() + 1) return;
  ColumnSchema key;
  key.name = "my_row_id";
  key.type_text = "bigint unsigned";
  key.type = ParseMysqlType(key.type_text);
  key.nullable = false;
  key.invisible = true;
  key.extra = "auto_increment invisible";
  schema->columns.insert(schema->columns.begin(), std::move(key));
  schema->key = {"my_row_id"};
  schema->unique.clear();
}

/// MariaDB's JSON is another word for LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, and the server shows it as
/// that.
void TakeTextOfJson(ColumnSchema* column) {
  column->type_text = "longtext";
  column->type = ParseMysqlType(column->type_text);
  column->charset = "utf8mb4";
  column->collation = "utf8mb4_bin";
}

/// What the table map knows better than the statement: character sets that stand nowhere in it, and which columns
/// really allow NULL.
void TakeFromMap(const TableMap& map, TableSchema* schema) {
  if (map.columns.size() != schema->columns.size() && !HasUndeclaredPeriod(map, *schema)) return;
  for (size_t i = 0; i < schema->columns.size(); ++i) {
    const MappedColumn& mapped = map.columns[i];
    ColumnSchema& column = schema->columns[i];
    if (column.type.kind == MysqlKind::kJson && mapped.type == ColumnType::kBlob) TakeTextOfJson(&column);
    column.nullable = mapped.nullable;
    const CollationInfo* collation = mapped.collation ? FindCollation(*mapped.collation) : nullptr;
    if (collation == nullptr || std::string_view(collation->charset) == "binary") continue;
    if (!column.type.is_text() && column.type.kind != MysqlKind::kEnum && column.type.kind != MysqlKind::kSet) continue;
    column.charset = collation->charset;
    column.collation = collation->name;
  }
}

/// The columns that MariaDB gives to every sequence: integers of which the last but one is a truth value.
bool HasColumnsOfSequence(const TableMap& map) {
  static constexpr const char* kNames[] = {"next_not_cached_value", "minimum_value", "maximum_value",
                                           "start_value",           "increment",     "cache_size",
                                           "cycle_option",          "cycle_count"};
  if (map.columns.size() != std::size(kNames)) return false;
  for (size_t i = 0; i < std::size(kNames); ++i) {
    const MappedColumn& column = map.columns[i];
    const bool integer = column.type == ColumnType::kTiny || column.type == ColumnType::kShort ||
                         column.type == ColumnType::kInt24 || column.type == ColumnType::kLong ||
                         column.type == ColumnType::kLongLong;
    if (!integer || column.nullable || (column.name && *column.name != kNames[i])) return false;
  }
  return map.columns[6].type == ColumnType::kTiny;
}

}  // namespace

void Catalog::Take(const ServerTables& tables, bool exact) {
  for (const auto& table : tables.tables) {
    const TableKey key{table->db, table->table};
    if (!exact) {
      from_server_[key] = {table, tables.as_of};
      continue;
    }
    if (journal_ != nullptr) journal_->Append(*table, base_);
    known_[key] = {table, nullptr, ""};
  }
  if (journal_ != nullptr) journal_->Sync();
  for (const auto& [name, defaults] : tables.databases) databases_[name] = defaults;
}

void Catalog::ForgetServer() {
  from_server_.clear();
  scan_.reset();
  ++version_;
}

bool Catalog::IsOfSequence(const TableMap& map) const {
  if (!HasColumnsOfSequence(map)) return false;
  const TableKey key{map.database, map.table};
  if (map.has_names() || sequences_.count(key) > 0) return true;
  if (known_.count(key) > 0 || from_server_.count(key) > 0) return false;
  return server_.is_sequence && server_.is_sequence(key.first, key.second);
}

ddl::DatabaseDefaults Catalog::DefaultsOf(const std::string& database) const {
  const auto found = databases_.find(database);
  return found == databases_.end() ? ddl::DatabaseDefaults() : found->second;
}

/// The table where the stream stands; what the server said becomes it when its place is reached.
Catalog::Known* Catalog::Find(const TableKey& key, const Position& place) {
  const auto later = from_server_.find(key);
  if (later != from_server_.end() && !IsEarlier(place, later->second.as_of)) {
    const bool fresh = known_.try_emplace(key, Known{later->second.schema, nullptr, ""}).second;
    if (fresh && journal_ != nullptr) journal_->Append(*later->second.schema, {later->second.as_of, ""});
    from_server_.erase(later);
  }
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : &found->second;
}

/// Null, and why, if the table is not known, or has another shape.
std::shared_ptr<const TableSchema> Catalog::FromKnown(const TableMap& map, const Position& place, std::string* why) {
  Known* known = Find({map.database, map.table}, place);
  if (known == nullptr) return nullptr;
  if (!known->schema) {
    auto schema = std::make_shared<TableSchema>(ddl::SchemaOf(*known->statement, DefaultsOf(map.database)));
    AddGeneratedKey(map, schema.get());
    TakeFromMap(map, schema.get());
    schema->create = known->text.empty() ? ddl::CreateTableText(*known->statement) : known->text;
    *why = MapMismatch(map, *schema);
    if (!why->empty()) return nullptr;
    known->schema = std::move(schema);
  }
  *why = MapMismatch(map, *known->schema);
  return why->empty() ? known->schema : nullptr;
}

/// Whether a statement between the two places changes the table. The log between is read once.
bool Catalog::ChangesBetween(const TableKey& key, const Position& from, const Position& to) {
  if (!IsEarlier(from, to)) return false;
  // A statement that cannot be understood is met again by the stream, which then trusts no definition from before it.
  if (!scan_ || IsEarlier(from, scan_->from) || IsEarlier(scan_->to, to))
    scan_ = std::make_unique<Scan>(Scan{from, to, server_.changes(from, to).last});
  const auto found = scan_->last.find(key);
  return found != scan_->last.end() && IsEarlier(from, found->second);
}

/// What the log says itself may be enough: a refusal is kept for the case that it is not.
ServerTables Catalog::LoadUnlessDenied(const TableKey& key) {
  try {
    return server_.load(key.first, key.second);
  } catch (const Failure& failure) {
    if (failure.error().status != ExitStatus::kNoPermission) throw;
    denied_ = failure;
    return {};
  }
}

/// Null, and why, if the server's word does not hold here, or is of another shape.
std::shared_ptr<const TableSchema> Catalog::AskServer(const TableMap& map, const Position& place, std::string* why) {
  if (!server_.load) return nullptr;
  const TableKey key{map.database, map.table};
  for (const bool again : {false, true}) {
    if (again || from_server_.count(key) == 0) {
      const ServerTables now = LoadUnlessDenied(key);
      if (now.tables.empty()) {
        *why = "the server no longer has the table";
        return nullptr;
      }
      from_server_[key] = {now.tables[0], now.as_of};
    }
    const FromServer& said = from_server_[key];
    *why = MapMismatch(map, *said.schema);
    if (!why->empty()) continue;
    if (map.has_names()) return said.schema;
    changed_since_ = ChangesBetween(key, place, said.as_of);
    return changed_since_ ? nullptr : said.schema;
  }
  changed_since_ = !map.has_names() && ChangesBetween(key, place, from_server_[key].as_of);
  return nullptr;
}

std::shared_ptr<const TableSchema> Catalog::Resolve(const TableMap& map, const LogPlace& where, const char** at) {
  const Position& place = where.position;
  const TableKey key{map.database, map.table};
  std::string why;
  *at = "change";
  changed_since_ = false;
  denied_.reset();
  const Known* known = Find(key, place);
  if (known == nullptr || !known->is_guess)
    if (const auto schema = FromKnown(map, place, &why)) return schema;
  if (!why.empty())
    LogVerbose("the definition of " + map.database + "." + map.table + " by its statements does not fit: " + why);
  auto schema = AskServer(map, place, &why);
  if (!schema && known != nullptr && known->is_guess) schema = FromKnown(map, place, &why);
  if (!schema && map.has_names()) {
    *at = "map";
    schema = std::make_shared<const TableSchema>(SchemaFromMap(map));
  }
  if (!schema) FailUnknown(map, why);
  known_[key] = {schema, nullptr, ""};
  if (journal_ != nullptr) {
    const auto changed = last_change_.find(key);
    journal_->Append(*schema, changed == last_change_.end() ? base_ : changed->second);
    journal_->Sync();
  }
  return schema;
}

std::shared_ptr<const TableSchema> Catalog::DefinitionOf(const TableKey& key, const LogPlace& where) {
  const Position& place = where.position;
  if (const Known* known = Find(key, place)) {
    if (known->schema) return known->schema;
    auto schema = std::make_shared<TableSchema>(ddl::SchemaOf(*known->statement, DefaultsOf(key.first)));
    schema->create = known->text.empty() ? ddl::CreateTableText(*known->statement) : known->text;
    return schema;
  }
  if (!server_.load) return nullptr;
  if (from_server_.count(key) == 0) {
    const ServerTables now = LoadUnlessDenied(key);
    if (now.tables.empty()) return nullptr;
    from_server_[key] = {now.tables[0], now.as_of};
  }
  const FromServer& said = from_server_[key];
  return ChangesBetween(key, place, said.as_of) ? nullptr : said.schema;
}

void Catalog::FailUnknown(const TableMap& map, const std::string& why) {
  if (denied_) throw Failure(*denied_);
  const std::string name = "\"" + map.database + "." + map.table + "\"";
  if (!server_.load)
    Fail(ExitStatus::kNoInput, "the column names of table " + name + " are not in the log",
         why.empty()
             ? "the server that wrote it has binlog_row_metadata=MINIMAL, and the table was made before the log "
               "begins"
             : "its definition does not fit: " + why,
         "set binlog_row_metadata=FULL on the server, or read the log from the server itself (--host)");
  const std::string hint =
      server_.set_for_good + " binlog_row_metadata=FULL keeps definitions in the log from now on" + server_.set_also +
      "\n"
      "begin after the change (--from now), at FILE:POS of a file that holds its CREATE TABLE, or with a "
      "new snapshot (--snapshot initial)";
  if (changed_since_)
    Fail(ExitStatus::kNoInput, "the columns that table " + name + " had at this position are not known",
         "it was changed since, and the log has no names (binlog_row_metadata=MINIMAL)", hint);
  Fail(ExitStatus::kData, "rows of table " + name + " do not fit its definition" + (why.empty() ? "" : ": " + why),
       "the table was changed later than the position that is being read", hint);
}

}  // namespace cdc::tail
