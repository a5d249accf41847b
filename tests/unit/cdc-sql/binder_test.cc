#include <doctest/doctest.h>

#include "sql_text.h"

namespace cdc::sql {

static const std::string kOrders =
    "CREATE TABLE orders (order_id INT, product STRING, amount DECIMAL(10, 2), qty INT, created TIMESTAMP(3)) WITH "
    "('connector' = 'kafka', 'topic' = 'shop.orders', 'format' = 'debezium-json');\n";

static std::string Refused(const std::string& query) {
  return RefusalOf(kOrders + query);
}

static std::string TypesOfQuery(const std::string& query) {
  BoundScript script;
  BindScript(ParseScript(KeptSource(kOrders + query)), {}, &script);
  std::string types;
  for (const PlanColumn& column : script.sinks[0].input->columns)
    types += (types.empty() ? "" : ", ") + column.name + " " + column.type.Text();
  return types;
}

TEST_CASE("columns and tables that are not there") {
  CHECK(Refused("SELECT nope FROM orders") ==
        "t.sql:2:8: column 'nope' not found\n2 | SELECT nope FROM orders\n  |        ^^^^\nthere is order_id, product, "
        "amount, "
        "qty, created");
  CHECK(Refused("SELECT ORDER_ID FROM orders") ==
        "t.sql:2:8: column 'ORDER_ID' not found\n2 | SELECT ORDER_ID FROM orders\n  |        ^^^^^^^^\nnames are "
        "case-sensitive: "
        "there is order_id");
  CHECK(Refused("SELECT * FROM Orders") ==
        "t.sql:2:15: there is no table or view 'Orders'\n2 | SELECT * FROM Orders\n  |               ^^^^^^\nnames are "
        "case-sensitive: there is orders");
  CHECK(Refused("SELECT order_id FROM orders a JOIN orders b ON a.order_id = b.order_id") ==
        "t.sql:2:8: column 'order_id' is ambiguous\n2 | SELECT order_id FROM orders a JOIN orders b ON a.order_id = "
        "b.order_id\n  |        ^^^^^^^^\nwrite a.order_id or b.order_id");
  CHECK(Refused(kOrders.substr(0, kOrders.size() - 2)).find("t.sql:2:14: there is a table or view 'orders' already") ==
        0);
}

TEST_CASE("conditions, aggregates and grouping") {
  CHECK(Refused("SELECT order_id FROM orders WHERE order_id") ==
        "t.sql:2:35: WHERE needs a condition, not INT\n2 | SELECT order_id FROM orders WHERE order_id\n  |             "
        "          "
        "            ^^^^^^^^\ncompare it with something: x <> 0");
  CHECK(Refused("SELECT product FROM orders WHERE COUNT(*) > 1") ==
        "t.sql:2:34: an aggregate in WHERE\n2 | SELECT product FROM orders WHERE COUNT(*) > 1\n  |                     "
        "         "
        "    ^^^^^^^^\nHAVING filters groups");
  CHECK(Refused("SELECT product, qty, COUNT(*) FROM orders GROUP BY product") ==
        "t.sql:2:17: column 'qty' is neither grouped nor inside an aggregate\n2 | SELECT product, qty, COUNT(*) FROM "
        "orders GROUP "
        "BY product\n  |                 ^^^\nadd it to GROUP BY, or write MAX(qty)");
  CHECK(Refused("SELECT SUM(COUNT(*)) FROM orders").find("t.sql:2:12: an aggregate inside an aggregate") == 0);
  CHECK(
      Refused("SELECT product FROM orders GROUP BY 1").find("t.sql:2:37: GROUP BY takes expressions, not positions") ==
      0);
  CHECK(
      Refused("SELECT UPPER(product) AS p, COUNT(*) FROM orders GROUP BY p").find("t.sql:2:59: column 'p' not found") ==
      0);
}

TEST_CASE("types that do not go together") {
  CHECK(Refused("SELECT order_id FROM orders WHERE product = 5") ==
        "t.sql:2:35: = cannot be applied to STRING and INT\n2 | SELECT order_id FROM orders WHERE product = 5\n  |     "
        "           "
        "                   ^^^^^^^^^^^\ntext and numbers are not converted silently: CAST(x AS INT) or CAST(x AS "
        "STRING)");
  CHECK(Refused("SELECT product + 1 FROM orders").find("t.sql:2:8: + cannot be applied to STRING and INT") == 0);
  CHECK(Refused("SELECT ABS(product) FROM orders") ==
        "t.sql:2:8: ABS cannot be applied to (STRING)\n2 | SELECT ABS(product) FROM orders\n  |        "
        "^^^^^^^^^^^^\nit is used as "
        "ABS(number)");
  CHECK(Refused("SELECT UPPER(product, 1) FROM orders").find("t.sql:2:8: UPPER does not take 2 arguments") == 0);
  CHECK(Refused("SELECT UPER(product) FROM orders") ==
        "t.sql:2:8: there is no function UPER\n2 | SELECT UPER(product) FROM orders\n  |        ^^^^^^^^^^^^^\nthere "
        "is UPPER");
  CHECK(
      Refused("SELECT CAST(created AS INT) FROM orders").find("t.sql:2:8: there is no cast from TIMESTAMP(3) to INT") ==
      0);
  CHECK(Refused("SELECT NULL AS x FROM orders").find("t.sql:2:8: NULL has no type here") == 0);
}

TEST_CASE("sinks") {
  const std::string sink = "CREATE TABLE s (a BIGINT, b STRING NOT NULL) WITH ('connector' = 'print');\n";
  CHECK(Refused(sink + "INSERT INTO s SELECT order_id, product, qty FROM orders")
            .find("t.sql:3:13: the query has 3 columns, 's' takes 2") == 0);
  CHECK(Refused(sink + "INSERT INTO s SELECT order_id, qty FROM orders") ==
        "t.sql:3:13: the query's column 'qty' is INT, 's.b' is STRING\n3 | INSERT INTO s SELECT order_id, qty FROM "
        "orders\n  |    "
        "         ^\nCAST(qty AS STRING)");
  CHECK(Refused(sink + "INSERT INTO s (a) SELECT order_id FROM orders")
            .find("t.sql:3:15: the column 'b' is NOT NULL and gets no value") == 0);
  CHECK(Refused(sink + "INSERT INTO s SELECT order_id, product FROM orders") == "");
  CHECK(Refused("CREATE TABLE j (a INT) WITH ('connector' = 'kafka', 'topic' = 'j', 'format' = 'json');\nINSERT INTO j "
                "SELECT qty "
                "FROM orders")
            .find("t.sql:3:13: 'j' takes new rows only (format json)") == 0);
}

TEST_CASE("definitions") {
  CHECK(RefusalOf("CREATE TABLE x (a INT, a STRING) WITH ('connector' = 'print')")
            .find("t.sql:1:24: a second column named 'a'") == 0);
  CHECK(RefusalOf("CREATE TABLE x (a INT, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' = 'print')")
            .find("t.sql:1:24: there is no column 'b' for the PRIMARY KEY") == 0);
  CHECK(RefusalOf("CREATE TABLE x (a INT, WATERMARK FOR ts AS ts) WITH ('connector' = 'print')")
            .find("t.sql:1:38: there is no column 'ts' for the WATERMARK") == 0);
  CHECK(RefusalOf("CREATE TABLE x (a INT, WATERMARK FOR a AS a) WITH ('connector' = 'print')")
            .find("t.sql:1:38: a WATERMARK needs a column of type TIMESTAMP(3) or TIMESTAMP_LTZ(3), 'a' is INT") == 0);
  CHECK(RefusalOf("CREATE TABLE x (a INT) WITH ('connector' = 'print', 'nope' = '1')")
            .find("t.sql:1:53: the connector print has no option 'nope'") == 0);
  CHECK(RefusalOf("CREATE TABLE x (a INT) WITH ('connector' = 'nope'); SELECT * FROM x")
            .find("t.sql:1:30: the connector 'nope' cannot be read") == 0);
}

TEST_CASE("settings that would give other results") {
  const auto first = [](const std::string& setting) {
    const std::string refusal = RefusalOf(setting + ";\nSELECT 1");
    return refusal.substr(0, refusal.find('\n'));
  };
  CHECK(first("SET 'execution.runtime-mode' = 'batch'") ==
        "t.sql:1:1: execution.runtime-mode = 'batch' is not available, only 'STREAMING'");
  CHECK(first("SET 'table.sql-dialect' = 'hive'") ==
        "t.sql:1:1: table.sql-dialect = 'hive' is not available, only 'DEFAULT'");
  CHECK(first("SET 'table.exec.legacy-cast-behaviour' = 'enabled'").find("only 'DISABLED'") != std::string::npos);
  CHECK(first("SET 'table.exec.sink.nested-constraint-enforcer' = 'ERROR'").find("only 'IGNORE'") != std::string::npos);
  CHECK(first("SET 'table.column-expansion-strategy' = 'EXCLUDE_ALIASED_VIRTUAL_METADATA_COLUMNS'") ==
        "t.sql:1:1: table.column-expansion-strategy = 'EXCLUDE_ALIASED_VIRTUAL_METADATA_COLUMNS' is not available");
}

TEST_CASE("statements that are known and not available") {
  const auto first = [](const std::string& sql) {
    const std::string refusal = RefusalOf(sql);
    return refusal.substr(0, refusal.find('\n'));
  };
  CHECK(first("EXECUTE PLAN 'p.json'") == "t.sql:1:1: EXECUTE is not available");
  CHECK(first("DESCRIBE FUNCTION f") == "t.sql:1:10: DESCRIBE FUNCTION is not available");
  CHECK(first("DESCRIBE JOB '1'") == "t.sql:1:10: DESCRIBE JOB is not available");
  CHECK(first("DESCRIBE MODEL m") == "t.sql:1:10: DESCRIBE MODEL is not available");
  CHECK(first("DROP MODEL m") == "t.sql:1:12: DROP MODEL: there is no 'm'");
  CHECK(first("DROP MATERIALIZED TABLE m") == "t.sql:1:25: DROP MATERIALIZED TABLE: there is no 'm'");
  CHECK(first("CREATE OR ALTER MATERIALIZED TABLE m AS SELECT 1") ==
        "t.sql:1:17: CREATE MATERIALIZED TABLE is not available");
  CHECK(first("SHOW CREATE MATERIALIZED TABLE m").find("SHOW CREATE MATERIALIZED TABLE is not") != std::string::npos);
  CHECK(first("SHOW") == "t.sql:1:5: expected what to show, found the end of the script");
  CHECK(first("SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a))") == "t.sql:1:35: models are not available");
  CHECK(first("SELECT to_fahr(1)") == "t.sql:1:8: there is no function to_fahr");
  CHECK(first("SELECT * FROM my_func(1)") == "t.sql:1:15: there is no table function my_func");
}

TEST_CASE("result types are Flink's") {
  CHECK(TypesOfQuery("SELECT amount * qty AS x, amount + 1 AS y, amount / 3 AS z, qty / 2 AS q FROM orders") ==
        "x DECIMAL(21, 2), y DECIMAL(13, 2), z DECIMAL(21, 13), q INT");
  CHECK(TypesOfQuery(
            "SELECT COUNT(*) AS n, SUM(amount) AS s, AVG(amount) AS a, AVG(qty) AS q, MAX(created) AS m FROM orders") ==
        "n BIGINT NOT NULL, s DECIMAL(38, 2), a DECIMAL(38, 6), q INT, m TIMESTAMP(3)");
  CHECK(TypesOfQuery("SELECT 0.908 * CAST(1 AS BIGINT) AS d, .5 AS e, 'ab' || 'c' AS t, 1 + 1e0 AS r") ==
        "d DECIMAL(24, 3) NOT NULL, e DECIMAL(1, 1) NOT NULL, t CHAR(3) NOT NULL, r DOUBLE NOT NULL");
  CHECK(TypesOfQuery("SELECT CASE WHEN qty > 1 THEN 'many' ELSE 'one' END AS c, COALESCE(qty, 0) AS z FROM orders") ==
        "c VARCHAR(4) NOT NULL, z INT NOT NULL");
}

}  // namespace cdc::sql
