#include "tools/binlog-tail/cascades.h"

#include <algorithm>
#include <string_view>

#include "common/ddl/lexer.h"
#include "common/log.h"

namespace cdc::tail {
namespace {

bool Cascades(std::string_view line) {
  constexpr std::string_view kRules[] = {"CASCADE", "SET NULL", "SET DEFAULT"};
  for (const std::string_view event : {" ON DELETE ", " ON UPDATE "}) {
    const size_t at = line.rfind(event);
    if (at == std::string_view::npos) continue;
    const std::string_view rule = line.substr(at + event.size());
    if (std::any_of(std::begin(kRules), std::end(kRules),
                    [&](std::string_view word) { return rule.substr(0, word.size()) == word; }))
      return true;
  }
  return false;
}

/// The columns of each key that cascades, as written in a definition of SHOW CREATE TABLE, a key a line. (The server's
/// tables of constraints are not shown to users who may only read.)
std::vector<std::string> CascadingKeys(std::string_view create) {
  constexpr std::string_view kConstraint = "  CONSTRAINT ", kKey = " FOREIGN KEY (", kEnd = ") REFERENCES ";
  std::vector<std::string> keys;
  for (size_t begin = 0; begin < create.size();) {
    const size_t end = std::min(create.find('\n', begin), create.size());
    const std::string_view line = create.substr(begin, end - begin);
    begin = end + 1;
    const size_t key = line.find(kKey), key_end = line.find(kEnd);
    if (line.substr(0, kConstraint.size()) != kConstraint || key == std::string_view::npos ||
        key_end == std::string_view::npos || key_end < key || !Cascades(line))
      continue;
    keys.emplace_back(line.substr(key + kKey.size(), key_end - key - kKey.size()));
  }
  return keys;
}

/// The same of a statement; as SHOW CREATE TABLE writes them.
std::string ColumnsOf(const ddl::KeyDefinition& key) {
  std::string columns;
  for (const auto& part : key.parts) {
    if (!columns.empty()) columns += ", ";
    ddl::AppendQuotedName(columns, part.column);
  }
  return columns;
}

}  // namespace

CascadeWarnings::CascadeWarnings(const MysqlConnection& connection) {
  constexpr unsigned long kFirstLogged = 90600, kFirstBesideColumns = 90000;
  are_logged_ = !connection.is_mariadb() && connection.version() >= kFirstLogged;
  are_keys_beside_columns_ = connection.is_mariadb() || connection.version() >= kFirstBesideColumns;
}

void CascadeWarnings::Tell(const ServerTables& said) {
  if (are_logged_) return;
  std::string names;
  for (const auto& table : said.tables) {
    const std::string name = table->db + "." + table->table;
    bool is_new = false;
    for (const auto& columns : CascadingKeys(table->create)) is_new = IsNew(name, columns) || is_new;
    if (is_new) names += (names.empty() ? "" : ", ") + name;
  }
  if (!names.empty()) Warn(names);
}

void CascadeWarnings::Tell(const LoggedStatement& logged, const TableFilter& filter) {
  if (are_logged_ || !logged.parsed || logged.statement.temporary) return;
  const ddl::Statement& statement = logged.statement;
  const bool creates = statement.kind == ddl::StatementKind::kCreateTable;
  if (!creates && statement.kind != ddl::StatementKind::kAlterTable) return;
  const ddl::TableName& table = creates ? statement.create_table.name : statement.tables[0];
  const std::string& db = table.database.empty() ? logged.text.database : table.database;
  if (!filter.Captures(db, table.table)) return;

  bool is_new = false;
  const auto take_key = [&](const ddl::KeyDefinition& key) {
    if (key.cascades) is_new = IsNew(db + "." + table.table, ColumnsOf(key)) || is_new;
  };
  const auto take_column = [&](const ddl::ColumnDefinition& column) {
    if (!column.cascades || !are_keys_beside_columns_) return;
    ddl::KeyDefinition key;
    key.cascades = true;
    key.parts.push_back({column.name, "", ""});
    take_key(key);
  };
  for (const auto& key : statement.create_table.keys) take_key(key);
  for (const auto& column : statement.create_table.columns) take_column(column);
  for (const auto& action : statement.actions) {
    take_key(action.key);
    take_column(action.column);
  }
  if (is_new) Warn(db + "." + table.table);
}

bool CascadeWarnings::IsNew(const std::string& table, const std::string& columns) {
  return told_.insert(table + " (" + columns + ")").second;
}

void CascadeWarnings::Warn(const std::string& tables) {
  LogWarning(
      "rows that foreign keys delete or change (CASCADE, SET NULL) are not in the log of this server, so they "
      "do not come: " +
      tables);
}

}  // namespace cdc::tail
