#include <doctest/doctest.h>

#include "tests/unit/common/failure.h"
#include "tools/binlog-tail/row_condition.h"
#include "tools/binlog-tail/sql_compare.h"

using namespace cdc::tail;

namespace {

bool Holds(const std::string& condition, const std::string& row) {
  return RowCondition(condition).Holds(row);
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
                          "id LIKE", "id => 1", "= 1", "id = 'x"}) {
    const cdc::Error error = ErrorOf([&] { RowCondition condition(bad); });
    CHECK_MESSAGE(error.status == cdc::ExitStatus::kUsage, bad);
    CHECK(error.what.rfind("--where: ", 0) == 0);
  }
}
