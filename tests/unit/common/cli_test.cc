#include "common/cli.h"

#include <doctest/doctest.h>

#include "failure.h"

using namespace cdc;

namespace {

struct Parsed {
  std::string until;
  std::vector<std::string> tables;
  bool once = false;
  std::vector<std::string> files;
};

Parsed Parse(std::vector<std::string> words) {
  Parsed parsed;
  CommandLine command("t", "Tests.",
                      {{"--until", "-u", "POS", "G", "h", [&](const std::string& v) { parsed.until = v; }},
                       {"--table", "", "T", "G", "h", [&](const std::string& v) { parsed.tables.push_back(v); }},
                       {"--mode", "", "M", "G", "h", [](const std::string&) {}, {"a", "b"}},
                       {"--once", "", "", "G", "h", [&](const std::string&) { parsed.once = true; }}},
                      {{"FILE", "files", false, true, [&](const std::string& v) { parsed.files.push_back(v); }}});
  std::vector<char*> argv{const_cast<char*>("t")};
  for (auto& word : words) argv.push_back(word.data());
  const bool go_on = command.Parse(static_cast<int>(argv.size()), argv.data());
  CHECK(go_on);
  return parsed;
}

}  // namespace

TEST_CASE("options and arguments reach their setters") {
  const Parsed parsed = Parse({"-u", "x", "--table", "a", "f1", "--table=b", "--once", "f2", "-"});
  CHECK(parsed.until == "x");
  CHECK(parsed.tables == std::vector<std::string>{"a", "b"});
  CHECK(parsed.once);
  CHECK(parsed.files == std::vector<std::string>{"f1", "f2", "-"});
  CHECK(Parse({"--", "--until"}).files == std::vector<std::string>{"--until"});
  CHECK(Parse({"--until", ""}).until.empty());
  CHECK(Parse({"--until={\"file\":\"a\"}"}).until == "{\"file\":\"a\"}");
}

TEST_CASE("wrong usage is refused with what would be right") {
  const Error typo = ErrorOf([] { Parse({"--untill", "x"}); });
  CHECK(typo.status == ExitStatus::kUsage);
  CHECK(typo.what == "unknown option --untill");
  CHECK(typo.hint == "did you mean --until? see t --help");
  CHECK(ErrorOf([] { Parse({"--until"}); }).status == ExitStatus::kUsage);
  const Error choice = ErrorOf([] { Parse({"--mode", "c"}); });
  CHECK(choice.what == "option --mode cannot be \"c\"");
  CHECK(choice.detail == "one of: a, b");
  CHECK(ErrorOf([] { (void)ParseOptionInteger("--n", "12x", 0, 9); }).what == "option --n cannot be \"12x\"");
  CHECK(ParseOptionInteger("--n", "-3", -9, 9) == -3);
}

TEST_CASE("errors are rendered with detail and hint") {
  CHECK(RenderError("t", {ExitStatus::kData, "a", "b\nc", "d"}) ==
        "t: error: a\n  detail: b\n          c\n  hint: d\n");
  CHECK(Shown("a\nb\x7f") == "a\\x0Ab\\x7F");
  CHECK(Shown("aé", 2) == "a…");
  CHECK(Shown("aé", 3) == "aé");
  CHECK(Shown("a\xFF\xC3") == "a\\xFF\\xC3");
}
