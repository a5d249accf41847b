#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cdc {

enum class MysqlKind {
  kTinyInt,
  kSmallInt,
  kMediumInt,
  kInt,
  kBigInt,
  kDecimal,
  kFloat,
  kDouble,
  kBit,
  kYear,
  kDate,
  kTime,
  kDateTime,
  kTimestamp,
  kChar,
  kVarchar,
  kTinyText,
  kText,
  kMediumText,
  kLongText,
  kBinary,
  kVarbinary,
  kTinyBlob,
  kBlob,
  kMediumBlob,
  kLongBlob,
  kEnum,
  kSet,
  kJson,
  kGeometry,
  kVector,
  kOther,  ///< a type that these tools do not know: its name is in MysqlType::name
};

/// A column's type, parsed from information_schema's COLUMN_TYPE ("decimal(12,2) unsigned", "enum('a','b')").
struct MysqlType {
  MysqlKind kind = MysqlKind::kOther;
  std::string name;  ///< lower case, without parameters: "bigint", "point"
  bool is_unsigned = false;
  bool is_zerofill = false;
  int32_t length = -1;              ///< first parameter: display width, characters, digits, bits; -1: none
  int32_t scale = -1;               ///< second parameter of DECIMAL, FLOAT, DOUBLE; -1: none
  int32_t fraction = 0;             ///< fraction digits of TIME, DATETIME, TIMESTAMP, 0 to 6
  std::vector<std::string> values;  ///< of ENUM and SET, unescaped

  bool is_integer() const { return kind >= MysqlKind::kTinyInt && kind <= MysqlKind::kBigInt; }
  bool is_text() const { return kind >= MysqlKind::kChar && kind <= MysqlKind::kLongText; }
  bool is_binary() const { return kind >= MysqlKind::kBinary && kind <= MysqlKind::kLongBlob; }
};

/// Errors: 65 for text that does not scan; an unknown type name gives kOther.
MysqlType ParseMysqlType(std::string_view column_type);

}  // namespace cdc
