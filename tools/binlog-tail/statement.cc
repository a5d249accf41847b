#include "tools/binlog-tail/statement.h"

#include <optional>

#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"
#include "tools/binlog-tail/charset.h"

namespace cdc::tail {
namespace {

/// Statements that change rows, and so must not be met as statements.
bool IsRowStatement(std::string_view word) {
  for (std::string_view dml :
       {"INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "CALL", "WITH", "DO", "SELECT", "IMPORT"})
    if (ddl::EqualsIgnoreCase(word, dml)) return true;
  return false;
}

/// The statement in UTF-8, for the parser.
std::string ClientTextUtf8(std::string_view text, std::optional<uint16_t> collation) {
  const Charset* charset = collation ? CharsetOfCollation(*collation) : nullptr;
  std::string converted;
  if (charset != nullptr && charset->kind() != Charset::Kind::kBinary && charset->AppendUtf8(text, converted))
    return converted;
  return std::string(text);
}

/// ALTER TABLE … RENAME [TO|AS|=] name, alone or among other changes.
struct AlterRename {
  std::optional<ddl::TableName> to;
  bool alone = false;
};

AlterRename FindAlterRename(const std::string& sql, const ddl::LexerMode& mode, size_t body_token) {
  const std::vector<ddl::Token> tokens = ddl::Tokenize(sql, mode);
  const auto word = [&](size_t at, std::string_view keyword) {
    return at < tokens.size() && tokens[at].kind == ddl::TokenKind::kWord &&
           ddl::EqualsIgnoreCase(tokens[at].text, keyword);
  };
  AlterRename rename;
  int depth = 0;
  bool at_clause = true;  // a clause of the list begins here
  for (size_t i = body_token; i < tokens.size(); ++i) {
    const std::string_view text = tokens[i].text;
    if (text == "(") ++depth;
    if (text == ")") --depth;
    const bool begins = at_clause;
    at_clause = depth == 0 && text == ",";
    if (!begins || !word(i, "RENAME") || word(i + 1, "COLUMN") || word(i + 1, "INDEX") || word(i + 1, "KEY")) continue;
    size_t name = i + 1;
    if (word(name, "TO") || word(name, "AS") || (name < tokens.size() && tokens[name].text == "=")) ++name;
    if (name >= tokens.size()) break;
    rename.to.emplace();
    rename.to->table = ddl::NameOf(tokens[name]);
    size_t after = name + 1;
    if (after + 1 < tokens.size() && tokens[after].text == ".") {
      rename.to->database = rename.to->table;
      rename.to->table = ddl::NameOf(tokens[after + 1]);
      after += 2;
    }
    rename.alone = i == body_token && (after >= tokens.size() || tokens[after].kind == ddl::TokenKind::kEnd);
    break;
  }
  return rename;
}

CreatedTable CreatedFrom(const ddl::CreateTable& statement, const std::string& sql) {
  CreatedTable created;
  created.create = sql;
  for (const auto& column : statement.columns) {
    created.names.push_back(column.name);
    created.members.emplace_back();
    for (const auto& option : column.type.options) created.members.back().push_back(option.value);
    if (column.primary_key) created.key = {column.name};
  }
  for (const auto& key : statement.keys)
    if (key.kind == ddl::KeyDefinition::Kind::kPrimary)
      for (const auto& part : key.parts) created.key.push_back(part.column);
  return created;
}

TableKey KeyOf(const ddl::TableName& name, const std::string& default_database) {
  return {name.database.empty() ? default_database : name.database, name.table};
}

void AppendAlter(const LoggedStatement& logged, const std::string& database, std::vector<TableChange>& changes) {
  if (logged.statement.tables.empty()) return;
  const TableKey key = KeyOf(logged.statement.tables[0], database);
  const AlterRename rename = FindAlterRename(logged.sql, logged.mode, logged.statement.body_token);
  if (!rename.alone) changes.push_back({TableChange::Kind::kAltered, key, {}, {}});
  if (rename.to) changes.push_back({TableChange::Kind::kRenamed, key, KeyOf(*rename.to, key.first), {}});
}

}  // namespace

LoggedStatement ReadStatement(const QueryEvent& query) {
  LoggedStatement logged;
  logged.sql = ClientTextUtf8(query.sql, query.client_collation);
  logged.mode = ddl::LexerMode::FromSqlMode(query.sql_mode.value_or(0));
  try {
    logged.statement = ddl::ParseStatement(logged.sql, logged.mode);
  } catch (const Failure&) {
    logged.parsed = false;
    return logged;
  }
  if (logged.statement.kind == ddl::StatementKind::kOther) {
    const std::vector<ddl::Token> tokens = ddl::Tokenize(logged.sql, logged.mode);
    logged.changes_rows = !tokens.empty() && IsRowStatement(tokens[0].text);
  }
  return logged;
}

std::vector<TableChange> TableChangesOf(const LoggedStatement& logged, const QueryEvent& query) {
  std::vector<TableChange> changes;
  if (!logged.parsed) return changes;
  const ddl::Statement& statement = logged.statement;
  const std::string database(query.database);
  switch (statement.kind) {
    case ddl::StatementKind::kCreateTable: {
      const ddl::CreateTable& create = statement.create_table;
      if (create.temporary) break;
      const bool typed = !create.columns.empty();  // not LIKE, nor SELECT without columns
      changes.push_back({typed ? TableChange::Kind::kCreated : TableChange::Kind::kAltered,
                         KeyOf(create.name, database),
                         {},
                         typed ? CreatedFrom(create, logged.sql) : CreatedTable(),
                         create.if_not_exists});
      break;
    }
    case ddl::StatementKind::kRenameTable:
      for (const auto& pair : statement.renames)
        changes.push_back({TableChange::Kind::kRenamed, KeyOf(pair.from, database), KeyOf(pair.to, database), {}});
      break;
    case ddl::StatementKind::kDropTable:
      if (statement.temporary) break;
      for (const auto& name : statement.tables)
        changes.push_back({TableChange::Kind::kDropped, KeyOf(name, database), {}, {}});
      break;
    case ddl::StatementKind::kAlterTable: AppendAlter(logged, database, changes); break;
    default: break;
  }
  return changes;
}

}  // namespace cdc::tail
