#include "common/nearest.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace cdc;

TEST_CASE("distances count insertions, deletions and changes") {
  CHECK(EditDistance("", "") == 0);
  CHECK(EditDistance("", "abc") == 3);
  CHECK(EditDistance("abc", "") == 3);
  CHECK(EditDistance("kitten", "sitting") == 3);
  CHECK(EditDistance("flaw", "lawn") == 2);
  CHECK(EditDistance("until", "until") == 0);
}

TEST_CASE("the nearest name within the distance, the first of equals, or none") {
  const std::vector<std::string> names = {"position", "partition", "portion"};
  CHECK(NearestName("postion", names, 3) == "position");
  CHECK(NearestName("posxxxon", names, 3) == "position");
  CHECK(NearestName("posxxxon", names, 2) == "");
  CHECK(NearestName("portion", names, 0) == "portion");
  CHECK(NearestName("x", std::array<std::string_view, 2>{"a", "b"}, 1) == "a");
  CHECK(NearestName("x", std::vector<std::string>(), 9) == "");
}
