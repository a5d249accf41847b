#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/cdc-apply/target_table.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply::iceberg {

/// The primitive types of Iceberg that cdc-apply writes.
struct FieldType {
  enum class Kind {
    kBoolean,
    kInt,
    kLong,
    kFloat,
    kDouble,
    kDecimal,
    kDate,
    kTimestamp,
    kTimestampTz,
    kString,
    kBinary
  };
  Kind kind = Kind::kString;
  int precision = 0, scale = 0;  ///< kDecimal

  /// As in a schema's JSON: "decimal(10, 2)".
  std::string Text() const;
  friend bool operator==(const FieldType&, const FieldType&) = default;
};

/// Nothing for a type that cdc-apply does not write.
std::optional<FieldType> ParseFieldType(std::string_view text);

/// See the table of types in cdc-apply(1): what has no exact type in Iceberg becomes a string.
FieldType FieldTypeOf(const TargetColumn& column);

/// The type of a field that holds `present` and is to hold `wanted` as well, by Iceberg's rules of promotion. Nothing
/// if there is none.
std::optional<FieldType> CommonType(const FieldType& present, const FieldType& wanted);

/// A value as a file holds it.
struct Cell {
  bool is_null = true;
  int64_t integer = 0;       ///< boolean, int, long; days; microseconds
  double real = 0;           ///< float, double
  int64_t decimal_high = 0;  ///< the unscaled value, 128 bits
  uint64_t decimal_low = 0;
  std::string_view text = {};  ///< string, binary
};

/// `scratch` holds text that is made here. Errors: 65 for a value that the type does not hold exactly, naming the
/// column.
Cell CellOf(const Value& value, const TargetColumn& column, const FieldType& type, std::string* scratch);

/// The bytes of Iceberg's single-value serialisation (specification, Appendix D), which bounds and partitions use.
std::string SerializedCell(const Cell& cell, const FieldType& type);

/// Shortest big-endian two's complement of a decimal's unscaled value.
std::string DecimalBytes(const Cell& cell);

}  // namespace cdc::apply::iceberg
