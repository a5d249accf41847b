#include "tools/cdc-apply/table_names.h"

#include <algorithm>
#include <iterator>

#include "common/error.h"

namespace cdc::apply {
namespace {

/// The tables of the slots, in whatever letters: some targets do not tell them apart.
bool IsOurOwn(std::string_view name) {
  constexpr std::string_view kOwn[] = {"cdc_position", "cdc_table"};
  return std::any_of(std::begin(kOwn), std::end(kOwn), [&](std::string_view own) {
    return std::equal(name.begin(), name.end(), own.begin(), own.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  });
}

constexpr std::string_view kFields[] = {"topic", "db", "table"};

}  // namespace

TableNames::TableNames(std::string name_template) : template_(std::move(name_template)) {
  const auto refuse = [](const std::string& what) {
    Fail(ExitStatus::kUsage, "--table-name cannot " + what, "{topic}, {db} and {table} are known");
  };
  if (template_.empty()) refuse("be empty");
  for (size_t open = template_.find('{'); open != std::string::npos; open = template_.find('{', open + 1)) {
    const size_t close = template_.find('}', open);
    if (close == std::string::npos) refuse("hold a { without its }");
    const std::string field = template_.substr(open + 1, close - open - 1);
    if (std::find(std::begin(kFields), std::end(kFields), field) == std::end(kFields))
      refuse("hold \"{" + field + "}\"");
  }
}

std::string TableNames::For(std::string_view topic, std::string db, std::string table) {
  if (table.empty()) {
    const size_t last = topic.rfind('.');
    table = topic.substr(last == std::string_view::npos ? 0 : last + 1);
    if (last != std::string_view::npos) {
      const std::string_view head = topic.substr(0, last);
      const size_t before = head.rfind('.');
      db = head.substr(before == std::string_view::npos ? 0 : before + 1);
    }
  }
  std::string name;
  size_t at = 0;
  for (;;) {
    const size_t open = template_.find('{', at);
    if (open == std::string::npos) break;
    const size_t close = template_.find('}', open);
    const std::string_view field = std::string_view(template_).substr(open + 1, close - open - 1);
    name.append(template_, at, open - at);
    name += field == "topic" ? topic : field == "db" ? std::string_view(db) : std::string_view(table);
    at = close + 1;
  }
  name.append(template_, at, template_.size() - at);
  if (IsOurOwn(name))
    Fail(ExitStatus::kConfig,
         "the rows of \"" + std::string(topic) + "\" would go to table \"" + name +
             "\", in which cdc-apply keeps its positions",
         "", "give the table another name, --table-name '{db}_{table}' for example, or leave it out");
  const auto [found, added] = sources_.emplace(name, topic);
  if (!added && found->second != topic)
    Fail(ExitStatus::kConfig,
         "the rows of \"" + found->second + "\" and \"" + std::string(topic) + "\" both go to table \"" + name + "\"",
         "", "give them names of their own: --table-name '{db}_{table}' or '{topic}'");
  return name;
}

}  // namespace cdc::apply
