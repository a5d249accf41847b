#include "common/calendar.h"

#include <doctest/doctest.h>

using namespace cdc;

TEST_CASE("days and dates go both ways over the whole range") {
  CHECK(DaysFromCivil(1970, 1, 1) == 0);
  CHECK(DaysFromCivil(2000, 3, 1) == 11017);
  CHECK(DaysFromCivil(1, 1, 1) == -719162);
  int64_t expected = DaysFromCivil(0, 1, 1);
  for (int64_t days = expected; days < DaysFromCivil(10000, 1, 1); days += 1) {
    int64_t year;
    unsigned month, day;
    CivilFromDays(days, &year, &month, &day);
    if (DaysFromCivil(year, month, day) != days) FAIL(days);
  }
}

TEST_CASE("texts of dates and times") {
  CivilTime time;
  REQUIRE(ParseCivilTime("2024-02-29 23:59:58.5", &time));
  CHECK(time.microsecond == 500000);
  std::string out;
  AppendDateTime(out, time.epoch_us(), 3);
  CHECK(out == "2024-02-29 23:59:58.500");
  out.clear();
  AppendDateTime(out, -1, 6, 'T');
  CHECK(out == "1969-12-31T23:59:59.999999");
  REQUIRE(ParseCivilTime("0000-00-00", &time));
  CHECK(time.has_zero_date_part());
  for (const char* bad :
       {"", "2024-1-01", "2024-01-01 ", "2024-01-01 10:00", "2024-13-01", "2024-01-01 24:00:00", "2024-01-01x"})
    CHECK_FALSE_MESSAGE(ParseCivilTime(bad, &time), bad);
  int64_t us;
  REQUIRE(ParseMysqlTime("-838:59:59.000001", &us));
  CHECK(us == -3020399000001);
  out.clear();
  AppendTime(out, us, 6);
  CHECK(out == "-838:59:59.000001");
  out.clear();
  AppendTime(out, 3'600'000'000, 0);
  CHECK(out == "01:00:00");
  CHECK_FALSE(ParseMysqlTime("1:00:00", &us));
}
