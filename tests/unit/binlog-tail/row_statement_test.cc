#include "tools/binlog-tail/row_statement.h"

#include <doctest/doctest.h>

using cdc::tail::OnlyWrites;

namespace {

/// "db.table", or "" where a captured table, one of database shop, may be written.
std::string Written(const std::string& sql, const std::string& database = "shop") {
  const auto logged = cdc::tail::ReadStatement({sql, database, 0, {}}, false);
  const auto table = OnlyWrites(logged, [](const std::string& db, const std::string&) { return db == "shop"; });
  return table ? table->first + "." + table->second : "";
}

}  // namespace

TEST_CASE("statements of rows that write no captured table") {
  CHECK(Written("insert into other.c values(1)") == "other.c");
  CHECK(Written("INSERT LOW_PRIORITY IGNORE other.`c d` (a) SELECT shop.t.a FROM shop.t") == "other.c d");
  CHECK(Written("REPLACE INTO `percona`.`checksums` (db) SELECT 'shop', COUNT(*) FROM `shop`.`t`") ==
        "percona.checksums");
  CHECK(Written("insert c set a = 1", "other") == "other.c");
  CHECK(Written("/* why */ update other.c set a = 1 where b in (select b from shop.t)") == "other.c");
  CHECK(Written("update other.c as x set x.a = 1") == "other.c");
  CHECK(Written("delete from other.c where a = 1") == "other.c");
  CHECK(Written("delete from other.c") == "other.c");
  CHECK(Written("load data local infile '/x' replace into table other.c fields terminated by ','") == "other.c");
  CHECK(Written("update a join b on a.i = b.i set a.v = 1", "other") == "other.a");
  CHECK(Written("delete a, b from a join b", "other") == "other.a");
  CHECK(Written("with x as (select (1) from shop.t) delete from other.c where a in (select * from x)") == "other.c");
  CHECK(Written("WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 9), y AS (SELECT 2) "
                "UPDATE other.c SET a = (SELECT MAX(n) FROM x)") == "other.c");
  CHECK(Written("with x as (select 1 as a) update c, x set c.a = x.a", "other") == "other.c");
}

TEST_CASE("statements of rows that may write a captured table") {
  CHECK(Written("insert into shop.t values (1)", "other") == "");
  CHECK(Written("insert into t values (1)") == "");
  CHECK(Written("update other.c, shop.t set t.a = 1", "other") == "");
  CHECK(Written("update other.c join shop.t using (a) set t.a = 1", "other") == "");
  CHECK(Written("delete x from shop.t as x", "other") == "");
  CHECK(Written("delete from other.c, t using other.c join t") == "");
  CHECK(Written("insert into other.c values (shop.f(1))", "other") == "");
  CHECK(Written("select f()", "other") == "");
  CHECK(Written("with x as (select 1) delete from shop.t", "other") == "");
  CHECK(Written("with x as (select 1) update other.c, x, shop.t set t.a = 1") == "");
  CHECK(Written("with x as (select 1 delete from other.c") == "");
  CHECK(Written("with x as (select 1) select shop.f()", "other") == "");
  CHECK(Written("insert into c values (1)", "") == "");
}
