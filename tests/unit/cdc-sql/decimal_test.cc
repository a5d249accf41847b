#include <doctest/doctest.h>

#include <random>

#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

static Int128 Parsed(const char* text, int scale) {
  Int128 value = 0;
  REQUIRE(ParseDecimal(text, scale, 38, &value) == DecimalParse::kOk);
  return value;
}

static std::string TextOf(Int128 value, int scale) {
  std::string text;
  AppendDecimal(text, value, scale);
  return text;
}

TEST_CASE("decimals from text round half up") {
  CHECK(TextOf(Parsed("2.345", 2), 2) == "2.35");
  CHECK(TextOf(Parsed("-2.345", 2), 2) == "-2.35");
  CHECK(TextOf(Parsed("2.344", 2), 2) == "2.34");
  CHECK(TextOf(Parsed("1e3", 2), 2) == "1000.00");
  CHECK(TextOf(Parsed("+.5", 1), 1) == "0.5");
  CHECK(TextOf(Parsed("0.004", 2), 2) == "0.00");
  CHECK(TextOf(Parsed("0.005", 2), 2) == "0.01");
  Int128 value;
  CHECK(ParseDecimal("1e40", 0, 38, &value) == DecimalParse::kOverflow);
  CHECK(ParseDecimal("12a", 0, 38, &value) == DecimalParse::kBad);
  CHECK(ParseDecimal("", 0, 38, &value) == DecimalParse::kBad);
}

TEST_CASE("results that pass through more digits than an Int128 holds") {
  const Int128 big = Parsed("99999999999999999999999999999999999999", 0);
  Int128 out;
  CHECK(MultiplyDecimals(big, 20, big, 20, 0, 38, &out));
  CHECK(TextOf(out, 0) == "1000000000000000000000000000000000000");
  CHECK(!MultiplyDecimals(big, 0, 10, 0, 0, 38, &out));
  CHECK(!AddDecimals(big, 0, 1, 0, 0, 38, &out));
  CHECK(AddDecimals(big, 0, -1, 0, 0, 38, &out));
  CHECK(TextOf(out, 0) == "99999999999999999999999999999999999998");
  CHECK(DivideDecimals(big, 0, 3, 0, 0, 38, &out));
  CHECK(TextOf(out, 0) == "33333333333333333333333333333333333333");
  CHECK(DivideDecimals(1, 0, big, 0, 38, 38, &out));
  CHECK(TextOf(out, 38) == "0.00000000000000000000000000000000000001");
  CHECK(CompareDecimals(big, 0, big, 38) == 1);
}

TEST_CASE("short and long ways give the same result") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    const Int128 a = static_cast<int64_t>(random()) >> (random() % 60),
                 b = static_cast<int64_t>(random()) >> (random() % 60);
    const int sa = static_cast<int>(random() % 6), sb = static_cast<int>(random() % 6);
    Int128 shorter, longer;
    // The same numbers with ten digits more: their product does not fit an Int128 and takes the long way.
    const Int128 wide_b = b * PowerOfTen(10);
    const bool x = MultiplyDecimals(a, sa, b, sb, 6, 38, &shorter);
    const bool y = MultiplyDecimals(a, sa, wide_b, sb + 10, 6, 38, &longer);
    REQUIRE(x == y);
    if (x) REQUIRE(shorter == longer);
    if (b == 0) continue;
    const bool p = DivideDecimals(a, sa, b, sb, 6, 38, &shorter);
    const bool q = DivideDecimals(a * PowerOfTen(10), sa + 10, wide_b, sb + 10, 6, 38, &longer);
    REQUIRE(p == q);
    if (p) REQUIRE(shorter == longer);
  }
}

}  // namespace cdc::sql
