#include <doctest/doctest.h>

#include "tests/unit/common/failure.h"
#include "tools/binlog-tail/row_condition.h"
#include "tools/binlog-tail/sql_compare.h"

using namespace cdc::tail;

namespace {

std::shared_ptr<const cdc::TableSchema> TableOf(std::initializer_list<std::pair<const char*, const char*>> columns) {
  auto table = std::make_shared<cdc::TableSchema>();
  table->db = "shop";
  table->table = "t";
  for (const auto& [name, type] : columns) {
    cdc::ColumnSchema column;
    column.name = name;
    column.type_text = type;
    column.type = cdc::ParseMysqlType(type);
    table->columns.push_back(column);
  }
  return table;
}

bool HoldsIn(const std::shared_ptr<const cdc::TableSchema>& table, const std::string& text, const std::string& row) {
  RowCondition condition(text);
  condition.SetTable(table);
  return condition.Holds(row);
}

bool Holds(const std::string& condition, const std::string& row) {
  static const auto table = TableOf({{"id", "int"},
                                     {"big", "bigint unsigned"},
                                     {"amount", "decimal(8,2)"},
                                     {"name", "varchar(20)"},
                                     {"none", "int"},
                                     {"gone", "int"},
                                     {"f", "double"},
                                     {"day", "date"}});
  return HoldsIn(table, condition, row);
}

const char kRow[] =
    R"({"id":7,"big":18446744073709551615,"amount":"-12.50","name":"Zo\u00eb \"x\"","none":null,"f":1.5E3,"day":"2024-02-29"})";

}  // namespace

TEST_CASE("comparisons") {
  for (const char* true_one : {"id = 7",
                               "7 = id",
                               "id = '7'",
                               "id <> 8",
                               "id != 8",
                               "id < 7.5",
                               "id >= 7",
                               "id > -1",
                               "id <= 7.0",
                               "big = 18446744073709551615",
                               "big > 18446744073709551614",
                               "amount = -12.5",
                               "amount < -12.49",
                               "amount > -100",
                               "name = 'Zoë \"x\"'",
                               "f = 1500",
                               "day > '2024-01-31'",
                               "`id` = 7",
                               "none IS NULL",
                               "id IS NOT NULL",
                               "none <=> NULL",
                               "id <=> 7",
                               "gone IS NULL",
                               "id IN (1, 7)",
                               "id NOT IN (1, 2)",
                               "id BETWEEN 7 AND 9",
                               "id NOT BETWEEN 8 AND 9",
                               "name LIKE 'Zo_ %'",
                               "name NOT LIKE 'zo%'",
                               "id = 7 AND f > 0",
                               "id = 8 OR f > 0",
                               "NOT id = 8",
                               "NOT (id = 8 OR f < 0)",
                               "id = 8 AND f = 0 OR id = 7",
                               "id = id"})
    CHECK_MESSAGE(Holds(true_one, kRow), true_one);
  for (const char* false_one :
       {"id = 8", "none = NULL", "none <> 1", "NOT none = 1", "none IN (1)", "id NOT IN (1, NULL)", "gone = 1",
        "id = 7 AND none = 1", "name LIKE 'Zo_'", "big < 18446744073709551615", "amount > -12.5", "name LIKE '%y'"})
    CHECK_MESSAGE(!Holds(false_one, kRow), false_one);
  CHECK(Holds("none = 1 OR id = 7", kRow));
}

TEST_CASE("numbers are compared exactly") {
  CHECK(CompareNumbers("0.1", "0.10") == 0);
  CHECK(CompareNumbers("-0", "0.0") == 0);
  CHECK(CompareNumbers("-2", "-10") == 1);
  CHECK(CompareNumbers("99999999999999999999.1", "99999999999999999999.11") == -1);
  CHECK(CompareNumbers("1e3", "1000") == 0);
}

