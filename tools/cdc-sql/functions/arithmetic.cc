#include <algorithm>
#include <cmath>
#include <cstring>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/operator_parts.h"
#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {
namespace {

[[noreturn]] void DivisionByZero(const Span& span) {
  FailAt(span, "division by zero", "NULLIF(x, 0) makes the result NULL instead", ExitStatus::kData);
}

/// Integers wrap as Java's do.
ScalarImpl IntegerArithmetic(char op, TypeKind kind, const Span& span) {
  const auto wrap = [kind](uint64_t value) -> int64_t {
    switch (kind) {
      case TypeKind::kTinyint: return static_cast<int8_t>(value);
      case TypeKind::kSmallint: return static_cast<int16_t>(value);
      case TypeKind::kInt: return static_cast<int32_t>(value);
      default: return static_cast<int64_t>(value);
    }
  };
  using U = uint64_t;
  switch (op) {
    case '+':
      return Total<int64_t, int64_t, int64_t>(
          [wrap](int64_t a, int64_t b) { return wrap(static_cast<U>(a) + static_cast<U>(b)); });
    case '-':
      return Total<int64_t, int64_t, int64_t>(
          [wrap](int64_t a, int64_t b) { return wrap(static_cast<U>(a) - static_cast<U>(b)); });
    case '*':
      return Total<int64_t, int64_t, int64_t>(
          [wrap](int64_t a, int64_t b) { return wrap(static_cast<U>(a) * static_cast<U>(b)); });
    case '/':
      return Partial<int64_t, int64_t, int64_t>([wrap, span](int64_t a, int64_t b, int64_t* out) {
        if (b == 0) DivisionByZero(span);
        *out = wrap(b == -1 ? U{0} - static_cast<U>(a) : static_cast<U>(a / b));
        return true;
      });
    default:
      return Partial<int64_t, int64_t, int64_t>([span](int64_t a, int64_t b, int64_t* out) {
        if (b == 0) DivisionByZero(span);
        *out = b == -1 ? 0 : a % b;
        return true;
      });
  }
}

template <typename Round>
ScalarImpl RealArithmetic(char op, Round round) {
  switch (op) {
    case '+': return Total<double, double, double>([round](double a, double b) { return round(a + b); });
    case '-': return Total<double, double, double>([round](double a, double b) { return round(a - b); });
    case '*': return Total<double, double, double>([round](double a, double b) { return round(a * b); });
    case '/': return Total<double, double, double>([round](double a, double b) { return round(a / b); });
    default: return Total<double, double, double>([round](double a, double b) { return round(std::fmod(a, b)); });
  }
}

SqlType DecimalResult(char op, const SqlType& a, const SqlType& b) {
  const int a_whole = a.precision - a.scale, b_whole = b.precision - b.scale;
  int precision = 0, scale = std::max(a.scale, b.scale);
  switch (op) {
    case '*':
      scale = a.scale + b.scale;
      precision = a.precision + b.precision + 1;
      break;
    case '/':
      scale = std::max(6, a.scale + b.precision + 1);
      precision = a_whole + b.scale + scale;
      break;
    case '%': precision = std::min(a_whole, b_whole) + scale; break;
    default: precision = scale + std::max(a_whole, b_whole) + 1; break;
  }
  if (precision > kMaxPrecision) {
    const int whole = precision - scale;
    scale = std::max(kMaxPrecision - whole, std::min(scale, 6));
    precision = kMaxPrecision;
  }
  return SqlType::Decimal(precision, scale);
}

ScalarImpl DecimalArithmetic(char op, int a_scale, int b_scale, const SqlType& result, const Span& span) {
  const int scale = result.scale, precision = result.precision;
  using W = Int128;
  switch (op) {
    case '+':
      return Partial<W, W, W>(
          [=](W a, W b, W* out) { return AddDecimals(a, a_scale, b, b_scale, scale, precision, out); });
    case '-':
      return Partial<W, W, W>(
          [=](W a, W b, W* out) { return AddDecimals(a, a_scale, -b, b_scale, scale, precision, out); });
    case '*':
      return Partial<W, W, W>(
          [=](W a, W b, W* out) { return MultiplyDecimals(a, a_scale, b, b_scale, scale, precision, out); });
    case '/':
      return Partial<W, W, W>([=](W a, W b, W* out) {
        if (b == 0) DivisionByZero(span);
        return DivideDecimals(a, a_scale, b, b_scale, scale, precision, out);
      });
    default:
      return Partial<W, W, W>([=](W a, W b, W* out) {
        if (b == 0) DivisionByZero(span);
        return ModDecimals(a, a_scale, b, b_scale, scale, precision, out);
      });
  }
}

BoundExpr BindNumbers(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                      const Session& session) {
  const char symbol = op[0];
  const bool nullable = left.type.nullable || right.type.nullable;
  const bool divides = symbol == '/' || symbol == '%';
  if (divides && right.kind == BoundExpr::Kind::kLiteral && !right.literal.is_null && right.literal.integer == 0 &&
      right.literal.real == 0 && right.literal.wide == 0 && left.kind == BoundExpr::Kind::kLiteral)
    DivisionByZero(span);  // a column fails in the first row that is not NULL
  if (left.type.is_approximate() || right.type.is_approximate()) {
    if (symbol == '%')
      RefuseOperator(op, left, right, span, "the operands of % are exact numbers: CAST(x AS DECIMAL(p, s))");
    const bool decimal = left.type.kind == TypeKind::kDecimal || right.type.kind == TypeKind::kDecimal;
    // FLOAT beside DOUBLE: both are taken as the left operand's type.
    const bool mixed = left.type.is_approximate() && right.type.is_approximate() && left.type.kind != right.type.kind;
    const bool single = mixed ? left.type.kind == TypeKind::kFloat
                              : !decimal && (left.type.kind == TypeKind::kFloat || right.type.kind == TypeKind::kFloat);
    const SqlType type = SqlType::Of(single ? TypeKind::kFloat : TypeKind::kDouble, nullable);
    left = ImplicitCast(std::move(left), type.WithNullable(left.type.nullable), session);
    right = ImplicitCast(std::move(right), type.WithNullable(right.type.nullable), session);
    ScalarImpl impl = single
                          ? RealArithmetic(symbol, [](double x) { return static_cast<double>(static_cast<float>(x)); })
                          : RealArithmetic(symbol, [](double x) { return x; });
    return CallExpr(op, type, Pair(std::move(left), std::move(right)), std::move(impl), span);
  }
  // Without fractions x % y has the type of y: beside a whole number a DECIMAL is taken for a BIGINT, which wraps.
  if (symbol == '%' && left.type.kind == TypeKind::kDecimal && left.type.scale == 0 && right.type.is_integer())
    left = BindCast(std::move(left), SqlType::Of(TypeKind::kBigint), false, span, session);
  BoundExpr call;
  if (left.type.is_integer() && right.type.is_integer()) {
    const TypeKind kind = symbol == '%' ? right.type.kind : std::max(left.type.kind, right.type.kind);
    call = CallExpr(op, SqlType::Of(kind, nullable), Pair(std::move(left), std::move(right)),
                    IntegerArithmetic(symbol, kind, span), span);
  } else {
    const SqlType a = AsDecimal(left.type), b = AsDecimal(right.type);
    SqlType type = symbol == '%' && a.scale == 0 && b.scale == 0 ? b : DecimalResult(symbol, a, b);
    type.nullable = nullable;
    left = ImplicitCast(std::move(left), a, session);
    right = ImplicitCast(std::move(right), b, session);
    ScalarImpl impl = DecimalArithmetic(symbol, a.scale, b.scale, type, span);
    call = CallExpr(op, type, Pair(std::move(left), std::move(right)), std::move(impl), span);
  }
  call.can_fail = call.can_fail || divides;
  return call;
}

/// An interval of months is an INT, which wraps.
int64_t WrapInterval(TypeKind kind, uint64_t value) {
  return kind == TypeKind::kIntervalMonth ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
}

/// Dates, times and intervals with + and -.
BoundExpr BindDateArithmetic(const std::string& op, BoundExpr left, BoundExpr right, const Span& span) {
  if (op == "+" && left.type.is_interval() && right.type.is_datetime()) {
    if (right.type.kind == TypeKind::kTimestampLtz)  // the planner knows the other order only
      RefuseOperator(op, left, right, span, "the interval comes second: t + INTERVAL '1' DAY");
    std::swap(left, right);
  }
  const int64_t sign = op == "+" ? 1 : -1;
  const SqlType a = left.type.Plain(), b = right.type;
  const bool nullable = a.nullable || b.nullable;
  SqlType type = a.WithNullable(nullable);
  if (a.is_timestamp()) type.precision = std::max(type.precision, b.precision);
  if (!b.is_interval() || (!a.is_datetime() && a.kind != b.kind))
    RefuseOperator(op, left, right, span,
                   a.is_datetime() && b.is_datetime()
                       ? "TIMESTAMPDIFF(SECOND, b, a) gives the time between two instants"
                       : "dates and times take an interval: x + INTERVAL '1' DAY");
  ScalarImpl impl;
  if (a.is_interval()) {
    impl = Total<int64_t, int64_t, int64_t>([sign, kind = a.kind](int64_t x, int64_t y) {
      return WrapInterval(kind, static_cast<uint64_t>(x) + static_cast<uint64_t>(sign) * static_cast<uint64_t>(y));
    });
  } else if (a.kind == TypeKind::kTime) {
    if (b.kind == TypeKind::kIntervalMonth) {
      impl = Total<int64_t, int64_t, int64_t>([](int64_t x, int64_t) { return x; });
    } else {
      impl = Total<int64_t, int64_t, int64_t>([sign](int64_t x, int64_t y) {
        const int64_t moved = (x + sign * y) % kMillisPerDay;
        return moved < 0 ? moved + kMillisPerDay : moved;
      });
    }
  } else if (b.kind == TypeKind::kIntervalMonth) {
    if (a.kind == TypeKind::kDate) {
      impl = Total<int64_t, int64_t, int64_t>([sign](int64_t days, int64_t months) {
        return static_cast<int64_t>(AddMonths(Int128{days} * kNanosPerDay, sign * months) / kNanosPerDay);
      });
    } else {
      impl = Total<Int128, Int128, int64_t>(
          [sign](Int128 nanos, int64_t months) { return AddMonths(nanos, sign * months); });
    }
  } else if (a.kind == TypeKind::kDate) {
    impl = Total<int64_t, int64_t, int64_t>(
        [sign](int64_t days, int64_t millis) { return days + sign * (millis / kMillisPerDay); });
  } else {
    // Only a sum that the planner computes has no more digits than its type: a column's keeps the milliseconds.
    const bool constant = left.kind == BoundExpr::Kind::kLiteral && right.kind == BoundExpr::Kind::kLiteral;
    impl = Total<Int128, Int128, int64_t>([sign, digits = constant ? type.precision : 9](Int128 nanos, int64_t millis) {
      return CutFraction(nanos + Int128{sign * millis} * 1000000, digits);
    });
  }
  return CallExpr(op, type, Pair(std::move(left), std::move(right)), std::move(impl), span);
}

/// -x in the width of the type: the least value is its own negation.
int64_t Negated(TypeKind kind, int64_t value) {
  const auto negated = static_cast<int64_t>(uint64_t{0} - static_cast<uint64_t>(value));
  switch (kind) {
    case TypeKind::kTinyint: return static_cast<int8_t>(negated);
    case TypeKind::kSmallint: return static_cast<int16_t>(negated);
    case TypeKind::kInt: return static_cast<int32_t>(negated);
    default: return negated;
  }
}

}  // namespace

