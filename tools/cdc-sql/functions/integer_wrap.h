#pragma once

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

}  // namespace cdc::sql
