#include "common/java_regex.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "common/connector_config.h"
#include "tests/unit/common/failure.h"

using namespace cdc;

namespace {

JavaRegex Regex(const std::string& pattern, JavaRegex::Case letters = JavaRegex::Case::kExact) {
  std::string error;
  const auto regex = JavaRegex::Compile(pattern, letters, &error);
  REQUIRE_MESSAGE(regex.has_value(), pattern, ": ", error);
  return *regex;
}

bool Matches(const std::string& pattern, const std::string& text) {
  return Regex(pattern).Matches(text);
}

bool MatchesAnyCase(const std::string& pattern, const std::string& text) {
  return Regex(pattern, JavaRegex::Case::kIgnore).Matches(text);
}

std::string WhyRefused(const std::string& pattern) {
  std::string error;
  return JavaRegex::Compile(pattern, JavaRegex::Case::kIgnore, &error) ? "taken" : error;
}

/// Where each match of a text lies, "limit" where it takes too many steps.
std::string Found(JavaRegex::Searcher& searcher, const std::string& text) {
  std::string found;
  std::vector<JavaRegex::Part> parts;
  try {
    for (size_t from = 0; from <= text.size() && searcher.Find(text, from, &parts);) {
      for (const JavaRegex::Part& part : parts)
        found += part.begin == JavaRegex::Part::kNone
                     ? "(none)"
                     : "(" + std::to_string(part.begin) + "," + std::to_string(part.end) + ")";
      from = std::max(parts[0].end, from + 1);
    }
  } catch (const Failure&) {
    return "limit";
  }
  return found;
}

}  // namespace

TEST_CASE("java_regex: the whole text has to match, by another way where the first does not do") {
  CHECK(Matches("shop.orders", "shop.orders"));
  CHECK_FALSE(Matches("shop.orders", "shop.orders_old"));
  CHECK_FALSE(Matches("orders", "shop.orders"));
  CHECK(Matches("a|ab", "ab"));
  CHECK(Regex("b+").Finds("abbc"));
  CHECK_FALSE(Regex("b+").Finds("ac"));
}

TEST_CASE("java_regex: what the two libraries of expressions have and the language's own has not") {
  CHECK(Matches("shop\\.(?!tmp_).*", "shop.orders"));
  CHECK_FALSE(Matches("shop\\.(?!tmp_).*", "shop.tmp_1"));
  CHECK(Matches("shop\\..*(?<!_old)", "shop.orders"));
  CHECK_FALSE(Matches("shop\\..*(?<!_old)", "shop.orders_old"));
  CHECK(Matches("(?i)SHOP\\.t", "shop.t"));
  CHECK_FALSE(Matches("a++a", "aaa"));
  CHECK(Matches("(?>a*)b", "aab"));
  CHECK(Matches("(?<part>x)\\k<part>", "xx"));
  CHECK(Matches("\\Qa.b+c\\E\\d", "a.b+c1"));
  CHECK_FALSE(Matches("\\Qa.b\\E", "axb"));
  CHECK(Matches("\\h\\R", " \n"));
}

TEST_CASE("java_regex: what only Java has is translated") {
  CHECK(Matches("caf\\u00e9", "café"));
  CHECK(Matches("[\\u00e9]", "é"));
  CHECK(Matches("\\0101\\x42", "AB"));
  CHECK(Matches("\\p{Lower}+", "ab"));
  CHECK_FALSE(Matches("\\p{Lower}+", "é"));
  CHECK(Matches("[\\p{Upper}\\d]+", "A1"));
  CHECK(Matches("\\P{Alpha}", "1"));
  CHECK(Matches("\\p{L}\\p{Lu}\\pN", "éÄ1"));
}

TEST_CASE("java_regex: characters, not bytes; the case of ASCII letters alone is no matter") {
  CHECK(Matches("caf.", "café"));
  CHECK_FALSE(Matches("caf..", "café"));
  CHECK(MatchesAnyCase("shop.ÄPFEL", "SHOP.Äpfel"));
  CHECK_FALSE(MatchesAnyCase("shop.ÄPFEL", "shop.äpfel"));
  CHECK_FALSE(MatchesAnyCase("shop.\\QÄ\\E", "shop.ä"));
  CHECK_FALSE(Matches("a", "A"));
}

