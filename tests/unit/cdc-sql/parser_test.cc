#include "tools/cdc-sql/sql/parser.h"

#include <doctest/doctest.h>

#include "sql_text.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

TEST_CASE("tokens: literals of every kind") {
  const std::vector<Token> tokens = Lex(KeptSource(
      "'it''s' U&'\\263A' U&'#00e9' UESCAPE '#' E'a\\n' X'0aFF' `a``b` 12 1.5 .5 1e-3 <> <= || -- end\n/* ; */ x"));
  REQUIRE(tokens.size() == 15);
  CHECK(tokens[0].text == "it's");
  CHECK(tokens[1].text == "\xE2\x98\xBA");
  CHECK(tokens[2].text == "\xC3\xA9");
  CHECK(tokens[3].text == "a\n");
  CHECK(tokens[4].text == std::string("\x0A\xFF"));
  CHECK(tokens[5].text == "a`b");
  CHECK(tokens[6].kind == TokenKind::kInteger);
  CHECK(tokens[7].kind == TokenKind::kDecimal);
  CHECK(tokens[8].kind == TokenKind::kDecimal);
  CHECK(tokens[9].kind == TokenKind::kApproximate);
  CHECK(tokens[10].IsSymbol("<>"));
  CHECK(tokens[11].IsSymbol("<="));
  CHECK(tokens[12].IsSymbol("||"));
  CHECK(tokens[13].text == "x");
}

TEST_CASE("reserved words are found, and only they need back-ticks") {
  for (const char* word :
       {"ABS", "VALUE", "SELECT", "YEAR", "CHARACTER_LENGTH", "CHAR_LENGTH", "MATCH_NUMBER", "MATCHES"})
    CHECK_MESSAGE(IsReservedWord(word), word);
  for (const char* word : {"NAME", "STATUS", "CREATED_AT", "ID", "TOTAL"}) CHECK_MESSAGE(!IsReservedWord(word), word);
  CHECK(QuotedName("order") == "`order`");
  CHECK(QuotedName("order_id") == "order_id");
  CHECK(QuotedName("a b") == "`a b`");
}

TEST_CASE("refusals point at the place") {
  CHECK(RefusalOf("SELECT 1,\n  'abc") ==
        "t.sql:2:3: string literal without its end\n2 |   'abc\n  |   ^\nclose it with '");
  CHECK(RefusalOf("SELECT a != b") ==
        "t.sql:1:10: != is not an operator of this dialect\n1 | SELECT a != b\n  |          ^^\nwrite <>");
  CHECK(RefusalOf("SELEC 1") ==
        "t.sql:1:1: expected a statement, found SELEC\n1 | SELEC 1\n  | ^^^^^\nCREATE TABLE, CREATE VIEW, ALTER TABLE, "
        "DROP, SET, SELECT, INSERT INTO, EXECUTE STATEMENT SET, EXPLAIN, DESCRIBE or SHOW");
  CHECK(RefusalOf("SELECT COUNT(* FROM t") ==
        "t.sql:1:16: expected \")\", found FROM\n1 | SELECT COUNT(* FROM t\n  |                ^^^^");
  CHECK(RefusalOf("SELECT 1 AS value") ==
        "t.sql:1:13: expected an alias, found value\n1 | SELECT 1 AS value\n  |             ^^^^^\nVALUE is a reserved "
        "word: as a "
        "name it is written `value`");
  CHECK(RefusalOf("SELECT 1 SELECT 2") ==
        "t.sql:1:10: expected \";\" or the end of the statement, found SELECT\n1 | SELECT 1 SELECT 2\n  |          "
        "^^^^^^");
  CHECK(RefusalOf("CREATE TABLE t (a INT PRIMARY KEY) WITH ('connector' = 'print')") ==
        "t.sql:1:23: a PRIMARY KEY is not checked here, and has to say so\n1 | CREATE TABLE t (a INT PRIMARY KEY) WITH "
        "('connector' = "
        "'print')\n  |                       ^^^^^^^^^^^\nwrite PRIMARY KEY … NOT ENFORCED");
  CHECK(RefusalOf("SELECT SUM(v) OVER PARTITION FROM t").find("t.sql:1:20: expected the name of a window, or (") == 0);
}

TEST_CASE("the caret stands under the character, not the byte") {
  CHECK(RefusalOf("SELECT 'ä', nope") ==
        "t.sql:1:13: column 'nope' not found\n1 | SELECT 'ä', nope\n  |             ^^^^\nthere is no FROM clause "
        "whose columns "
        "could be named");
}

TEST_CASE("statements of one script") {
  const auto statements =
      ParseScript(KeptSource("SET 'a' = 'b'; CREATE TEMPORARY VIEW v AS SELECT 1 AS x;; BEGIN STATEMENT SET; INSERT "
                             "INTO t SELECT 1; INSERT INTO t "
                             "(a) VALUES (1), (2); END; EXPLAIN PLAN FOR SELECT 1"));
  REQUIRE(statements.size() == 4);
  CHECK(statements[0].kind == Statement::Kind::kSet);
  CHECK(statements[1].kind == Statement::Kind::kCreateView);
  CHECK(statements[2].inserts.size() == 2);
  CHECK(statements[3].kind == Statement::Kind::kExplain);
}

TEST_CASE("precedence") {
  const auto text = [](const std::string& expression) {
    BoundScript script;
    BindScript(ParseScript(KeptSource("SELECT " + expression + " FROM (VALUES (1, 2, TRUE, 'x')) AS t(a, b, c, s)")),
               {}, &script);
    return script.sinks[0].input->exprs[0].Text();
  };
  CHECK(text("a + b * 2") == "(a + (b * 2))");
  CHECK(text("(a + b) * 2") == "((a + b) * 2)");
  CHECK(text("a - b - 1") == "((a - b) - 1)");
  CHECK(text("NOT a = 1 AND c OR c") == "((NOT((a = 1)) AND c) OR c)");
  CHECK(text("a BETWEEN 1 AND 2 AND c") == "((a >= 1) AND (a <= 2) AND c)");
  CHECK(text("s || 'y' = 'xy'") == "((s || 'y') = 'xy')");
}

}  // namespace cdc::sql
