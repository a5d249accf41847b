#include "common/decimal.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "common/json_writer.h"

using namespace cdc;

namespace {

std::string Base64Of(std::string_view text, int scale) {
  UnscaledBytes bytes;
  if (!bytes.Parse(text, scale)) return "refused";
  std::string out;
  AppendBase64(out, bytes.bytes());
  return out;
}
std::string Rescaled(std::string_view text, int scale) {
  std::string out;
  return RescaleDecimalText(text, scale, &out) ? out : "refused";
}

}  // namespace

TEST_CASE("unscaled bytes are java.math.BigInteger's") {
  const auto bytes = [](const char* text, int scale) {
    UnscaledBytes out;
    REQUIRE(out.Parse(text, scale));
    return std::string(out.bytes());
  };
  CHECK(bytes("0", 0) == std::string("\0", 1));
  CHECK(bytes("127", 0) == "\x7f");
  CHECK(bytes("128", 0) == std::string("\0\x80", 2));
  CHECK(bytes("-128", 0) == "\x80");
  CHECK(bytes("-129", 0) == "\xff\x7f");
  CHECK(bytes("1.5", 2) == std::string("\0\x96", 2));
  CHECK(bytes("-0.01", 2) == "\xff");
  CHECK(bytes("-1.555", 2) == std::string("\xff\x64", 2));
  UnscaledBytes ignored;
  for (const char* bad : {"", "-", ".", "1.2.3", "1e5", "abc"}) CHECK_FALSE(ignored.Parse(bad, 2));
}

TEST_CASE("decimals as bytes") {
  CHECK(Base64Of("0", 0) == "AA==");
  CHECK(Base64Of("12.50", 2) == "BOI=");
  CHECK(Base64Of("-1", 0) == "/w==");
  CHECK(Base64Of("128", 0) == "AIA=");
  CHECK(Base64Of("-128", 0) == "gA==");
  CHECK(Base64Of("327.68", 2) == "AIAA");
  CHECK(Base64Of("-327.69", 2) == "/3//");
  CHECK(Base64Of("1", 2) == "ZA==");
  CHECK(Base64Of("1.005", 2) == "ZQ==");
  CHECK(Base64Of("99999999999999999999999999999999999.999999999999999999999999999999", 30) ==
        "APMWJxx/w5CKi+9GTjlF73olNgn//////////w==");
  CHECK(Base64Of("", 2) == "refused");
  CHECK(Base64Of("1e2", 2) == "refused");
  CHECK(Base64Of("-", 2) == "refused");
}

TEST_CASE("decimals are rescaled half up") {
  CHECK(Rescaled("1", 2) == "1.00");
  CHECK(Rescaled("1.235", 2) == "1.24");
  CHECK(Rescaled("-1.235", 2) == "-1.24");
  CHECK(Rescaled("0.004", 2) == "0.00");
  CHECK(Rescaled("9.995", 2) == "10.00");
  CHECK(Rescaled("1e2", 2) == "100.00");
  CHECK(Rescaled(".5", 0) == "1");
  CHECK(Rescaled("-0.0", 1) == "0.0");
  CHECK(Rescaled("00012.5", 1) == "12.5");
  CHECK(Rescaled("1.2.3", 1) == "refused");
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
    UnscaledBytes unscaled;
    std::string back;
    REQUIRE(unscaled.Parse(text, scale));
    AppendDecimalText(back, unscaled.bytes(), scale);
    REQUIRE(back == text);
  }
}
