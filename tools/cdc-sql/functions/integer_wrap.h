#pragma once

#include <cmath>
#include <cstdint>

#include "tools/cdc-sql/bind/sql_type.h"

namespace cdc::sql {

/// What Java's integer of the kind holds of the value: its lowest bits.
inline int64_t WrapTo(TypeKind kind, int64_t value) {
  switch (kind) {
    case TypeKind::kTinyint: return static_cast<int8_t>(value);
    case TypeKind::kSmallint: return static_cast<int16_t>(value);
    case TypeKind::kInt: return static_cast<int32_t>(value);
    default: return value;
  }
}

/// What Java's cast makes of it: no further than INT's or BIGINT's bounds, and of smaller kinds the lowest bits of
/// that.
inline int64_t DoubleToInteger(double value, TypeKind kind) {
  if (std::isnan(value)) return 0;
  const auto saturate = [value](auto low, auto high) -> int64_t {
    if (value <= static_cast<double>(low)) return low;
    if (value >= static_cast<double>(high)) return high;
    return static_cast<int64_t>(value);
  };
  if (kind == TypeKind::kBigint) return saturate(INT64_MIN, INT64_MAX);
  return WrapTo(kind, saturate(int64_t{INT32_MIN}, int64_t{INT32_MAX}));
}

}  // namespace cdc::sql
