#include "tools/cdc-sql/sql/parser.h"

#include <algorithm>

#include "tools/cdc-sql/sql/script_parser.h"

namespace cdc::sql {

Statement ScriptParser::ParseStatement() {
  Statement statement;
  const Token& first = tokens_.Peek();
  statement.span = first.span;
  if (first.IsWord("CREATE")) {
    ParseCreate(statement);
  } else if (first.IsWord("REPLACE")) {
    tokens_.Take();
    tokens_.ExpectWord("TABLE");
    statement.create_table.or_replace = statement.create_table.replaces = true;
    ParseCreateTable(statement, false);
  } else if (first.IsWord("DROP")) {
    ParseDrop(statement);
  } else if (first.IsWord("SET") || first.IsWord("RESET")) {
    ParseSet(statement);
  } else if (first.IsWord("INSERT") || (first.IsWord("EXECUTE") && tokens_.PeekWord("INSERT", 1))) {
    tokens_.TakeWord("EXECUTE");
    statement.kind = Statement::Kind::kInsert;
    statement.inserts.push_back(ParseInsert());
  } else if (first.IsWord("EXECUTE") || first.IsWord("BEGIN")) {
    ParseStatementSet(statement);
  } else if (first.IsWord("EXPLAIN")) {
    tokens_.Take();
    if (tokens_.TakeWord("PLAN")) {
      tokens_.ExpectWord("FOR");
    } else {  // details of Flink's own plans, which say nothing about these
      for (const char* detail : {"ESTIMATED_COST", "CHANGELOG_MODE", "PLAN_ADVICE", "JSON_EXECUTION_PLAN"}) {
        if (!tokens_.TakeWord(detail)) continue;
        while (tokens_.TakeSymbol(",")) tokens_.Take();
      }
    }
    if (tokens_.PeekWord("INSERT")) {
      statement.inserts.push_back(ParseInsert());
    } else if (tokens_.TakeWords("STATEMENT", "SET")) {
      tokens_.ExpectWord("BEGIN");
      ParseInserts(statement);
    } else {
      statement.query = ParseQuery();
    }
    statement.kind = Statement::Kind::kExplain;
  } else if (first.IsWord("SELECT") || first.IsWord("WITH") || first.IsWord("VALUES") || first.IsWord("TABLE") ||
             first.IsSymbol("(")) {
    statement.kind = Statement::Kind::kQuery;
    statement.query = ParseQuery();
  } else if (first.IsWord("ALTER")) {
    ParseAlter(statement);
  } else if (first.IsWord("DESCRIBE") || first.IsWord("DESC")) {
    tokens_.Take();
    tokens_.TakeWord("TABLE");
    tokens_.TakeWord("EXTENDED");  // says no more
    statement.kind = Statement::Kind::kDescribe;
    statement.object = tokens_.ExpectPath("the table's name");
  } else if (first.IsWord("SHOW")) {
    ParseShow(statement);
  } else if (first.IsWord("USE")) {
    tokens_.Take();
    statement.kind = tokens_.TakeWord("CATALOG") ? Statement::Kind::kUseCatalog : Statement::Kind::kUse;
    if (statement.kind == Statement::Kind::kUse) tokens_.TakeWord("DATABASE");
    statement.object = tokens_.ExpectPath("the name");
  } else if (first.IsWord("DELETE") || first.IsWord("UPDATE") || first.IsWord("MERGE") || first.IsWord("TRUNCATE")) {
    FailAt(first.span, first.upper + " is not available on streams",
           "the rows change at their source; SELECT … WHERE leaves rows out");
  } else {
    tokens_.FailExpected(
        "a statement",
        "CREATE TABLE, CREATE VIEW, ALTER TABLE, DROP, SET, SELECT, INSERT INTO, EXECUTE STATEMENT SET, "
        "EXPLAIN, DESCRIBE or SHOW");
  }
  statement.span = statement.span.To(tokens_.previous());
  return statement;
}

void ScriptParser::ParseShow(Statement& statement) {
  tokens_.Take();
  statement.kind = Statement::Kind::kShow;
  std::string& what = statement.show;
  what = tokens_.Take().upper;
  if (what == "CREATE" || what == "CURRENT" || what == "USER" || what == "FULL") what += " " + tokens_.Take().upper;
  static constexpr const char* kKnown[] = {
      "TABLES",         "VIEWS",    "COLUMNS",          "CREATE TABLE",    "CREATE VIEW", "FUNCTIONS",
      "DATABASES",      "CATALOGS", "CURRENT DATABASE", "CURRENT CATALOG", "MODULES",     "FULL MODULES",
      "USER FUNCTIONS", "JARS"};
  if (std::find(std::begin(kKnown), std::end(kKnown), what) == std::end(kKnown))
    FailAt(tokens_.previous(), "SHOW " + what + " is not available",
           "SHOW TABLES, VIEWS, COLUMNS FROM t, CREATE TABLE t, FUNCTIONS");
  if (what == "CREATE TABLE" || what == "CREATE VIEW") {
    statement.object = tokens_.ExpectPath("the name");
  } else if (what == "COLUMNS") {
    if (!tokens_.TakeWord("FROM")) tokens_.ExpectWord("IN");
    statement.object = tokens_.ExpectPath("the table's name");
  } else if (tokens_.TakeWord("FROM") || tokens_.TakeWord("IN")) {
    statement.object = tokens_.ExpectPath("the database's name");
  }
  if (tokens_.TakeWord("NOT")) statement.value = "NOT";
  if (tokens_.TakeWord("LIKE") || tokens_.TakeWord("ILIKE")) statement.key = tokens_.ExpectString("a pattern");
}

std::vector<Option> ScriptParser::ParseOptions() {
  std::vector<Option> options;
  tokens_.ExpectSymbol("(");
  if (tokens_.TakeSymbol(")")) return options;
  do {
    Option option;
    option.span = tokens_.Peek().span;
    option.key = tokens_.ExpectString("an option's name");
    tokens_.ExpectSymbol("=");
    option.value = tokens_.ExpectString("an option's value");
    option.span = option.span.To(tokens_.previous());
    options.push_back(std::move(option));
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(")");
  return options;
}

std::vector<std::string> ScriptParser::ParseNameList(const char* what) {
  std::vector<std::string> names;
  tokens_.ExpectSymbol("(");
  do {
    names.push_back(tokens_.ExpectName(what));
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(")");
  return names;
}

void ScriptParser::ParseDrop(Statement& statement) {
  tokens_.Take();
  statement.kind = Statement::Kind::kDrop;
  statement.temporary = tokens_.TakeWord("TEMPORARY");
  const bool of_system = statement.temporary && tokens_.TakeWord("SYSTEM");
  if (of_system && !tokens_.PeekWord("FUNCTION")) tokens_.FailExpected("FUNCTION");
  if (!tokens_.PeekWord("FUNCTION") && !tokens_.PeekWord("TABLE") && !tokens_.PeekWord("VIEW") &&
      !tokens_.PeekWord("DATABASE"))
    tokens_.FailExpected("TABLE, VIEW or DATABASE");
  statement.drop_kind = tokens_.Take().upper;
  if (tokens_.TakeWord("IF")) {
    tokens_.ExpectWord("EXISTS");
    statement.if_exists = true;
  }
  statement.drop_name = tokens_.ExpectPath("the name");
  if (statement.drop_kind == "DATABASE" && !tokens_.TakeWord("RESTRICT"))
    statement.cascade = tokens_.TakeWord("CASCADE");
}

void ScriptParser::ParseSet(Statement& statement) {
  statement.kind = tokens_.Take().upper == "SET" ? Statement::Kind::kSet : Statement::Kind::kReset;
  if (tokens_.AtEnd() || tokens_.PeekSymbol(";")) {
    if (statement.kind == Statement::Kind::kReset) return;
    tokens_.FailExpected("a key in quotes", "SET 'key' = 'value'");
  }
  statement.key = tokens_.ExpectString("a key");
  if (statement.kind == Statement::Kind::kReset) return;
  tokens_.ExpectSymbol("=");
  statement.value = tokens_.ExpectString("a value");
}

void ScriptParser::ParseStatementSet(Statement& statement) {
  statement.kind = Statement::Kind::kStatementSet;
  const bool execute = tokens_.TakeWord("EXECUTE");
  if (!execute) tokens_.ExpectWord("BEGIN");
  tokens_.ExpectWord("STATEMENT");
  tokens_.ExpectWord("SET");
  if (execute) {
    tokens_.ExpectWord("BEGIN");
  } else {
    tokens_.ExpectSymbol(";");
  }
  ParseInserts(statement);
}

void ScriptParser::ParseInserts(Statement& statement) {
  while (!tokens_.TakeWord("END")) {
    if (tokens_.TakeSymbol(";")) continue;
    if (!tokens_.PeekWord("INSERT")) tokens_.FailExpected("INSERT INTO or END");
    statement.inserts.push_back(ParseInsert());
  }
  if (statement.inserts.empty()) FailAt(statement.span.To(tokens_.previous()), "a STATEMENT SET without an INSERT");
}

Insert ScriptParser::ParseInsert() {
  Insert insert;
  tokens_.ExpectWord("INSERT");
  if (tokens_.PeekWord("OVERWRITE"))
    FailAt(tokens_.Peek().span, "INSERT OVERWRITE is not available on streams", "write INSERT INTO");
  tokens_.ExpectWord("INTO");
  insert.table = tokens_.ExpectPath("the table's name");
  ParseHint(&insert.options);
  if (tokens_.TakeWord("PARTITION")) {
    tokens_.ExpectSymbol("(");
    do {
      const std::string column = tokens_.ExpectName("a column name");
      tokens_.ExpectSymbol("=");
      insert.partition.emplace_back(column, exprs_.ParseExpr());
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
  }
  if (tokens_.PeekSymbol("(") && tokens_.PeekIsName(1)) {
    insert.columns_span = tokens_.Peek().span;
    insert.columns = ParseNameList("a column name");
  }
  insert.query = ParseQuery();
  if (tokens_.PeekWord("ON") && tokens_.PeekWord("CONFLICT", 1)) {
    const Span begin = tokens_.Take().span;
    tokens_.Take();
    tokens_.ExpectWord("DO");
    if (!tokens_.TakeWord("DEDUPLICATE"))
      FailAt(begin.To(tokens_.Peek().span), "of ON CONFLICT only DO DEDUPLICATE is available");
    insert.deduplicate = true;
  }
  return insert;
}

std::vector<Statement> ParseScript(const SourceText& source) {
  return ScriptParser(source).Run();
}

}  // namespace cdc::sql
