// ALTER.
#include "tools/cdc-sql/sql/script_parser.h"

namespace cdc::sql {

/// What follows ADD and MODIFY: one element, or several in parentheses, columns with FIRST or AFTER column.
void ScriptParser::ParseAlteredElements(AlterTable& alter) {
  if (tokens_.PeekWord("DISTRIBUTION")) {
    alter.added.distribution = ParseDistribution();
    return;
  }
  const bool list = tokens_.TakeSymbol("(");
  do {
    ParseTableElement(alter.added);
    if (alter.added.columns.size() == alter.places.size()) continue;
    AlterTable::Place place;
    place.first = tokens_.TakeWord("FIRST");
    if (!place.first && tokens_.TakeWord("AFTER")) place.after = tokens_.ExpectName("a column name");
    alter.places.push_back(std::move(place));
  } while (list && tokens_.TakeSymbol(","));
  if (list) tokens_.ExpectSymbol(")");
}

void ScriptParser::ParseAlterView(Statement& statement) {
  statement.kind = Statement::Kind::kAlterView;
  statement.alter.name = tokens_.ExpectPath("the view's name");
  if (tokens_.TakeWords("RENAME", "TO")) {
    statement.alter.rename_to = tokens_.ExpectPath("the new name").last();
  } else if (tokens_.TakeWord("AS")) {
    statement.query = ParseQuery();
  } else {
    tokens_.FailExpected("RENAME TO or AS");
  }
}

void ScriptParser::ParseAlter(Statement& statement) {
  tokens_.Take();
  statement.kind = Statement::Kind::kAlter;
  if (tokens_.TakeWord("VIEW")) return ParseAlterView(statement);
  if (tokens_.TakeWord("CATALOG")) return ParseAlterCatalog(statement);
  if (tokens_.TakeWord("DATABASE")) return ParseAlterDatabase(statement);
  for (const char* other : {"FUNCTION", "TEMPORARY", "MATERIALIZED", "MODEL", "CONNECTION"})
    if (tokens_.PeekWord(other))
      FailAt(tokens_.Peek().span, std::string("ALTER ") + other + " is not available",
             "ALTER of tables, views, databases and catalogs is");
  if (!tokens_.TakeWord("TABLE")) tokens_.FailExpected("TABLE, VIEW, DATABASE or CATALOG");
  AlterTable& alter = statement.alter;
  alter.if_exists = tokens_.TakeWords("IF", "EXISTS");
  alter.name = tokens_.ExpectPath("the table's name");
  if (tokens_.PeekWord("ADD") || tokens_.PeekWord("MODIFY")) {
    alter.modify = tokens_.Take().upper == "MODIFY";
    if (alter.modify || !ParseAddedPartitions(alter)) ParseAlteredElements(alter);
  } else if (tokens_.TakeWord("RENAME")) {
    if (!tokens_.TakeWord("TO")) {
      alter.rename_from = tokens_.ExpectName("a column name");
      tokens_.ExpectWord("TO");
    }
    alter.rename_to = tokens_.ExpectPath("the new name").last();
  } else if (tokens_.TakeWord("SET")) {
    alter.options = ParseOptions();
  } else if (tokens_.PeekWord("RESET")) {
    ParseResetKeys(alter);
  } else if (tokens_.TakeWord("DROP")) {
    ParseAlterDrop(alter);
  } else {
    tokens_.FailExpected("ADD, MODIFY, DROP, RENAME, SET or RESET",
                         "DROP TABLE and CREATE TABLE make any other change");
  }
}

/// RESET ('key', …).
void ScriptParser::ParseResetKeys(AlterTable& alter) {
  alter.span = tokens_.Take().span;
  tokens_.ExpectSymbol("(");
  do {
    alter.reset.push_back(tokens_.ExpectString("a key"));
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(")");
  alter.span = alter.span.To(tokens_.previous());
}

void ScriptParser::ParseAlterDrop(AlterTable& alter) {
  alter.span = tokens_.Peek().span;
  if (PeekIsPartition("EXISTS")) {
    alter.partition_if = tokens_.TakeWords("IF", "EXISTS");
    do {
      tokens_.ExpectWord("PARTITION");
      alter.dropped_partitions.push_back(ParsePartition());
    } while (tokens_.TakeSymbol(","));
  } else if (tokens_.PeekSymbol("(")) {
    alter.dropped = ParseNameList("a column name");
  } else if (tokens_.TakeWords("PRIMARY", "KEY")) {
    alter.drop_key = true;
  } else if (tokens_.TakeWord("CONSTRAINT")) {
    alter.drop_constraint = tokens_.ExpectName("the constraint's name");
    alter.drop_key = true;
  } else if (tokens_.TakeWord("WATERMARK")) {
    alter.drop_watermark = true;
  } else if (tokens_.TakeWord("DISTRIBUTION")) {
    alter.drop_distribution = true;
  } else {
    alter.dropped.push_back(tokens_.ExpectName("a column name"));
  }
  alter.span = alter.span.To(tokens_.previous());
}

/// PARTITION, or IF [NOT] EXISTS in front of it. A column is not named so.
bool ScriptParser::PeekIsPartition(const char* behind_if) const {
  return tokens_.PeekWord("PARTITION") || (tokens_.PeekWord("IF") && tokens_.PeekWord(behind_if, 1));
}

/// ADD [IF NOT EXISTS] PARTITION (…) [WITH (…)] …; false: it is something else.
bool ScriptParser::ParseAddedPartitions(AlterTable& alter) {
  if (!PeekIsPartition("NOT")) return false;
  alter.span = tokens_.Peek().span;
  alter.partition_if = ParseIfNotExists();
  do {
    tokens_.ExpectWord("PARTITION");
    alter.added_partitions.push_back(ParsePartition());
    if (tokens_.TakeWord("WITH")) ParseOptions();  // of a partition nothing shows them
  } while (tokens_.PeekWord("PARTITION"));
  alter.span = alter.span.To(tokens_.previous());
  return true;
}

/// ALTER CATALOG c SET (…) | RESET (…) | COMMENT '…'.
void ScriptParser::ParseAlterCatalog(Statement& statement) {
  statement.kind = Statement::Kind::kAlterCatalog;
  statement.object = tokens_.ExpectPath("the catalog's name");
  if (tokens_.TakeWord("SET")) {
    statement.options = ParseOptions();
  } else if (tokens_.PeekWord("RESET")) {
    ParseResetKeys(statement.alter);
  } else if (tokens_.TakeWord("COMMENT")) {
    statement.comment = tokens_.ExpectString("the comment");
  } else {
    tokens_.FailExpected("SET, RESET or COMMENT");
  }
}

void ScriptParser::ParseAlterDatabase(Statement& statement) {
  statement.kind = Statement::Kind::kAlterDatabase;
  statement.object = tokens_.ExpectPath("the database's name");
  tokens_.ExpectWord("SET");
  ParseOptions();  // as those of CREATE DATABASE, shown nowhere
}

}  // namespace cdc::sql
