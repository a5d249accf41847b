#include "common/collation.h"

#include <algorithm>
#include "tools/binlog-tail/column_plan.h"

namespace cdc::tail {
namespace {

/// 1 to 4: the length bytes of TINYTEXT to LONGTEXT and their binary brothers; 0 for other types.
int BlobLengthBytes(MysqlKind kind) {
  switch (kind) {
    case MysqlKind::kTinyText:
    case MysqlKind::kTinyBlob: return 1;
    case MysqlKind::kText:
    case MysqlKind::kBlob: return 2;
    case MysqlKind::kMediumText:
    case MysqlKind::kMediumBlob: return 3;
    case MysqlKind::kLongText:
    case MysqlKind::kLongBlob:
    case MysqlKind::kJson: return 4;  // MariaDB's JSON is a LONGTEXT
    default: return 0;
  }
}

/// The type numbers that a column of this kind may have in a row event.
bool KindFits(const MappedColumn& column, const MysqlType& type) {
  const MysqlKind kind = type.kind;
  switch (column.type) {
    case ColumnType::kTiny: return kind == MysqlKind::kTinyInt;
    case ColumnType::kShort: return kind == MysqlKind::kSmallInt;
    case ColumnType::kInt24: return kind == MysqlKind::kMediumInt;
    case ColumnType::kLong: return kind == MysqlKind::kInt;
    case ColumnType::kLongLong: return kind == MysqlKind::kBigInt;
    case ColumnType::kFloat: return kind == MysqlKind::kFloat;
    case ColumnType::kDouble: return kind == MysqlKind::kDouble;
    case ColumnType::kNewDecimal: return kind == MysqlKind::kDecimal;
    case ColumnType::kYear: return kind == MysqlKind::kYear;
    case ColumnType::kBit: return kind == MysqlKind::kBit;
    case ColumnType::kDate:
    case ColumnType::kNewDate: return kind == MysqlKind::kDate;
    case ColumnType::kTimeOld:
    case ColumnType::kTime2: return kind == MysqlKind::kTime;
    case ColumnType::kDateTimeOld:
    case ColumnType::kDateTime2: return kind == MysqlKind::kDateTime;
    case ColumnType::kTimestampOld:
    case ColumnType::kTimestamp2: return kind == MysqlKind::kTimestamp;
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
      return kind == MysqlKind::kVarchar || kind == MysqlKind::kVarbinary || kind == MysqlKind::kVector ||
             kind == MysqlKind::kOther;
    case ColumnType::kString:
      return kind == MysqlKind::kChar || kind == MysqlKind::kBinary || kind == MysqlKind::kOther;
    case ColumnType::kBlob: return BlobLengthBytes(kind) == column.meta;
    case ColumnType::kMariadbVarcharCompressed: return kind == MysqlKind::kVarchar || kind == MysqlKind::kVarbinary;
    case ColumnType::kMariadbBlobCompressed: return BlobLengthBytes(kind) != 0;
    case ColumnType::kEnum: return kind == MysqlKind::kEnum;
    case ColumnType::kSet: return kind == MysqlKind::kSet;
    case ColumnType::kJson: return kind == MysqlKind::kJson;
    case ColumnType::kGeometry: return kind == MysqlKind::kGeometry;
    case ColumnType::kVector: return kind == MysqlKind::kVector;
    default: return false;
  }
}

/// Bytes that the longest value takes, by the definition; 0 if it does not tell.
uint64_t DeclaredBytes(const ColumnSchema& column) {
  if (column.type.length < 0) return 0;
  const CharsetInfo* charset = column.charset.empty() ? nullptr : FindCharset(column.charset);
  return static_cast<uint64_t>(column.type.length) * (charset == nullptr ? 1 : charset->max_bytes);
}

/// Sizes, digits and the like.
bool ParametersFit(const MappedColumn& column, const ColumnSchema& schema) {
  const MysqlType& type = schema.type;
  const auto values = type.values.size();
  switch (column.type) {
    case ColumnType::kNewDecimal:
      return column.meta >> 8 == type.length && (column.meta & 0xFF) == std::max(type.scale, 0);
    case ColumnType::kBit: return column.meta == type.length;
    case ColumnType::kTime2:
    case ColumnType::kDateTime2:
    case ColumnType::kTimestamp2: return column.meta == type.fraction;
    case ColumnType::kVarchar:
    case ColumnType::kString: {
      const bool plain = type.is_text() || type.is_binary();
      return !plain || DeclaredBytes(schema) == 0 || DeclaredBytes(schema) == column.meta;
    }
    case ColumnType::kEnum: return column.meta == (values > 255 ? 2 : 1);
    case ColumnType::kSet: return column.meta == (values > 32 ? 8 : (values + 7) / 8);
    default: return true;
  }
}

std::string Described(const ColumnSchema& column) {
  return "\"" + column.name + "\" " + column.type_text;
}

std::string ColumnMismatch(const MappedColumn& column, const ColumnSchema& schema) {
  if (column.name && *column.name != schema.name)
    return "the log calls it \"" + *column.name + "\", the definition \"" + schema.name + "\"";
  if (!KindFits(column, schema.type))
    return "the log has type " + std::to_string(static_cast<int>(column.type)) + ", the definition " +
           Described(schema);
  if (!ParametersFit(column, schema))
    return "the log has size " + std::to_string(column.meta) + ", the definition " + Described(schema);
  if (column.is_unsigned && schema.type.kind != MysqlKind::kYear && *column.is_unsigned != schema.type.is_unsigned)
    return std::string("the log has ") + (*column.is_unsigned ? "unsigned" : "signed") + " numbers, the definition " +
           Described(schema);
  if (column.collation && !schema.charset.empty()) {
    const CollationInfo* collation = FindCollation(*column.collation);
    const CharsetInfo* declared = FindCharset(schema.charset);
    if (collation != nullptr && declared != nullptr && std::string(collation->charset) != declared->name)
      return std::string("the log has character set ") + collation->charset + ", the definition " + schema.charset;
  }
  if (!column.members.empty() && column.members.size() != schema.type.values.size())
    return "the log has " + std::to_string(column.members.size()) + " values, the definition " +
           std::to_string(schema.type.values.size());
  return "";
}

}  // namespace

/// MariaDB keeps the period of a versioned table in two columns behind all others where it is not declared.
bool HasUndeclaredPeriod(const TableMap& map, const TableSchema& schema) {
  if (!schema.system_versioned || map.columns.size() != schema.columns.size() + 2) return false;
  return std::all_of(map.columns.end() - 2, map.columns.end(), [](const MappedColumn& column) {
    return column.type == ColumnType::kTimestamp2 && column.meta == 6 && !column.nullable;
  });
}

std::string MapMismatch(const TableMap& map, const TableSchema& schema) {
  const size_t undeclared = HasUndeclaredPeriod(map, schema) ? 2 : 0;
  if (map.columns.size() != schema.columns.size() + undeclared)
    return "the log has " + std::to_string(map.columns.size()) + " columns, the definition " +
           std::to_string(schema.columns.size());
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const std::string mismatch = ColumnMismatch(map.columns[i], schema.columns[i]);
    if (!mismatch.empty()) return "column " + std::to_string(i + 1) + ": " + mismatch;
  }
  return "";
}

}  // namespace cdc::tail
