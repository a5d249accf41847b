#include "common/decimal.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace cdc;

TEST_CASE("unscaled bytes are java.math.BigInteger's") {
  const auto bytes = [](const char* text, int scale) {
    std::string out;
    REQUIRE(AppendUnscaledBytes(out, text, scale));
    return out;
  };
  CHECK(bytes("0", 0) == std::string("\0", 1));
  CHECK(bytes("127", 0) == "\x7f");
  CHECK(bytes("128", 0) == std::string("\0\x80", 2));
  CHECK(bytes("-128", 0) == "\x80");
  CHECK(bytes("-129", 0) == "\xff\x7f");
  CHECK(bytes("1.5", 2) == std::string("\0\x96", 2));
  CHECK(bytes("-0.01", 2) == "\xff");
  std::string ignored;
  for (const char* bad : {"", "-", ".", "1.2.3", "1e5", "abc"}) CHECK_FALSE(AppendUnscaledBytes(ignored, bad, 2));
  CHECK_FALSE(AppendUnscaledBytes(ignored, "1.555", 2));
}

TEST_CASE("decimal texts come back from their bytes") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 5000; ++round) {
    const auto whole_digits = random() % 36 + 1;
    const int scale = static_cast<int>(random() % 31);
    std::string text;
    for (size_t i = 0; i < whole_digits; ++i) text += static_cast<char>('0' + random() % 10);
    text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
    if (scale > 0) text += '.';
    for (int i = 0; i < scale; ++i) text += static_cast<char>('0' + random() % 10);
    if (random() % 2 && text.find_first_not_of("0.") != std::string::npos) text = "-" + text;
    std::string bytes, back;
    REQUIRE(AppendUnscaledBytes(bytes, text, scale));
    AppendDecimalText(back, bytes, scale);
    REQUIRE(back == text);
  }
}
