#include <doctest/doctest.h>

#include "common/error.h"
#include "tools/binlog-tail/table_filter.h"

using namespace cdc;
using namespace cdc::tail;

TEST_CASE("filter: everything but the server's own databases") {
  TableFilter filter;
  CHECK(filter.Captures("shop", "orders"));
  CHECK_FALSE(filter.Captures("mysql", "user"));
  CHECK_FALSE(filter.Captures("sys", "x"));
}

TEST_CASE("filter: expressions match the whole name, in any case") {
  TableFilter filter;
  filter.IncludeTables("shop.orders, Shop\\.item.* ,other.t{1\\,2}", "test");
  CHECK(filter.Captures("shop", "orders"));
  CHECK(filter.Captures("SHOP", "Orders"));
  CHECK_FALSE(filter.Captures("shop", "orders_old"));
  CHECK(filter.Captures("shop", "items"));
  CHECK(filter.Captures("other", "tt"));
  CHECK(filter.table_patterns().size() == 3);
  CHECK(filter.PatternIndex("shop", "items") == 1);
}

TEST_CASE("filter: excluding, and databases") {
  TableFilter filter;
  filter.ExcludeTables("shop.log_.*", "test");
  filter.IncludeDatabases("shop", "test");
  CHECK(filter.Captures("shop", "orders"));
  CHECK_FALSE(filter.Captures("shop", "log_1"));
  CHECK_FALSE(filter.Captures("other", "t"));
}

TEST_CASE("filter: quoted parts and bad expressions") {
  TableFilter filter;
  filter.IncludeTables("\\Qa.b+c\\E", "test");
  CHECK(filter.Captures("a", "b+c"));
  CHECK_FALSE(filter.Captures("a", "bbc"));
  CHECK_THROWS_AS(filter.IncludeTables("a.(b", "test"), Failure);
}
