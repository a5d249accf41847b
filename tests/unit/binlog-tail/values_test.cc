#include <doctest/doctest.h>

#include "bytes.h"
#include "common/binary_text.h"
#include "common/error.h"
#include "common/json_writer.h"
#include "tools/binlog-tail/charset.h"
#include "tools/binlog-tail/decimal_binary.h"
#include "tools/binlog-tail/temporal_binary.h"
#include "tools/binlog-tail/value_style.h"

using namespace cdc;
using namespace cdc::tail;

namespace {

std::string Decimal(const char* hex, int precision, int scale) {
  return TextOf(hex, [&](TextBuffer& out, ByteCursor& cursor) {
    AppendDecimal(out, cursor, precision, scale);
    CHECK(cursor.at_end());
  });
}
std::string Time(const char* hex, int digits) {
  return TextOf(hex, [&](TextBuffer& out, ByteCursor& cursor) {
    AppendTime2(out, cursor, digits);
    CHECK(cursor.at_end());
  });
}
std::string DateTime(const char* hex, int digits) {
  return TextOf(hex, [&](TextBuffer& out, ByteCursor& cursor) { AppendDateTime2(out, cursor, digits); });
}
std::string Timestamp(const char* hex, int digits) {
  return TextOf(hex, [&](TextBuffer& out, ByteCursor& cursor) { AppendTimestamp2(out, cursor, digits); });
}

}  // namespace

TEST_CASE("decimals: sign, groups of nine, no whole digits, the widest") {
  CHECK(Decimal("7ef204c72dfb2d", 14, 4) == "-1234567890.1234");
  CHECK(Decimal("810dfb38d2", 10, 0) == "1234567890");
  CHECK(Decimal("8c0159", 5, 3) == "12.345");
  CHECK(Decimal("73fea6", 5, 3) == "-12.345");
  CHECK(Decimal("800c", 4, 4) == "0.0012");
  CHECK(Decimal("7ff3", 4, 4) == "-0.0012");
  CHECK(Decimal("8000000000000001", 18, 9) == "0.000000001");
  CHECK(Decimal("7ffffffffffffffe", 18, 9) == "-0.000000001");
  CHECK(Decimal("7ef204c72dff439eb1f6", 20, 10) == "-1234567890.0123456789");
  CHECK(Decimal("80bc614e35b7bf87350e34c02f075f79075bcd1500bc614e35b7bf87037b", 65, 30) ==
        "12345678901234567890123456789012345.123456789012345678901234567891");
  CHECK(Decimal("76", 1, 0) == "-9");
  CHECK(Decimal("80", 1, 0) == "0");
}

TEST_CASE("decimals: what no server writes is refused") {
  CHECK_THROWS_AS(Decimal("80", 66, 0), Failure);
  CHECK_THROWS_AS(Decimal("80", 5, 6), Failure);
  CHECK_THROWS_AS(Decimal("ff", 1, 0), Failure);  // a digit of 127
  CHECK_THROWS_AS(Decimal("8c01", 5, 3), Failure);
}

TEST_CASE("TIME: negative fractions are one number with the whole seconds") {
  CHECK(Time("80000000", 2) == "\"00:00:00.00\"");
  CHECK(Time("7fffffff", 2) == "\"-00:00:00.01\"");
  CHECK(Time("7fffff9d", 2) == "\"-00:00:00.99\"");
  CHECK(Time("7fffff00", 2) == "\"-00:00:01.00\"");
  CHECK(Time("7ffffeff", 2) == "\"-00:00:01.01\"");
  CHECK(Time("7ffffef6", 2) == "\"-00:00:01.10\"");
  CHECK(Time("7ffffffff6", 3) == "\"-00:00:00.001\"");
  CHECK(Time("7fffffd8fa", 3) == "\"-00:00:00.999\"");
  CHECK(Time("7f3747ba", 1) == "\"-12:34:56.7\"");
  CHECK(Time("7fffffffffff", 6) == "\"-00:00:00.000001\"");
  CHECK(Time("7ffffeffffff", 6) == "\"-00:00:01.000001\"");
  CHECK(Time("80c8b80c0a14", 6) == "\"12:34:56.789012\"");
  CHECK(Time("4b9105", 0) == "\"-838:59:59\"");
}

TEST_CASE("DATE, DATETIME, TIMESTAMP: zero dates, precisions, limits") {
  CHECK(TextOf("5dd00f", [](TextBuffer& out, ByteCursor& cursor) { AppendDate(out, cursor); }) == "\"2024-02-29\"");
  CHECK(TextOf("000000", [](TextBuffer& out, ByteCursor& cursor) { AppendDate(out, cursor); }) == "\"0000-00-00\"");
  CHECK(DateTime("99b2bad38f", 0) == "\"2024-02-29 13:14:15\"");
  CHECK(DateTime("99b2bad38f1a7c", 3) == "\"2024-02-29 13:14:15.678\"");
  CHECK(DateTime("fef3ff7efb0f423f", 6) == "\"9999-12-31 23:59:59.999999\"");
  CHECK(DateTime("8000000000", 0) == "\"0000-00-00 00:00:00\"");
  CHECK(Timestamp("65e08327", 0) == "\"2024-02-29 13:14:15\"");
  CHECK(Timestamp("65e083273c", 1) == "\"2024-02-29 13:14:15.6\"");
  CHECK(Timestamp("65e083270a5bf5", 6) == "\"2024-02-29 13:14:15.678901\"");
  CHECK(Timestamp("00000000", 0) == "\"0000-00-00 00:00:00\"");
  CHECK(Timestamp("00000000000000", 6) == "\"0000-00-00 00:00:00.000000\"");
  CHECK(Timestamp("00000001", 0) == "\"1970-01-01 00:00:01\"");
  CHECK(Timestamp("7fffffff", 0) == "\"2038-01-19 03:14:07\"");
  CHECK(Timestamp("ffffffff", 0) == "\"2106-02-07 06:28:15\"");
}

