#include "tools/binlog-tail/catalog.h"

#include "common/collation.h"
#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"
#include "common/log.h"
#include "tools/binlog-tail/column_plan.h"
#include "tools/binlog-tail/map_schema.h"

namespace cdc::tail {
namespace {

/// By file and position, within one server's log.
bool IsBefore(const Position& a, const Position& b) {
  const int order = CompareLogNames(a.file, b.file);
  return order < 0 || (order == 0 && a.pos < b.pos);
}

TableKey KeyOf(const ddl::TableName& name, const std::string& database) {
  return {name.database.empty() ? database : name.database, name.table};
}

/// Under its new name; the CREATE TABLE text too, where it is the server's own.
std::shared_ptr<const TableSchema> WithName(const TableSchema& schema, const TableKey& key) {
  auto renamed = std::make_shared<TableSchema>(schema);
  std::string before = "CREATE TABLE ", after = before;
  ddl::AppendQuotedName(before, schema.table);
  ddl::AppendQuotedName(after, key.second);
  if (renamed->create.rfind(before + " ", 0) == 0) renamed->create.replace(0, before.size(), after);
  renamed->db = key.first;
  renamed->table = key.second;
  return renamed;
}

/// The statement that makes the table, out of the server's own text; null where it does not show the same columns.
std::shared_ptr<ddl::CreateTable> StatementOf(const TableSchema& schema) {
  try {
    ddl::Statement statement = ddl::ParseStatement(schema.create, ddl::LexerMode());
    if (statement.kind != ddl::StatementKind::kCreateTable) return nullptr;
    auto create = std::make_shared<ddl::CreateTable>(std::move(statement.create_table));
    create->name = {schema.db, schema.table};
    if (create->columns.size() != schema.columns.size()) return nullptr;
    for (size_t i = 0; i < schema.columns.size(); ++i)
      if (create->columns[i].name != schema.columns[i].name) return nullptr;
    if (create->options.charset.empty() && create->options.collation.empty()) {
      create->options.charset = schema.charset;
      create->options.collation = schema.collation;
    }
    ddl::Normalize(create.get());
    return create;
  } catch (const Failure& failure) {
    LogVerbose("definition of " + schema.db + "." + schema.table + ": " + failure.what());
    return nullptr;
  }
}

/// What is worth remembering.
bool ChangesDefinitions(const LoggedStatement& logged) {
  if (!logged.parsed) return true;
  switch (logged.statement.kind) {
    case ddl::StatementKind::kCreateTable:
    case ddl::StatementKind::kAlterTable:
    case ddl::StatementKind::kRenameTable:
    case ddl::StatementKind::kDropTable: return !logged.statement.temporary;
    case ddl::StatementKind::kCreateIndex:
    case ddl::StatementKind::kDropIndex:
    case ddl::StatementKind::kCreateDatabase:
    case ddl::StatementKind::kAlterDatabase:
    case ddl::StatementKind::kDropDatabase: return true;
    default: return false;
  }
}

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

/// What the table map knows better than the statement: character sets that stand nowhere in it, and which columns
/// really allow NULL.
void TakeFromMap(const TableMap& map, TableSchema* schema) {
  if (map.columns.size() != schema->columns.size()) return;
  for (size_t i = 0; i < map.columns.size(); ++i) {
    const MappedColumn& mapped = map.columns[i];
    ColumnSchema& column = schema->columns[i];
    column.nullable = mapped.nullable;
    const CollationInfo* collation = mapped.collation ? FindCollation(*mapped.collation) : nullptr;
    if (collation == nullptr || std::string_view(collation->charset) == "binary") continue;
    if (!column.type.is_text() && column.type.kind != MysqlKind::kEnum && column.type.kind != MysqlKind::kSet) continue;
    column.charset = collation->charset;
    column.collation = collation->name;
  }
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

ddl::DatabaseDefaults Catalog::DefaultsOf(const std::string& database) const {
  const auto found = databases_.find(database);
  return found == databases_.end() ? ddl::DatabaseDefaults() : found->second;
}

/// The table where the stream stands; what the server said becomes it when its place is reached.
Catalog::Known* Catalog::Find(const TableKey& key, const Position& place) {
  const auto later = from_server_.find(key);
  if (later != from_server_.end() && !IsBefore(place, later->second.as_of)) {
    known_.try_emplace(key, Known{later->second.schema, nullptr, ""});
    from_server_.erase(later);
  }
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : &found->second;
}

// ---- statements

void Catalog::SetJournal(CatalogJournal* journal, const Position& base) {
  journal_ = journal;
  base_ = {base, ""};
}

void Catalog::Replay(const std::vector<CatalogJournal::Entry>& entries, bool lower_case_names) {
  for (const auto& entry : entries) {
    if (entry.table)
      known_[{entry.table->db, entry.table->table}] = {std::make_shared<const TableSchema>(*entry.table), nullptr, ""};
    else
      Apply(ReadStatement(entry.statement, lower_case_names), entry.place);
  }
}

void Catalog::Apply(const LoggedStatement& logged, const LogPlace& at) {
  ++version_;
  if (journal_ != nullptr) {
    for (const TableKey& table : TablesChangedBy(logged)) last_change_[table] = at;
    if (ChangesDefinitions(logged)) journal_->Append(logged.text, at);
    journal_->Sync();
  }
  const Position& place = at.position;
  const std::string& database = logged.text.database;
  if (!logged.parsed) {
    // It may have changed any table.
    known_.clear();
    std::erase_if(from_server_, [&](const auto& entry) { return !IsBefore(place, entry.second.as_of); });
    return;
  }
  const ddl::Statement& statement = logged.statement;
  switch (statement.kind) {
    case ddl::StatementKind::kCreateTable: return ApplyCreate(logged, place);
    case ddl::StatementKind::kAlterTable: return ApplyAlter(logged, place);
    case ddl::StatementKind::kRenameTable:
      for (const auto& pair : statement.renames) Rename(KeyOf(pair.from, database), KeyOf(pair.to, database), place);
      return;
    case ddl::StatementKind::kDropTable:
      if (statement.temporary) return;
      for (const auto& name : statement.tables) Drop(KeyOf(name, database), place);
      return;
    case ddl::StatementKind::kCreateIndex:
    case ddl::StatementKind::kDropIndex:
      return EditTable(KeyOf(statement.tables[0], database), place, [&](ddl::CreateTable* table) {
        if (statement.kind == ddl::StatementKind::kCreateIndex)
          ddl::ApplyCreateIndex(statement.index, table);
        else
          ddl::ApplyDropIndex(statement.index.name, table);
      });
    case ddl::StatementKind::kCreateDatabase:
    case ddl::StatementKind::kAlterDatabase: return ApplyDatabase(logged);
    case ddl::StatementKind::kDropDatabase: {
      const std::string& name = statement.database.name;
      std::erase_if(known_, [&](const auto& entry) { return entry.first.first == name; });
      std::erase_if(from_server_, [&](const auto& entry) {
        return entry.first.first == name && !IsBefore(place, entry.second.as_of);
      });
      databases_.erase(name);
      return;
    }
    default: return;
  }
}

void Catalog::ApplyDatabase(const LoggedStatement& logged) {
  const ddl::Statement& statement = logged.statement;
  const std::string name = statement.database.name.empty() ? logged.text.database : statement.database.name;
  const bool creates = statement.kind == ddl::StatementKind::kCreateDatabase;
  if (creates && statement.database.if_exists && databases_.count(name) > 0) return;
  ddl::DatabaseDefaults defaults;
  const CollationInfo* collation = nullptr;
  if (!statement.database.collation.empty()) {
    collation = FindCollation(std::string_view(statement.database.collation));
  } else if (!statement.database.charset.empty()) {
    const CharsetInfo* charset = FindCharset(statement.database.charset);
    if (charset != nullptr) collation = FindCollation(std::string_view(charset->default_collation));
  } else if (creates && logged.text.server_collation) {
    collation = FindCollation(*logged.text.server_collation);
  }
  if (collation != nullptr) databases_[name] = {collation->charset, collation->name};
}

void Catalog::ApplyCreate(const LoggedStatement& logged, const Position& place) {
  const std::string& database = logged.text.database;
  const ddl::CreateTable& create = logged.statement.create_table;
  if (create.temporary) return;
  const TableKey key = KeyOf(create.name, database);
  // IF NOT EXISTS is logged also where the table was there; without a server, or before what it said, nobody knows.
  if (create.if_not_exists) {
    if (Find(key, place) != nullptr) return;
    if (!server_.load || from_server_.count(key) > 0) return;
  }
  Drop(key, place);
  if (create.like) return ApplyLike(key, KeyOf(*create.like, database));
  if (create.columns.empty()) return;  // as a query, without columns of its own
  auto statement = std::make_shared<ddl::CreateTable>(create);
  statement->name = {key.first, key.second};
  ddl::Normalize(statement.get());
  if (statement->options.charset.empty() && statement->options.collation.empty()) {
    const ddl::DatabaseDefaults defaults = DefaultsOf(key.first);
    statement->options.charset = defaults.charset;
    statement->options.collation = defaults.collation;
  }
  known_[key] = {nullptr, std::move(statement), logged.text.sql};
}

void Catalog::ApplyLike(const TableKey& key, const TableKey& source) {
  const auto found = known_.find(source);
  if (found == known_.end()) return;
  Known copy = found->second;
  copy.text.clear();
  if (copy.schema) copy.schema = WithName(*copy.schema, key);
  if (copy.statement) {
    auto statement = std::make_shared<ddl::CreateTable>(*copy.statement);
    statement->name = {key.first, key.second};
    copy.statement = std::move(statement);
  }
  known_[key] = std::move(copy);
}

template <typename Edit>
void Catalog::EditTable(const TableKey& key, const Position& place, const Edit& edit) {
  Known* known = Find(key, place);
  if (known == nullptr) return;
  std::shared_ptr<ddl::CreateTable> statement =
      known->statement ? std::make_shared<ddl::CreateTable>(*known->statement) : StatementOf(*known->schema);
  if (!statement) {
    known_.erase(key);
    return;
  }
  edit(statement.get());
  *known = {nullptr, std::move(statement), ""};
}

void Catalog::ApplyAlter(const LoggedStatement& logged, const Position& place) {
  const std::string& database = logged.text.database;
  const std::vector<ddl::AlterAction>& actions = logged.statement.actions;
  const TableKey key = KeyOf(logged.statement.tables[0], database);
  const ddl::AlterAction* rename = nullptr;
  bool edits = false;
  for (const ddl::AlterAction& action : actions) {
    if (action.kind == ddl::AlterAction::Kind::kRenameTable)
      rename = &action;
    else
      edits = edits || action.kind != ddl::AlterAction::Kind::kOther;
  }
  if (edits) EditTable(key, place, [&](ddl::CreateTable* table) { ddl::ApplyActions(actions, table); });
  if (rename != nullptr) Rename(key, KeyOf(rename->new_table, database), place);
}

void Catalog::Drop(const TableKey& key, const Position& place) {
  Find(key, place);
  known_.erase(key);
}

void Catalog::Rename(const TableKey& from, const TableKey& to, const Position& place) {
  Drop(to, place);
  Find(from, place);
  auto moved = known_.extract(from);
  if (!moved) return;
  Known& known = moved.mapped();
  if (known.schema) known.schema = WithName(*known.schema, to);
  if (known.statement) {
    auto statement = std::make_shared<ddl::CreateTable>(*known.statement);
    statement->name = {to.first, to.second};
    known.statement = std::move(statement);
  }
  moved.key() = to;
  known_.insert(std::move(moved));
}

// ---- rows

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
  if (!IsBefore(from, to)) return false;
  if (!scan_ || IsBefore(from, scan_->from) || IsBefore(scan_->to, to))
    scan_ = std::make_unique<Scan>(Scan{from, to, server_.last_changes(from, to)});
  const auto found = scan_->last.find(key);
  return found != scan_->last.end() && IsBefore(from, found->second);
}

/// Null, and why, if the server's word does not hold here, or is of another shape.
std::shared_ptr<const TableSchema> Catalog::AskServer(const TableMap& map, const Position& place, std::string* why) {
  if (!server_.load) return nullptr;
  const TableKey key{map.database, map.table};
  for (const bool again : {false, true}) {
    if (again || from_server_.count(key) == 0) {
      const ServerTables now = server_.load(map.database, map.table);
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
  if (const auto schema = FromKnown(map, place, &why)) return schema;
  if (!why.empty())
    LogVerbose("the definition of " + map.database + "." + map.table + " by its statements does not fit: " + why);
  auto schema = AskServer(map, place, &why);
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
    const ServerTables now = server_.load(key.first, key.second);
    if (now.tables.empty()) return nullptr;
    from_server_[key] = {now.tables[0], now.as_of};
  }
  const FromServer& said = from_server_[key];
  return ChangesBetween(key, place, said.as_of) ? nullptr : said.schema;
}

void Catalog::FailUnknown(const TableMap& map, const std::string& why) {
  const std::string name = "\"" + map.database + "." + map.table + "\"";
  if (!server_.load)
    Fail(ExitStatus::kNoInput, "the column names of table " + name + " are not in the log",
         why.empty()
             ? "the server that wrote it has binlog_row_metadata=MINIMAL, and the table was made before the log "
               "begins"
             : "its definition does not fit: " + why,
         "SET PERSIST binlog_row_metadata=FULL on the server, or read the log from the server itself (--host)");
  const std::string hint =
      "SET PERSIST binlog_row_metadata=FULL keeps definitions in the log from now on\n"
      "begin after the change (--from now), or with a new snapshot (--snapshot initial)";
  if (changed_since_)
    Fail(ExitStatus::kNoInput, "the columns that table " + name + " had at this position are not known",
         "it was changed since, and the log has no names (binlog_row_metadata=MINIMAL)", hint);
  Fail(ExitStatus::kData, "rows of table " + name + " do not fit its definition" + (why.empty() ? "" : ": " + why),
       "the table was changed later than the position that is being read", hint);
}

}  // namespace cdc::tail