TEST_CASE("what does not parse is refused with its place") {
  for (const char* bad : {"", "id", "id =", "id = 1 AND", "(id = 1", "id == 1", "id = 1 id", "id NOT 5", "id IN ()",
                          "id LIKE", "id => 1", "= 1", "id = 'x", "id = X'zz'", "id = -0x1"}) {
    const cdc::Error error = ErrorOf([&] { RowCondition condition(bad); });
    CHECK_MESSAGE(error.status == cdc::ExitStatus::kUsage, bad);
    CHECK(error.what.rfind("--where: ", 0) == 0);
  }
}

TEST_CASE("constants are read as the column's type has them") {
  const auto table = TableOf({{"d", "decimal(20,4)"},
                              {"b", "binary(4)"},
                              {"bit", "bit(10)"},
                              {"dt", "datetime(3)"},
                              {"day", "date"},
                              {"tm", "time(1)"},
                              {"s", "varchar(20)"},
                              {"y", "year"},
                              {"j", "json"}});
  const char* base64 =
      R"({"d":"12.5000","b":"qwAlAA==","bit":"AgE=","dt":"2024-01-01 00:00:00.000","day":"2024-02-29","tm":"-100:00:00.5",)"
      R"("s":"5.0","y":2024,"j":{"a":1}})";
  const char* hex =
      R"({"d":"12.5000","b":{"@hex":"ab002500"},"bit":{"@hex":"0201"},"dt":"2024-01-01 00:00:00.000","day":"2024-02-29",)"
      R"("tm":"-100:00:00.5","s":"5.0","y":2024,"j":{"a":1}})";
  for (const char* row : {base64, hex}) {
    for (const char* true_one : {"d = '12.5'",
                                 "d = 12.5",
                                 "'12.50' = d",
                                 "d IN ('1', '12.5')",
                                 "d BETWEEN '12.4' AND '12.51'",
                                 "d > '9'",
                                 "d LIKE '12.5000'",
                                 "b = X'ab002500'",
                                 "b = 0xAB002500",
                                 "b > X'ab'",
                                 "b LIKE X'ab0025'",
                                 "bit = 513",
                                 "bit = b'1000000001'",
                                 "bit = 0x201",
                                 "bit > '9'",
                                 "dt = '2024-01-01 00:00:00'",
                                 "dt = '2024-01-01'",
                                 "dt < '2024-01-01 00:00:00.001'",
                                 "dt < day",
                                 "dt LIKE '%.000'",
                                 "day = '2024-02-29 00:00:00.0'",
                                 "day IN ('2024-02-28', '2024-02-29')",
                                 "tm = '-100:00:00.5'",
                                 "tm < '-99:00:00'",
                                 "tm LIKE '-100%'",
                                 "s = 5",
                                 "s <> '5'",
                                 "s = X'352e30'",
                                 "y = '2024'",
                                 "d IS NOT NULL AND b <=> b"})
      CHECK_MESSAGE(HoldsIn(table, true_one, row), true_one);
    for (const char* false_one : {"b = 'qwAlAA=='", "b = 'ab002500'", "tm > '-99:00:00'", "dt > day"})
      CHECK_MESSAGE(!HoldsIn(table, false_one, row), false_one);
  }
  // Text that is not valid in its character set is what its bytes are.
  CHECK(HoldsIn(table, "s = X'ff41'", R"({"s":{"@base64":"/0E="}})"));
  CHECK(HoldsIn(table, "s = X'ff41'", R"({"s":{"@hex":"ff41"}})"));
  for (const char* bad : {"d = 'abc'", "dt = 'yesterday'", "dt = 20240101", "day <> ''", "tm = 5", "b = 5",
                          "y IN (2024, 'x')", "bit = 'AgE='", "d = X'112233445566778899'"}) {
    const cdc::Error error = ErrorOf([&] { HoldsIn(table, bad, base64); });
    CHECK_MESSAGE(error.status == cdc::ExitStatus::kUsage, bad);
    CHECK_MESSAGE(error.what.find("of table \"shop.t\" with ") != std::string::npos, error.what);
    CHECK(!error.hint.empty());
  }
  const cdc::Error error = ErrorOf([&] { HoldsIn(table, "prise = 1", base64); });
  CHECK(error.what == "--where names column \"prise\", which table \"shop.t\" does not have");
}
