#include "tools/cdc-sql/bind/show.h"

#include <algorithm>

#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

namespace {

using Row = std::vector<std::string>;

/// Characters, where each is one place wide.
size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Table(const Row& header, const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < header.size(); ++i) {
    widths.push_back(Width(header[i]));
    for (const Row& row : rows) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string rule = "+";
  for (const size_t width : widths) rule += std::string(width + 2, '-') + "+";
  const auto line = [&widths](const Row& row) {
    std::string text = "|";
    for (size_t i = 0; i < row.size(); ++i) text += " " + std::string(widths[i] - Width(row[i]), ' ') + row[i] + " |";
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

std::vector<PlanColumn> ColumnsOf(const TableDef& table, const Catalog& catalog, const Session& session) {
  if (!table.is_view) return TableColumns(table, session);
  const PlanPtr plan = QueryBinder(catalog, session, table.view_database).Bind(*table.view_query);
  std::vector<PlanColumn> columns = plan->columns;
  for (size_t i = 0; i < table.view_columns.size() && i < columns.size(); ++i) columns[i].name = table.view_columns[i];
  return columns;
}

std::string Quoted(const std::string& name) {
  return "`" + name + "`";
}

/// The statement that would create the table.
std::string CreateText(const TableDef& table, const Session& session) {
  const std::string path = "`default_catalog`.`default_database`." + Quoted(table.name);
  if (table.is_view) return "CREATE VIEW " + path + "\nAS " + std::string(table.view_query->span.text()) + "\n";
  std::string text = "CREATE TABLE " + path + " (\n";
  const std::vector<PlanColumn> columns = TableColumns(table, session);
  std::vector<std::string> lines;
  for (size_t i = 0; i < columns.size(); ++i) {
    const ColumnDef& column = table.columns[i];
    std::string line = "  " + Quoted(column.name) + " ";
    if (column.kind == ColumnDef::Kind::kComputed) {
      line += "AS " + std::string(column.computed->span.text());
    } else {
      const SqlType type = columns[i].type.Plain();
      line += type.kind == TypeKind::kVarchar && type.precision == kMaxLength
                  ? "VARCHAR(2147483647)" + std::string(type.nullable ? "" : " NOT NULL")
                  : type.Text();
      if (column.kind == ColumnDef::Kind::kMetadata)
        line += " METADATA FROM '" + column.metadata_key + "'" + (column.is_virtual ? " VIRTUAL" : "");
    }
    if (!column.comment.empty()) line += " COMMENT '" + column.comment + "'";
    lines.push_back(line);
  }
  if (table.watermark)
    lines.push_back("  WATERMARK FOR " + Quoted(table.watermark_column) + " AS " +
                    std::string(table.watermark->span.text()));
  if (!table.primary_key.empty()) {
    std::string name, list;
    for (const std::string& key : table.primary_key) {
      name += "_" + key;
      list += (list.empty() ? "" : ", ") + Quoted(key);
    }
    lines.push_back("  CONSTRAINT " + Quoted("PK" + name) + " PRIMARY KEY (" + list + ") NOT ENFORCED");
  }
  for (size_t i = 0; i < lines.size(); ++i) text += lines[i] + (i + 1 < lines.size() ? ",\n" : "\n");
  text += ")\n" + (table.distribution.empty() ? "" : table.distribution + "\n") + "WITH (\n";
  std::vector<std::pair<std::string, std::string>> options;
  for (const Option& option : table.options) options.emplace_back(option.key, option.value);
  std::sort(options.begin(), options.end());
  for (size_t i = 0; i < options.size(); ++i)
    text += "  '" + options[i].first + "' = '" + options[i].second + "'" + (i + 1 < options.size() ? ",\n" : "\n");
  return text + ")\n";
}

/// % and _ as LIKE has them.
bool Matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t i = 0; i <= text.size(); ++i)
      if (Matches(text.substr(i), pattern.substr(1))) return true;
    return false;
  }
  return !text.empty() && (pattern[0] == '_' || pattern[0] == text[0]) && Matches(text.substr(1), pattern.substr(1));
}

std::string Names(const Statement& statement, const std::string& header, const std::vector<std::string>& names) {
  std::vector<Row> rows;
  for (const std::string& name : names)
    if (statement.key.empty() || Matches(name, statement.key) != (statement.value == "NOT")) rows.push_back({name});
  return Table({header}, rows);
}

}  // namespace

std::string DescribeTable(const TableDef& table, const Catalog& catalog, const Session& session) {
  std::string keys;
  for (const std::string& key : table.primary_key) keys += (keys.empty() ? "" : ", ") + key;
  std::vector<Row> rows;
  const std::vector<PlanColumn> columns = ColumnsOf(table, catalog, session);
  for (size_t i = 0; i < columns.size(); ++i) {
    const PlanColumn& column = columns[i];
    std::string extras;
    if (!table.is_view && table.columns[i].kind == ColumnDef::Kind::kComputed)
      extras = "AS " + std::string(table.columns[i].computed->span.text());
    if (!table.is_view && table.columns[i].kind == ColumnDef::Kind::kMetadata)
      extras =
          "METADATA FROM '" + table.columns[i].metadata_key + "'" + (table.columns[i].is_virtual ? " VIRTUAL" : "");
    const bool timed = table.watermark && column.name == table.watermark_column;
    rows.push_back({column.name, column.type.WithNullable(true).Text(), column.type.nullable ? "TRUE" : "FALSE",
                    table.IsKey(column.name) ? "PRI(" + keys + ")" : "", extras,
                    timed ? std::string(table.watermark->span.text()) : ""});
  }
  Row header = {"name", "type", "null", "key", "extras", "watermark"};
  if (std::any_of(table.columns.begin(), table.columns.end(), [](const ColumnDef& c) { return !c.comment.empty(); })) {
    header.push_back("comment");
    for (size_t i = 0; i < rows.size(); ++i) rows[i].push_back(table.columns[i].comment);
  }
  return Table(header, rows);
}

std::string Show(const Statement& statement, const Catalog& catalog, const Session& session) {
  const std::string& what = statement.show;
  if (what == "CURRENT DATABASE") return One("current database name", catalog.current());
  if (what == "CURRENT CATALOG") return One("current catalog name", Catalog::kCatalog);
  if (what == "DATABASES") return Names(statement, "database name", catalog.Databases());
  if (what == "CATALOGS") return One("catalog name", Catalog::kCatalog);
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
    const bool given = !statement.object.parts.empty();
    const std::string database = given ? catalog.DatabaseOf(statement.object) : catalog.current();
    for (const std::string& name : catalog.Names(database))
      if (what == "TABLES" || catalog.Find(Name{{database, name}, {}})->is_view) names.push_back(name);
    return Names(statement, what == "TABLES" ? "table name" : "view name", names);
  }
  const TableDef& table = catalog.Get(statement.object);
  if (what == "COLUMNS") return DescribeTable(table, catalog, session);
  if (table.is_view != (what == "CREATE VIEW"))
    FailAt(statement.object.span, "'" + table.name + "' is a " + (table.is_view ? "view" : "table"),
           table.is_view ? "SHOW CREATE VIEW" : "SHOW CREATE TABLE");
  return CreateText(table, session);
}

}  // namespace cdc::sql
