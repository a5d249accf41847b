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

TEST_CASE("what the calendar has") {
  const auto parse = [](const char* text) {
    CivilTime time;
    REQUIRE(ParseCivilTime(text, &time));
    return time;
  };
  for (const char* real : {"2020-02-29 12:34:56.5", "2000-02-29", "1969-12-31 23:59:59.999999", "0000-01-01"}) {
    CHECK_MESSAGE(parse(real).is_real_date(), real);
    CHECK_MESSAGE(parse(real).is_real_time(), real);
  }
  for (const char* none : {"2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01", "2024-00-01", "2024-01-00"})
    CHECK_FALSE_MESSAGE(parse(none).is_real_date(), none);
  for (const char* none : {"2024-01-01 24:00:00", "2024-01-01 00:60:00", "2024-01-01 00:00:60"})
    CHECK_FALSE_MESSAGE(parse(none).is_real_time(), none);
  CHECK(parse("2020-02-29 12:34:56.5").epoch_us() == 1582979696500000);
  CHECK(parse("1969-12-31 23:59:59.999999").epoch_us() == -1);
  CHECK(parse("1000-01-01").days() == -354285);
  CHECK(parse("9999-12-31").days() == 2932896);
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
  CHECK_FALSE(time.is_real_date());
  CHECK_FALSE(time.has_time);
  for (const char* bad : {"", "2024-1-01", "2024-01-01 ", "2024-01-01 10:00", "2024-01-01x", "20240101",
                          "2024-01-01 1:2:3", "2024-01-01 10:11:12.1234567", "2024-01-01 10:11:12.x"})
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
  REQUIRE(ParseMysqlTime("1:00:00", &us));
  CHECK(us == 3'600'000'000);
  REQUIRE(ParseMysqlTime("-00:00:00.000001", &us));
  CHECK(us == -1);
  for (const char* bad : {"", "-", "10:11", "101112", ":10:11", "12345:00:00", "10:1x:12", "10:11:12x"})
    CHECK_FALSE_MESSAGE(ParseMysqlTime(bad, &us), bad);
}

TEST_CASE("instants of options") {
  CHECK(ParseInstant("0") == 0);
  CHECK(ParseInstant("1700000000123") == 1700000000123000);
  CHECK(ParseInstant("1970-01-02") == 86400000000);
  CHECK(ParseInstant("1970-01-01T00:00:01.5Z") == 1500000);
  CHECK(ParseInstant("1970-01-01 00:00:01") == 1000000);
  for (const char* bad : {"", "-5", "yesterday", "2024-02-30", "2024-01-01T25:00:00Z", "2024-01-01T10:00:00+01:00"})
    CHECK(!ParseInstant(bad));
}
