#include <algorithm>

#include "tools/cdc-sql/sql/script_parser.h"

namespace cdc::sql {

void ScriptParser::ParseCreate(Statement& statement) {
  tokens_.Take();
  const Span begin = tokens_.Peek().span;
  const bool or_alter = tokens_.TakeWords("OR", "ALTER");  // of materialized tables
  const bool or_replace = !or_alter && tokens_.TakeWords("OR", "REPLACE");
  const bool temporary = tokens_.TakeWord("TEMPORARY");
  if (or_replace && !tokens_.PeekWord("VIEW") && !tokens_.PeekWord("TABLE"))
    FailAt(begin.To(tokens_.previous()), "CREATE OR REPLACE is there for tables and views");
  if (or_alter && !tokens_.PeekWord("MATERIALIZED")) tokens_.FailExpected("MATERIALIZED TABLE");
  if (tokens_.TakeWord("TABLE")) {
    statement.create_table.or_replace = or_replace;
    return ParseCreateTable(statement, temporary);
  }
  if (tokens_.TakeWord("VIEW")) {
    statement.create_view.temporary = temporary;
    statement.create_view.or_replace = or_replace;
    return ParseCreateView(statement);
  }
  const Token& what = tokens_.Peek();
  if (what.IsWord("FUNCTION") || what.IsWord("SYSTEM"))
    FailAt(what.span, "CREATE FUNCTION is not available",
           "its code would run in a Java VM; cdc-sql --functions lists those there are");
  if (tokens_.TakeWord("DATABASE")) {
    statement.kind = Statement::Kind::kCreateDatabase;
    statement.if_not_exists = ParseIfNotExists();
    statement.object = tokens_.ExpectPath("the database's name");
    if (tokens_.TakeWord("COMMENT")) tokens_.ExpectString("the comment");
    if (tokens_.TakeWord("WITH")) ParseOptions();
    return;
  }
  if (tokens_.TakeWord("CATALOG")) {
    statement.kind = Statement::Kind::kCreateCatalog;
    statement.if_not_exists = ParseIfNotExists();
    statement.object = tokens_.ExpectPath("the catalog's name");
    if (tokens_.TakeWord("COMMENT")) statement.value = tokens_.ExpectString("the comment");
    if (tokens_.TakeWord("WITH")) statement.options = ParseOptions();
    return;
  }
  if (what.IsWord("MATERIALIZED"))
    FailAt(what.span, "CREATE MATERIALIZED TABLE is not available",
           "CREATE TABLE … AS SELECT … keeps a table current as well, from the changes and not by refreshing it");
  if (what.IsWord("MODEL") || what.IsWord("CONNECTION"))
    FailAt(what.span, "CREATE " + what.upper + " is not available", "CREATE TABLE and CREATE VIEW are");
  tokens_.FailExpected("TABLE or VIEW");
}

bool ScriptParser::ParseIfNotExists() {
  if (!tokens_.TakeWord("IF")) return false;
  tokens_.ExpectWord("NOT");
  tokens_.ExpectWord("EXISTS");
  return true;
}

void ScriptParser::ParseCreateTable(Statement& statement, bool temporary) {
  statement.kind = Statement::Kind::kCreateTable;
  CreateTable& table = statement.create_table;
  table.temporary = temporary;
  table.if_not_exists = ParseIfNotExists();
  table.name = tokens_.ExpectPath("the table's name");
  if (tokens_.TakeSymbol("(")) {
    do {
      ParseTableElement(table);
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
  }
  if (tokens_.TakeWord("COMMENT")) table.comment = tokens_.ExpectString("the comment");
  if (tokens_.PeekWord("DISTRIBUTED")) table.distribution = ParseDistribution();
  if (tokens_.PeekWord("PARTITIONED")) {
    table.partitioned_span = tokens_.Take().span;
    tokens_.ExpectWord("BY");
    table.partitioned = ParseNameList("a column name");
    table.partitioned_span = table.partitioned_span.To(tokens_.previous());
  }
  if (tokens_.TakeWord("WITH")) table.options = ParseOptions();
  if (tokens_.TakeWord("LIKE")) {
    table.has_like = true;
    table.like = tokens_.ExpectPath("the table's name");
    if (tokens_.TakeSymbol("(")) ParseLikeOptions(table);
  } else if (tokens_.TakeWord("AS")) {
    table.as_query = ParseQuery();
  }
  if (!table.column_names.empty() && (!table.as_query || !table.columns.empty()))
    FailAt(table.column_names_span, "a column without a type",
           "names alone put the columns of a query in order: CREATE TABLE t (b, a) WITH (…) AS SELECT a, b FROM …");
}

/// What of the other table LIKE takes over, and how.
void ScriptParser::ParseLikeOptions(CreateTable& table) {
  static constexpr const char* kFeatures[] = {"ALL",      "CONSTRAINTS", "DISTRIBUTION", "GENERATED",
                                              "METADATA", "OPTIONS",     "PARTITIONS",   "WATERMARKS"};
  while (!tokens_.TakeSymbol(")")) {
    const Token& how = tokens_.Peek();
    if (!(how.IsWord("INCLUDING") || how.IsWord("EXCLUDING") || how.IsWord("OVERWRITING")))
      tokens_.FailExpected("INCLUDING, EXCLUDING or OVERWRITING");
    const std::string word = tokens_.Take().upper;
    const Token& what = tokens_.Peek();
    if (std::none_of(std::begin(kFeatures), std::end(kFeatures), [&](const char* known) { return what.IsWord(known); }))
      tokens_.FailExpected("ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, OPTIONS, PARTITIONS or WATERMARKS");
    tokens_.Take();
    table.like_options.push_back({word, what.upper, how.span.To(what.span)});
  }
}

/// DISTRIBUTED or DISTRIBUTION comes first.
Distribution ScriptParser::ParseDistribution() {
  Distribution distribution;
  distribution.span = tokens_.Take().span;
  if (tokens_.TakeWord("BY")) {
    if (tokens_.PeekWord("HASH") || tokens_.PeekWord("RANGE")) distribution.kind = tokens_.Take().upper;
    distribution.columns = ParseNameList("a column name");
  }
  if (tokens_.TakeWord("INTO")) {
    distribution.buckets = ParseCount("a number of buckets");
    tokens_.ExpectWord("BUCKETS");
  }
  distribution.span = distribution.span.To(tokens_.previous());
  return distribution;
}

void ScriptParser::ParseTableElement(CreateTable& table) {
  const Token& token = tokens_.Peek();
  if (token.IsWord("WATERMARK")) return ParseWatermark(table);
  const std::string constraint = ParseConstraintName();
  if (tokens_.PeekWord("PRIMARY")) {
    const Span begin = tokens_.Take().span;
    tokens_.ExpectWord("KEY");
    return ParsePrimaryKey(table, begin, ParseNameList("a column name"), constraint);
  }
  if (tokens_.PeekWord("UNIQUE") || tokens_.PeekWord("CHECK"))
    FailAt(tokens_.Peek().span, "the only constraint is PRIMARY KEY (…) NOT ENFORCED");
  ParseColumn(table);
}

/// [CONSTRAINT name], with PRIMARY KEY behind it; empty: none.
std::string ScriptParser::ParseConstraintName() {
  if (!tokens_.TakeWord("CONSTRAINT")) return {};
  std::string name = tokens_.ExpectName("the constraint's name");
  if (!tokens_.PeekWord("PRIMARY")) tokens_.FailExpected("PRIMARY KEY");
  return name;
}

/// NOT ENFORCED after a primary key, which is the only kind there is.
void ScriptParser::ParsePrimaryKey(CreateTable& table, const Span& begin, std::vector<std::string> columns,
                                   std::string name) {
  const Span span = begin.To(tokens_.previous());
  if (!table.primary_key.empty()) FailAt(span, "a second PRIMARY KEY");
  table.primary_key = std::move(columns);
  table.primary_key_name = std::move(name);
  table.primary_key_span = span;
  if (!tokens_.TakeWords("NOT", "ENFORCED"))
    FailAt(span, "a PRIMARY KEY is not checked here, and has to say so", "write PRIMARY KEY … NOT ENFORCED");
}

void ScriptParser::ParseWatermark(CreateTable& table) {
  const Span begin = tokens_.Take().span;
  tokens_.ExpectWord("FOR");
  const Name column = tokens_.ExpectPath("the column of the watermark");
  tokens_.ExpectWord("AS");
  if (table.watermark) FailAt(begin, "a second WATERMARK");
  table.watermark = exprs_.ParseExpr();
  table.watermark_column = column.Text();
  table.watermark_span = column.span;
}

void ScriptParser::ParseColumn(CreateTable& table) {
  ColumnDef column;
  column.span = tokens_.Peek().span;
  column.name = tokens_.ExpectName("a column name");
  if (tokens_.PeekSymbol(",") || tokens_.PeekSymbol(")")) {
    table.column_names.push_back(column.name);
    table.column_names_span = column.span;
    return;
  }
  if (tokens_.TakeWord("AS")) {
    column.kind = ColumnDef::Kind::kComputed;
    column.computed = exprs_.ParseExpr();
  } else {
    column.type = exprs_.ParseType();
    if (tokens_.TakeWord("METADATA")) {
      column.kind = ColumnDef::Kind::kMetadata;
      column.metadata_named = tokens_.TakeWord("FROM");
      column.metadata_key = column.metadata_named ? tokens_.ExpectString("the metadata key") : column.name;
      column.is_virtual = tokens_.TakeWord("VIRTUAL");
    }
    const std::string constraint = ParseConstraintName();
    if (tokens_.PeekWord("PRIMARY")) {
      const Span begin = tokens_.Take().span;
      tokens_.ExpectWord("KEY");
      ParsePrimaryKey(table, begin, {column.name}, constraint);
    }
    if (tokens_.TakeWords("NOT", "NULL")) column.type.nullable = false;
  }
  if (tokens_.TakeWord("COMMENT")) column.comment = tokens_.ExpectString("the comment");
  column.span = column.span.To(tokens_.previous());
  table.columns.push_back(std::move(column));
}

void ScriptParser::ParseCreateView(Statement& statement) {
  statement.kind = Statement::Kind::kCreateView;
  CreateView& view = statement.create_view;
  view.if_not_exists = ParseIfNotExists();
  view.name = tokens_.ExpectPath("the view's name");
  if (tokens_.PeekSymbol("(")) view.columns = ParseNameList("a column name");
  if (tokens_.TakeWord("COMMENT")) view.comment = tokens_.ExpectString("the comment");
  tokens_.ExpectWord("AS");
  view.query = ParseQuery();
}

}  // namespace cdc::sql
