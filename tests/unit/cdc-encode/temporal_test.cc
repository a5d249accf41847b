#include <doctest/doctest.h>

#include "tools/cdc-encode/temporal_text.h"

using namespace cdc::encode;

TEST_CASE("the connector's years and fractions") {
  CHECK(AdjustYear(0) == 2000);
  CHECK(AdjustYear(69) == 2069);
  CHECK(AdjustYear(70) == 1970);
  CHECK(AdjustYear(99) == 1999);
  CHECK(AdjustYear(100) == 100);
  CHECK(NeededFractionDigits(0) == 0);
  CHECK(NeededFractionDigits(500000) == 1);
  CHECK(NeededFractionDigits(1) == 6);
  cdc::CivilTime time;
  REQUIRE(cdc::ParseCivilTime("2020-01-02 03:04:05.670000", &time));
  std::string out;
  AppendIsoUtc(out, time, 3);
  CHECK(out == "2020-01-02T03:04:05.670Z");
}
