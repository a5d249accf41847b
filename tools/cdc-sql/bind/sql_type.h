#pragma once

#include <string>
#include <vector>

namespace cdc::sql {

enum class TypeKind {
  kNull,  ///< the type of a bare NULL
  kBoolean,
  kTinyint,
  kSmallint,
  kInt,
  kBigint,
  kFloat,
  kDouble,
  kDecimal,
  kChar,
  kVarchar,
  kBinary,
  kVarbinary,
  kDate,
  kTime,
  kTimestamp,
  kTimestampLtz,
  kIntervalMonth,  ///< YEAR TO MONTH family, in months
  kIntervalDay,    ///< DAY TO SECOND family, in milliseconds
  kVariant,        ///< a JSON value, kept as its text in a normal form (functions/json_text.h)
  kArray,
  kMap,
  kMultiset,
  kRow,
};

/// How the values of a type are kept in memory.
enum class Physical {
  kBool,    ///< uint8_t
  kInt64,   ///< integers; DATE in days, TIME in milliseconds of the day, intervals
  kDouble,  ///< DOUBLE; FLOAT holds values that a float has
  kInt128,  ///< DECIMAL unscaled; TIMESTAMP and TIMESTAMP_LTZ in nanoseconds since 1970
  kString,  ///< text in UTF-8, bytes
};

inline constexpr int kMaxLength = 2147483647;
inline constexpr int kMaxPrecision = 38;

/// A type of Flink's SQL.
struct SqlType {
  TypeKind kind = TypeKind::kNull;
  bool nullable = true;
  int precision = 0;                   ///< digits of DECIMAL, length of strings, fraction digits of temporal types
  int scale = 0;                       ///< of DECIMAL
  bool rowtime = false;                ///< event time attribute
  bool proctime = false;               ///< processing time attribute
  std::vector<SqlType> children = {};  ///< element, key and value, fields
  std::vector<std::string> field_names = {};

  static SqlType Of(TypeKind kind, bool nullable = true, int precision = 0, int scale = 0) {
    SqlType type;
    type.kind = kind;
    type.nullable = nullable;
    type.precision = precision;
    type.scale = scale;
    return type;
  }
  static SqlType String(bool nullable = true) { return Of(TypeKind::kVarchar, nullable, kMaxLength); }
  static SqlType Decimal(int precision, int scale, bool nullable = true) {
    return Of(TypeKind::kDecimal, nullable, precision, scale);
  }

  bool is_integer() const { return kind >= TypeKind::kTinyint && kind <= TypeKind::kBigint; }
  bool is_exact() const { return is_integer() || kind == TypeKind::kDecimal; }
  bool is_approximate() const { return kind == TypeKind::kFloat || kind == TypeKind::kDouble; }
  bool is_numeric() const { return is_exact() || is_approximate(); }
  bool is_string() const { return kind == TypeKind::kChar || kind == TypeKind::kVarchar; }
  bool is_binary() const { return kind == TypeKind::kBinary || kind == TypeKind::kVarbinary; }
  bool is_timestamp() const { return kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampLtz; }
  bool is_datetime() const { return is_timestamp() || kind == TypeKind::kDate || kind == TypeKind::kTime; }
  bool is_interval() const { return kind == TypeKind::kIntervalDay || kind == TypeKind::kIntervalMonth; }
  bool is_nested() const { return kind >= TypeKind::kArray; }

  Physical physical() const;
  SqlType WithNullable(bool value) const {
    SqlType type = *this;
    type.nullable = value;
    return type;
  }
  /// Without the time attribute.
  SqlType Plain() const {
    SqlType type = *this;
    type.rowtime = type.proctime = false;
    return type;
  }

  /// "DECIMAL(10, 2) NOT NULL", "STRING", "TIMESTAMP(3) *ROWTIME*".
  std::string Text() const;
};

/// Same kind and parameters; nullability and time attributes aside.
bool SameType(const SqlType& a, const SqlType& b);

/// The DECIMAL that holds every value of an exact numeric type.
SqlType AsDecimal(const SqlType& type);

}  // namespace cdc::sql
