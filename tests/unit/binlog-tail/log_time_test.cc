#include "tools/binlog-tail/log_time.h"

#include <doctest/doctest.h>

TEST_CASE("the file of a time is found by halving") {
  for (size_t count = 1; count < 70; ++count) {
    for (size_t last = 0; last < count; ++last) {
      size_t asked = 0;
      CHECK(cdc::tail::LastBefore(count, [&](size_t i) { return ++asked, i <= last; }) == last);
      CHECK((size_t{1} << asked) <= 2 * count);
    }
    CHECK(cdc::tail::LastBefore(count, [](size_t) { return false; }) == 0);
  }
}
