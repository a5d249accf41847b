#include "tools/cdc-apply/mysql_types.h"

#include <algorithm>

#include "common/mysql_type.h"

namespace cdc::apply {
namespace {

// An index holds 3072 bytes, four a character; a key of several texts has to share them.
constexpr int kKeyCharacters = 255;
// All VARCHAR of a row share 65535 bytes.
constexpr int kLongestVarchar = 4000;
constexpr int kMostDigits = 65, kMostScale = 30;

std::string WithFraction(const char* type, int scale) {
  return scale == 0 ? type : type + ("(" + std::to_string(scale < 0 ? 6 : std::min(scale, 6)) + ")");
}

/// Empty: the kind decides.
std::string FromSource(const TargetColumn& column) {
  if (column.mysql_type.empty()) return "";
  const MysqlType type = ParseMysqlType(column.mysql_type);
  const auto same_if = [&](bool fits) { return fits ? column.mysql_type : ""; };
  switch (type.kind) {
    case MysqlKind::kTinyInt:
    case MysqlKind::kSmallInt:
    case MysqlKind::kMediumInt:
    case MysqlKind::kInt:
    case MysqlKind::kYear: return same_if(column.kind == ColumnKind::kInteger || column.kind == ColumnKind::kBoolean);
    case MysqlKind::kBigInt:
      return same_if(column.kind == ColumnKind::kInteger || column.kind == ColumnKind::kUnsigned);
    case MysqlKind::kDecimal: return same_if(column.kind == ColumnKind::kDecimal);
    // Not FLOAT: the same digits would be another number there than in a literal to compare with.
    case MysqlKind::kDouble: return same_if(column.kind == ColumnKind::kReal);
    case MysqlKind::kDate: return same_if(column.kind == ColumnKind::kDate);
    case MysqlKind::kTime: return same_if(column.kind == ColumnKind::kTime);
    case MysqlKind::kDateTime: return same_if(column.kind == ColumnKind::kTimestamp);
    case MysqlKind::kTimestamp: return same_if(column.kind == ColumnKind::kInstant);
    case MysqlKind::kChar:
    case MysqlKind::kEnum:
    case MysqlKind::kSet: return same_if(column.kind == ColumnKind::kText);
    case MysqlKind::kVarchar: return same_if(column.kind == ColumnKind::kText && type.length <= kLongestVarchar);
    case MysqlKind::kBinary: return same_if(column.kind == ColumnKind::kBytes);
    case MysqlKind::kVarbinary: return same_if(column.kind == ColumnKind::kBytes && type.length <= 4 * kLongestVarchar);
    case MysqlKind::kTinyBlob:
    case MysqlKind::kBlob:
    case MysqlKind::kMediumBlob: return same_if(column.kind == ColumnKind::kBytes);
    case MysqlKind::kBit: return same_if(column.kind == ColumnKind::kBytes);
    case MysqlKind::kGeometry: {
      std::string same = same_if(column.form == ColumnForm::kGeometry || column.kind == ColumnKind::kBytes);
      // MySQL's short word for it, which MariaDB does not know.
      return same == "geomcollection" ? "geometrycollection" : same;
    }
    case MysqlKind::kJson: return same_if(column.kind == ColumnKind::kJson);
    // The same text may take more bytes in the target's character set.
    default: return "";
  }
}

}  // namespace

std::string MysqlColumnType(const TargetColumn& column, bool in_key) {
  if (std::string type = FromSource(column); !type.empty()) {
    const MysqlKind kind = ParseMysqlType(type).kind;
    const bool can_be_indexed = kind != MysqlKind::kTinyBlob && kind != MysqlKind::kBlob &&
                                kind != MysqlKind::kMediumBlob && kind != MysqlKind::kJson &&
                                kind != MysqlKind::kGeometry;
    if (!in_key || can_be_indexed) return type;
  }
  const std::string key_text = "varchar(" + std::to_string(kKeyCharacters) + ")";
  switch (column.kind) {
    case ColumnKind::kBoolean: return "tinyint(1)";
    case ColumnKind::kInteger: return "bigint";
    case ColumnKind::kUnsigned: return "bigint unsigned";
    case ColumnKind::kDecimal:
      if (column.precision == 0 || column.precision > kMostDigits || column.scale > kMostScale || column.scale < 0)
        return in_key ? key_text : "longtext";
      return "decimal(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
    case ColumnKind::kReal: return "double";
    case ColumnKind::kDate: return "date";
    case ColumnKind::kTime: return WithFraction("time", column.scale);
    case ColumnKind::kTimestamp: return WithFraction("datetime", column.scale);
    // Of no TIMESTAMP of MySQL's, so that it may be of any year.
    case ColumnKind::kInstant: return WithFraction("datetime", column.scale);
    case ColumnKind::kJson: return in_key ? key_text : "json";
    case ColumnKind::kBytes: return in_key ? "varbinary(" + std::to_string(4 * kKeyCharacters) + ")" : "longblob";
    case ColumnKind::kAny:
    case ColumnKind::kText: break;
  }
  return in_key ? key_text : "longtext";
}

}  // namespace cdc::apply
