#include <doctest/doctest.h>

#include <random>
#include <string>

#include "common/json_scan.h"
#include "common/json_writer.h"

using namespace cdc;

TEST_CASE("strings are escaped as Jackson does") {
  std::string out;
  AppendJsonString(out, "a\"b\\c\b\t\n\f\r\x01\x1f/\x7fé");
  CHECK(out == "\"a\\\"b\\\\c\\b\\t\\n\\f\\r\\u0001\\u001F/\x7fé\"");
}

TEST_CASE("lossy strings replace what is not UTF-8") {
  std::string out;
  AppendJsonStringLossy(out, "a\xff\xc3\xa9\xe2\x82");
  CHECK(out == "\"a\xEF\xBF\xBD\xc3\xa9\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("base64 both ways") {
  for (const auto& [plain, coded] : {std::pair<std::string, std::string>{"", ""},
                                     {"f", "Zg=="},
                                     {"fo", "Zm8="},
                                     {"foo", "Zm9v"},
                                     {"foob", "Zm9vYg=="},
                                     {std::string("\0\xff", 2), "AP8="}}) {
    std::string out, back;
    AppendBase64(out, plain);
    CHECK(out == coded);
    REQUIRE(DecodeBase64(coded, &back));
    CHECK(back == plain);
  }
  std::string ignored;
  for (const char* bad : {"Zg=", "Z===", "Zg==Zg==", "Z*==", "===="}) CHECK_FALSE(DecodeBase64(bad, &ignored));
}

TEST_CASE("IsJson takes what RFC 8259 takes and nothing else") {
  for (const char* good : {"{}", "[]", "0", "-0.5e+10", "true", "false", "null", "\"\\u12aB\"",
                           "{\"a\":[1, {\"b\":null}]}", "[1 ,2]", "123456789012345678901234567890"})
    CHECK_MESSAGE(IsJson(good), good);
  for (const char* bad : {"",          " 1",    "1 ",   "01",         "1.",  ".5",       "+1",
                          "{\"a\":}",  "{a:1}", "[1,]", "{\"a\":1,}", "nul", "\"\n\"",   "\"\\x\"",
                          "\"\\u12\"", "\"abc", "[1",   "{\"a\":1",   "1 2", "\"\xff\"", "NaN"})
    CHECK_FALSE_MESSAGE(IsJson(bad), bad);
  CHECK_FALSE(IsJson(std::string(5000, '[') + std::string(5000, ']')));
}

TEST_CASE("an object ends where its brackets say, wherever the blocks that are read end") {
  const auto plain_end = [](const std::string& text) {
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.size(); ++i) {
      if (in_string && text[i] == '\\')
        ++i;
      else if (text[i] == '"')
        in_string = !in_string;
      else if (!in_string && (text[i] == '{' || text[i] == '['))
        ++depth;
      else if (!in_string && (text[i] == '}' || text[i] == ']') && --depth == 0)
        return i + 1;
    }
    return std::string::npos;
  };
  std::mt19937 random(20261129);
  const auto below = [&](size_t n) { return static_cast<size_t>(random()) % n; };
  for (int round = 0; round < 3000; ++round) {
    std::string text = below(2) == 0 ? "{" : "[";
    while (below(12) != 0) {
      const char* parts[] = {"[", "]", "{", "}", ",", "123456789", "é", "\"\"", "\"}]\""};
      if (below(3) != 0) {
        text += parts[below(std::size(parts))];
        continue;
      }
      text += '"';
      const char* inside[] = {"\\\\", "\\\"", "{", "]", "some text that is longer", "\\n"};
      while (below(6) != 0) text += inside[below(std::size(inside))];
      text += '"';
    }
    REQUIRE_MESSAGE(SkipJsonValue(text, 0) == plain_end(text), text);
    const std::string in_other = "x" + text + std::string(70, '}');
    REQUIRE_MESSAGE(SkipJsonValue(in_other, 1) == plain_end(in_other.substr(1)) + 1, in_other);
  }
}

TEST_CASE("members and values are cut out as they stand") {
  JsonMembers members(R"({ "a" : [1,"]"] ,"b\"":"}","c":-1.5e3 } tail)");
  REQUIRE(members.Next());
  CHECK(members.name() == "a");
  CHECK(members.value() == "[1,\"]\"]");
  REQUIRE(members.Next());
  CHECK(members.raw_name() == "\"b\\\"\"");
  REQUIRE(members.Next());
  CHECK(members.value() == "-1.5e3");
  CHECK_FALSE(members.Next());
  CHECK(members.ok());
  for (const char* bad : {"{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":\"x}", "[1]", "{\"a\" 1}"}) {
    JsonMembers broken(bad);
    while (broken.Next()) {
    }
    CHECK_FALSE_MESSAGE(broken.ok(), bad);
  }
}

TEST_CASE("unescaping pairs surrogates and refuses lone ones") {
  std::string out;
  CHECK(AppendUnescaped(out, R"("a\u00e9\ud83d\ude00\/\n")"));
  CHECK(out == "aé😀/\n");
  for (const char* bad : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\q")", "abc", "\"abc", R"("\u12")"})
    CHECK_FALSE(AppendUnescaped(out, bad));
}

TEST_CASE("control characters stand outside strings only, and only blanks") {
  const std::string pad(40, ' ');
  CHECK(FindStrayControl("{\"a\":\t1}\r") == std::string_view::npos);
  CHECK(FindStrayControl(pad + "{\"a\":\"\\\"\",\t\"b\":1}") == std::string_view::npos);
  CHECK(FindStrayControl(std::string("{\"a\":1\0}", 8)) == 6);
  CHECK(FindStrayControl(pad + "{\"a\":\"x\ty\"}") == 47);
  CHECK(FindStrayControl(pad + "{\"a\":\"\\\x01\"}") == 47);
}
