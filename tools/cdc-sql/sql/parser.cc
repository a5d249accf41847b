#include "tools/cdc-sql/sql/parser.h"

#include <algorithm>
#include <functional>

#include "tools/cdc-sql/sql/expr_parser.h"
#include "tools/cdc-sql/sql/match_parser.h"

namespace cdc::sql {

namespace {

/// The text of an expression without parentheses around the whole.
std::string_view Bare(std::string_view text) {
  while (text.size() > 1 && text.front() == '(' && text.back() == ')') {
    int depth = 0;
    for (size_t i = 0; i + 1 < text.size(); ++i) {
      depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
      if (depth == 0) return text;  // (a) + (b)
    }
    text = text.substr(1, text.size() - 2);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  }
  return text;
}

/// The same key of GROUP BY, written twice.
bool SameKey(const Expr& a, const Expr& b) {
  if (a.kind == ExprKind::kColumn && b.kind == ExprKind::kColumn) return a.name.parts == b.name.parts;
  return Bare(a.span.text()) == Bare(b.span.text());
}

class Parser : public QueryParser {
 public:
  explicit Parser(const SourceText& source) : tokens_(Lex(source)), exprs_(tokens_, *this) {}

  std::vector<Statement> Run() {
    std::vector<Statement> statements;
    while (!tokens_.AtEnd()) {
      if (tokens_.TakeSymbol(";")) continue;
      statements.push_back(ParseStatement());
      if (!tokens_.AtEnd() && !tokens_.PeekSymbol(";")) FailAfterStatement();
    }
    return statements;
  }

  QueryPtr ParseQuery() override;

 private:
  /// Tables of one FROM clause, as a chain of commas or JOINs.
  static constexpr int kMaxJoins = 250;
  /// Queries in a row with UNION, EXCEPT or INTERSECT between them.
  static constexpr int kMaxSetOperations = 5000;
  [[noreturn]] void FailJoins() const {
    FailAt(tokens_.Peek().span, "more than " + std::to_string(kMaxJoins) + " tables in one FROM",
           "a view can join a part of them");
  }
  [[noreturn]] void FailAfterStatement() {
    for (const char* word : {"PIVOT", "UNPIVOT"})
      if (tokens_.PeekWord(word))
        FailAt(tokens_.Peek().span, std::string(word) + " is not available", "cdc-sql(7) lists the clauses that are");
    tokens_.FailExpected("\";\" or the end of the statement");
  }

  Statement ParseStatement();
  void ParseCreate(Statement& statement);
  void ParseCreateTable(Statement& statement, bool temporary);
  void ParseTableElement(CreateTable& table);
  void ParseColumn(CreateTable& table);
  void ParsePrimaryKey(CreateTable& table, const Span& begin);
  void ParseWatermark(CreateTable& table);
  void ParseCreateView(Statement& statement);
  void ParseDrop(Statement& statement);
  void ParseSet(Statement& statement);
  void ParseAlter(Statement& statement);
  void ParseAlterView(Statement& statement);
  void ParseAlteredElements(AlterTable& alter);
  std::string ParseDistribution();
  void ParseShow(Statement& statement);
  void ParseStatementSet(Statement& statement);
  void ParseInserts(Statement& statement);
  Insert ParseInsert();
  bool ParseIfNotExists();
  std::vector<Option> ParseOptions();
  std::vector<std::string> ParseNameList(const char* what);

  std::shared_ptr<Query> ParseSetOperations();
  std::shared_ptr<Query> ParseIntersections();
  std::shared_ptr<Query> ParseQueryPrimary();
  void ParseWith(Query& query, std::vector<Query::Cte>& ctes);
  void ParseOrderAndLimit(Query& query);
  void ParseSelect(Query& query);
  void ParseValues(Query& query);
  SelectItem ParseSelectItem();
  TableRefPtr ParseFrom();
  TableRefPtr ParseJoins();
  TableRefPtr ParseTableFactor();
  void ParseJoinCondition(TableRef& join);
  void ParseAlias(TableRef& ref);
  void ParseSample(TableRef& ref);
  void ParseHint(std::vector<Option>* options, bool* state_ttl = nullptr);
  long long ParseCount(const char* what);
  void ParseGroupBy(SelectBody& select);
  std::vector<std::vector<size_t>> ParseGroupElement(SelectBody& select);
  std::vector<size_t> ParseGroupKeys(SelectBody& select);
  void ParseWindows(SelectBody& select);
  TableRefPtr ParseTableFunction();
  TableArgument ParseTableArgument();
  bool PeekIsPartitionColumn(bool parentheses) const;

