#include "common/ddl/definition.h"
#include "common/ddl/lexer.h"

namespace cdc::ddl {
namespace {

void AppendText(std::string& out, const std::string& text) {
  out += '\'';
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  out += '\'';
}

void AppendType(std::string& out, const DataType& type) {
  out += ToLower(type.name);
  for (size_t i = 0; i < type.dimensions.size(); ++i) out += (i == 0 ? "(" : ",") + type.dimensions[i];
  for (size_t i = 0; i < type.options.size(); ++i) {
    out += i == 0 ? "(" : ",";
    AppendText(out, type.options[i].value);
  }
  if (!type.dimensions.empty() || !type.options.empty()) out += ')';
  if (type.is_unsigned) out += " unsigned";
  if (type.zerofill) out += " zerofill";
  if (type.binary) out += " binary";
  if (!type.charset.empty()) out += " CHARACTER SET " + type.charset;
  if (!type.collation.empty()) out += " COLLATE " + type.collation;
}

std::string Now(const DataType& type) {
  return type.dimensions.empty() ? "CURRENT_TIMESTAMP" : "CURRENT_TIMESTAMP(" + type.dimensions[0] + ")";
}

void AppendDefault(std::string& out, const ColumnDefinition& column) {
  const DefaultValue& value = column.default_value;
  switch (value.kind) {
    case DefaultValue::Kind::kNone: break;
    case DefaultValue::Kind::kNull: out += " DEFAULT NULL"; break;
    case DefaultValue::Kind::kLiteral:
      out += " DEFAULT " + value.literal.sign + value.literal.introducer;
      if (value.literal.kind == Literal::Kind::kString)
        AppendText(out, value.literal.value);
      else
        out += value.literal.typed;
      break;
    case DefaultValue::Kind::kCurrentTimestamp:
    case DefaultValue::Kind::kLocalTime: out += " DEFAULT " + Now(column.type); break;
    case DefaultValue::Kind::kExpression: out += " DEFAULT " + value.typed; break;
  }
}

bool IsRowPeriod(const ColumnDefinition& column) {
  return column.generated == "ROW START" || column.generated == "ROW END";
}

void AppendColumn(std::string& out, const ColumnDefinition& column) {
  out += "  ";
  AppendQuotedName(out, column.name);
  out += ' ';
  AppendType(out, column.type);
  if (IsRowPeriod(column))
    out += " GENERATED ALWAYS AS " + column.generated;
  else if (!column.generated.empty())
    out += " GENERATED ALWAYS AS " + column.generated + (column.stored ? " STORED" : " VIRTUAL");
  if (column.null) out += *column.null ? " NULL" : " NOT NULL";
  if (column.auto_increment) out += " AUTO_INCREMENT";
  AppendDefault(out, column);
  if (column.on_update_now) out += " ON UPDATE " + Now(column.type);
  if (column.invisible) out += " /*!80023 INVISIBLE */";
  if (column.comment) {
    out += " COMMENT ";
    AppendText(out, *column.comment);
  }
}

/// MariaDB's system versioning, where its two columns are declared.
void AppendPeriod(std::string& out, const CreateTable& table) {
  std::string period;
  for (const ColumnDefinition& column : table.columns) {
    if (!IsRowPeriod(column)) continue;
    if (!period.empty()) period += ", ";
    AppendQuotedName(period, column.name);
  }
  if (!period.empty()) out += ",\n  PERIOD FOR SYSTEM_TIME (" + period + ")";
}

const char* KeyWords(KeyDefinition::Kind kind) {
  switch (kind) {
    case KeyDefinition::Kind::kPrimary: return "PRIMARY KEY";
    case KeyDefinition::Kind::kUnique: return "UNIQUE KEY";
    case KeyDefinition::Kind::kFulltext: return "FULLTEXT KEY";
    case KeyDefinition::Kind::kSpatial: return "SPATIAL KEY";
    default: return "KEY";
  }
}

void AppendKey(std::string& out, const KeyDefinition& key) {
  out += std::string("  ") + KeyWords(key.kind) + " ";
  if (key.kind != KeyDefinition::Kind::kPrimary) {
    AppendQuotedName(out, key.name);
    out += ' ';
  }
  for (size_t i = 0; i < key.parts.size(); ++i) {
    const KeyPart& part = key.parts[i];
    out += i == 0 ? "(" : ",";
    if (part.column.empty())
      out += part.expression;
    else
      AppendQuotedName(out, part.column);
    if (!part.length.empty()) out += "(" + part.length + ")";
  }
  out += ')';
}

}  // namespace

std::string CreateTableText(const CreateTable& table) {
  std::string text = "CREATE TABLE ";
  AppendQuotedName(text, table.name.table);
  text += " (\n";
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) text += ",\n";
    AppendColumn(text, table.columns[i]);
  }
  for (const KeyDefinition& key : table.keys) {
    if (key.parts.empty()) continue;
    text += ",\n";
    AppendKey(text, key);
  }
  AppendPeriod(text, table);
  text += "\n)";
  if (!table.options.charset.empty()) text += " DEFAULT CHARSET=" + table.options.charset;
  if (!table.options.collation.empty()) text += " COLLATE=" + table.options.collation;
  if (table.options.comment) {
    text += " COMMENT=";
    AppendText(text, *table.options.comment);
  }
  if (table.options.system_versioned.value_or(false)) text += " WITH SYSTEM VERSIONING";
  return text;
}

}  // namespace cdc::ddl
