#include "tools/binlog-tail/table_filter.h"

#include <algorithm>
#include <regex>

#include "common/error.h"

namespace cdc::tail {
namespace {

using Patterns = std::vector<std::regex>;

/// Commas separate; one that is escaped, or inside brackets or braces, does not.
std::vector<std::string> SplitList(std::string_view list) {
  std::vector<std::string> parts(1);
  int brackets = 0, braces = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (c == '\\' && i + 1 < list.size()) {
      if (list[i + 1] == ',')
        parts.back() += ',';
      else
        parts.back() += {c, list[i + 1]};
      ++i;
      continue;
    }
    if (c == '[') ++brackets;
    if (c == ']') brackets = std::max(0, brackets - 1);
    if (c == '{') ++braces;
    if (c == '}') braces = std::max(0, braces - 1);
    if (c == ',' && brackets == 0 && braces == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  std::vector<std::string> kept;
  for (auto& part : parts) {
    const size_t first = part.find_first_not_of(" \t\n");
    if (first == std::string::npos) continue;
    kept.push_back(part.substr(first, part.find_last_not_of(" \t\n") - first + 1));
  }
  return kept;
}

/// Java's expressions are ECMAScript's as far as table lists go; a quoted part \Q…\E is taken apart here.
std::string Translated(const std::string& pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size();) {
    if (pattern.compare(i, 2, "\\Q") != 0) {
      out += pattern[i++];
      continue;
    }
    const size_t end = std::min(pattern.find("\\E", i + 2), pattern.size());
    for (size_t j = i + 2; j < end; ++j) {
      if (std::string_view("\\^$.|?*+()[]{}").find(pattern[j]) != std::string_view::npos) out += '\\';
      out += pattern[j];
    }
    i = end + 2;
  }
  return out;
}

Patterns Compile(const std::vector<std::string>& parts, const std::string& where) {
  Patterns patterns;
  for (const auto& part : parts) {
    try {
      patterns.emplace_back(Translated(part), std::regex::ECMAScript | std::regex::icase | std::regex::optimize);
    } catch (const std::regex_error& error) {
      const bool is_option = where.rfind("option ", 0) == 0;
      Fail(is_option ? ExitStatus::kUsage : ExitStatus::kConfig, where + ": not a regular expression: \"" + part + "\"",
           error.what());
    }
  }
  return patterns;
}

bool Matches(const Patterns& patterns, std::string_view name) {
  for (const auto& pattern : patterns)
    if (std::regex_match(name.begin(), name.end(), pattern)) return true;
  return false;
}

std::string Qualified(std::string_view database, std::string_view table) {
  std::string name(database);
  name += '.';
  name += table;
  return name;
}

}  // namespace

struct TableFilter::Lists {
  Patterns include_databases, exclude_databases, include_tables, exclude_tables, include_columns, exclude_columns;
  bool has_include_databases = false, has_include_tables = false;
};

TableFilter::TableFilter() : lists_(std::make_unique<Lists>()) {}
TableFilter::~TableFilter() = default;
TableFilter::TableFilter(TableFilter&&) noexcept = default;
TableFilter& TableFilter::operator=(TableFilter&&) noexcept = default;

void TableFilter::Describe(std::string_view list, const std::string& where) {
  if (!described_.empty()) described_ += ", ";
  described_ += where + " \"";
  described_ += list;
  described_ += '"';
}

void TableFilter::IncludeDatabases(std::string_view list, const std::string& where) {
  Describe(list, where);
  database_patterns_ = SplitList(list);
  lists_->include_databases = Compile(database_patterns_, where);
  lists_->has_include_databases = !lists_->include_databases.empty();
}
void TableFilter::ExcludeDatabases(std::string_view list, const std::string& where) {
  Describe(list, where);
  lists_->exclude_databases = Compile(SplitList(list), where);
}
void TableFilter::IncludeTables(std::string_view list, const std::string& where) {
  Describe(list, where);
  table_patterns_ = SplitList(list);
  lists_->include_tables = Compile(table_patterns_, where);
  lists_->has_include_tables = !lists_->include_tables.empty();
}
void TableFilter::ExcludeTables(std::string_view list, const std::string& where) {
  Describe(list, where);
  lists_->exclude_tables = Compile(SplitList(list), where);
}

void TableFilter::IncludeColumns(std::string_view list, const std::string& where) {
  lists_->include_columns = Compile(SplitList(list), where);
}
void TableFilter::ExcludeColumns(std::string_view list, const std::string& where) {
  lists_->exclude_columns = Compile(SplitList(list), where);
}

bool TableFilter::Shows(const TableSchema& table, const std::string& column) const {
  if (lists_->include_columns.empty() && lists_->exclude_columns.empty()) return true;
  for (const auto* key : {&table.key, &table.unique})
    if (std::find(key->begin(), key->end(), column) != key->end()) return true;
  const std::string name = Qualified(table.db, table.table) + "." + column;
  if (!lists_->include_columns.empty() && !Matches(lists_->include_columns, name)) return false;
  return !Matches(lists_->exclude_columns, name);
}

bool TableFilter::MayCaptureDatabase(std::string_view database) const {
  for (std::string_view own : {"mysql", "information_schema", "performance_schema", "sys"})
    if (database == own) return false;
  if (lists_->has_include_databases) return Matches(lists_->include_databases, database);
  return !Matches(lists_->exclude_databases, database);
}

bool TableFilter::Captures(std::string_view database, std::string_view table) const {
  if (!MayCaptureDatabase(database)) return false;
  const std::string name = Qualified(database, table);
  if (lists_->has_include_tables) return Matches(lists_->include_tables, name);
  return !Matches(lists_->exclude_tables, name);
}

bool TableFilter::PatternMatches(size_t index, std::string_view database, std::string_view table) const {
  const std::string name = Qualified(database, table);
  return std::regex_match(name, lists_->include_tables[index]);
}

size_t TableFilter::PatternIndex(std::string_view database, std::string_view table) const {
  for (size_t i = 0; i < lists_->include_tables.size(); ++i)
    if (PatternMatches(i, database, table)) return i;
  return 0;
}

}  // namespace cdc::tail
