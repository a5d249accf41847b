#include "common/collation.h"
#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"
#include "common/log.h"
#include "tools/binlog-tail/catalog.h"

namespace cdc::tail {
namespace {

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
  if (!logged.parsed || logged.sequence) return true;
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

}  // namespace

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
  Change(logged, at.position);
  if (journal_ == nullptr) return;
  // Behind the definitions that it changes.
  for (const TableKey& table : TablesChangedBy(logged)) last_change_[table] = at;
  if (ChangesDefinitions(logged)) journal_->Append(logged.text, at);
  journal_->Sync();
}

void Catalog::Change(const LoggedStatement& logged, const Position& place) {
  const std::string& database = logged.text.database;
  if (!logged.parsed) {
    // It may have changed any table.
    known_.clear();
    there_.clear();
    followed_databases_.clear();
    std::erase_if(from_server_, [&](const auto& entry) { return !IsEarlier(place, entry.second.as_of); });
    return;
  }
  if (logged.sequence) sequences_.insert(*logged.sequence);
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
        return entry.first.first == name && !IsEarlier(place, entry.second.as_of);
      });
      databases_.erase(name);
      std::erase_if(there_, [&](const auto& entry) { return entry.first.first == name; });
      followed_databases_.insert(name);
      return;
    }
    default: return;
  }
}

void Catalog::ApplyDatabase(const LoggedStatement& logged) {
  const ddl::Statement& statement = logged.statement;
  const std::string name = statement.database.name.empty() ? logged.text.database : statement.database.name;
  const bool creates = statement.kind == ddl::StatementKind::kCreateDatabase;
  if (creates && !statement.database.if_exists) followed_databases_.insert(name);
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
  // IF NOT EXISTS is logged also where the table was there. Where nobody knows, the next table map is to tell.
  bool is_guess = false;
  if (create.if_not_exists) {
    if (Find(key, place) != nullptr) return;
    const std::optional<bool> there = IsThere(key);
    if (there.value_or(false)) return;
    is_guess = !there;
  }
  Drop(key, place);
  there_[key] = true;
  sequences_.erase(key);
  if (create.like) return ApplyLike(key, KeyOf(*create.like, database));
  if (create.columns.empty()) return;  // as a query, without columns of its own
  auto statement = std::make_shared<ddl::CreateTable>(create);
  statement->name = {key.first, key.second};
  if (statement->options.charset.empty() && statement->options.collation.empty()) {
    const ddl::DatabaseDefaults defaults = DefaultsOf(key.first);
    statement->options.charset = defaults.charset;
    statement->options.collation = defaults.collation;
  }
  ddl::Normalize(statement.get());
  known_[key] = {nullptr, std::move(statement), logged.text.sql, is_guess};
}

/// Whether the log tells that there is a table of the name, or that there is none.
std::optional<bool> Catalog::IsThere(const TableKey& key) const {
  const auto told = there_.find(key);
  if (told != there_.end()) return told->second;
  return followed_databases_.count(key.first) > 0 ? std::optional<bool>(false) : std::nullopt;
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
  *known = {nullptr, std::move(statement), "", known->is_guess};
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
  there_[key] = false;
}

void Catalog::Rename(const TableKey& from, const TableKey& to, const Position& place) {
  Drop(to, place);
  Find(from, place);
  there_[to] = true;
  there_[from] = false;
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

}  // namespace cdc::tail
