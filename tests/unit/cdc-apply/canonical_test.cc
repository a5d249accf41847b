// Values of --verify: equal where two servers write the same one in two ways, and else not.
#include "tools/cdc-apply/verify/canonical.h"

#include <doctest/doctest.h>

namespace cdc::apply {
namespace {

std::string Canonical(const char* type, std::optional<std::string_view> text) {
  std::string out;
  AppendCanonical(out, CanonicalFormOf(ParseMysqlType(type)), text);
  return out;
}

TEST_CASE("ways to write one value are equal") {
  CHECK(Canonical("decimal(5,2)", "1.50") == Canonical("decimal(5,2)", "1.5"));
  CHECK(Canonical("decimal(5,2)", "-0.00") == Canonical("decimal(5,2)", "0"));
  CHECK(Canonical("int(5) zerofill", "00042") == Canonical("int", "42"));
  CHECK(Canonical("int", "-07") == Canonical("int", "-7"));
  CHECK(Canonical("float", "0.10000000149011612") == Canonical("float", "0.1"));
  CHECK(Canonical("double", "1e-300") == Canonical("double", "1.0e-300"));
  CHECK(Canonical("datetime(3)", "2024-01-01 00:00:00.120") == Canonical("datetime(3)", "2024-01-01 00:00:00.12"));
  CHECK(Canonical("timestamp", "2024-01-01 00:00:00") == Canonical("timestamp", "2024-01-01 00:00:00+00"));
  CHECK(Canonical("bit(1)", "01") == Canonical("bit(1)", "1"));
  CHECK(Canonical("bit(1)", "00") == Canonical("bit(1)", "0"));
  CHECK(Canonical("json", "{\"f\": 1e16, \"g\": [1.0, -2e0]}") ==
        Canonical("json", "{\"f\":10000000000000000,\"g\":[1,-2.0]}"));
  CHECK(Canonical("json", "{\"b\": 1, \"a\": [1, 2.50]}") == Canonical("json", "{\"a\":[1,2.5],\"b\":1}"));
}

TEST_CASE("different values are different") {
  CHECK(Canonical("decimal(5,2)", "100") != Canonical("decimal(5,2)", "1"));
  CHECK(Canonical("double", "0.1") != Canonical("double", "0.10000000149011612"));
  CHECK(Canonical("bit(9)", "0100") != Canonical("bit(9)", "0001"));
  CHECK(Canonical("json", "1.5") != Canonical("json", "1"));
  CHECK(Canonical("text", "a ") != Canonical("text", "a"));
  CHECK(Canonical("text", std::nullopt) != Canonical("text", "NULL"));
  CHECK(Canonical("text", std::nullopt) != Canonical("text", ""));
  CHECK(Canonical("date", "2024-01-10") != Canonical("date", "2024-01-1"));
  // The borders of values count.
  CHECK(Canonical("text", "a") + Canonical("text", "bc") != Canonical("text", "ab") + Canonical("text", "c"));
}

TEST_CASE("hashes of near rows are far from each other") {
  CHECK(RowHash("1") + RowHash("4") != RowHash("2") + RowHash("3"));
  CHECK(RowHash("") != RowHash(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace cdc::apply