BoundExpr BindArithmetic(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                         const Session& session) {
  for (const BoundExpr* side : {&left, &right})
    if (side->type.kind == TypeKind::kNull)
      FailAt(side->span, "NULL has no type here", "CAST(NULL AS INT) gives it one");
  if (left.type.is_numeric() && right.type.is_numeric())
    return BindNumbers(op, std::move(left), std::move(right), span, session);
  if (op == "*" && (left.type.is_interval() || right.type.is_interval())) {
    if (right.type.is_interval()) std::swap(left, right);
    if (!right.type.is_integer()) RefuseOperator(op, left, right, span, "an interval is multiplied by a whole number");
    const SqlType type = left.type.WithNullable(left.type.nullable || right.type.nullable);
    return CallExpr(op, type, Pair(std::move(left), std::move(right)),
                    Total<int64_t, int64_t, int64_t>([kind = type.kind](int64_t a, int64_t b) {
                      return WrapInterval(kind, static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
                    }),
                    span);
  }
  const bool dates =
      left.type.is_datetime() || left.type.is_interval() || right.type.is_datetime() || right.type.is_interval();
  if (dates && (op == "+" || op == "-")) return BindDateArithmetic(op, std::move(left), std::move(right), span);
  std::string hint;
  if (left.type.is_string() || right.type.is_string())
    hint =
        op == "+" ? "|| joins texts; CAST(x AS INT) makes a number of one" : "CAST(x AS INT) makes a number of a text";
  RefuseOperator(op, left, right, span, hint);
}

BoundExpr BindNegate(BoundExpr value, const Span& span) {
  if (value.kind == BoundExpr::Kind::kLiteral && !value.literal.is_null && value.type.is_numeric()) {
    value.literal.integer = Negated(value.type.kind, value.literal.integer);
    value.literal.wide = -value.literal.wide;
    value.literal.real = 0.0 - value.literal.real;  // not -0.0
    value.span = span;
    value.repeated = nullptr;
    return value;
  }
  const SqlType type = value.type;
  ScalarImpl impl;
  if (type.is_integer() || type.is_interval()) {
    impl = Total<int64_t, int64_t>([kind = type.kind](int64_t x) { return Negated(kind, x); });
  } else if (type.is_approximate()) {
    impl = Total<double, double>([](double x) { return -x; });
  } else if (type.kind == TypeKind::kDecimal) {
    impl = Total<Int128, Int128>([](Int128 x) { return -x; });
  } else {
    FailAt(span, "- cannot be applied to " + TypeName(value));
  }
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  return CallExpr("-", type, std::move(args), std::move(impl), span);
}

}  // namespace cdc::sql