  TokenStream tokens_;
  ExprParser exprs_;
};

Statement Parser::ParseStatement() {
  Statement statement;
  const Token& first = tokens_.Peek();
  statement.span = first.span;
  if (first.IsWord("CREATE")) {
    ParseCreate(statement);
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
  } else if (first.IsWord("DELETE") || first.IsWord("UPDATE")) {
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

void Parser::ParseCreate(Statement& statement) {
  tokens_.Take();
  const Span begin = tokens_.Peek().span;
  const bool or_replace = tokens_.TakeWords("OR", "REPLACE");
  const bool temporary = tokens_.TakeWord("TEMPORARY");
  if (or_replace && !tokens_.PeekWord("VIEW"))
    FailAt(begin.To(tokens_.previous()), "CREATE OR REPLACE is there for views",
           "DROP TABLE comes before CREATE TABLE");
  if (tokens_.TakeWord("TABLE")) return ParseCreateTable(statement, temporary);
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

bool Parser::ParseIfNotExists() {
  if (!tokens_.TakeWord("IF")) return false;
  tokens_.ExpectWord("NOT");
  tokens_.ExpectWord("EXISTS");
  return true;
}

void Parser::ParseCreateTable(Statement& statement, bool temporary) {
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
std::string Parser::ParseDistribution() {
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
void Parser::ParseAlteredElements(AlterTable& alter) {
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

void Parser::ParseAlterView(Statement& statement) {
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

void Parser::ParseAlter(Statement& statement) {
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

void Parser::ParseShow(Statement& statement) {
  tokens_.Take();
  statement.kind = Statement::Kind::kShow;
  std::string& what = statement.show;
  what = tokens_.Take().upper;
  if (what == "CREATE" || what == "CURRENT" || what == "USER" || what == "FULL") what += " " + tokens_.Take().upper;
  static constexpr const char* kKnown[] = {"TABLES",           "VIEWS",           "COLUMNS",   "CREATE TABLE",
                                           "CREATE VIEW",      "FUNCTIONS",       "DATABASES", "CATALOGS",
                                           "CURRENT DATABASE", "CURRENT CATALOG", "MODULES",   "FULL MODULES",
                                           "USER FUNCTIONS"};
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

void Parser::ParseTableElement(CreateTable& table) {
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
void Parser::ParsePrimaryKey(CreateTable& table, const Span& begin) {
  table.primary_key_span = begin.To(tokens_.previous());
  if (!tokens_.TakeWords("NOT", "ENFORCED"))
    FailAt(table.primary_key_span, "a PRIMARY KEY is not checked here, and has to say so",
           "write PRIMARY KEY … NOT ENFORCED");
}

void Parser::ParseWatermark(CreateTable& table) {
  const Span begin = tokens_.Take().span;
  tokens_.ExpectWord("FOR");
  const Name column = tokens_.ExpectPath("the column of the watermark");
  tokens_.ExpectWord("AS");
  if (table.watermark) FailAt(begin, "a second WATERMARK");
  table.watermark = exprs_.ParseExpr();
  table.watermark_column = column.Text();
  table.watermark_span = column.span;
}

void Parser::ParseColumn(CreateTable& table) {
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

std::vector<Option> Parser::ParseOptions() {
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

std::vector<std::string> Parser::ParseNameList(const char* what) {
  std::vector<std::string> names;
  tokens_.ExpectSymbol("(");
  do {
    names.push_back(tokens_.ExpectName(what));
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(")");
  return names;
}

void Parser::ParseCreateView(Statement& statement) {
  statement.kind = Statement::Kind::kCreateView;
  CreateView& view = statement.create_view;
  view.if_not_exists = ParseIfNotExists();
  view.name = tokens_.ExpectPath("the view's name");
  if (tokens_.PeekSymbol("(")) view.columns = ParseNameList("a column name");
  if (tokens_.TakeWord("COMMENT")) tokens_.ExpectString("the comment");
  tokens_.ExpectWord("AS");
  view.query = ParseQuery();
}

void Parser::ParseDrop(Statement& statement) {
  tokens_.Take();
  statement.kind = Statement::Kind::kDrop;
  statement.temporary = tokens_.TakeWord("TEMPORARY");
  if (!tokens_.PeekWord("TABLE") && !tokens_.PeekWord("VIEW") && !tokens_.PeekWord("DATABASE"))
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

void Parser::ParseSet(Statement& statement) {
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

void Parser::ParseStatementSet(Statement& statement) {
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

void Parser::ParseInserts(Statement& statement) {
  while (!tokens_.TakeWord("END")) {
    if (tokens_.TakeSymbol(";")) continue;
    if (!tokens_.PeekWord("INSERT")) tokens_.FailExpected("INSERT INTO or END");
    statement.inserts.push_back(ParseInsert());
  }
  if (statement.inserts.empty()) FailAt(statement.span.To(tokens_.previous()), "a STATEMENT SET without an INSERT");
}

Insert Parser::ParseInsert() {
  Insert insert;
  tokens_.ExpectWord("INSERT");
  if (tokens_.PeekWord("OVERWRITE"))
    FailAt(tokens_.Peek().span, "INSERT OVERWRITE is not available on streams", "write INSERT INTO");
  tokens_.ExpectWord("INTO");
  insert.table = tokens_.ExpectPath("the table's name");
  ParseHint(&insert.options);
  if (tokens_.PeekWord("PARTITION"))
    FailAt(tokens_.Peek().span, "INSERT INTO … PARTITION is not available", "select the partition's value as a column");
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

QueryPtr Parser::ParseQuery() {
  const TokenStream::Level level(tokens_);
  std::vector<Query::Cte> ctes;
  const Span begin = tokens_.Peek().span;
  auto holder = std::make_shared<Query>();
  if (tokens_.PeekWord("WITH")) ParseWith(*holder, ctes);
  std::shared_ptr<Query> query = ParseSetOperations();
  query->ctes = std::move(ctes);
  ParseOrderAndLimit(*query);
  query->span = begin.To(tokens_.previous());
  return query;
}

void Parser::ParseWith(Query&, std::vector<Query::Cte>& ctes) {
  tokens_.Take();
  tokens_.TakeWord("RECURSIVE");  // a query that reads itself finds no table of its name
  do {
    Query::Cte cte;
    cte.span = tokens_.Peek().span;
    cte.name = tokens_.ExpectName("the name of a query");
    if (tokens_.PeekSymbol("(")) cte.columns = ParseNameList("a column name");
    tokens_.ExpectWord("AS");
    tokens_.ExpectSymbol("(");
    cte.query = ParseQuery();
    tokens_.ExpectSymbol(")");
    ctes.push_back(std::move(cte));
  } while (tokens_.TakeSymbol(","));
}

std::shared_ptr<Query> Parser::ParseSetOperations() {
  std::shared_ptr<Query> left = ParseIntersections();
  int chain = 0;
  while (tokens_.PeekWord("UNION") || tokens_.PeekWord("EXCEPT") || tokens_.PeekWord("MINUS")) {
    if (++chain > kMaxSetOperations) FailAt(tokens_.Peek().span, "too many queries in a row");
    auto node = std::make_shared<Query>();
    node->span = tokens_.Peek().span;
    node->kind = tokens_.Take().upper == "UNION" ? Query::Kind::kUnion : Query::Kind::kExcept;
    node->all = tokens_.TakeWord("ALL");
    if (!node->all) tokens_.TakeWord("DISTINCT");
    node->left = std::move(left);
    node->right = ParseIntersections();
    left = std::move(node);
  }
  return left;
}

std::shared_ptr<Query> Parser::ParseIntersections() {
  std::shared_ptr<Query> left = ParseQueryPrimary();
  for (int chain = 0; tokens_.PeekWord("INTERSECT"); ++chain) {
    if (chain > kMaxSetOperations) FailAt(tokens_.Peek().span, "too many queries in a row");
    auto node = std::make_shared<Query>();
    node->span = tokens_.Take().span;
    node->kind = Query::Kind::kIntersect;
    node->all = tokens_.TakeWord("ALL");
    if (!node->all) tokens_.TakeWord("DISTINCT");
    node->left = std::move(left);
    node->right = ParseQueryPrimary();
    left = std::move(node);
  }
  return left;
}

std::shared_ptr<Query> Parser::ParseQueryPrimary() {
  auto query = std::make_shared<Query>();
  query->span = tokens_.Peek().span;
  if (tokens_.TakeSymbol("(")) {
    auto inner = std::const_pointer_cast<Query>(ParseQuery());
    tokens_.ExpectSymbol(")");
    return inner;
  }
  if (tokens_.PeekWord("VALUES")) {
    ParseValues(*query);
  } else if (tokens_.PeekWord("SELECT")) {
    ParseSelect(*query);
  } else if (tokens_.PeekWord("TABLE")) {  // TABLE t: SELECT * FROM t
    query->select.span = tokens_.Take().span;
    query->select.from = std::make_unique<TableRef>();
    query->select.from->span = tokens_.Peek().span;
    query->select.from->name = tokens_.ExpectPath("a table's name");
    SelectItem all;
    all.expr = std::make_unique<Expr>();
    all.expr->kind = ExprKind::kStar;
    all.expr->span = query->select.span;
    query->select.items.push_back(std::move(all));
  } else {
    tokens_.FailExpected("SELECT or VALUES");
  }
  query->span = query->span.To(tokens_.previous());
  return query;
}

long long Parser::ParseCount(const char* what) {
  const Token& token = tokens_.Peek();
  if (token.kind != TokenKind::kInteger || token.text.size() > 18) tokens_.FailExpected(what);
  tokens_.Take();
  return std::stoll(token.text);
}

void Parser::ParseOrderAndLimit(Query& query) {
  if (tokens_.TakeWord("ORDER")) {
    tokens_.ExpectWord("BY");
    query.order_by = exprs_.ParseOrderItems();
  }
  const Span begin = tokens_.Peek().span;
  if (tokens_.TakeWord("LIMIT") && !tokens_.TakeWord("ALL")) query.limit = ParseCount("a number of rows");
  if (tokens_.TakeWord("OFFSET")) {
    query.offset = ParseCount("a number of rows");
    if (!tokens_.TakeWord("ROWS")) tokens_.TakeWord("ROW");
  }
  if (tokens_.TakeWord("FETCH")) {
    if (!tokens_.TakeWord("FIRST")) tokens_.ExpectWord("NEXT");
    query.limit = ParseCount("a number of rows");
    if (!tokens_.TakeWord("ROWS")) tokens_.ExpectWord("ROW");
    tokens_.ExpectWord("ONLY");
  }
  query.limit_span = begin.To(tokens_.previous());
}

void Parser::ParseValues(Query& query) {
  tokens_.Take();
  query.kind = Query::Kind::kValues;
  do {
    std::vector<ExprPtr> row;
    ExprPtr value = exprs_.ParseExpr();
    if (value->kind == ExprKind::kRow) {
      row = std::move(value->args);
    } else {
      row.push_back(std::move(value));
    }
    query.rows.push_back(std::move(row));
  } while (tokens_.TakeSymbol(","));
}

/// `options`: those of OPTIONS(…); null where it may not stand. `state_ttl`: set if STATE_TTL is there.
void Parser::ParseHint(std::vector<Option>* options, bool* state_ttl) {
  if (tokens_.Peek().kind != TokenKind::kHint) return;
  tokens_.Take();
  while (tokens_.Peek().kind != TokenKind::kHintEnd) {
    if (tokens_.AtEnd()) tokens_.FailExpected("the end of the hint, */");
    const Token& name = tokens_.Peek();
    if (options != nullptr && name.IsWord("OPTIONS")) {
      tokens_.Take();
      for (Option& option : ParseOptions()) options->push_back(std::move(option));
      tokens_.TakeSymbol(",");
      continue;
    }
    if (name.IsWord("OPTIONS") || !(name.IsWord("STATE_TTL") || name.IsWord("LOOKUP") || name.IsWord("BROADCAST") ||
                                    name.IsWord("SHUFFLE_HASH") || name.IsWord("SHUFFLE_MERGE") ||
                                    name.IsWord("NEST_LOOP") || name.IsWord("MULTI_JOIN")))
      FailAt(name.span, "unknown hint " + name.text, "OPTIONS('key' = 'value') after a table's name is known");
    // Hints about distribution change no result here, and all state is kept.
    if (name.IsWord("STATE_TTL") && state_ttl != nullptr) *state_ttl = true;
    tokens_.Take();
    if (tokens_.TakeSymbol("(")) {
      while (!tokens_.PeekSymbol(")") && !tokens_.AtEnd()) tokens_.Take();
      tokens_.ExpectSymbol(")");
    }
    tokens_.TakeSymbol(",");
  }
  tokens_.Take();
}

void Parser::ParseSelect(Query& query) {
  query.kind = Query::Kind::kSelect;
  SelectBody& select = query.select;
  select.span = tokens_.Take().span;
  ParseHint(nullptr, &select.state_ttl);
  if (tokens_.TakeWord("DISTINCT")) {
    select.distinct = true;
  } else {
    tokens_.TakeWord("ALL");
  }
  do {
    select.items.push_back(ParseSelectItem());
  } while (tokens_.TakeSymbol(","));
  if (tokens_.TakeWord("FROM")) select.from = ParseFrom();
  if (!select.from && tokens_.PeekWord("WHERE")) tokens_.FailExpected("FROM before WHERE");
  if (tokens_.TakeWord("WHERE")) select.where = exprs_.ParseExpr();
  if (tokens_.TakeWord("GROUP")) {
    tokens_.ExpectWord("BY");
    select.grouped = true;
    ParseGroupBy(select);
  }
  if (tokens_.TakeWord("HAVING")) select.having = exprs_.ParseExpr();
  if (tokens_.TakeWord("WINDOW")) ParseWindows(select);
  if (tokens_.TakeWord("QUALIFY")) select.qualify = exprs_.ParseExpr();
}

void Parser::ParseWindows(SelectBody& select) {
  do {
    const std::string name = tokens_.ExpectName("the name of a window");
    tokens_.ExpectWord("AS");
    select.windows.emplace_back(name, exprs_.ParseOverSpec());
  } while (tokens_.TakeSymbol(","));
}

void Parser::ParseGroupBy(SelectBody& select) {
  // Each element is a list of key sets; the sets of the whole are all combinations of one from each.
  std::vector<std::vector<size_t>> sets = {{}};
  bool several = false;
  do {
    const std::vector<std::vector<size_t>> element = ParseGroupElement(select);
    several = several || element.size() != 1;
    std::vector<std::vector<size_t>> product;
    for (const std::vector<size_t>& set : sets)
      for (const std::vector<size_t>& keys : element) {
        product.push_back(set);
        product.back().insert(product.back().end(), keys.begin(), keys.end());
      }
    if (product.size() > 4096) FailAt(tokens_.previous(), "more than 4096 grouping sets");
    sets = std::move(product);
  } while (tokens_.TakeSymbol(","));
  if (several) select.grouping_sets = std::move(sets);
}

std::vector<std::vector<size_t>> Parser::ParseGroupElement(SelectBody& select) {
  const TokenStream::Level level(tokens_);
  const bool cube = tokens_.PeekWord("CUBE") && tokens_.PeekSymbol("(", 1);
  const bool rollup = tokens_.PeekWord("ROLLUP") && tokens_.PeekSymbol("(", 1);
  if (tokens_.TakeWords("GROUPING", "SETS")) {
    std::vector<std::vector<size_t>> sets;
    tokens_.ExpectSymbol("(");
    do {
      for (std::vector<size_t>& set : ParseGroupElement(select)) sets.push_back(std::move(set));
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
    return sets;
  }
  if (!cube && !rollup) return {ParseGroupKeys(select)};
  const Span begin = tokens_.Take().span;
  tokens_.ExpectSymbol("(");
  std::vector<std::vector<size_t>> parts;
  do {
    parts.push_back(ParseGroupKeys(select));
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(")");
  if (parts.size() > 12) FailAt(begin.To(tokens_.previous()), "more than 12 columns in CUBE or ROLLUP");
  std::vector<std::vector<size_t>> sets;
  const auto add = [&](const std::function<bool(size_t)>& in) {
    sets.emplace_back();
    for (size_t i = 0; i < parts.size(); ++i)
      if (in(i)) sets.back().insert(sets.back().end(), parts[i].begin(), parts[i].end());
  };
  if (rollup) {
    for (size_t count = parts.size() + 1; count-- > 0;) add([count](size_t i) { return i < count; });
  } else {
    for (size_t mask = size_t{1} << parts.size(); mask-- > 0;)
      add([mask, &parts](size_t i) { return (mask >> (parts.size() - 1 - i) & 1) != 0; });
  }
  return sets;
}

/// One expression, (a, b) or (): their places in group_by, where the same text is there once.
std::vector<size_t> Parser::ParseGroupKeys(SelectBody& select) {
  if (tokens_.PeekSymbol("(") && tokens_.PeekSymbol(")", 1)) {
    tokens_.Take();
    tokens_.Take();
    return {};
  }
  std::vector<ExprPtr> keys;
  ExprPtr key = exprs_.ParseExpr();
  if (key->kind == ExprKind::kRow) {
    keys = std::move(key->args);
  } else {
    keys.push_back(std::move(key));
  }
  std::vector<size_t> places;
  for (ExprPtr& one : keys) {
    const auto same = std::find_if(select.group_by.begin(), select.group_by.end(),
                                   [&](const ExprPtr& known) { return SameKey(*known, *one); });
    places.push_back(static_cast<size_t>(same - select.group_by.begin()));
    if (same == select.group_by.end()) select.group_by.push_back(std::move(one));
  }
  return places;
}

SelectItem Parser::ParseSelectItem() {
  SelectItem item;
  item.expr = exprs_.ParseExpr();
  if (tokens_.TakeWord("AS")) {
    item.alias = tokens_.ExpectName("an alias");
  } else if (tokens_.PeekIsName()) {
    item.alias = tokens_.Take().text;
  }
  return item;
}

TableRefPtr Parser::ParseFrom() {
  TableRefPtr left = ParseJoins();
  for (int joins = 1; tokens_.TakeSymbol(","); ++joins) {
    if (joins > kMaxJoins) FailJoins();
    auto join = std::make_unique<TableRef>();
    join->kind = TableRef::Kind::kJoin;
    join->join = JoinKind::kCross;
    join->span = left->span;
    join->left = std::move(left);
    join->right = ParseJoins();
    join->span = join->span.To(join->right->span);
    left = std::move(join);
  }
  return left;
}

TableRefPtr Parser::ParseJoins() {
  TableRefPtr left = ParseTableFactor();
  for (int joins = 0;; ++joins) {
    if (joins > kMaxJoins) FailJoins();
    const size_t start = tokens_.position();
    const bool natural = tokens_.TakeWord("NATURAL");
    JoinKind kind = JoinKind::kInner;
    bool is_join = true;
    if (tokens_.TakeWord("LEFT")) {
      kind = JoinKind::kLeft;
    } else if (tokens_.TakeWord("RIGHT")) {
      kind = JoinKind::kRight;
    } else if (tokens_.TakeWord("FULL")) {
      kind = JoinKind::kFull;
    } else if (tokens_.TakeWord("CROSS")) {
      kind = JoinKind::kCross;
    } else {
      is_join = tokens_.TakeWord("INNER") || tokens_.PeekWord("JOIN");
    }
    if (kind == JoinKind::kLeft || kind == JoinKind::kRight || kind == JoinKind::kFull) tokens_.TakeWord("OUTER");
    if (!is_join || !tokens_.PeekWord("JOIN")) {
      if (!natural && kind == JoinKind::kInner && !is_join) {
        tokens_.Return(start);
        return left;
      }
      tokens_.FailExpected("JOIN");
    }
    auto join = std::make_unique<TableRef>();
    join->kind = TableRef::Kind::kJoin;
    join->join = kind;
    join->natural = natural;
    join->span = tokens_.Take().span;
    join->left = std::move(left);
    join->right = ParseTableFactor();
    ParseJoinCondition(*join);
    left = std::move(join);
  }
}

void Parser::ParseJoinCondition(TableRef& join) {
  if (join.join == JoinKind::kCross || join.natural) return;
  if (tokens_.TakeWord("ON")) {
    join.on = exprs_.ParseExpr();
  } else if (tokens_.TakeWord("USING")) {
    join.using_columns = ParseNameList("a column name");
  } else {
    tokens_.FailExpected("ON or USING");
  }
}

TableRefPtr Parser::ParseTableFactor() {
  const TokenStream::Level level(tokens_);
  auto ref = std::make_unique<TableRef>();
  ref->span = tokens_.Peek().span;
  const bool lateral = tokens_.TakeWord("LATERAL");
  if (tokens_.PeekWord("UNNEST") && tokens_.PeekSymbol("(", 1)) {
    ref->kind = TableRef::Kind::kUnnest;
    tokens_.Take();
    tokens_.Take();
    ref->unnest = exprs_.ParseExpr();
    tokens_.ExpectSymbol(")");
    if (tokens_.TakeWord("WITH")) {
      tokens_.ExpectWord("ORDINALITY");
      ref->ordinality = true;
    }
  } else if (tokens_.PeekWord("TABLE") && tokens_.PeekSymbol("(", 1)) {
    tokens_.Take();
    tokens_.Take();
    ref = ParseTableFunction();
    tokens_.ExpectSymbol(")");
  } else if ((tokens_.PeekIsName() || tokens_.Peek().kind == TokenKind::kWord) && tokens_.PeekSymbol("(", 1)) {
    ref = ParseTableFunction();
  } else if (tokens_.TakeSymbol("(")) {
    if (tokens_.PeekWord("SELECT") || tokens_.PeekWord("WITH") || tokens_.PeekWord("VALUES") ||
        tokens_.PeekSymbol("(")) {
      ref->kind = TableRef::Kind::kQuery;
      ref->query = ParseQuery();
      tokens_.ExpectSymbol(")");
    } else {
      ref = ParseFrom();
      tokens_.ExpectSymbol(")");
      return ref;
    }
  } else {
    ref->name = tokens_.ExpectPath("a table's name");
    ParseHint(&ref->options);
    if (tokens_.TakeWord("FOR")) {
      tokens_.ExpectWord("SYSTEM_TIME");
      tokens_.ExpectWord("AS");
      tokens_.ExpectWord("OF");
      ref->as_of = exprs_.ParseExpr();
    }
  }
  ref->lateral = lateral;
  if (tokens_.PeekWord("MATCH_RECOGNIZE")) ref->match = ParseMatchClause(tokens_, exprs_);
  ParseAlias(*ref);
  ParseSample(*ref);
  ref->span = ref->span.To(tokens_.previous());
  return ref;
}

/// NAME(argument, …) in FROM.
TableRefPtr Parser::ParseTableFunction() {
  auto ref = std::make_unique<TableRef>();
  ref->kind = TableRef::Kind::kFunction;
  const Token& name = tokens_.Take();
  ref->span = name.span;
  ref->name.span = name.span;
  ref->name.parts = {name.upper};
  tokens_.ExpectSymbol("(");
  if (!tokens_.PeekSymbol(")")) {
    do {
      ref->arguments.push_back(ParseTableArgument());
    } while (tokens_.TakeSymbol(","));
  }
  tokens_.ExpectSymbol(")");
  ref->span = ref->span.To(tokens_.previous());
  return ref;
}

TableArgument Parser::ParseTableArgument() {
  TableArgument argument;
  argument.span = tokens_.Peek().span;
  if (tokens_.PeekSymbol("=>", 1)) {
    argument.name = tokens_.Take().upper;
    tokens_.Take();
  }
  const bool query = tokens_.PeekSymbol("(") && (tokens_.PeekWord("SELECT", 1) || tokens_.PeekWord("WITH", 1));
  if (tokens_.PeekWord("TABLE") || query) {
    tokens_.TakeWord("TABLE");
    argument.table = std::make_unique<TableRef>();
    argument.table->span = tokens_.Peek().span;
    if (tokens_.TakeSymbol("(")) {
      argument.table->kind = TableRef::Kind::kQuery;
      argument.table->query = ParseQuery();
      tokens_.ExpectSymbol(")");
    } else {
      argument.table->name = tokens_.ExpectPath("a table's name");
    }
    if (tokens_.TakeWord("PARTITION")) {
      tokens_.ExpectWord("BY");
      const bool parentheses = tokens_.TakeSymbol("(");
      do {
        argument.partition_by.push_back(tokens_.ExpectPath("a column name"));
      } while (PeekIsPartitionColumn(parentheses) && tokens_.TakeSymbol(","));
      if (parentheses) tokens_.ExpectSymbol(")");
    }
  } else if (tokens_.TakeWord("DESCRIPTOR")) {
    tokens_.ExpectSymbol("(");
    do {
      argument.descriptor.push_back(tokens_.ExpectPath("a column name"));
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
  } else {
    argument.expr = exprs_.ParseExpr();
  }
  argument.span = argument.span.To(tokens_.previous());
  return argument;
}

/// After a column of PARTITION BY without parentheses: whether a comma leads to another column, not to an argument.
bool Parser::PeekIsPartitionColumn(bool parentheses) const {
  if (!tokens_.PeekSymbol(",")) return false;
  return parentheses || (tokens_.PeekIsName(1) && !tokens_.PeekWord("DESCRIPTOR", 1) && !tokens_.PeekSymbol("=>", 2));
}

/// TABLESAMPLE BERNOULLI | SYSTEM (percent) [REPEATABLE (seed)].
void Parser::ParseSample(TableRef& ref) {
  if (!tokens_.TakeWord("TABLESAMPLE")) return;
  if (!tokens_.TakeWord("BERNOULLI") && !tokens_.TakeWord("SYSTEM")) tokens_.FailExpected("BERNOULLI or SYSTEM");
  tokens_.ExpectSymbol("(");
  const Token& number = tokens_.Peek();
  if (number.kind != TokenKind::kInteger && number.kind != TokenKind::kDecimal)
    tokens_.FailExpected("a percentage from 0 to 100");
  ref.sample = std::strtod(tokens_.Take().text.c_str(), nullptr);
  if (*ref.sample > 100) FailAt(number.span, "a sample is a percentage from 0 to 100");
  tokens_.ExpectSymbol(")");
  if (!tokens_.TakeWord("REPEATABLE")) return;
  tokens_.ExpectSymbol("(");
  ref.sample_seed = ParseCount("a seed");
  tokens_.ExpectSymbol(")");
}

void Parser::ParseAlias(TableRef& ref) {
  if (tokens_.TakeWord("AS")) {
    ref.alias = tokens_.ExpectName("an alias");
  } else if (tokens_.PeekIsName()) {
    ref.alias = tokens_.Take().text;
  }
  if (!ref.alias.empty() && tokens_.PeekSymbol("(")) ref.column_aliases = ParseNameList("a column name");
}

}  // namespace

std::vector<Statement> ParseScript(const SourceText& source) {
  return Parser(source).Run();
}

}  // namespace cdc::sql
