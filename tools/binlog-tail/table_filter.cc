#include "tools/binlog-tail/table_filter.h"

#include <algorithm>

#include "common/ddl/lexer.h"
#include "common/error.h"
#include "common/java_regex.h"
#include "common/log.h"
#include "common/nearest.h"

namespace cdc::tail {
namespace {

ExpressionList Compile(std::string_view list, const std::string& where) {
  ExpressionList expressions;
  std::string error;
  if (!expressions.Parse(list, &error)) {
    const bool is_option = where.rfind("option ", 0) == 0;
    Fail(is_option ? ExitStatus::kUsage : ExitStatus::kConfig, where + ": not a regular expression: " + error);
  }
  return expressions;
}

/// Of columns: a plain name that lacks a part would match nothing, in silence.
ExpressionList CompileColumns(std::string_view list, const std::string& where) {
  ExpressionList expressions = Compile(list, where);
  for (const std::string& name : expressions.texts())
    if (TableFilter::IsPlainName(name) && std::count(name.begin(), name.end(), '.') < 2)
      Fail(ExitStatus::kUsage, where + ": \"" + Shown(name) + "\" is not the name of a column", "",
           "names are database.table.column: .*\\..*\\." + name + " is the column of all tables");
  return expressions;
}

std::string Qualified(std::string_view database, std::string_view table) {
  std::string name(database);
  name += '.';
  name += table;
  return name;
}

}  // namespace

struct TableFilter::Lists {
  ExpressionList include_databases, exclude_databases, include_tables, exclude_tables, include_columns, exclude_columns;
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
  lists_->include_databases = Compile(list, where);
}
void TableFilter::ExcludeDatabases(std::string_view list, const std::string& where) {
  Describe(list, where);
  lists_->exclude_databases = Compile(list, where);
}
void TableFilter::IncludeTables(std::string_view list, const std::string& where) {
  Describe(list, where);
  lists_->include_tables = Compile(list, where);
}
void TableFilter::ExcludeTables(std::string_view list, const std::string& where) {
  Describe(list, where);
  lists_->exclude_tables = Compile(list, where);
}

void TableFilter::IncludeColumns(std::string_view list, const std::string& where) {
  lists_->include_columns = CompileColumns(list, where);
}
void TableFilter::ExcludeColumns(std::string_view list, const std::string& where) {
  lists_->exclude_columns = CompileColumns(list, where);
}

bool TableFilter::IsPlainName(std::string_view pattern) {
  return pattern.find_first_of("\\^$|?*+()[]{}") == std::string_view::npos;
}

void TableFilter::CheckColumns(const TableSchema& table, bool may_lack) const {
  const std::string prefix = Qualified(table.db, table.table) + ".";
  for (const auto* list : {&lists_->include_columns, &lists_->exclude_columns})
    for (size_t i = 0; i < list->texts().size(); ++i) {
      const std::string& name = list->texts()[i];
      const bool of_table = IsPlainName(name) && name.size() > prefix.size() &&
                            ddl::EqualsIgnoreCase(std::string_view(name).substr(0, prefix.size()), prefix);
      if (!of_table) continue;
      const bool known = std::any_of(table.columns.begin(), table.columns.end(), [&](const ColumnSchema& column) {
        return list->Matches(i, prefix + column.name);
      });
      if (known) continue;
      const std::string what = (list == &lists_->include_columns ? "--columns" : "--exclude-columns") +
                               std::string(" names column \"") + name.substr(prefix.size()) + "\", which table \"" +
                               table.db + "." + table.table + "\" does not have";
      const std::string nearest = NearestName(name.substr(prefix.size()), table.ColumnNames(), 2);
      if (!may_lack)
        Fail(ExitStatus::kUsage, what, nearest.empty() ? "" : "the nearest name is \"" + nearest + "\"",
             "an expression may match nothing: " + name + ".*");
      LogWarning(what + " here");
    }
}

bool TableFilter::Shows(const TableSchema& table, const std::string& column) const {
  if (lists_->include_columns.empty() && lists_->exclude_columns.empty()) return true;
  for (const auto* key : {&table.key, &table.unique})
    if (std::find(key->begin(), key->end(), column) != key->end()) return true;
  const std::string name = Qualified(table.db, table.table) + "." + column;
  if (!lists_->include_columns.empty() && !lists_->include_columns.Matches(name)) return false;
  return !lists_->exclude_columns.Matches(name);
}

bool TableFilter::MayCaptureDatabase(std::string_view database) const {
  for (std::string_view own : {"mysql", "information_schema", "performance_schema", "sys"})
    if (database == own) return false;
  if (!lists_->include_databases.empty()) return lists_->include_databases.Matches(database);
  return !lists_->exclude_databases.Matches(database);
}

bool TableFilter::Captures(std::string_view database, std::string_view table) const {
  if (!MayCaptureDatabase(database)) return false;
  const std::string name = Qualified(database, table);
  if (!lists_->include_tables.empty()) return lists_->include_tables.Matches(name);
  return !lists_->exclude_tables.Matches(name);
}

const std::vector<std::string>& TableFilter::table_patterns() const {
  return lists_->include_tables.texts();
}
const std::vector<std::string>& TableFilter::database_patterns() const {
  return lists_->include_databases.texts();
}

bool TableFilter::PatternMatches(size_t index, std::string_view database, std::string_view table) const {
  return lists_->include_tables.Matches(index, Qualified(database, table));
}

size_t TableFilter::PatternIndex(std::string_view database, std::string_view table) const {
  for (size_t i = 0; i < table_patterns().size(); ++i)
    if (PatternMatches(i, database, table)) return i;
  return 0;
}

}  // namespace cdc::tail