TEST_CASE("java_regex: what would mean something else is refused") {
  for (const char* pattern : {"[^a[bc]]",
                              "[a[^bc]]",
                              "[a-z&&[^b]]",
                              "a\\K",
                              "\\C",
                              "\\g{1}",
                              "\\o{12}",
                              "\\N{DIGIT}",
                              "(?#x)",
                              "(?|a)",
                              "(?R)",
                              "(?P<n>a)",
                              "(*FAIL)",
                              "(?x)a",
                              "(?u)a",
                              "\\p{IsLatin}",
                              "\\p{javaLowerCase}",
                              "\\p{Alphabetic}",
                              "\\u12",
                              "\\x{110000}",
                              "[a",
                              "(a",
                              "a)",
                              "*a",
                              "a\\",
                              "\\10",
                              "(?<!a+)b"}) {
    INFO(pattern);
    CHECK(WhyRefused(pattern) != "taken");
  }
  CHECK(WhyRefused("shop.[a-z&&[^b]]") == "an intersection of classes is not supported, at \"&&[^b]]\"");
  CHECK(WhyRefused("t(1") == "missing closing parenthesis, at its end");
}

TEST_CASE("java_regex: a class inside a class adds its members") {
  std::string error;
  CHECK(JavaRegex::Compile("[a[bc]d]", JavaRegex::Case::kExact, &error)->Matches("c"));
  const auto posix = JavaRegex::Compile("[[:alpha:]]", JavaRegex::Case::kExact, &error);
  REQUIRE(posix);
  CHECK(posix->Matches(":"));
  CHECK(posix->Matches("p"));
  CHECK_FALSE(posix->Matches("b"));
}

TEST_CASE("java_regex: the first match is replaced") {
  std::string error;
  const auto replaced = [&](const std::string& pattern, const std::string& text, const std::string& replacement) {
    return Regex(pattern).ReplaceFirst(text, replacement, &error).value_or("refused: " + error);
  };
  CHECK(replaced("(.*)_shard(.*)", "mysql.db.t_shard7", "$1-$2") == "mysql.db.t-7");
  CHECK(replaced("a", "banana", "o") == "bonana");
  CHECK(replaced("(?<x>a)", "ba", "${x}$0\\$") == "baa$");
  CHECK(replaced("(a)", "a", "$12") == "a2");
  CHECK(replaced("(z)?a", "a", "[$1]") == "[]");
  CHECK(replaced("x", "abc", "y") == "abc");
  CHECK(replaced("(a)", "a", "$2").rfind("refused", 0) == 0);
  CHECK(replaced("(a)", "a", "${y}").rfind("refused", 0) == 0);
  CHECK(replaced("(a)", "a", "$").rfind("refused", 0) == 0);
}

TEST_CASE("java_regex: an expression that never ends is stopped") {
  CHECK_THROWS_AS(Matches("(a+)+[bc]", std::string(60, 'a') + "d"), Failure);
}

TEST_CASE("java_regex: machine code finds what the interpreter finds") {
  const std::string many(2000, 'a');
  const std::vector<std::string> texts = {"",
                                          "abc",
                                          "ä€😀x",

                                          "line\nline\r\n",
                                          "ABC äÄß",
                                          "a=1&channel_id=42",
                                          many,
                                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad"};
  for (const char* pattern : {"(&|^)channel_id=([^&]*)", "[äa-c]+", "(a|b)*?x", "(?i)abc", "^(.*)$", "\\b\\w+\\b",
                              "(a+)+[bc]", "(?:a|aa)*z", "((a)|(b)|(.))*", "(?<=n)e|$", "\\p{L}{2,}", "(.)\\1"}) {
    CAPTURE(pattern);
    JavaRegex::Searcher interpreted(Regex(pattern));
    JavaRegex hastened = Regex(pattern);
    hastened.Hasten();
    JavaRegex::Searcher machine(hastened);
    for (const std::string& text : texts) CHECK(Found(machine, text) == Found(interpreted, text));
  }
}

TEST_CASE("java_regex: lists are cut at commas") {
  CHECK(SplitExpressions("a , b\\.c,,d\\,e") == std::vector<std::string>{"a", "b\\.c", "d,e"});
  ExpressionList list;
  std::string error;
  REQUIRE(list.Parse("shop.orders, Shop\\.item.*,t{1\\,2}", &error));
  CHECK(list.Matches("SHOP.Orders"));
  CHECK(list.Matches("tt"));
  CHECK(list.Matches(1, "shop.items"));
  CHECK_FALSE(list.Matches("other"));
  CHECK_FALSE(list.Parse("a.t(1,2)", &error));
  CHECK(error == "\"a.t(1\": missing closing parenthesis, at its end; a comma inside an expression is written \\,");
}

TEST_CASE("java_regex: a property is named with its place") {
  const ConnectorConfig config = ConnectorConfig::Parse("table.include.list=shop.[^a[b]]\n", "c.properties");
  const Error error = ErrorOf([&] { ReadExpressions(config, "table.include.list"); });
  CHECK(error.what.find("c.properties:1: property \"table.include.list\"") == 0);
  CHECK(ReadExpressions(config, "table.exclude.list").empty());
}
