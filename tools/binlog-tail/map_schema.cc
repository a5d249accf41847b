#include "tools/binlog-tail/map_schema.h"

#include <algorithm>

#include "common/collation.h"
#include "common/error.h"
#include "common/json_writer.h"
#include "tools/binlog-tail/charset.h"

namespace cdc::tail {
namespace {

constexpr uint32_t kBinaryCollation = 63;

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (char c : text) {
    if (c == quote) quoted += quote;
    quoted += c;
  }
  return quoted + quote;
}

std::string WithSign(std::string name, const MappedColumn& column) {
  return column.is_unsigned.value_or(false) ? name + " unsigned" : name;
}

std::string WithFraction(std::string name, uint16_t digits) {
  return digits == 0 ? name : name + "(" + std::to_string(digits) + ")";
}

bool IsBinary(const MappedColumn& column) {
  return column.collation.value_or(kBinaryCollation) == kBinaryCollation;
}

uint32_t BytesPerCharacter(const MappedColumn& column) {
  const Charset* charset = column.collation ? CharsetOfCollation(*column.collation) : nullptr;
  return charset == nullptr ? 1 : charset->max_bytes();
}

std::string StringType(const MappedColumn& column, const char* text, const char* binary, unsigned bytes) {
  const bool is_binary = IsBinary(column);
  return std::string(is_binary ? binary : text) + "(" + std::to_string(bytes / BytesPerCharacter(column)) + ")";
}

std::string BlobType(const MappedColumn& column) {
  static constexpr const char* kSizes[] = {"", "tiny", "", "medium", "long"};
  const char* size = column.meta <= 4 ? kSizes[column.meta] : "";
  return std::string(size) + (IsBinary(column) ? "blob" : "text");
}

/// ENUM and SET values, converted to UTF-8.
std::string ListType(const MappedColumn& column, const char* name) {
  const Charset* charset = column.collation ? CharsetOfCollation(*column.collation) : nullptr;
  std::string text = std::string(name) + "(";
  for (size_t i = 0; i < column.members.size(); ++i) {
    if (i > 0) text += ',';
    std::string value;
    const bool as_it_is = charset == nullptr || charset->kind() == Charset::Kind::kBinary;
    if (as_it_is) value = column.members[i];
    if (as_it_is ? !IsUtf8(value) : !charset->AppendUtf8(column.members[i], value))
      Fail(ExitStatus::kData, "value " + std::to_string(i + 1) + " of column \"" + column.name.value_or("") +
                                  "\" is not valid in character set " + (as_it_is ? "utf8mb4" : charset->name()));
    text += Quoted(value, '\'');
  }
  return text + ")";
}

std::string GeometryType(uint32_t number) {
  static constexpr const char* kNames[] = {"geometry",   "point",           "linestring",   "polygon",
                                           "multipoint", "multilinestring", "multipolygon", "geomcollection"};
  return number < std::size(kNames) ? kNames[number] : kNames[0];
}

std::string TypeText(const MappedColumn& column) {
  switch (column.type) {
    case ColumnType::kTiny: return WithSign("tinyint", column);
    case ColumnType::kShort: return WithSign("smallint", column);
    case ColumnType::kInt24: return WithSign("mediumint", column);
    case ColumnType::kLong: return WithSign("int", column);
    case ColumnType::kLongLong: return WithSign("bigint", column);
    case ColumnType::kFloat: return WithSign("float", column);
    case ColumnType::kDouble: return WithSign("double", column);
    case ColumnType::kNewDecimal:
      return WithSign("decimal(" + std::to_string(column.meta >> 8) + "," + std::to_string(column.meta & 0xFF) + ")",
                      column);
    case ColumnType::kYear: return "year";
    case ColumnType::kBit: return "bit(" + std::to_string(column.meta) + ")";
    case ColumnType::kDate:
    case ColumnType::kNewDate: return "date";
    case ColumnType::kTimeOld: return "time";
    case ColumnType::kDateTimeOld: return "datetime";
    case ColumnType::kTimestampOld: return "timestamp";
    case ColumnType::kTime2: return WithFraction("time", column.meta);
    case ColumnType::kDateTime2: return WithFraction("datetime", column.meta);
    case ColumnType::kTimestamp2: return WithFraction("timestamp", column.meta);
    case ColumnType::kVarchar:
    case ColumnType::kVarString: return StringType(column, "varchar", "varbinary", column.meta);
    case ColumnType::kMariadbVarcharCompressed: return StringType(column, "varchar", "varbinary", column.meta - 1U);
    case ColumnType::kString: return StringType(column, "char", "binary", column.meta);
    case ColumnType::kBlob:
    case ColumnType::kMariadbBlobCompressed: return BlobType(column);
    case ColumnType::kEnum: return ListType(column, "enum");
    case ColumnType::kSet: return ListType(column, "set");
    case ColumnType::kJson: return "json";
    case ColumnType::kGeometry: return GeometryType(column.geometry_type.value_or(0));
    case ColumnType::kVector: return "vector(" + std::to_string(column.vector_dimension.value_or(0)) + ")";
    default:
      Fail(ExitStatus::kData, "column \"" + column.name.value_or("") + "\" has binlog type " +
                                  std::to_string(static_cast<int>(column.type)) + ", which cannot be decoded");
  }
}

bool HasCharset(const MysqlType& type) {
  return type.is_text() || type.kind == MysqlKind::kEnum || type.kind == MysqlKind::kSet;
}

ColumnSchema ColumnFromMap(const MappedColumn& mapped) {
  ColumnSchema column;
  column.name = *mapped.name;
  column.type_text = TypeText(mapped);
  column.type = ParseMysqlType(column.type_text);
  column.nullable = mapped.nullable;
  column.invisible = !mapped.visible.value_or(true);
  if (column.invisible) column.extra = "invisible";
  const CollationInfo* collation = mapped.collation ? FindCollation(*mapped.collation) : nullptr;
  if (HasCharset(column.type) && collation != nullptr) {
    column.charset = collation->charset;
    column.collation = collation->name;
  }
  return column;
}

void AppendColumnDefinition(std::string& out, const ColumnSchema& column) {
  out += "  " + Quoted(column.name, '`') + " " + column.type_text;
  if (!column.charset.empty()) out += " CHARACTER SET " + column.charset + " COLLATE " + column.collation;
  if (!column.nullable)
    out += " NOT NULL";
  else
    out += column.type.kind == MysqlKind::kTimestamp ? " NULL DEFAULT NULL" : " DEFAULT NULL";
  if (column.invisible) out += " /*!80023 INVISIBLE */";
}

std::string CreateText(const TableMap& map, const TableSchema& schema) {
  std::string text = "CREATE TABLE " + Quoted(map.table, '`') + " (\n";
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (i > 0) text += ",\n";
    AppendColumnDefinition(text, schema.columns[i]);
  }
  for (size_t i = 0; i < map.primary_key.size(); ++i) {
    const auto& [column, prefix] = map.primary_key[i];
    if (column >= schema.columns.size()) continue;
    text += i == 0 ? ",\n  PRIMARY KEY (" : ",";
    text += Quoted(schema.columns[column].name, '`');
    if (prefix > 0) text += "(" + std::to_string(prefix) + ")";
  }
  if (!map.primary_key.empty()) text += ")";
  return text + "\n)";
}

