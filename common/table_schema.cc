#include "common/table_schema.h"

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc {
namespace {

void AppendText(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  AppendJsonString(out, text);
}

void AppendNames(std::string& out, std::string_view name, const std::vector<std::string>& list) {
  out += ",\"";
  out += name;
  out += "\":[";
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(out, list[i]);
  }
  out += ']';
}

void AppendColumn(std::string& out, const ColumnSchema& column) {
  out += "{\"name\":";
  AppendJsonString(out, column.name);
  AppendText(out, "type", column.type_text);
  out += column.nullable ? ",\"null\":true" : ",\"null\":false";
  if (!column.charset.empty()) AppendText(out, "charset", column.charset);
  if (!column.collation.empty()) AppendText(out, "collation", column.collation);
  if (column.default_text) AppendText(out, "default", *column.default_text);
  if (column.default_expression) AppendText(out, "default_expression", *column.default_expression);
  if (!column.extra.empty()) AppendText(out, "extra", column.extra);
  if (column.generated) out += ",\"generated\":true";
  if (column.invisible) out += ",\"invisible\":true";
  if (!column.comment.empty()) AppendText(out, "comment", column.comment);
  out += '}';
}

std::vector<std::string> ParseNames(std::string_view raw, const std::string& where) {
  std::vector<std::string> names;
  if (raw.empty() || raw == "null") return names;
  JsonElements elements(raw);
  while (elements.Next()) names.push_back(UnescapeJsonString(elements.value(), where));
  if (!elements.ok()) Fail(ExitStatus::kData, where + ": malformed list of names", Shown(std::string(raw)));
  return names;
}

ColumnSchema ParseColumn(std::string_view raw, const std::string& where) {
  ColumnSchema column;
  JsonMembers members(raw);
  while (members.Next()) {
    const std::string_view name = members.name(), value = members.value();
    const auto text = [&] { return UnescapeJsonString(value, where); };
    if (name == "name")
      column.name = text();
    else if (name == "type")
      column.type_text = text();
    else if (name == "null")
      column.nullable = value == "true";
    else if (name == "charset")
      column.charset = text();
    else if (name == "collation")
      column.collation = text();
    else if (name == "default" && value != "null")
      column.default_text = text();
    else if (name == "default_expression")
      column.default_expression = text();
    else if (name == "extra")
      column.extra = text();
    else if (name == "generated")
      column.generated = value == "true";
    else if (name == "invisible")
      column.invisible = value == "true";
    else if (name == "comment")
      column.comment = text();
  }
  if (!members.ok() || column.name.empty() || column.type_text.empty())
    Fail(ExitStatus::kData, where + ": malformed column in a table line", Shown(std::string(raw)));
  column.type = ParseMysqlType(column.type_text);
  return column;
}

}  // namespace

std::vector<std::string> TableSchema::ColumnNames() const {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

void TableSchema::TakeRowEndOutOfKeys() {
  for (const ColumnSchema& column : columns) {
    if (!column.is_row_end()) continue;
    for (auto* names : {&key, &unique})
      if (names->size() > 1) std::erase(*names, column.name);
  }
}

void AppendTableLine(std::string& out, const TableSchema& table, std::string_view at) {
  out += "{\"@cdc\":\"table\"";
  AppendText(out, "db", table.db);
  AppendText(out, "table", table.table);
  AppendText(out, "at", at);
  out += ",\"columns\":[";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out += ',';
    AppendColumn(out, table.columns[i]);
  }
  out += ']';
  AppendNames(out, "key", table.key);
  if (!table.unique.empty()) AppendNames(out, "unique", table.unique);
  if (!table.charset.empty()) AppendText(out, "charset", table.charset);
  if (!table.collation.empty()) AppendText(out, "collation", table.collation);
  AppendText(out, "comment", table.comment);
  AppendText(out, "create", table.create);
  if (table.system_versioned) out += ",\"system_versioned\":true";
  out += "}\n";
}

TableSchema ParseTableLine(const ControlLine& control, const std::string& where) {
  TableSchema table;
  table.db = control.Text("db");
  table.table = control.Text("table");
  JsonElements columns(control.Raw("columns"));
  while (columns.Next()) table.columns.push_back(ParseColumn(columns.value(), where));
  if (!columns.ok() || table.columns.empty())
    Fail(ExitStatus::kData, where + ": a table line without columns", Shown(std::string(control.line())));
  table.key = ParseNames(control.Raw("key"), where);
  table.unique = ParseNames(control.Raw("unique"), where);
  if (control.Has("charset")) table.charset = control.Text("charset");
  if (control.Has("collation")) table.collation = control.Text("collation");
  if (control.Has("comment")) table.comment = control.Text("comment");
  if (control.Has("create")) table.create = control.Text("create");
  table.system_versioned = control.Has("system_versioned") && control.Raw("system_versioned") == "true";
  return table;
}

}  // namespace cdc
