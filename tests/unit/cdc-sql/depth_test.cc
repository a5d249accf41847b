// Expressions and queries that are long or deep: taken, or refused with their place, never a crash.
#include <doctest/doctest.h>

#include "sql_text.h"
#include "tools/cdc-sql/run/dataflow.h"

namespace cdc::sql {

namespace {

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

const std::string kTable =
    "CREATE TABLE t (a INT, b BOOLEAN, s STRING) WITH ('connector' = 'kafka', 'format' = 'json');";

void CheckRefused(const std::string& sql, const std::string& what) {
  const std::string refusal = RefusalOf(kTable + "\n" + sql);
  CHECK_MESSAGE(refusal.find(what) != std::string::npos, sql.substr(0, 40) << ": " << refusal.substr(0, 200));
  CHECK(refusal.rfind("t.sql:2:", 0) == 0);
  CHECK(refusal.find('^') != std::string::npos);
}

/// Runs the first query and gives back how many rows it has.
size_t RowsOf(const std::string& sql) {
  class Counting : public Operator {
   public:
    explicit Counting(size_t* rows) : rows_(rows) {}
    void Push(size_t, const Batch& batch) override { *rows_ += batch.rows; }

   private:
    size_t* rows_;
  };
  BoundScript script;
  BindScript(ParseScript(KeptSource(sql)), {}, &script);
  size_t rows = 0;
  Dataflow flow(ChangeMode::kTrace);
  flow.Add(script.sinks[0], std::make_unique<Counting>(&rows));
  flow.Start();
  flow.EndStep();
  flow.Finish();
  return rows;
}

}  // namespace

TEST_CASE("long chains of one operator") {
  const std::string one = "(VALUES (1, TRUE, 'x')) AS t (a, b, s)";
  std::string ors = "a = -1", list = "0", whens;
  for (int i = 0; i < 10000; ++i) {
    ors += " OR a = " + std::to_string(i);
    list += ", " + std::to_string(i);
    whens += " WHEN " + std::to_string(i) + " THEN a";
  }
  CHECK(RowsOf("SELECT a FROM " + one + " WHERE " + ors) == 1);
  CHECK(RowsOf("SELECT a FROM " + one + " WHERE b" + Repeat(" AND b", 10000)) == 1);
  CHECK(RowsOf("SELECT a FROM " + one + " WHERE a IN (" + list + ")") == 1);
  CHECK(RowsOf("SELECT CASE a" + whens + " END FROM " + one) == 1);
  CHECK(RowsOf("SELECT a FROM " + one + " WHERE CHAR_LENGTH(s" + Repeat(" || s", 10000) + ") = 10001") == 1);
  CHECK(RowsOf("SELECT a FROM " + one + " WHERE a" + Repeat(" + 1", 490) + " = 491") == 1);
  CHECK(RowsOf("SELECT a FROM " + one + Repeat(" UNION ALL SELECT 2", 1000)) == 1001);
  CHECK(RowsOf("SELECT SUM(a)" + Repeat(" + 1", 400) + " FROM " + one) == 1);
}

TEST_CASE("what is too long or too deep is refused at its place") {
  const int many = 20000;
  for (const char* op : {"+ 1", "- 1", "* 1", "= 1", "% 2"})
    CheckRefused("SELECT a " + Repeat(op, many) + " FROM t", "operators in a row");
  CheckRefused("SELECT a" + Repeat("[1]", many) + " FROM t", "operators in a row");
  CheckRefused("SELECT b" + Repeat(" IS TRUE", many) + " FROM t", "operators in a row");
  CheckRefused("SELECT " + Repeat("(", many) + "a" + Repeat(")", many) + " FROM t", "levels of nesting");
  CheckRefused("SELECT " + Repeat("NOT ", many) + "b FROM t", "levels of nesting");
  CheckRefused("SELECT " + Repeat("- ", many) + "a FROM t", "levels of nesting");
  CheckRefused("SELECT " + Repeat("ABS(", many) + "a" + Repeat(")", many) + " FROM t", "levels of nesting");
  CheckRefused("SELECT " + Repeat("CASE WHEN b THEN ", many) + "a" + Repeat(" END", many) + " FROM t",
               "levels of nesting");
  CheckRefused("SELECT " + Repeat("CAST(", many) + "a" + Repeat(" AS INT)", many) + " FROM t", "levels of nesting");
  CheckRefused("SELECT " + Repeat("(SELECT ", many) + "1" + Repeat(")", many), "levels of nesting");
  CheckRefused("SELECT * FROM " + Repeat("(SELECT * FROM ", many) + "t" + Repeat(")", many), "levels of nesting");
  CheckRefused("SELECT a FROM " + Repeat("(", many) + "t" + Repeat(")", many), "levels of nesting");
  CheckRefused(Repeat("(", many) + "SELECT a FROM t" + Repeat(")", many), "levels of nesting");
  CheckRefused("SELECT CAST(s AS " + Repeat("ARRAY<", many) + "INT" + Repeat(">", many) + ") FROM t",
               "levels of nesting");
  CheckRefused("SELECT CAST(s AS INT" + Repeat(" ARRAY", many) + ") FROM t", "nested too deep");
  CheckRefused("SELECT 1 FROM t" + Repeat(", t", 1000), "tables in one FROM");
  CheckRefused("SELECT 1 FROM t" + Repeat(" CROSS JOIN t", 1000), "tables in one FROM");
}

TEST_CASE("nesting up to the limit is taken") {
  CHECK(RefusalOf(kTable + "SELECT " + Repeat("(", 200) + "a" + Repeat(")", 200) + " FROM t").empty());
  CHECK(RefusalOf(kTable + "SELECT * FROM " + Repeat("(SELECT * FROM ", 100) + "t" + Repeat(")", 100)).empty());
}

TEST_CASE("views over views: a chain that is too long, and doubling ones, are refused") {
  std::string chain = kTable + "CREATE VIEW v0 AS SELECT * FROM t;", doubling = chain;
  for (int i = 1; i < 400; ++i) {
    const std::string head = "CREATE VIEW v" + std::to_string(i) + " AS SELECT * FROM v" + std::to_string(i - 1);
    chain += head + ";";
    if (i < 40) doubling += head + " UNION ALL SELECT * FROM v" + std::to_string(i - 1) + ";";
  }
  CHECK(RefusalOf(chain).find("queries and views inside each other") != std::string::npos);
  CHECK(RefusalOf(doubling).find("the statement has more than 50000 queries") != std::string::npos);
}

}  // namespace cdc::sql
