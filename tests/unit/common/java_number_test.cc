#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

#include "common/java_number.h"

using namespace cdc;

namespace {

std::string Double(double value) {
  std::string out;
  AppendJavaDouble(out, value);
  return out;
}
std::string Float(float value) {
  std::string out;
  AppendJavaFloat(out, value);
  return out;
}
std::string DoubleText(std::string_view text) {
  std::string out;
  return AppendJavaDoubleText(out, text) ? out : "refused";
}
std::string FloatText(std::string_view text) {
  std::string out;
  return AppendJavaFloatText(out, text) ? out : "refused";
}
std::string BigDecimal(std::string_view plain) {
  std::string out;
  AppendJavaBigDecimal(out, plain);
  return out;
}

}  // namespace

TEST_CASE("doubles as Java prints them") {
  CHECK(Double(0.0) == "0.0");
  CHECK(Double(-0.0) == "-0.0");
  CHECK(Double(1) == "1.0");
  CHECK(Double(100) == "100.0");
  CHECK(Double(1e7) == "1.0E7");
  CHECK(Double(9999999) == "9999999.0");
  CHECK(Double(1e-3) == "0.001");
  CHECK(Double(9.999e-4) == "9.999E-4");
  CHECK(Double(0.1) == "0.1");
  CHECK(Double(123456789012.1234) == "1.234567890121234E11");
  CHECK(Double(1.7976931348623157e308) == "1.7976931348623157E308");
  CHECK(Double(-2.2250738585072014e-308) == "-2.2250738585072014E-308");
  CHECK(Double(4.9e-324) == "4.9E-324");
  CHECK(Double(2e23) == "2.0E23");
  CHECK(Double(9007199254740993.0) == "9.007199254740992E15");
  CHECK(Double(std::numeric_limits<double>::infinity()) == "\"Infinity\"");
  CHECK(Float(3.14159274f) == "3.1415927");
  CHECK(Float(1.4e-45f) == "1.4E-45");
  CHECK(Float(16777216) == "1.6777216E7");
  CHECK(Float(3.4028235e38f) == "3.4028235E38");
  CHECK(Float(0.1f) == "0.1");
}

TEST_CASE("texts of numbers are laid out anew, and read where that is not enough") {
  CHECK(DoubleText("1e10") == "1.0E10");
  CHECK(DoubleText("-1.5") == "-1.5");
  CHECK(DoubleText("0.0001") == "1.0E-4");
  CHECK(DoubleText("100000000000") == "1.0E11");
  CHECK(DoubleText("-0") == "-0.0");
  CHECK(DoubleText("0.00") == "0.0");
  CHECK(DoubleText("5e-324") == "4.9E-324");
  CHECK(DoubleText("0.10000000000000001") == "0.1");
  CHECK(DoubleText("1e400") == "\"Infinity\"");
  CHECK(DoubleText("x") == "refused");
  CHECK(DoubleText("1x") == "refused");
  CHECK(FloatText("1e-45") == "1.4E-45");
  CHECK(FloatText("0.100000001490116") == "0.1");
  CHECK(FloatText("3.40282e38") == "3.40282E38");
  std::string widened;
  CHECK(AppendWidenedFloatText(widened, "1.1"));
  CHECK(widened == "1.100000023841858");
}

TEST_CASE("text and value give the same, for numbers of any size") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 200000; ++i) {
    const uint64_t bits = random();
    double value;
    memcpy(&value, &bits, sizeof value);
    if (value != value || value - value != 0) continue;
    char text[64];
    snprintf(text, sizeof text, "%.17g", value);
    const std::string printed = Double(value);
    REQUIRE(DoubleText(text) == printed);
    REQUIRE(DoubleText(printed) == printed);
    REQUIRE(strtod(printed.c_str(), nullptr) == value);
  }
}

TEST_CASE("decimals as Java prints them") {
  CHECK(BigDecimal("0.0000000000") == "0E-10");
  CHECK(BigDecimal("0.0000000001") == "1E-10");
  CHECK(BigDecimal("0.00000012") == "1.2E-7");
  CHECK(BigDecimal("-123456.5000000000") == "-123456.5000000000");
}
