#include "tools/cdc-sql/functions/type_rules.h"

#include <algorithm>

namespace cdc::sql {

std::optional<SqlType> LeastRestrictiveType(const SqlType& a, const SqlType& b) {
  if (a.is_approximate() && b.is_approximate() && a.kind != b.kind)
    return SqlType::Of(a.kind, a.nullable || b.nullable);
  if (a.is_timestamp() && b.is_timestamp())
    return SqlType::Of(a.precision == b.precision ? a.kind : b.kind, a.nullable || b.nullable,
                       std::max(a.precision, b.precision));
  return CommonType(a, b);
}

std::optional<SqlType> MergedType(const SqlType& a, const SqlType& b) {
  const bool nullable = a.nullable || b.nullable;
  if (a.kind == TypeKind::kDecimal && b.kind == TypeKind::kFloat) return SqlType::Of(TypeKind::kFloat, nullable);
  if (a.is_timestamp() && b.is_timestamp() && a.kind != b.kind)
    return SqlType::Of(TypeKind::kTimestampLtz, nullable, std::max(a.precision, b.precision));
  return CommonType(a, b);
}

std::optional<SqlType> CommonType(const SqlType& a, const SqlType& b) {
  const bool nullable = a.nullable || b.nullable;
  if (a.kind == TypeKind::kNull) return b.Plain().WithNullable(true);
  if (b.kind == TypeKind::kNull) return a.Plain().WithNullable(true);
  if (SameType(a, b)) return a.Plain().WithNullable(nullable);
  if (a.is_numeric() && b.is_numeric()) {
    if (a.is_approximate() || b.is_approximate()) {
      const bool single =
          (a.kind == TypeKind::kFloat || a.is_integer()) && (b.kind == TypeKind::kFloat || b.is_integer());
      return SqlType::Of(single ? TypeKind::kFloat : TypeKind::kDouble, nullable);
    }
    if (a.is_integer() && b.is_integer()) return SqlType::Of(std::max(a.kind, b.kind), nullable);
    const SqlType x = AsDecimal(a), y = AsDecimal(b);
    const int scale = std::max(x.scale, y.scale);
    const int digits = std::max(x.precision - x.scale, y.precision - y.scale);
    if (digits + scale <= kMaxPrecision) return SqlType::Decimal(digits + scale, scale, nullable);
    return SqlType::Decimal(kMaxPrecision, std::max(0, kMaxPrecision - digits), nullable);
  }
  if (a.is_string() && b.is_string())
    return SqlType::Of(TypeKind::kVarchar, nullable, std::max(a.precision, b.precision));
  if (a.is_binary() && b.is_binary())
    return SqlType::Of(TypeKind::kVarbinary, nullable, std::max(a.precision, b.precision));
  if (a.kind == b.kind && a.is_nested() && a.children.size() == b.children.size()) {
    SqlType type = a.Plain().WithNullable(nullable);
    for (size_t i = 0; i < a.children.size(); ++i) {
      const std::optional<SqlType> both = CommonType(a.children[i], b.children[i]);
      if (!both) return std::nullopt;
      type.children[i] = *both;
    }
    return type;
  }
  if (a.kind == b.kind && (a.is_datetime() || a.is_interval()))
    return SqlType::Of(a.kind, nullable, std::max(a.precision, b.precision));
  return std::nullopt;
}

bool KeepsDistinct(const SqlType& from, const SqlType& to) {
  if (SameType(from, to)) return true;
  if (from.is_integer() && to.is_integer()) return from.kind <= to.kind;
  if (from.is_integer() && to.kind == TypeKind::kDouble) return from.kind <= TypeKind::kInt;
  if ((from.is_integer() || from.kind == TypeKind::kDecimal) && to.kind == TypeKind::kDecimal) {
    const SqlType digits = AsDecimal(from);
    return digits.scale <= to.scale && digits.precision - digits.scale <= to.precision - to.scale;
  }
  if (from.kind == TypeKind::kVarchar && to.kind == TypeKind::kVarchar) return from.precision <= to.precision;
  return from.is_timestamp() && from.kind == to.kind && from.precision <= to.precision;
}

bool CanStore(const SqlType& from, const SqlType& to) {
  if (from.kind == TypeKind::kNull || SameType(from, to)) return true;
  if (from.is_numeric() && to.is_numeric()) {
    if (to.is_approximate()) return from.kind != TypeKind::kDouble || to.kind == TypeKind::kDouble;
    if (from.is_approximate()) return to.kind == TypeKind::kDecimal;
    if (to.is_integer()) return from.is_integer() && from.kind <= to.kind;
    return true;
  }
  if (from.is_string() && to.is_string()) return to.kind == TypeKind::kVarchar || from.kind == TypeKind::kChar;
  if (from.is_binary() && to.is_binary()) return to.kind == TypeKind::kVarbinary || from.kind == TypeKind::kBinary;
  if (from.kind == to.kind && from.is_nested()) {
    if (from.children.size() != to.children.size()) return false;
    for (size_t i = 0; i < from.children.size(); ++i)
      if (!CanStore(from.children[i], to.children[i])) return false;
    return true;
  }
  if (from.kind == to.kind) return true;
  if (from.is_timestamp() && to.is_timestamp()) return true;
  return from.kind == TypeKind::kTimestamp && (to.kind == TypeKind::kDate || to.kind == TypeKind::kTime);
}

}  // namespace cdc::sql
