#include <doctest/doctest.h>

#include "tools/cdc-encode/temporal_text.h"

using namespace cdc::encode;

TEST_CASE("dates") {
  DateTimeParts parts;
  REQUIRE(ParseDateTime("2020-02-29 12:34:56.5", &parts));
  CHECK(parts.microsecond == 500000);
  CHECK(parts.fraction_digits == 1);
  CHECK(IsRealDate(parts));
  CHECK(EpochMicroseconds(parts) == 1582979696500000);
  REQUIRE(ParseDateTime("1969-12-31 23:59:59.999999", &parts));
  CHECK(EpochMicroseconds(parts) == -1);
  REQUIRE(ParseDateTime("0000-00-00", &parts));
  CHECK(!IsRealDate(parts));
  REQUIRE(ParseDateTime("2023-02-29", &parts));
  CHECK(!IsRealDate(parts));
  CHECK(DaysFromCivil(1000, 1, 1) == -354285);
  CHECK(DaysFromCivil(9999, 12, 31) == 2932896);
  CHECK(!ParseDateTime("2020-2-9", &parts));
  CHECK(!ParseDateTime("2020-01-01 1:2:3", &parts));
  CHECK(!ParseDateTime("2020-01-01 10:11:12.", &parts) == false);
  CHECK(!ParseDateTime("2020-01-01 10:11:12.1234567", &parts));
  CHECK(!ParseDateTime("20200101", &parts));
}

TEST_CASE("times") {
  int64_t micros;
  REQUIRE(ParseTime("-838:59:59", &micros));
  CHECK(micros == -3020399000000);
  REQUIRE(ParseTime("-00:00:00.000001", &micros));
  CHECK(micros == -1);
  CHECK(!ParseTime("10:11", &micros));
  CHECK(!ParseTime("", &micros));
  CHECK(!ParseTime("101112", &micros));
}

TEST_CASE("the connector's years and fractions") {
  CHECK(AdjustYear(0) == 2000);
  CHECK(AdjustYear(69) == 2069);
  CHECK(AdjustYear(70) == 1970);
  CHECK(AdjustYear(99) == 1999);
  CHECK(AdjustYear(100) == 100);
  CHECK(NeededFractionDigits(0) == 0);
  CHECK(NeededFractionDigits(500000) == 1);
  CHECK(NeededFractionDigits(1) == 6);
  DateTimeParts parts;
  ParseDateTime("2020-01-02 03:04:05.670000", &parts);
  std::string out;
  AppendIsoUtc(out, parts, 3);
  CHECK(out == "2020-01-02T03:04:05.670Z");
}
