#include "common/gtid_set.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

#include "failure.h"

using namespace cdc;

static const std::string kA = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
static const std::string kB = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

TEST_CASE("GTID sets are read and printed as MySQL prints them") {
  CHECK(GtidSet::Parse("").ToString().empty());
  CHECK(GtidSet::Parse(kB + ":1, \n" + kA + ":3-5:1-2:9").ToString() == kA + ":1-5:9," + kB + ":1");
  CHECK(GtidSet::Parse("3E11FA47-71CA-11E1-9E33-C80AA9429562:7").ToString() == kA + ":7");
  CHECK(GtidSet::Parse(kA + ":1-3:blue:1:7-8").ToString() == kA + ":1-3:blue:1:7-8");
  CHECK(GtidSet::Parse("0-1-42,1-2-7").ToString() == "0-1-42,1-2-7");
}

TEST_CASE("what is no GTID set is refused") {
  for (const std::string& bad :
       {std::string("abc"), kA, kA + ":", kA + ":0", kA + ":5-3", kA + ":1:x!", std::string("1-2"), "x" + kA + ":1"})
    CHECK(ErrorOf([&] { GtidSet::Parse(bad); }).status == ExitStatus::kUsage);
}

TEST_CASE("containment, union and difference agree with plain sets") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    GtidSet left, right;
    std::set<uint64_t> plain_left, plain_right;
    for (int i = 0; i < 12; ++i) {
      const uint64_t first = random() % 30 + 1, last = first + random() % 4;
      GtidSet& target = random() % 2 ? left : right;
      auto& mirror = &target == &left ? plain_left : plain_right;
      target.AddInterval(kA, first, last);
      for (uint64_t n = first; n <= last; ++n) mirror.insert(n);
    }
    const auto rebuilt = [](const std::set<uint64_t>& numbers) {
      GtidSet out;
      for (const uint64_t n : numbers) out.Add(kA + ":" + std::to_string(n));
      return out.ToString();
    };
    REQUIRE(left.ToString() == rebuilt(plain_left));
    REQUIRE(left.Contains(right) ==
            std::includes(plain_left.begin(), plain_left.end(), plain_right.begin(), plain_right.end()));
    std::set<uint64_t> minus;
    std::set_difference(plain_left.begin(), plain_left.end(), plain_right.begin(), plain_right.end(),
                        std::inserter(minus, minus.end()));
    REQUIRE(left.Minus(right).ToString() == rebuilt(minus));
    GtidSet both = left;
    both.Union(right);
    plain_left.insert(plain_right.begin(), plain_right.end());
    REQUIRE(both.ToString() == rebuilt(plain_left));
  }
}
