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
  } else if ((first.IsWord("EXECUTE") && !tokens_.PeekWord("PLAN", 1)) || first.IsWord("BEGIN")) {
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
    } else if (tokens_.PeekWord("CREATE")) {
      ParseCreate(statement);
      statement.query = statement.create_table.as_query;
      if (!statement.query)
        FailAt(first.span.To(tokens_.previous()), "EXPLAIN is of a query", "CREATE TABLE … AS SELECT … has one");
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
    FailOtherDescribe();
    const bool catalog = tokens_.TakeWord("CATALOG");
    if (!catalog) tokens_.TakeWord("TABLE");
    statement.kind = catalog ? Statement::Kind::kDescribeCatalog : Statement::Kind::kDescribe;
    statement.extended = tokens_.TakeWord("EXTENDED");  // of a table it says no more
    statement.object = tokens_.ExpectPath(catalog ? "the catalog's name" : "the table's name");
  } else if (first.IsWord("SHOW")) {
    ParseShow(statement);
  } else if (first.IsWord("USE")) {
    tokens_.Take();
    if (tokens_.PeekWord("MODULES")) return ParseUseModules();
    statement.kind = tokens_.TakeWord("CATALOG") ? Statement::Kind::kUseCatalog : Statement::Kind::kUse;
    if (statement.kind == Statement::Kind::kUse) tokens_.TakeWord("DATABASE");
    statement.object = tokens_.ExpectPath("the name");
  } else if (first.IsWord("DELETE") || first.IsWord("UPDATE") || first.IsWord("MERGE") || first.IsWord("TRUNCATE")) {
    FailAt(first.span, first.upper + " is not available on streams",
           "the rows change at their source; SELECT … WHERE leaves rows out");
  } else if ((first.IsWord("ADD") || first.IsWord("REMOVE")) && tokens_.PeekWord("JAR", 1)) {
    statement.kind = Statement::Kind::kAddJar;
    statement.key = tokens_.Take().upper;
    tokens_.Take();
    tokens_.ExpectString("a path");
  } else {
    FailOtherStatement(first);
    tokens_.FailExpected(
        "a statement",
        "CREATE TABLE, CREATE VIEW, ALTER TABLE, DROP, SET, SELECT, INSERT INTO, EXECUTE STATEMENT SET, "
        "EXPLAIN, DESCRIBE or SHOW");
  }
  statement.span = statement.span.To(tokens_.previous());
  return statement;
}

/// USE MODULES core: what there is stays.
Statement ScriptParser::ParseUseModules() {
  Statement statement;
  const Span begin = tokens_.Take().span;
  do {
    if (tokens_.ExpectName("a module's name") != "core")
      FailAt(tokens_.previous(), "there is no module '" + std::string(tokens_.previous().text()) + "'",
             "the one that there is: core");
  } while (tokens_.TakeSymbol(","));
  statement.kind = Statement::Kind::kNothing;
  statement.span = begin.To(tokens_.previous());
  return statement;
}

/// Statements of Flink's that are known and not available.
void ScriptParser::FailOtherStatement(const Token& first) {
  static constexpr std::pair<const char*, const char*> kOthers[] = {
      {"LOAD", "the functions of the module core are there; cdc-sql --functions lists them"},
      {"UNLOAD", "the functions of the module core are there; cdc-sql --functions lists them"},
      {"CALL", "there are no procedures"},
      {"ANALYZE", "leave it out: plans do not depend on statistics"},
      {"EXECUTE", "EXPLAIN shows the plan; the state of a job is in its --checkpoint folder"},
      {"COMPILE", "EXPLAIN shows the plan; the state of a job is in its --checkpoint folder"},
      {"UPSERT", "write INSERT INTO: rows of a table with a PRIMARY KEY replace those of the same key"},
      {"STOP", "a run ends with its input, or by SIGTERM"},
  };
  for (const auto& [word, hint] : kOthers)
    if (first.IsWord(word)) FailAt(first.span, first.upper + " is not available", hint);
}

void ScriptParser::FailOtherDescribe() {
  const Token& what = tokens_.Peek();
  const bool named = tokens_.PeekIsName(1) || tokens_.Peek(1).kind == TokenKind::kString;
  const char* hint = what.IsWord("FUNCTION")            ? "cdc-sql --functions lists the functions with what they take"
                     : what.IsWord("DATABASE") && named ? "SHOW DATABASES lists the databases"
                     : what.IsWord("JOB") && named      ? "--stats tells how a run goes"
                     : what.IsWord("MODEL") && named    ? "there are no models"
                                                        : nullptr;
  if (hint != nullptr) FailAt(what.span, "DESCRIBE " + what.upper + " is not available", hint);
}

