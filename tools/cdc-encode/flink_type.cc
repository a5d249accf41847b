#include "tools/cdc-encode/flink_type.h"

namespace cdc::encode {
namespace {

std::string WithLength(const char* name, int64_t length) {
  return std::string(name) + "(" + std::to_string(length) + ")";
}

std::string Base(const ColumnSchema& column, const MappedColumn& mapped) {
  const MysqlType& type = column.type;
  const int64_t length = type.length;
  switch (type.kind) {
    case MysqlKind::kTinyInt:
      if (mapped.form == ValueForm::kBoolean || mapped.form == ValueForm::kPositive) return "BOOLEAN";
      return type.is_unsigned ? "SMALLINT" : "TINYINT";
    case MysqlKind::kSmallInt: return type.is_unsigned ? "INT" : "SMALLINT";
    case MysqlKind::kMediumInt: return "INT";
    case MysqlKind::kInt: return type.is_unsigned ? "BIGINT" : "INT";
    case MysqlKind::kBigInt: return type.is_unsigned ? "DECIMAL(20, 0)" : "BIGINT";
    case MysqlKind::kDecimal: {
      // Flink's DECIMAL ends at 38 digits.
      const int64_t precision = length < 0 ? 10 : length, scale = type.scale < 0 ? 0 : type.scale;
      if (precision > 38) return "STRING";
      return "DECIMAL(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
    }
    case MysqlKind::kFloat: return mapped.form == ValueForm::kWidenedFloat ? "DOUBLE" : "FLOAT";
    case MysqlKind::kDouble: return "DOUBLE";
    case MysqlKind::kBit: return length <= 1 ? "BOOLEAN" : WithLength("BINARY", (length + 7) / 8);
    case MysqlKind::kYear: return "INT";
    case MysqlKind::kDate: return "DATE";
    case MysqlKind::kTime: return WithLength("TIME", type.fraction);
    case MysqlKind::kDateTime: return WithLength("TIMESTAMP", type.fraction);
    case MysqlKind::kTimestamp: return WithLength("TIMESTAMP_LTZ", type.fraction);
    case MysqlKind::kChar: return length > 0 ? WithLength("CHAR", length) : "STRING";
    case MysqlKind::kVarchar: return length > 0 ? WithLength("VARCHAR", length) : "STRING";
    case MysqlKind::kBinary:
      if (mapped.form == ValueForm::kLatin1String) return "STRING";
      return length > 0 ? WithLength("BINARY", length) : "BYTES";
    case MysqlKind::kVarbinary:
      if (mapped.form == ValueForm::kLatin1String) return "STRING";
      return length > 0 ? WithLength("VARBINARY", length) : "BYTES";
    case MysqlKind::kTinyBlob:
    case MysqlKind::kBlob:
    case MysqlKind::kMediumBlob:
    case MysqlKind::kLongBlob: return mapped.form == ValueForm::kLatin1String ? "STRING" : "BYTES";
    case MysqlKind::kGeometry: return "BYTES";
    case MysqlKind::kVector: return "ARRAY<FLOAT>";
    default: return "STRING";
  }
}

}  // namespace

std::string FlinkType(const ColumnSchema& column, const MappedColumn& mapped) {
  return Base(column, mapped) + (column.nullable ? "" : " NOT NULL");
}

}  // namespace cdc::encode