/// The period of MariaDB's system versioning where it is not declared: the last two columns, under the names that the
/// server gives them, of which the end is part of the key.
void LeaveOutPeriod(const TableMap& map, TableSchema* schema) {
  const size_t count = schema->columns.size();
  if (count < 3) return;
  const ColumnSchema &start = schema->columns[count - 2], &end = schema->columns[count - 1];
  const auto is_period = [](const ColumnSchema& column, const char* name) {
    return column.name == name && column.type_text == "timestamp(6)" && !column.nullable;
  };
  const bool in_key = std::find(schema->key.begin(), schema->key.end(), end.name) != schema->key.end();
  if (!is_period(start, "row_start") || !is_period(end, "row_end") || (map.has_primary_key && !in_key)) return;
  std::erase(schema->key, end.name);
  schema->columns.resize(count - 2);
  schema->system_versioned = true;
}

}  // namespace

TableSchema SchemaFromMap(const TableMap& map) {
  TableSchema schema;
  schema.db = map.database;
  schema.table = map.table;
  for (const auto& column : map.columns) schema.columns.push_back(ColumnFromMap(column));
  for (const auto& [column, prefix] : map.primary_key) schema.key.push_back(schema.columns[column].name);
  LeaveOutPeriod(map, &schema);
  schema.create = CreateText(map, schema);
  return schema;
}

}  // namespace cdc::tail
