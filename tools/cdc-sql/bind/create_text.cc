#include "tools/cdc-sql/bind/create_text.h"

#include <map>

#include "tools/cdc-sql/sql/expr_text.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

std::string Listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + BackTicked(name);
  return "(" + list + ")";
}

/// Lines in parentheses, with commas between them.
std::string Block(const std::vector<std::string>& lines) {
  std::string text = "(\n";
  for (size_t i = 0; i < lines.size(); ++i) text += "  " + lines[i] + (i + 1 < lines.size() ? ",\n" : "\n");
  return text + ")\n";
}

/// Texts and bytes of any length by their limit.
std::string TypeText(const SqlType& type) {
  const std::string suffix = type.nullable ? "" : " NOT NULL";
  const bool longest = type.precision == kMaxLength;
  const auto child = [&type](size_t i) { return TypeText(type.children[i]); };
  switch (type.kind) {
    case TypeKind::kVarchar:
    case TypeKind::kVarbinary:
      if (!longest) break;
      return (type.kind == TypeKind::kVarchar ? "VARCHAR(" : "VARBINARY(") + std::to_string(kMaxLength) + ")" + suffix;
    case TypeKind::kTimestampLtz:
      return "TIMESTAMP(" + std::to_string(type.precision) + ") WITH LOCAL TIME ZONE" + suffix;
    case TypeKind::kArray: return "ARRAY<" + child(0) + ">" + suffix;
    case TypeKind::kMultiset: return "MULTISET<" + child(0) + ">" + suffix;
    case TypeKind::kMap: return "MAP<" + child(0) + ", " + child(1) + ">" + suffix;
    case TypeKind::kRow: {
      std::string fields;
      for (size_t i = 0; i < type.children.size(); ++i)
        fields += (i == 0 ? "" : ", ") + BackTicked(type.field_names[i]) + " " + child(i);
      return "ROW<" + fields + ">" + suffix;
    }
    default: break;
  }
  return type.Plain().Text();
}

std::string DistributionText(const Distribution& distribution) {
  std::string text = "DISTRIBUTED";
  if (!distribution.columns.empty()) text += " BY " + distribution.kind + Listed(distribution.columns);
  if (distribution.buckets > 0) text += " INTO " + std::to_string(distribution.buckets) + " BUCKETS";
  return text + "\n";
}

}  // namespace

std::string ColumnExtras(const ColumnDef& column) {
  if (column.kind == ColumnDef::Kind::kComputed) {
    TextStyle style;
    style.planned = !column.altered;
    return "AS " + ExprText(*column.computed, style);
  }
  if (column.kind != ColumnDef::Kind::kMetadata) return {};
  return "METADATA" + (column.metadata_named ? " FROM " + Literal(column.metadata_key) : "") +
         (column.is_virtual ? " VIRTUAL" : "");
}

std::string CatalogText(const std::string& name, const std::map<std::string, std::string>& options) {
  std::string text = "CREATE CATALOG " + BackTicked(name) + "\n";
  std::vector<std::string> lines;
  for (const auto& [key, value] : options) {
    if (key == "comment")
      text += "COMMENT " + Literal(value) + "\n";
    else
      lines.push_back(Literal(key) + " = " + Literal(value));
  }
  return text + "WITH " + Block(lines);
}

std::string CreateText(const TableDef& table, const std::string& database, const std::vector<PlanColumn>& columns,
                       const std::optional<std::string>& query) {
  const std::string kind = table.is_view ? "VIEW " : "TABLE ";
  std::string text =
      std::string(table.temporary ? "CREATE TEMPORARY " : "CREATE ") + kind + database + "." + BackTicked(table.name);
  const std::string comment = table.comment.empty() ? "" : "COMMENT " + Literal(table.comment) + "\n";
  std::vector<std::string> lines;
  if (table.is_view) {
    for (const PlanColumn& column : columns) lines.push_back(BackTicked(column.name));
    return text + " " + Block(lines) + comment + "AS " + query.value_or(std::string(table.view_query->span.text())) +
           "\n";
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const ColumnDef& column = table.columns[i];
    const std::string extras = ColumnExtras(column);
    std::string line = BackTicked(column.name);
    if (column.kind != ColumnDef::Kind::kComputed) line += " " + TypeText(columns[i].type);
    if (!extras.empty()) line += " " + extras;
    if (!column.comment.empty()) line += " COMMENT " + Literal(column.comment);
    lines.push_back(line);
  }
  if (table.watermark)
    lines.push_back("WATERMARK FOR " + BackTicked(table.watermark_column) + " AS " + ExprText(*table.watermark));
  if (!table.primary_key.empty())
    lines.push_back("CONSTRAINT " + BackTicked(table.KeyName()) + " PRIMARY KEY " + Listed(table.primary_key) +
                    " NOT ENFORCED");
  text += " " + Block(lines) + comment;
  if (table.distribution) text += DistributionText(*table.distribution);
  if (!table.partitioned.empty()) text += "PARTITIONED BY " + Listed(table.partitioned) + "\n";
  if (table.options.empty()) return text;
  std::map<std::string, std::string> values;  // of a key that is there twice the last one counts
  for (const Option& option : table.options) values[option.key] = option.value;
  lines.clear();
  for (const auto& [key, value] : values) lines.push_back(Literal(key) + " = " + Literal(value));
  return text + "WITH " + Block(lines);
}

}  // namespace cdc::sql
