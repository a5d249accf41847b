#include "tools/cdc-apply/target_table.h"

#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "common/json_scan.h"

namespace cdc::apply {
namespace {

struct Semantic {
  std::string_view name;
  ColumnKind kind;
  ColumnForm form;
  int scale;
};

// Debezium's and Connect's semantic types, by schema name.
constexpr Semantic kSemantics[] = {
    {"io.debezium.time.Date", ColumnKind::kDate, ColumnForm::kEpochDays, 0},
    {"org.apache.kafka.connect.data.Date", ColumnKind::kDate, ColumnForm::kEpochDays, 0},
    {"io.debezium.time.Timestamp", ColumnKind::kTimestamp, ColumnForm::kEpochMillis, 3},
    {"org.apache.kafka.connect.data.Timestamp", ColumnKind::kTimestamp, ColumnForm::kEpochMillis, 3},
    {"io.debezium.time.MicroTimestamp", ColumnKind::kTimestamp, ColumnForm::kEpochMicros, 6},
    {"io.debezium.time.NanoTimestamp", ColumnKind::kTimestamp, ColumnForm::kEpochNanos, 6},
    {"io.debezium.time.Time", ColumnKind::kTime, ColumnForm::kTimeMillis, 3},
    {"org.apache.kafka.connect.data.Time", ColumnKind::kTime, ColumnForm::kTimeMillis, 3},
    {"io.debezium.time.MicroTime", ColumnKind::kTime, ColumnForm::kTimeMicros, 6},
    {"io.debezium.time.NanoTime", ColumnKind::kTime, ColumnForm::kTimeNanos, 6},
    {"io.debezium.time.ZonedTimestamp", ColumnKind::kInstant, ColumnForm::kIsoText, -1},
    {"io.debezium.time.Year", ColumnKind::kInteger, ColumnForm::kPlain, 0},
    {"io.debezium.data.Json", ColumnKind::kJson, ColumnForm::kPlain, 0},
    {"io.debezium.data.Bits", ColumnKind::kBytes, ColumnForm::kBitsLittleEndian, 0},
    {"io.debezium.data.VariableScaleDecimal", ColumnKind::kDecimal, ColumnForm::kVariableScale, -1},
    {"io.debezium.data.geometry.Geometry", ColumnKind::kBytes, ColumnForm::kGeometry, 0},
    {"io.debezium.data.geometry.Point", ColumnKind::kBytes, ColumnForm::kGeometry, 0},
};

int Number(std::string_view text, int otherwise) {
  int value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// "…(a,b)" → the numbers.
std::pair<int, int> Parameters(std::string_view type) {
  const size_t open = type.find('(');
  if (open == std::string_view::npos) return {-1, -1};
  std::string_view inside = type.substr(open + 1);
  const size_t comma = inside.find(',');
  const int first = Number(inside, -1);
  if (comma == std::string_view::npos || comma > inside.find(')')) return {first, -1};
  inside.remove_prefix(comma + 1);
  while (!inside.empty() && inside[0] == ' ') inside.remove_prefix(1);
  return {first, Number(inside, -1)};
}

void TakeConnectField(std::string_view raw, TargetColumn* column, const std::string& where) {
  std::string type, name, scale = "0", precision;
  bool has_default = false;
  JsonMembers members(raw);
  while (members.Next()) {
    if (members.name() == "type")
      type = UnescapeJsonString(members.value(), where);
    else if (members.name() == "name")
      name = UnescapeJsonString(members.value(), where);
    else if (members.name() == "optional")
      column->nullable = members.value() == "true";
    else if (members.name() == "default")
      has_default = true;
    else if (members.name() == "field" && column->name.empty())
      column->name = UnescapeJsonString(members.value(), where);
    else if (members.name() == "parameters") {
      JsonMembers parameters(members.value());
      while (parameters.Next()) {
        if (parameters.name() == "scale") scale = UnescapeJsonString(parameters.value(), where);
        if (parameters.name() == "connect.decimal.precision") precision = UnescapeJsonString(parameters.value(), where);
      }
    }
  }
  if (!members.ok() || type.empty())
    Fail(ExitStatus::kData, where + ": malformed Connect field", Shown(std::string(raw)));
  column->begins_with_null = column->nullable && !has_default;
  if (name == "org.apache.kafka.connect.data.Decimal") {
    column->kind = ColumnKind::kDecimal;
    column->form = ColumnForm::kUnscaledBase64;
    column->scale = Number(scale, 0);
    column->precision = Number(precision, 65);
    return;
  }
  for (const auto& semantic : kSemantics) {
    if (semantic.name != name) continue;
    column->kind = semantic.kind;
    column->form = semantic.form;
    column->scale = semantic.scale;
    return;
  }
  if (type == "boolean")
    column->kind = ColumnKind::kBoolean;
  else if (type.rfind("int", 0) == 0)
    column->kind = ColumnKind::kInteger;
  else if (type == "float" || type == "float32" || type == "double" || type == "float64")
    column->kind = ColumnKind::kReal;
  else if (type == "string")
    column->kind = ColumnKind::kText;
  else if (type == "bytes")
    column->kind = ColumnKind::kBytes, column->form = ColumnForm::kBase64;
  else
    column->kind = ColumnKind::kJson, column->form = ColumnForm::kJsonValue;
}

/// What the source's own type says beyond Connect's: fraction digits, unsigned 64 bits.
void RefineByMysqlType(const MysqlType& type, TargetColumn* column) {
  const bool timed = column->kind == ColumnKind::kTime || column->kind == ColumnKind::kTimestamp ||
                     column->kind == ColumnKind::kInstant;
  if (timed) column->scale = type.fraction;
  if (type.kind == MysqlKind::kBigInt && type.is_unsigned && column->kind == ColumnKind::kInteger) {
    column->kind = ColumnKind::kUnsigned;
    column->wraps_negative = true;
  }
  if (type.kind == MysqlKind::kDecimal && column->kind == ColumnKind::kText) {
    column->kind = ColumnKind::kDecimal;  // decimal.handling.mode=string
    column->precision = type.length;
    column->scale = type.scale;
  }
}

void TakeSqlType(std::string_view sql, TargetColumn* column) {
  std::string type(sql);
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto ends = type.find(" NOT NULL");
  column->nullable = ends == std::string::npos;
  if (ends != std::string::npos) type.erase(ends);
  const std::string base = type.substr(0, type.find_first_of("( <"));
  const auto [first, second] = Parameters(type);
  const bool local_zone = type.find("WITH LOCAL TIME ZONE") != std::string::npos || base == "TIMESTAMP_LTZ";
  if (base == "BOOLEAN")
    column->kind = ColumnKind::kBoolean;
  else if (base == "TINYINT" || base == "SMALLINT" || base == "INT" || base == "INTEGER" || base == "BIGINT")
    column->kind = ColumnKind::kInteger;
  else if (base == "FLOAT" || base == "DOUBLE")
    column->kind = ColumnKind::kReal;
  else if (base == "DECIMAL" || base == "NUMERIC" || base == "DEC") {
    column->kind = ColumnKind::kDecimal;
    column->precision = first < 0 ? 10 : first;
    column->scale = second < 0 ? 0 : second;
  } else if (base == "BYTES" || base == "BINARY" || base == "VARBINARY") {
    column->kind = ColumnKind::kBytes;
    column->form = ColumnForm::kBase64;
  } else if (base == "DATE")
    column->kind = ColumnKind::kDate;
  else if (base == "TIME")
    column->kind = ColumnKind::kTime, column->scale = first < 0 ? 0 : first;
  else if (base == "TIMESTAMP" || base == "TIMESTAMP_LTZ") {
    column->kind = local_zone ? ColumnKind::kInstant : ColumnKind::kTimestamp;
    column->form = ColumnForm::kIsoText;
    column->scale = first < 0 ? 6 : first;
  } else if (base == "ARRAY" || base == "MAP" || base == "ROW" || base == "MULTISET" || base == "VARIANT") {
    column->kind = ColumnKind::kJson;
    column->form = ColumnForm::kJsonValue;
  } else {
    column->kind = ColumnKind::kText;
  }
}

void TakeMysqlType(const MysqlType& type, TargetColumn* column) {
  column->scale = type.fraction;
  switch (type.kind) {
    case MysqlKind::kTinyInt:
    case MysqlKind::kSmallInt:
    case MysqlKind::kMediumInt:
    case MysqlKind::kInt:
    case MysqlKind::kYear: column->kind = ColumnKind::kInteger; break;
    case MysqlKind::kBigInt: column->kind = type.is_unsigned ? ColumnKind::kUnsigned : ColumnKind::kInteger; break;
    case MysqlKind::kDecimal:
      column->kind = ColumnKind::kDecimal;
      column->precision = type.length;
      column->scale = type.scale;
      break;
    case MysqlKind::kFloat:
    case MysqlKind::kDouble: column->kind = ColumnKind::kReal; break;
    case MysqlKind::kDate: column->kind = ColumnKind::kDate; break;
    case MysqlKind::kTime: column->kind = ColumnKind::kTime; break;
    case MysqlKind::kDateTime: column->kind = ColumnKind::kTimestamp; break;
    case MysqlKind::kTimestamp: column->kind = ColumnKind::kInstant; break;
    case MysqlKind::kJson:
      column->kind = ColumnKind::kJson;
      column->form = ColumnForm::kTaggedJson;
      break;
    case MysqlKind::kBit:
    case MysqlKind::kGeometry:
    case MysqlKind::kVector:
    case MysqlKind::kBinary:
    case MysqlKind::kVarbinary:
    case MysqlKind::kTinyBlob:
    case MysqlKind::kBlob:
    case MysqlKind::kMediumBlob:
    case MysqlKind::kLongBlob:
      column->kind = ColumnKind::kBytes;
      column->form = ColumnForm::kBase64;
      break;
    default: column->kind = ColumnKind::kText;
  }
}

void SetKey(TargetTable* table, const std::vector<std::string>& names, const std::string& where) {
  for (const auto& name : names) {
    const size_t index = table->Find(name);
    if (index == table->columns.size())
      Fail(ExitStatus::kData, where + ": key column \"" + name + "\" is not a column of table \"" + table->name + "\"");
    table->key.push_back(index);
  }
}

}  // namespace

const char* KindName(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kAny: return "any";
    case ColumnKind::kBoolean: return "boolean";
    case ColumnKind::kInteger: return "integer";
    case ColumnKind::kUnsigned: return "unsigned";
    case ColumnKind::kDecimal: return "decimal";
    case ColumnKind::kReal: return "real";
    case ColumnKind::kText: return "text";
    case ColumnKind::kBytes: return "bytes";
    case ColumnKind::kDate: return "date";
    case ColumnKind::kTime: return "time";
    case ColumnKind::kTimestamp: return "timestamp";
    case ColumnKind::kInstant: return "instant";
    case ColumnKind::kJson: return "json";
  }
  return "";
}

std::vector<std::string> TargetTable::ColumnNames() const {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

size_t TargetTable::Find(std::string_view column) const {
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == column) return i;
  return columns.size();
}

bool IsInKey(const TargetTable& table, size_t column) {
  return std::find(table.key.begin(), table.key.end(), column) != table.key.end();
}

TargetTable TableFromSchemaLine(const ControlLine& control, const std::string& name, const std::string& where) {
  TargetTable table;
  table.name = name;
  if (control.Has("db") && control.Has("table")) {
    table.source_db = control.Text("db");
    table.source_table = control.Text("table");
  }
  JsonElements columns(control.Raw("columns"));
  while (columns.Next()) {
    TargetColumn column;
    std::string_view connect, mysql, sql;
    JsonMembers members(columns.value());
    while (members.Next()) {
      if (members.name() == "name") column.name = UnescapeJsonString(members.value(), where);
      if (members.name() == "connect") connect = members.value();
      if (members.name() == "mysql") mysql = members.value();
      if (members.name() == "sql") sql = members.value();
    }
    if (!members.ok() || column.name.empty() || (connect.empty() && sql.empty()))
      Fail(ExitStatus::kData, where + ": malformed column in a schema line", Shown(std::string(columns.value())));
    if (connect.empty())
      TakeSqlType(UnescapeJsonString(sql, where), &column);
    else
      TakeConnectField(connect, &column, where);
    if (!mysql.empty()) {
      column.mysql_type = UnescapeJsonString(mysql, where);
      RefineByMysqlType(ParseMysqlType(column.mysql_type), &column);
    }
    table.columns.push_back(std::move(column));
  }
  if (!columns.ok() || table.columns.empty()) Fail(ExitStatus::kData, where + ": a schema line without columns");
  std::vector<std::string> key;
  if (control.Has("key") && control.Raw("key") != "null") {
    JsonElements names(control.Raw("key"));
    while (names.Next()) key.push_back(UnescapeJsonString(names.value(), where));
  }
  SetKey(&table, key, where);
  return table;
}

TargetColumn ColumnOfSource(const ColumnSchema& source) {
  TargetColumn column;
  column.name = source.name;
  column.nullable = source.nullable;
  column.is_generated = source.generated;
  column.mysql_type = source.type_text;
  column.charset = source.charset;
  column.collation = source.collation;
  TakeMysqlType(source.type, &column);
  column.begins_with_null = source.nullable && !source.generated && !source.default_text && !source.default_expression;
  return column;
}

TargetTable TableFromTableLine(const TableSchema& schema, const std::string& name) {
  TargetTable table;
  table.name = name;
  table.source_db = schema.db;
  table.source_table = schema.table;
  for (const auto& source : schema.columns) {
    table.columns.push_back(ColumnOfSource(source));
  }
  SetKey(&table, schema.key.empty() ? schema.unique : schema.key, "table line");
  return table;
}

TargetTable TableFromConnectSchema(std::string_view row_schema, std::string_view key_schema, const std::string& name,
                                   const std::string& where) {
  TargetTable table;
  table.name = name;
  const auto fields_of = [](std::string_view schema) {
    JsonMembers members(schema);
    while (members.Next())
      if (members.name() == "fields") return members.value();
    return std::string_view();
  };
  JsonElements fields(fields_of(row_schema));
  while (fields.Next()) {
    TargetColumn column;
    TakeConnectField(fields.value(), &column, where);
    table.columns.push_back(std::move(column));
  }
  std::vector<std::string> key;
  JsonElements key_fields(fields_of(key_schema));
  while (key_fields.Next()) {
    TargetColumn column;
    TakeConnectField(key_fields.value(), &column, where);
    key.push_back(column.name);
    // A key-only record (a delete of an unwrapped row) tells no more than its key.
    if (row_schema.empty()) table.columns.push_back(std::move(column));
  }
  SetKey(&table, key, where);
  return table;
}

}  // namespace cdc::apply
