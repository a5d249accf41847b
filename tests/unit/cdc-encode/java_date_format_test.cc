#include "tools/cdc-encode/java_date_format.h"

#include <doctest/doctest.h>

#include <string>

using cdc::encode::JavaDateFormat;

namespace {

/// The text, read by the pattern and written as a date; empty: it does not read.
std::string Read(const std::string& pattern, const std::string& text) {
  JavaDateFormat format, date;
  std::string error;
  REQUIRE(format.Compile(pattern, &error));
  REQUIRE(date.Compile("yyyy-MM-dd", &error));
  int64_t ms = 0;
  return format.Parse(text, &ms) ? date.Format(ms) : "";
}

}  // namespace

TEST_CASE("a year of two digits lies in the century around today") {
  CHECK(Read("dd/MM/yy", "31/01/24") == "2024-01-31");
  CHECK(Read("dd/MM/yy", "31/01/99") == "1999-01-31");
  CHECK(Read("yyMMdd", "240131") == "2024-01-31");
  CHECK(Read("dd/MM/yy", "31/01/2024") == "2024-01-31");
  CHECK(Read("dd/MM/yyyy", "31/01/24") == "0024-01-31");
}

TEST_CASE("numbers beyond what Java's time holds do not read") {
  CHECK(Read("yyyy-MM-dd", "9999-12-31") == "9999-12-31");
  CHECK(Read("yyyy-MM-dd", "999999999-01-01").empty());
  CHECK(Read("yyyy-MM-dd", "12345678901234567-01-01").empty());
}