void ScriptParser::ParseShow(Statement& statement) {
  tokens_.Take();
  statement.kind = Statement::Kind::kShow;
  std::string& what = statement.show;
  const auto take = [this] {
    if (tokens_.Peek().upper.empty()) tokens_.FailExpected("what to show", "SHOW TABLES, SHOW CREATE TABLE t");
    return tokens_.Take().upper;
  };
  what = take();
  for (const char* of_two : {"CREATE", "CURRENT", "USER", "FULL", "MATERIALIZED"})
    if (what == of_two) what += " " + take();
  if (what == "CREATE MATERIALIZED") what += " " + take();
  static constexpr const char* kKnown[] = {
      "TABLES",           "VIEWS",     "COLUMNS",  "CREATE TABLE",   "CREATE VIEW",     "CREATE CATALOG",
      "PARTITIONS",       "FUNCTIONS", "MODULES",  "USER FUNCTIONS", "FULL MODULES",    "JARS",
      "CURRENT DATABASE", "DATABASES", "CATALOGS", "MODELS",         "CURRENT CATALOG", "MATERIALIZED TABLES"};
  if (std::find(std::begin(kKnown), std::end(kKnown), what) == std::end(kKnown))
    FailAt(tokens_.previous(), "SHOW " + what + " is not available",
           "SHOW TABLES, VIEWS, COLUMNS FROM t, CREATE TABLE t, FUNCTIONS");
  // Of these there is nothing to choose from.
  const bool alone = what.rfind("CREATE", 0) == 0 || what.rfind("CURRENT", 0) == 0 || what == "PARTITIONS" ||
                     what == "MODULES" || what == "FULL MODULES" || what == "JARS";
  if (what.rfind("CREATE", 0) == 0 || what == "PARTITIONS") {
    statement.object = tokens_.ExpectPath("the name");
    if (what == "PARTITIONS" && tokens_.TakeWord("PARTITION")) statement.partition = ParsePartition();
  } else if (what == "COLUMNS") {
    if (!tokens_.TakeWord("FROM")) tokens_.ExpectWord("IN");
    statement.object = tokens_.ExpectPath("the table's name");
  } else if (what != "CATALOGS" && !alone && (tokens_.TakeWord("FROM") || tokens_.TakeWord("IN"))) {
    statement.object = tokens_.ExpectPath("the name of the database or catalog");
  }
  if (alone) return;
  statement.not_like = tokens_.TakeWord("NOT");
  if (statement.not_like && !tokens_.PeekWord("LIKE") && !tokens_.PeekWord("ILIKE"))
    tokens_.FailExpected("LIKE or ILIKE");
  if (tokens_.PeekWord("LIKE") || tokens_.PeekWord("ILIKE")) {
    statement.key = tokens_.Take().upper;
    statement.pattern = tokens_.ExpectString("a pattern");
  }
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
  for (const char* other : {"MODEL", "MATERIALIZED", "CONNECTION"})
    if (!statement.temporary && tokens_.PeekWord(other)) return ParseDropOther(statement);
  if (!tokens_.PeekWord("FUNCTION") && !tokens_.PeekWord("TABLE") && !tokens_.PeekWord("VIEW") &&
      !tokens_.PeekWord("DATABASE") && !tokens_.PeekWord("CATALOG"))
    tokens_.FailExpected("TABLE, VIEW, DATABASE or CATALOG");
  statement.drop_kind = tokens_.Take().upper;
  if (tokens_.TakeWord("IF")) {
    tokens_.ExpectWord("EXISTS");
    statement.if_exists = true;
  }
  statement.drop_name = tokens_.ExpectPath("the name");
  if (statement.drop_kind == "DATABASE" && !tokens_.TakeWord("RESTRICT"))
    statement.cascade = tokens_.TakeWord("CASCADE");
}

/// DROP of what there never is.
void ScriptParser::ParseDropOther(Statement& statement) {
  std::string what = tokens_.Take().upper;
  if (what == "MATERIALIZED") {
    tokens_.ExpectWord("TABLE");
    what += " TABLE";
  }
  statement.kind = Statement::Kind::kNothing;
  const bool if_exists = tokens_.TakeWords("IF", "EXISTS");
  const Name name = tokens_.ExpectPath("the name");
  if (!if_exists)
    FailAt(name.span, "DROP " + what + ": there is no '" + name.last() + "'",
           "DROP " + what + " IF EXISTS does not mind");
}

/// Keys and values may stand without quotes, as the SQL client takes them: anything but blanks.
void ScriptParser::ParseSet(Statement& statement) {
  statement.kind = tokens_.Take().upper == "SET" ? Statement::Kind::kSet : Statement::Kind::kReset;
  if (tokens_.AtEnd() || tokens_.PeekSymbol(";")) return;
  if (tokens_.Peek().kind == TokenKind::kString) {
    statement.key = tokens_.ExpectString("a key");
    if (statement.key.empty()) FailAt(tokens_.previous(), "a key without a name");
  } else {
    statement.key = TakeBareText("a key", "=");
  }
  if (statement.kind == Statement::Kind::kReset) return;
  tokens_.ExpectSymbol("=");
  statement.value =
      tokens_.Peek().kind == TokenKind::kString ? tokens_.ExpectString("a value") : TakeBareText("a value", ";");
}

/// What is written up to a symbol, a blank, or the end of the statement.
std::string ScriptParser::TakeBareText(const char* what, const char* symbol) {
  if (tokens_.AtEnd() || tokens_.PeekSymbol(symbol) || tokens_.PeekSymbol(";"))
    tokens_.FailExpected(what, "SET 'key' = 'value'");
  Span text = tokens_.Take().span;
  while (!tokens_.AtEnd() && !tokens_.PeekSymbol(symbol) && !tokens_.PeekSymbol(";") &&
         tokens_.Peek().span.begin == text.end)
    text = text.To(tokens_.Take().span);
  return std::string(text.text());
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

/// (column = value, …).
PartitionSpec ScriptParser::ParsePartition() {
  PartitionSpec partition;
  tokens_.ExpectSymbol("(");
  do {
    const std::string column = tokens_.ExpectName("a column name");
    tokens_.ExpectSymbol("=");
    partition.emplace_back(column, exprs_.ParseExpr());
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(")");
  return partition;
}

Insert ScriptParser::ParseInsert() {
  Insert insert;
  tokens_.ExpectWord("INSERT");
  if (tokens_.PeekWord("OVERWRITE"))
    FailAt(tokens_.Peek().span, "INSERT OVERWRITE is not available on streams", "write INSERT INTO");
  tokens_.ExpectWord("INTO");
  insert.table = tokens_.ExpectPath("the table's name");
  ParseHint(&insert.options);
  if (tokens_.TakeWord("PARTITION")) insert.partition = ParsePartition();
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
