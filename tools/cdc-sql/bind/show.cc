#include "tools/cdc-sql/bind/show.h"

#include <algorithm>
#include <cctype>

#include "tools/cdc-sql/bind/alter_partitions.h"
#include "tools/cdc-sql/bind/create_text.h"
#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/view_text.h"
#include "tools/cdc-sql/connect/display_width.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/sql/expr_text.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

std::vector<PlanColumn> ShownColumns(const TableDef& table, const Catalog& catalog, const Session& session) {
  if (!table.is_view) return TableColumns(table, session);
  const PlanPtr plan = QueryBinder(catalog, session, table.view_database).Bind(*table.view_query);
  std::vector<PlanColumn> columns = plan->columns;
  for (size_t i = 0; i < table.view_columns.size() && i < columns.size(); ++i) columns[i].name = table.view_columns[i];
  return columns;
}

namespace {

using Row = std::vector<std::string>;

std::string Table(const Row& header, const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < header.size(); ++i) {
    widths.push_back(DisplayWidth(header[i]));
    for (const Row& row : rows) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string rule = "+";
  for (const size_t width : widths) rule += std::string(width + 2, '-') + "+";
  const auto line = [&widths](const Row& row) {
    std::string text = "|";
    for (size_t i = 0; i < row.size(); ++i)
      text += " " + std::string(widths[i] - DisplayWidth(row[i]), ' ') + row[i] + " |";
    return text + "\n";
  };
  if (rows.empty()) return "Empty set\n";
  std::string text = rule + "\n" + line(header) + rule + "\n";
  for (const Row& row : rows) text += line(row);
  return text + rule + "\n" + std::to_string(rows.size()) + (rows.size() == 1 ? " row in set\n" : " rows in set\n");
}

std::string One(const std::string& header, const std::string& value) {
  return Table({header}, {{value}});
}

/// % and _ as LIKE has them, with \\ in front of one that is meant.
bool Matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '\\' && pattern.size() > 1)
    return !text.empty() && pattern[1] == text[0] && Matches(text.substr(1), pattern.substr(2));
  if (pattern[0] == '%') {
    for (size_t i = 0; i <= text.size(); ++i)
      if (Matches(text.substr(i), pattern.substr(1))) return true;
    return false;
  }
  return !text.empty() && (pattern[0] == '_' || pattern[0] == text[0]) && Matches(text.substr(1), pattern.substr(1));
}

std::string LowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Whether LIKE or ILIKE of the statement takes the name.
bool Takes(const Statement& statement, const std::string& name) {
  if (!statement.pattern) return true;
  const bool functions = statement.show.find("FUNCTIONS") != std::string::npos;  // in Flink many are in lower case
  const bool any_case = functions || statement.key == "ILIKE";
  return Matches(any_case ? LowerCase(name) : name, any_case ? LowerCase(*statement.pattern) : *statement.pattern) !=
         statement.not_like;
}

std::string Names(const Statement& statement, const std::string& header, const std::vector<std::string>& names) {
  std::vector<Row> rows;
  for (const std::string& name : names)
    if (Takes(statement, name)) rows.push_back({name});
  return Table({header}, rows);
}

}  // namespace

namespace {

std::string Columns(const TableDef& table, const Catalog& catalog, const Session& session, const Statement& statement) {
  std::string keys;
  for (const std::string& key : table.primary_key) keys += (keys.empty() ? "" : ", ") + key;
  const bool commented =
      std::any_of(table.columns.begin(), table.columns.end(), [](const ColumnDef& c) { return !c.comment.empty(); });
  Row header = {"name", "type", "null", "key", "extras", "watermark"};
  if (commented) header.push_back("comment");
  std::vector<Row> rows;
  const std::vector<PlanColumn> columns = ShownColumns(table, catalog, session);
  for (size_t i = 0; i < columns.size(); ++i) {
    const PlanColumn& column = columns[i];
    if (!Takes(statement, column.name)) continue;
    const bool timed = table.watermark && column.name == table.watermark_column;
    rows.push_back({column.name, column.type.WithNullable(true).Text(), column.type.nullable ? "TRUE" : "FALSE",
                    table.IsKey(column.name) ? "PRI(" + keys + ")" : "",
                    table.is_view ? "" : ColumnExtras(table.columns[i]), timed ? ExprText(*table.watermark) : ""});
    if (commented) rows.back().push_back(table.columns[i].comment);
  }
  return Table(header, rows);
}

}  // namespace