TEST_CASE("temporal formats before MySQL 5.6") {
  const auto old_time = [](TextBuffer& out, ByteCursor& cursor) { AppendTimeOld(out, cursor, 0); };
  CHECK(TextOf("40e201", old_time) == "\"12:34:56\"");
  CHECK(TextOf("c01dfe", old_time) == "\"-12:34:56\"");
  // MariaDB's own, with fractions: a number with an offset of 839 hours.
  CHECK(TextOf("01c5f6f9", [](TextBuffer& out, ByteCursor& cursor) { AppendTimeOld(out, cursor, 1); }) ==
        "\"-12:34:56.7\"");
  const auto old_datetime = [](TextBuffer& out, ByteCursor& cursor) { AppendDateTimeOld(out, cursor, 0); };
  CHECK(TextOf("97e4aa8b68120000", old_datetime) == "\"2024-02-29 13:14:15\"");
  const auto old_timestamp = [](TextBuffer& out, ByteCursor& cursor) { AppendTimestampOld(out, cursor, 0); };
  CHECK(TextOf("2783e065", old_timestamp) == "\"2024-02-29 13:14:15\"");
}

TEST_CASE("bytes and invalid text are written as asked for") {
  const auto binary = [](std::string_view bytes, bool hex) {
    TextBuffer out;
    ValueStyle style;
    style.hex = hex;
    AppendBinary(out, bytes, style);
    return std::string(out.view());
  };
  const std::string_view bytes("\x00\xff\x10", 3);
  CHECK(binary(bytes, false) == "\"AP8Q\"");
  CHECK(binary(bytes, true) == "{\"@hex\":\"00ff10\"}");
  CHECK(binary("", true) == "{\"@hex\":\"\"}");
  for (const bool hex : {false, true}) {
    std::string back;
    CHECK(cdc::DecodeBinaryText(binary(bytes, hex), &back));
    CHECK(back == bytes);
  }
  std::string back;
  for (const char* wrong : {"{\"@hex\":\"0\"}", "{\"@hex\":\"0g\"}", "{\"@base64\":\"AP8Q\"}", "{}", "12", "\"AP8\""})
    CHECK_FALSE(cdc::DecodeBinaryText(wrong, &back));

  using Invalid = ValueStyle::Invalid;
  const auto text = [](std::string_view stored, const char* charset, Invalid invalid) {
    TextBuffer out;
    ValueStyle style;
    style.invalid = invalid;
    AppendText(out, stored, *CharsetByName(charset), style);
    return std::string(out.view());
  };
  CHECK(text("a\xc3\xa9", "utf8mb4", Invalid::kStop) == "\"a\xc3\xa9\"");
  CHECK(text("a\xe9"
             "b",
             "utf8mb4", Invalid::kBase64) == "{\"@base64\":\"Yeli\"}");
  CHECK(text("a\xe9"
             "b",
             "utf8mb4", Invalid::kReplace) ==
        "\"a\xef\xbf\xbd"
        "b\"");
  CHECK(text("a\xe9", "ascii", Invalid::kReplace) == "\"a\xef\xbf\xbd\"");
  // A character of two bytes, half a one, a letter; half a pair of UTF-16, a letter.
  CHECK(text("\x82\xa0\x82", "sjis", Invalid::kReplace) == "\"\xe3\x81\x82\xef\xbf\xbd\"");
  CHECK(text(std::string_view("\xd8\x00\x00"
                              "a",
                              4),
             "utf16", Invalid::kReplace) ==
        "\"\xef\xbf\xbd"
        "a\"");
  CHECK_THROWS_AS(text("a\xe9", "utf8mb4", Invalid::kStop), cdc::Failure);
}

TEST_CASE("strings: escapes, and what is not UTF-8") {
  TextBuffer out;
  AppendJsonString(out, "plain text of some length, a \"quote\", a \\, \x01\x1f\n\xc3\xa9 and more");
  CHECK(out.view() == "\"plain text of some length, a \\\"quote\\\", a \\\\, \\u0001\\u001F\\n\xc3\xa9 and more\"");
  out.Clear();
  CHECK_FALSE(TryAppendJsonString(out, "abcdefgh\xc3("));
  CHECK(out.empty());
  for (const char* text : {"ab", "a", "abc", ""}) AppendBase64String(out, text);
  CHECK(out.view() == "\"YWI=\"\"YQ==\"\"YWJj\"\"\"");
}

TEST_CASE("strings: every byte at every place of the eight-byte step") {
  for (int byte = 0; byte < 128; ++byte) {
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(byte);
      std::string expected;
      cdc::AppendJsonString(expected, text);
      TextBuffer out;
      AppendJsonString(out, text);
      REQUIRE(out.view() == expected);
      out.Clear();
      REQUIRE(TryAppendJsonString(out, text));
      REQUIRE(out.view() == expected);
    }
  }
}
