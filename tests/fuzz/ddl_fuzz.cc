#include "common/ddl/definition.h"
#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "target.h"

// Statements, one after the other where a NUL stands between them; the first byte is the sql_mode. Tables are followed
// through them, as the catalog does, and the text that is made of a table makes the same table.

FUZZ_TARGET(ddl) {
  using namespace cdc::ddl;
  if (bytes.empty()) return;
  const LexerMode mode = LexerMode::FromSqlMode((bytes[0] & 1) != 0 ? 4 : 0);
  bytes.remove_prefix(1);
  CreateTable table;
  bool have_table = false;
  while (!bytes.empty()) {
    const std::string sql(bytes.substr(0, bytes.find('\0')));
    bytes.remove_prefix(std::min(bytes.size(), sql.size() + 1));
    Statement statement;
    const bool parsed = cdc::fuzz::Takes([&] { statement = ParseStatement(sql, mode); });
    if (!parsed) continue;
    if (statement.kind == StatementKind::kCreateTable && !statement.create_table.like) {
      table = statement.create_table;
      Normalize(&table);
      have_table = true;
    } else if (statement.kind == StatementKind::kAlterTable && have_table) {
      ApplyActions(statement.actions, &table);
    } else if (statement.kind == StatementKind::kCreateIndex && have_table) {
      ApplyCreateIndex(statement.index, &table);
    } else if (statement.kind == StatementKind::kDropIndex && have_table) {
      ApplyDropIndex(statement.index.name, &table);
    }
    if (!have_table) continue;
    SchemaOf(table, {});
    CreateTableText(table);
  }
}