std::string DescribeTable(const TableDef& table, const Catalog& catalog, const Session& session) {
  return Columns(table, catalog, session, Statement());
}

std::string DescribeCatalog(const Statement& statement, const Catalog& catalog) {
  const auto& options = catalog.CatalogOptions(statement.object);
  const auto comment = options.find("comment");
  std::vector<Row> rows = {{"name", statement.object.last()},
                           {"type", options.at("type")},
                           {"comment", comment == options.end() ? "" : comment->second}};
  for (const auto& [key, value] : options)
    if (statement.extended && key != "type" && key != "comment") rows.push_back({"option:" + key, value});
  return Table({"info name", "info value"}, rows);
}

std::string ShowSettings(const Session& session) {
  std::vector<Row> rows;
  for (const auto& [key, value] : session.options) rows.push_back({key, value});
  return Table({"key", "value"}, rows);
}

std::string Show(const Statement& statement, const Catalog& catalog, const Session& session) {
  const std::string& what = statement.show;
  if (what == "CURRENT DATABASE") return One("current database name", catalog.current().database);
  if (what == "CURRENT CATALOG") return One("current catalog name", catalog.current().catalog);
  if (what == "DATABASES") return Names(statement, "database name", catalog.Databases(statement.object));
  if (what == "CATALOGS") return Names(statement, "catalog name", catalog.Catalogs());
  if (what == "CREATE CATALOG")
    return One("result", CatalogText(statement.object.last(), catalog.CatalogOptions(statement.object)));
  if (what == "MODELS") return Names(statement, "model name", {});
  if (what == "MATERIALIZED TABLES") return Names(statement, "materialized table name", {});
  if (what == "MODULES") return One("module name", "core");
  if (what == "FULL MODULES") return Table({"module name", "used"}, {{"core", "TRUE"}});
  if (what == "JARS") return Names(statement, "jars", {});
  if (what == "USER FUNCTIONS") return Names(statement, "function name", {});
  if (what == "FUNCTIONS") {
    std::vector<std::string> names;
    for (const FunctionEntry* entry : AllFunctions()) names.push_back(entry->name);
    for (const std::string& name : AggregateFunctions()) names.push_back(name);
    std::sort(names.begin(), names.end());
    return Names(statement, "function name", names);
  }
  if (what == "TABLES" || what == "VIEWS") {
    std::vector<std::string> names;
    const DatabasePath& current = catalog.current();  // that may be gone
    const Name here{{current.catalog, current.database}, statement.span};
    const DatabasePath database = catalog.DatabaseOf(statement.object.parts.empty() ? here : statement.object);
    for (const std::string& name : catalog.Names(database))
      if (what == "TABLES" || catalog.Find(Name{{name}, {}}, &database)->is_view) names.push_back(name);
    return Names(statement, what == "TABLES" ? "table name" : "view name", names);
  }
  const TableDef& table = catalog.Get(statement.object);
  if (what == "COLUMNS") return Columns(table, catalog, session, statement);
  if (what == "PARTITIONS") {
    std::vector<Row> rows;
    for (const std::string& name : PartitionNames(table, statement)) rows.push_back({name});
    return Table({"partition name"}, rows);
  }
  if (table.is_view != (what == "CREATE VIEW"))
    FailAt(statement.object.span, "'" + table.name + "' is a " + (table.is_view ? "view" : "table"),
           table.is_view ? "SHOW CREATE VIEW" : "SHOW CREATE TABLE");
  const DatabasePath path = catalog.DatabaseOfTable(statement.object);
  return One("result", CreateText(table, BackTicked(path.catalog) + "." + BackTicked(path.database),
                                  ShownColumns(table, catalog, session),
                                  table.is_view ? ViewText(table, catalog, session) : std::nullopt));
}

}  // namespace cdc::sql
