#include "tools/cdc-sql/sql/script_parser.h"

namespace cdc::sql {

void ScriptParser::ParseCreate(Statement& statement) {
  tokens_.Take();
  const Span begin = tokens_.Peek().span;
  const bool or_replace = tokens_.TakeWords("OR", "REPLACE");
  const bool temporary = tokens_.TakeWord("TEMPORARY");
  if (or_replace && !tokens_.PeekWord("VIEW") && !tokens_.PeekWord("TABLE"))
    FailAt(begin.To(tokens_.previous()), "CREATE OR REPLACE is there for tables and views");
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
  if (what.IsWord("CATALOG") || what.IsWord("MODEL") || what.IsWord("MATERIALIZED"))
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
  if (!tokens_.PeekWord("WITH") && !tokens_.PeekWord("AS") && !tokens_.PeekWord("LIKE") &&
      !tokens_.PeekWord("COMMENT")) {
    tokens_.ExpectSymbol("(");
    do {
      ParseTableElement(table);
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
  }
  if (tokens_.TakeWord("COMMENT")) tokens_.ExpectString("the comment");
  if (tokens_.TakeWord("PARTITIONED")) {
    tokens_.ExpectWord("BY");
    ParseNameList("a column name");
  }
  if (tokens_.TakeWord("DISTRIBUTED")) table.distribution = ParseDistribution();
  if (tokens_.TakeWord("WITH")) table.options = ParseOptions();
  if (tokens_.TakeWord("LIKE")) {
    table.has_like = true;
    table.like = tokens_.ExpectPath("the table's name");
    if (tokens_.TakeSymbol("(")) {
      while (!tokens_.PeekSymbol(")")) {
        const Token& how = tokens_.Peek();
        if (!(how.IsWord("INCLUDING") || how.IsWord("EXCLUDING") || how.IsWord("OVERWRITING")))
          tokens_.FailExpected("INCLUDING, EXCLUDING or OVERWRITING");
        const std::string word = tokens_.Take().upper;
        table.like_options.push_back(word + " " + tokens_.Take().upper);
      }
      tokens_.ExpectSymbol(")");
    }
  } else if (tokens_.TakeWord("AS")) {
    table.as_query = ParseQuery();
  } else if (table.columns.empty()) {
    tokens_.FailExpected("LIKE or AS, or columns in parentheses");
  }
}

/// [BY [HASH | RANGE] (columns)] [INTO n BUCKETS], as SHOW CREATE TABLE writes it.
std::string ScriptParser::ParseDistribution() {
  std::string text = "DISTRIBUTED";
  if (tokens_.TakeWord("BY")) {
    text += " BY ";
    if (tokens_.PeekWord("HASH") || tokens_.PeekWord("RANGE")) text += tokens_.Take().upper;
    text += "(";
    const char* comma = "";
    for (const std::string& column : ParseNameList("a column name")) {
      text += comma + ("`" + column + "`");
      comma = ", ";
    }
    text += ")";
  }
  if (tokens_.TakeWord("INTO")) {
    text += " INTO " + std::to_string(ParseCount("a number of buckets")) + " BUCKETS";
    tokens_.ExpectWord("BUCKETS");
  }
  return text;
}

/// What follows ADD and MODIFY: one element, or several in parentheses, columns with FIRST or AFTER column.
void ScriptParser::ParseAlteredElements(AlterTable& alter) {
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
  if (!tokens_.TakeWord("TABLE"))
    FailAt(tokens_.Peek().span, "ALTER " + tokens_.Peek().upper + " is not available",
           "ALTER TABLE and ALTER VIEW are");
  AlterTable& alter = statement.alter;
  alter.if_exists = tokens_.TakeWords("IF", "EXISTS");
  alter.name = tokens_.ExpectPath("the table's name");
  if (tokens_.PeekWord("ADD") || tokens_.PeekWord("MODIFY")) {
    alter.modify = tokens_.Take().upper == "MODIFY";
    ParseAlteredElements(alter);
  } else if (tokens_.TakeWord("RENAME")) {
    if (!tokens_.TakeWord("TO")) {
      alter.rename_from = tokens_.ExpectName("a column name");
      tokens_.ExpectWord("TO");
    }
    alter.rename_to = tokens_.ExpectName("the new name");
  } else if (tokens_.TakeWord("SET")) {
    alter.options = ParseOptions();
  } else if (tokens_.TakeWord("RESET")) {
    tokens_.ExpectSymbol("(");
    do {
      alter.reset.push_back(tokens_.ExpectString("a key"));
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
  } else if (tokens_.TakeWord("DROP")) {
    if (tokens_.PeekSymbol("(")) {
      alter.dropped = ParseNameList("a column name");
    } else if (tokens_.TakeWords("PRIMARY", "KEY")) {
      alter.drop_key = true;
    } else if (tokens_.PeekWord("CONSTRAINT")) {
      tokens_.Take();
      tokens_.ExpectName("the constraint's name");
      alter.drop_key = true;
    } else if (tokens_.TakeWord("WATERMARK")) {
      alter.drop_watermark = true;
    } else {
      alter.dropped.push_back(tokens_.ExpectName("a column name"));
    }
  } else {
    tokens_.FailExpected("ADD, MODIFY, DROP, RENAME, SET or RESET",
                         "DROP TABLE and CREATE TABLE make any other change");
  }
}

void ScriptParser::ParseTableElement(CreateTable& table) {
  const Token& token = tokens_.Peek();
  if (token.IsWord("WATERMARK")) return ParseWatermark(table);
  if (token.IsWord("CONSTRAINT")) {
    tokens_.Take();
    tokens_.ExpectName("the constraint's name");
    if (!tokens_.PeekWord("PRIMARY")) tokens_.FailExpected("PRIMARY KEY");
  }
  if (tokens_.PeekWord("PRIMARY")) {
    const Span begin = tokens_.Take().span;
    tokens_.ExpectWord("KEY");
    const std::vector<std::string> columns = ParseNameList("a column name");
    if (!table.primary_key.empty()) FailAt(begin.To(tokens_.previous()), "a second PRIMARY KEY");
    table.primary_key = columns;
    return ParsePrimaryKey(table, begin);
  }
  ParseColumn(table);
}

/// NOT ENFORCED after a primary key, which is the only kind there is.
void ScriptParser::ParsePrimaryKey(CreateTable& table, const Span& begin) {
  table.primary_key_span = begin.To(tokens_.previous());
  if (!tokens_.TakeWords("NOT", "ENFORCED"))
    FailAt(table.primary_key_span, "a PRIMARY KEY is not checked here, and has to say so",
           "write PRIMARY KEY … NOT ENFORCED");
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
  if (tokens_.TakeWord("AS")) {
    column.kind = ColumnDef::Kind::kComputed;
    column.computed = exprs_.ParseExpr();
  } else {
    column.type = exprs_.ParseType();
    if (tokens_.TakeWord("METADATA")) {
      column.kind = ColumnDef::Kind::kMetadata;
      column.metadata_key = tokens_.TakeWord("FROM") ? tokens_.ExpectString("the metadata key") : column.name;
      column.is_virtual = tokens_.TakeWord("VIRTUAL");
    }
    if (tokens_.PeekWord("PRIMARY")) {
      const Span begin = tokens_.Take().span;
      tokens_.ExpectWord("KEY");
      if (!table.primary_key.empty()) FailAt(begin, "a second PRIMARY KEY");
      table.primary_key = {column.name};
      ParsePrimaryKey(table, begin);
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
  if (tokens_.TakeWord("COMMENT")) tokens_.ExpectString("the comment");
  tokens_.ExpectWord("AS");
  view.query = ParseQuery();
}

}  // namespace cdc::sql
