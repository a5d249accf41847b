#include "tools/binlog-tail/statement.h"

#include <optional>

#include "common/ddl/definition.h"
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

/// What MariaDB takes before a statement that does its work all the same: SET STATEMENT variable = value, … FOR, and
/// ANALYZE before one that changes rows.
size_t PrefixLength(const std::string& sql, const ddl::LexerMode& mode) {
  const auto is = [](const ddl::Token& token, std::string_view word) {
    return ddl::EqualsIgnoreCase(token.text, word);
  };
  const std::vector<ddl::Token> tokens = ddl::Tokenize(sql, mode);
  size_t at = 0;
  if (tokens.size() > 2 && is(tokens[0], "SET") && is(tokens[1], "STATEMENT"))
    for (size_t i = 2; i + 1 < tokens.size() && at == 0; ++i)
      if (is(tokens[i], "FOR")) at = i + 1;
  if (at + 1 < tokens.size() && is(tokens[at], "ANALYZE"))
    for (const char* verb : {"INSERT", "UPDATE", "DELETE", "REPLACE"})
      for (size_t i = at + 1; i < tokens.size() && i <= at + 4; ++i)  // FORMAT = JSON between
        if (is(tokens[i], verb)) return tokens[i].offset;
  return at == 0 ? 0 : tokens[at].offset;
}

/// What CREATE SEQUENCE makes; nothing for other statements.
std::optional<ddl::TableName> SequenceMadeBy(const std::string& sql, const std::vector<ddl::Token>& tokens,
                                             const ddl::LexerMode& mode) {
  ddl::TokenCursor cursor(sql, tokens, mode);
  if (!cursor.TryWord("CREATE")) return std::nullopt;
  cursor.TryWords("OR", "REPLACE");
  if (!cursor.TryWord("SEQUENCE")) return std::nullopt;
  if (cursor.TryWords("IF", "NOT")) cursor.ExpectWord("EXISTS");
  return cursor.TakeTableName();
}

}  // namespace

StatementText TextOf(const QueryEvent& query) {
  return {ClientTextUtf8(query.sql, query.client_collation), std::string(query.database), query.sql_mode.value_or(0),
          query.server_collation};
}

void LowerNames(ddl::Statement* statement) {
  const auto lower = [](ddl::TableName* name) {
    name->database = ddl::ToLower(name->database);
    name->table = ddl::ToLower(name->table);
  };
  for (auto& name : statement->tables) lower(&name);
  for (auto& pair : statement->renames) {
    lower(&pair.from);
    lower(&pair.to);
  }
  for (auto& action : statement->actions) lower(&action.new_table);
  lower(&statement->create_table.name);
  if (statement->create_table.like) lower(&*statement->create_table.like);
  statement->database.name = ddl::ToLower(statement->database.name);
}

LoggedStatement ReadStatement(StatementText text, bool lower_case_names) {
  LoggedStatement logged;
  logged.text = std::move(text);
  const ddl::LexerMode mode = ddl::LexerMode::FromSqlMode(logged.text.sql_mode);
  try {
    logged.text.sql.erase(0, PrefixLength(logged.text.sql, mode));
    logged.statement = ddl::ParseStatement(logged.text.sql, mode);
  } catch (const Failure&) {
    logged.parsed = false;
    return logged;
  }
  if (lower_case_names) LowerNames(&logged.statement);
  if (logged.statement.kind == ddl::StatementKind::kOther) {
    const std::vector<ddl::Token> tokens = ddl::Tokenize(logged.text.sql, mode);
    logged.changes_rows = !tokens.empty() && IsRowStatement(tokens[0].text);
    if (auto made = SequenceMadeBy(logged.text.sql, tokens, mode)) {
      if (made->database.empty()) made->database = logged.text.database;
      logged.sequence = {made->database, lower_case_names ? ddl::ToLower(made->table) : made->table};
    }
  }
  return logged;
}

std::vector<TableKey> TablesChangedBy(const LoggedStatement& logged) {
  std::vector<TableKey> changed;
  const std::string& database = logged.text.database;
  const auto add = [&](const ddl::TableName& name) {
    changed.emplace_back(name.database.empty() ? database : name.database, name.table);
  };
  const ddl::Statement& statement = logged.statement;
  if (!logged.parsed || statement.temporary) return changed;
  switch (statement.kind) {
    case ddl::StatementKind::kCreateTable: add(statement.create_table.name); break;
    case ddl::StatementKind::kDropTable:
      for (const auto& name : statement.tables) add(name);
      break;
    case ddl::StatementKind::kRenameTable:
      for (const auto& pair : statement.renames) {
        add(pair.from);
        add(pair.to);
      }
      break;
    case ddl::StatementKind::kAlterTable: {
      if (ddl::ChangesColumnsOrKey(statement.actions)) add(statement.tables[0]);
      for (const auto& action : statement.actions) {
        if (action.kind != ddl::AlterAction::Kind::kRenameTable) continue;
        add(statement.tables[0]);
        add(action.new_table);
      }
      break;
    }
    default: break;
  }
  return changed;
}

std::vector<TableKey> TablesDefinedBy(const LoggedStatement& logged) {
  std::vector<TableKey> defined = TablesChangedBy(logged);
  const ddl::Statement& statement = logged.statement;
  if (!logged.parsed || statement.temporary || statement.tables.empty()) return defined;
  const bool in_part = statement.kind == ddl::StatementKind::kAlterTable ||
                       statement.kind == ddl::StatementKind::kCreateIndex ||
                       statement.kind == ddl::StatementKind::kDropIndex;
  const ddl::TableName& name = statement.tables[0];
  if (in_part) defined.emplace_back(name.database.empty() ? logged.text.database : name.database, name.table);
  return defined;
}

}  // namespace cdc::tail
