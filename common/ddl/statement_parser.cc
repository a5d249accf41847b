#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"

namespace cdc::ddl {
namespace {

bool TryIfExists(TokenCursor& cursor) {
  if (!cursor.PeekWord("IF")) return false;
  cursor.Take();
  cursor.TryWord("NOT");
  cursor.ExpectWord("EXISTS");
  return true;
}

std::string TakeOptionWord(TokenCursor& cursor) {
  cursor.TryPunctuation('=');
  return cursor.PeekString() ? cursor.TakeString("a name") : cursor.TakeName("a name");
}

// --- CREATE TABLE -------------------------------------------------------------------------------------------------

/// Of a parenthesis: it is around a query, not around columns.
bool HoldsQuery(const TokenCursor& cursor) {
  return cursor.PeekWord("SELECT", 1) || cursor.PeekWord("WITH", 1) || cursor.PeekWord("VALUES", 1) ||
         cursor.PeekWord("TABLE", 1);
}

void ParseTableElements(TokenCursor& cursor, CreateTable* create) {
  cursor.ExpectPunctuation('(');
  do {
    KeyDefinition key;
    if (TryKeyDefinition(cursor, &key)) {
      create->keys.push_back(std::move(key));
    } else {
      create->columns.push_back(ParseColumnDefinition(cursor));
    }
  } while (cursor.TryPunctuation(','));
  cursor.ExpectPunctuation(')');
}

void ParseCreateTable(TokenCursor& cursor, CreateTable* create) {
  create->if_not_exists = TryIfExists(cursor);
  create->name = cursor.TakeTableName();
  if (cursor.TryWord("LIKE")) {
    create->like = cursor.TakeTableName();
    return;
  }
  if (cursor.PeekPunctuation('(')) {
    if (cursor.PeekWord("LIKE", 1)) {
      cursor.Take();
      cursor.Take();
      create->like = cursor.TakeTableName();
      cursor.ExpectPunctuation(')');
      return;
    }
    if (!HoldsQuery(cursor)) ParseTableElements(cursor, create);
  }
  ParseTableOptions(cursor, &create->options);
  // PARTITION BY …, IGNORE/REPLACE, AS SELECT …: nothing in them changes a column that the statement lists.
  for (size_t depth = 0; !cursor.AtEnd() || depth > 0;) {
    const Token& token = cursor.Peek();
    if (token.kind == TokenKind::kBroken || token.kind == TokenKind::kEnd) cursor.Fail("the end of the statement");
    if (cursor.PeekPunctuation('(')) ++depth;
    if (cursor.PeekPunctuation(')')) {
      if (depth == 0) cursor.Fail("the end of the statement");
      --depth;
    }
    // VALUES LESS THAN and VALUES IN are of partitions, WITH SYSTEM VERSIONING is an option; a WITH of a query has
    // SELECT.
    const bool values = cursor.PeekWord("VALUES") && (cursor.PeekPunctuation('(', 1) || cursor.PeekWord("ROW", 1));
    if (depth <= 1 && (cursor.PeekWord("SELECT") || cursor.PeekWord("TABLE") || values)) create->as_select = true;
    cursor.Take();
  }
}

// --- The other statements ------------------------------------------------------------------------------------------

void ParseTableList(TokenCursor& cursor, Statement* statement) {
  do {
    statement->tables.push_back(cursor.TakeTableName());
  } while (cursor.TryPunctuation(','));
}

void ParseDropTable(TokenCursor& cursor, Statement* statement) {
  statement->kind = StatementKind::kDropTable;
  statement->if_exists = TryIfExists(cursor);
  ParseTableList(cursor, statement);
}

void ParseRename(TokenCursor& cursor, Statement* statement) {
  statement->kind = StatementKind::kRenameTable;
  statement->if_exists = TryIfExists(cursor);
  do {
    RenamePair pair;
    pair.from = cursor.TakeTableName();
    if (cursor.TryWord("WAIT")) cursor.Take();
    cursor.TryWord("NOWAIT");
    cursor.ExpectWord("TO");
    pair.to = cursor.TakeTableName();
    statement->renames.push_back(std::move(pair));
  } while (cursor.TryPunctuation(','));
}

void ParseDatabaseOptions(TokenCursor& cursor, DatabaseChange* change) {
  for (;;) {
    cursor.TryPunctuation(',');
    cursor.TryWord("DEFAULT");
    if (cursor.TryWord("CHARSET") || cursor.TryWords("CHARACTER", "SET") || cursor.TryWords("CHAR", "SET")) {
      change->charset = TakeOptionWord(cursor);
    } else if (cursor.TryWord("COLLATE")) {
      change->collation = TakeOptionWord(cursor);
    } else if (cursor.TryWord("ENCRYPTION") || cursor.TryWord("COMMENT")) {
      cursor.TryPunctuation('=');
      cursor.Take();
    } else if (cursor.TryWords("READ", "ONLY")) {
      cursor.TryPunctuation('=');
      cursor.Take();
    } else {
      return;
    }
  }
}

void ParseDatabase(TokenCursor& cursor, StatementKind kind, Statement* statement) {
  statement->kind = kind;
  statement->database.if_exists = TryIfExists(cursor);
  const bool unnamed = kind == StatementKind::kAlterDatabase &&
                       (cursor.PeekWord("DEFAULT") || cursor.PeekWord("CHARACTER") || cursor.PeekWord("CHARSET") ||
                        cursor.PeekWord("COLLATE") || cursor.PeekWord("ENCRYPTION") || cursor.PeekWord("READ"));
  if (!unnamed) statement->database.name = cursor.TakeName("a database name");
  ParseDatabaseOptions(cursor, &statement->database);
}

bool TryDatabaseWord(TokenCursor& cursor) {
  return cursor.TryWord("DATABASE") || cursor.TryWord("SCHEMA");
}

/// CREATE [UNIQUE|FULLTEXT|SPATIAL] INDEX name ON table, DROP INDEX name ON table.
void ParseIndex(TokenCursor& cursor, StatementKind kind, Statement* statement) {
  statement->kind = kind;
  statement->if_exists = TryIfExists(cursor);
  statement->index.name = cursor.TakeName("an index name");
  if (cursor.TryWord("USING")) cursor.Take();
  cursor.ExpectWord("ON");
  statement->tables.push_back(cursor.TakeTableName());
  if (kind == StatementKind::kCreateIndex) ParseIndexParts(cursor, &statement->index);
}

void ParseView(TokenCursor& cursor, StatementKind kind, Statement* statement) {
  statement->kind = kind;
  statement->if_exists = TryIfExists(cursor);
  statement->tables.push_back(cursor.TakeTableName());
}

/// The words between CREATE and the kind of object: OR REPLACE, DEFINER = …, ALGORITHM = …, SQL SECURITY ….
void SkipCreatePrefix(TokenCursor& cursor) {
  for (;;) {
    if (cursor.TryWords("OR", "REPLACE") || cursor.TryWord("AGGREGATE")) continue;
    if (cursor.PeekWord("DEFINER") || cursor.PeekWord("ALGORITHM")) {
      cursor.Take();
      cursor.TryPunctuation('=');
      cursor.Take();
      while (cursor.Peek().kind == TokenKind::kVariable) cursor.Take();
      if (cursor.PeekPunctuation('(')) cursor.SkipParenthesized();
    } else if (cursor.TryWords("SQL", "SECURITY")) {
      cursor.Take();
    } else {
      return;
    }
  }
}

void ParseCreate(TokenCursor& cursor, Statement* statement) {
  SkipCreatePrefix(cursor);
  statement->temporary = cursor.TryWord("TEMPORARY");
  if (cursor.TryWord("TABLE")) {
    statement->kind = StatementKind::kCreateTable;
    ParseCreateTable(cursor, &statement->create_table);
    statement->create_table.temporary = statement->temporary;
    statement->if_exists = statement->create_table.if_not_exists;
    statement->tables.push_back(statement->create_table.name);
  } else if (TryDatabaseWord(cursor)) {
    ParseDatabase(cursor, StatementKind::kCreateDatabase, statement);
  } else if (cursor.TryWord("VIEW")) {
    ParseView(cursor, StatementKind::kCreateView, statement);
  } else {
    if (cursor.TryWord("UNIQUE")) {
      statement->index.kind = KeyDefinition::Kind::kUnique;
    } else if (cursor.TryWord("FULLTEXT")) {
      statement->index.kind = KeyDefinition::Kind::kFulltext;
    } else if (cursor.PeekWord("SPATIAL") && cursor.PeekWord("INDEX", 1)) {
      cursor.Take();
      statement->index.kind = KeyDefinition::Kind::kSpatial;
    }
    cursor.TryWord("ONLINE");
    cursor.TryWord("OFFLINE");
    if (cursor.TryWord("INDEX")) ParseIndex(cursor, StatementKind::kCreateIndex, statement);
  }
}

void ParseDrop(TokenCursor& cursor, Statement* statement) {
  statement->temporary = cursor.TryWord("TEMPORARY");
  if (cursor.TryWord("TABLE") || cursor.TryWord("TABLES")) {
    ParseDropTable(cursor, statement);
  } else if (TryDatabaseWord(cursor)) {
    ParseDatabase(cursor, StatementKind::kDropDatabase, statement);
  } else if (cursor.TryWord("VIEW")) {
    statement->kind = StatementKind::kDropView;
    statement->if_exists = TryIfExists(cursor);
    ParseTableList(cursor, statement);
  } else {
    cursor.TryWord("ONLINE");
    cursor.TryWord("OFFLINE");
    if (cursor.TryWord("INDEX")) ParseIndex(cursor, StatementKind::kDropIndex, statement);
  }
}

void ParseAlter(TokenCursor& cursor, Statement* statement) {
  cursor.TryWord("ONLINE");
  cursor.TryWord("IGNORE");
  if (cursor.TryWord("TABLE")) {
    statement->kind = StatementKind::kAlterTable;
    statement->if_exists = TryIfExists(cursor);
    statement->tables.push_back(cursor.TakeTableName());
    if (cursor.TryWord("WAIT")) cursor.Take();
    cursor.TryWord("NOWAIT");
    statement->actions = ParseAlterActions(cursor);
  } else if (TryDatabaseWord(cursor)) {
    ParseDatabase(cursor, StatementKind::kAlterDatabase, statement);
  } else {
    SkipCreatePrefix(cursor);
    if (cursor.TryWord("VIEW")) ParseView(cursor, StatementKind::kCreateView, statement);
  }
}

bool IsTransactionWord(const TokenCursor& cursor) {
  for (const std::string_view word : {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "XA", "RELEASE"})
    if (cursor.PeekWord(word)) return true;
  return cursor.PeekWord("START") && cursor.PeekWord("TRANSACTION", 1);
}

}  // namespace

Statement ParseStatement(std::string_view sql, const LexerMode& mode) {
  const std::vector<Token> tokens = Tokenize(sql, mode);
  TokenCursor cursor(sql, tokens, mode);
  Statement statement;
  while (cursor.TryPunctuation(';')) {
  }
  if (IsTransactionWord(cursor)) {
    statement.kind = StatementKind::kTransaction;
  } else if (cursor.TryWord("CREATE")) {
    ParseCreate(cursor, &statement);
  } else if (cursor.TryWord("DROP")) {
    ParseDrop(cursor, &statement);
  } else if (cursor.TryWord("ALTER")) {
    ParseAlter(cursor, &statement);
  } else if (cursor.TryWord("TRUNCATE")) {
    statement.kind = StatementKind::kTruncateTable;
    cursor.TryWord("TABLE");
    statement.tables.push_back(cursor.TakeTableName());
  } else if (cursor.PeekWord("RENAME") && (cursor.PeekWord("TABLE", 1) || cursor.PeekWord("TABLES", 1))) {
    cursor.Take();
    cursor.Take();
    ParseRename(cursor, &statement);
  } else if (cursor.TryWord("USE")) {
    statement.kind = StatementKind::kUse;
    statement.database.name = cursor.TakeName("a database name");
  } else if (cursor.TryWord("SET")) {
    if (!cursor.PeekWord("DEFAULT") && !cursor.PeekWord("PASSWORD") && !cursor.PeekWord("ROLE"))
      statement.kind = StatementKind::kSet;
  }
  return statement;
}

}  // namespace cdc::ddl
