#include "common/ddl/parser.h"

namespace cdc::ddl {
namespace {

using Kind = AlterAction::Kind;

ColumnPosition TakePosition(TokenCursor& cursor) {
  ColumnPosition position;
  if (cursor.TryWord("FIRST")) {
    position.kind = ColumnPosition::Kind::kFirst;
  } else if (cursor.TryWord("AFTER")) {
    position.kind = ColumnPosition::Kind::kAfter;
    position.after = cursor.TakeName("a column name");
  }
  return position;
}

bool TryIf(TokenCursor& cursor) {
  if (!cursor.PeekWord("IF")) return false;
  cursor.Take();
  cursor.TryWord("NOT");
  cursor.ExpectWord("EXISTS");
  return true;
}

/// To the comma that ends the action, or to the end.
void SkipAction(TokenCursor& cursor) {
  while (!cursor.AtEnd() && !cursor.PeekPunctuation(',')) {
    if (cursor.Peek().kind == TokenKind::kBroken) cursor.Fail("the end of the statement");
    if (cursor.PeekPunctuation('(')) {
      cursor.SkipParenthesized();
    } else {
      cursor.Take();
    }
  }
}

/// Actions on partitions end the statement, and may hold commas of their own.
void SkipRest(TokenCursor& cursor) {
  while (!cursor.AtEnd()) {
    if (cursor.Peek().kind == TokenKind::kBroken) cursor.Fail("the end of the statement");
    cursor.Take();
  }
}

void ParseAdd(TokenCursor& cursor, std::vector<AlterAction>* actions) {
  AlterAction action;
  if (cursor.PeekWord("PARTITION")) {
    SkipRest(cursor);
    actions->push_back(action);
    return;
  }
  if (cursor.TryWords("SYSTEM", "VERSIONING")) {  // MariaDB
    action.kind = Kind::kOptions;
    action.options.system_versioned = true;
    actions->push_back(action);
    return;
  }
  const bool column = cursor.TryWord("COLUMN");
  action.if_exists = TryIf(cursor);
  if (cursor.TryPunctuation('(')) {
    do {
      AlterAction each;
      each.if_exists = action.if_exists;
      each.kind = TryKeyDefinition(cursor, &each.key) ? Kind::kAddKey : Kind::kAddColumn;
      if (each.kind == Kind::kAddColumn) each.column = ParseColumnDefinition(cursor);
      actions->push_back(std::move(each));
    } while (cursor.TryPunctuation(','));
    cursor.ExpectPunctuation(')');
    return;
  }
  if (!column && TryKeyDefinition(cursor, &action.key)) {
    action.kind = Kind::kAddKey;
  } else {
    action.kind = Kind::kAddColumn;
    action.column = ParseColumnDefinition(cursor);
    action.position = TakePosition(cursor);
  }
  actions->push_back(std::move(action));
}

void ParseDropAction(TokenCursor& cursor, AlterAction* action) {
  if (cursor.TryWords("PRIMARY", "KEY")) {
    action->kind = Kind::kDropPrimaryKey;
  } else if (cursor.TryWord("INDEX") || cursor.TryWord("KEY")) {
    TryIf(cursor);
    action->kind = Kind::kDropIndex;
    action->name = cursor.TakeName("an index name");
  } else if (cursor.TryWords("SYSTEM", "VERSIONING")) {  // MariaDB
    action->kind = Kind::kOptions;
    action->options.system_versioned = false;
  } else if (cursor.PeekWord("PERIOD") && cursor.PeekWord("FOR", 1)) {
    SkipAction(cursor);
  } else if (cursor.PeekWord("FOREIGN") || cursor.PeekWord("CHECK") || cursor.PeekWord("CONSTRAINT")) {
    SkipAction(cursor);
  } else if (cursor.PeekWord("PARTITION")) {
    SkipRest(cursor);
  } else {
    cursor.TryWord("COLUMN");
    action->if_exists = TryIf(cursor);
    action->kind = Kind::kDropColumn;
    action->name = cursor.TakeName("a column name");
    if (!cursor.TryWord("RESTRICT")) cursor.TryWord("CASCADE");
  }
}

void ParseAlterColumn(TokenCursor& cursor, AlterAction* action) {
  if (cursor.PeekWord("INDEX") || cursor.PeekWord("CHECK") || cursor.PeekWord("CONSTRAINT") || cursor.PeekWord("KEY")) {
    SkipAction(cursor);
    return;
  }
  cursor.TryWord("COLUMN");
  TryIf(cursor);
  action->name = cursor.TakeName("a column name");
  if (cursor.TryWords("SET", "DEFAULT")) {
    action->kind = Kind::kSetDefault;
    action->column.default_value = ParseDefaultValue(cursor);
  } else if (cursor.TryWords("DROP", "DEFAULT")) {
    action->kind = Kind::kDropDefault;
  } else {
    SkipAction(cursor);  // SET VISIBLE, SET INVISIBLE
  }
}

void ParseRenameAction(TokenCursor& cursor, AlterAction* action) {
  const bool column = cursor.TryWord("COLUMN");
  if (column || cursor.TryWord("INDEX") || cursor.TryWord("KEY")) {
    action->if_exists = TryIf(cursor);
    action->kind = column ? Kind::kRenameColumn : Kind::kRenameIndex;
    action->name = cursor.TakeName("a name");
    cursor.ExpectWord("TO");
    action->new_name = cursor.TakeName("a name");
    return;
  }
  if (!cursor.TryWord("TO") && !cursor.TryWord("AS")) cursor.TryPunctuation('=');
  action->kind = Kind::kRenameTable;
  action->new_table = cursor.TakeTableName();
}

void ParseConvert(TokenCursor& cursor, AlterAction* action) {
  if (cursor.PeekWord("PARTITION") || cursor.PeekWord("TABLE")) {  // MariaDB
    SkipRest(cursor);
    return;
  }
  cursor.ExpectWord("TO");
  action->kind = Kind::kConvertCharset;
  ParseTableOptions(cursor, &action->options);
}

bool AtPartitionAction(const TokenCursor& cursor) {
  for (const std::string_view word : {"PARTITION", "COALESCE", "REORGANIZE", "EXCHANGE", "ANALYZE", "CHECK", "OPTIMIZE",
                                      "REBUILD", "REPAIR", "REMOVE", "TRUNCATE", "DISCARD", "IMPORT"})
    if (cursor.PeekWord(word)) return true;
  return false;
}

/// Commas part the columns, not actions: the server takes what follows each as a column.
void SkipOrder(TokenCursor& cursor) {
  cursor.ExpectWord("BY");
  do {
    do cursor.TakeName("a column name");
    while (cursor.TryPunctuation('.'));
    if (!cursor.TryWord("ASC")) cursor.TryWord("DESC");
  } while (cursor.TryPunctuation(','));
}

bool AtPlainAction(const TokenCursor& cursor) {
  for (const std::string_view word : {"FORCE", "ENABLE", "DISABLE", "ALGORITHM", "LOCK", "VALIDATION", "SECONDARY_LOAD",
                                      "SECONDARY_UNLOAD", "WITHOUT"})
    if (cursor.PeekWord(word)) return true;
  return cursor.PeekWord("WITH") && cursor.PeekWord("VALIDATION", 1);
}

void ParseAction(TokenCursor& cursor, std::vector<AlterAction>* actions) {
  if (cursor.TryWord("ADD")) return ParseAdd(cursor, actions);
  AlterAction action;
  if (cursor.TryWord("DROP")) {
    ParseDropAction(cursor, &action);
  } else if (cursor.TryWord("MODIFY")) {
    cursor.TryWord("COLUMN");
    action.if_exists = TryIf(cursor);
    action.kind = Kind::kModifyColumn;
    action.column = ParseColumnDefinition(cursor);
    action.position = TakePosition(cursor);
  } else if (cursor.TryWord("CHANGE")) {
    cursor.TryWord("COLUMN");
    action.if_exists = TryIf(cursor);
    action.kind = Kind::kChangeColumn;
    action.name = cursor.TakeName("a column name");
    action.column = ParseColumnDefinition(cursor);
    action.position = TakePosition(cursor);
  } else if (cursor.TryWord("ALTER")) {
    ParseAlterColumn(cursor, &action);
  } else if (cursor.TryWord("RENAME")) {
    ParseRenameAction(cursor, &action);
  } else if (cursor.TryWord("CONVERT")) {
    ParseConvert(cursor, &action);
  } else if (AtPartitionAction(cursor)) {
    SkipRest(cursor);
  } else if (cursor.TryWord("ORDER")) {
    SkipOrder(cursor);
  } else if (AtPlainAction(cursor)) {
    SkipAction(cursor);
  } else {
    const size_t before = cursor.position();
    action.kind = Kind::kOptions;
    ParseTableOptions(cursor, &action.options);
    if (cursor.position() == before) cursor.Fail("an action of ALTER TABLE");
  }
  actions->push_back(std::move(action));
}

}  // namespace

std::vector<AlterAction> ParseAlterActions(TokenCursor& cursor) {
  std::vector<AlterAction> actions;
  while (!cursor.AtEnd()) {
    // PARTITION BY follows the actions without a comma; options may, too.
    ParseAction(cursor, &actions);
    cursor.TryPunctuation(',');
  }
  return actions;
}

}  // namespace cdc::ddl
