#include <algorithm>
#include <cmath>
#include <numbers>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/integer_wrap.h"
#include "tools/cdc-sql/run/expr_eval.h"

namespace cdc::sql {

namespace {

BoundExpr BindAbs(FunctionCall& call) {
  const SqlType type = call.type(0).Plain();
  if (type.is_integer() || type.is_interval())
    return call.Make(type, Total<int64_t, int64_t>([kind = type.kind](int64_t x) {
                       return x < 0 ? WrapTo(kind, static_cast<int64_t>(uint64_t{0} - static_cast<uint64_t>(x))) : x;
                     }));
  if (type.is_approximate()) return call.Make(type, Total<double, double>([](double x) { return std::fabs(x); }));
  if (type.kind == TypeKind::kDecimal)
    return call.Make(type, Total<Int128, Int128>([](Int128 x) { return x < 0 ? -x : x; }));
  call.Refuse();
}

BoundExpr BindSign(FunctionCall& call) {
  const SqlType type = call.type(0).Plain();
  if (type.is_integer())
    return call.Make(type, Total<int64_t, int64_t>([](int64_t x) { return int64_t{x > 0} - int64_t{x < 0}; }));
  if (type.is_approximate())
    return call.Make(type, Total<double, double>([](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : x; }));
  if (type.kind == TypeKind::kDecimal)
    return call.Make(type,
                     Partial<Int128, Int128>([scale = type.scale, precision = type.precision](Int128 x, Int128* out) {
                       *out = x == 0 ? 0 : x > 0 ? PowerOfTen(scale) : -PowerOfTen(scale);
                       return FitsPrecision(*out, precision);
                     }));
  call.Refuse();
}

template <double (*function)(double)>
BoundExpr BindReal(FunctionCall& call) {
  call.WantDouble(0);
  const bool nullable = call.nullable();
  return call.Make(SqlType::Of(TypeKind::kDouble, nullable),
                   Total<double, double>([](double x) { return function(x); }));
}

template <double (*function)(double, double)>
BoundExpr BindReal2(FunctionCall& call) {
  call.WantDouble(0);
  call.WantDouble(1);
  const bool nullable = call.nullable();
  return call.Make(SqlType::Of(TypeKind::kDouble, nullable),
                   Total<double, double, double>([](double x, double y) { return function(x, y); }));
}

double Log2(double x) {
  return std::log(x) / std::log(2.0);
}
double LogBase(double base, double x) {
  return std::log(x) / std::log(base);
}
double Cot(double x) {
  return 1.0 / std::tan(x);
}
double Degrees(double x) {
  return x * (180.0 / std::numbers::pi);
}
double Radians(double x) {
  return x * (std::numbers::pi / 180.0);
}
double Sqrt(double x) {
  return std::sqrt(x);
}
double Ln(double x) {
  return std::log(x);
}
double Log10(double x) {
  return std::log10(x);
}
double Exp(double x) {
  return std::exp(x);
}
double Sin(double x) {
  return std::sin(x);
}
double Cos(double x) {
  return std::cos(x);
}
double Tan(double x) {
  return std::tan(x);
}
double Asin(double x) {
  return std::asin(x);
}
double Acos(double x) {
  return std::acos(x);
}
double Atan(double x) {
  return std::atan(x);
}
double Sinh(double x) {
  return std::sinh(x);
}
double Cosh(double x) {
  return std::cosh(x);
}
double Tanh(double x) {
  return std::tanh(x);
}
double Power(double x, double y) {
  return std::pow(x, y);
}
double Atan2(double y, double x) {
  return std::atan2(y, x);
}

BoundExpr BindLog(FunctionCall& call) {
  if (call.args.size() == 1) return BindReal<Ln>(call);
  return BindReal2<LogBase>(call);
}

BoundExpr BindConstant(FunctionCall& call, double value) {
  Datum datum;
  datum.is_null = false;
  datum.real = value;
  return LiteralExpr(std::move(datum), SqlType::Of(TypeKind::kDouble, false), call.span());
}
BoundExpr BindPi(FunctionCall& call) {
  return BindConstant(call, std::numbers::pi);
}
BoundExpr BindE(FunctionCall& call) {
  return BindConstant(call, std::numbers::e);
}

BoundExpr BindMod(FunctionCall& call) {
  return BindArithmetic("%", std::move(call.args[0]), std::move(call.args[1]), call.span(), call.session);
}

/// value / 10^digits with the wanted rounding of the rest: -1 floor, 0 cut, 1 ceiling, 2 half up.
Int128 DivideRounded(Int128 value, int digits, int mode) {
  if (digits <= 0) return value;
  if (digits > kMaxPrecision) return mode == -1 && value < 0 ? -1 : mode == 1 && value > 0 ? 1 : 0;
  const Int128 unit = PowerOfTen(digits);
  Int128 quotient = value / unit;
  const Int128 rest = value % unit;
  if (mode == -1 && rest < 0) --quotient;
  if (mode == 1 && rest > 0) ++quotient;
  if (mode == 2) {
    const Int128 magnitude = rest < 0 ? -rest : rest;
    if (magnitude >= unit - magnitude) quotient += value < 0 ? -1 : 1;
  }
  return quotient;
}

/// FLOOR (-1) and CEIL (1) of numbers.
BoundExpr BindWhole(FunctionCall& call, int mode) {
  const SqlType type = call.type(0).Plain();
  if (type.is_integer()) return std::move(call.args[0]);
  if (type.is_approximate())
    return call.Make(type, Total<double, double>([mode](double x) { return mode < 0 ? std::floor(x) : std::ceil(x); }));
  if (type.kind == TypeKind::kDecimal)
    return call.Make(
        SqlType::Decimal(type.precision, 0, type.nullable),
        Total<Int128, Int128>([scale = type.scale, mode](Int128 x) { return DivideRounded(x, scale, mode); }));
  call.Refuse();
}

double RoundReal(double value, int digits, int mode) {
  if (!std::isfinite(value)) return value;
  Int128 wide;
  // Through the decimal text of the double, as Java's BigDecimal.valueOf does.
  if (digits >= 0 && digits <= 18 && DoubleToDecimal(value, 18, kMaxPrecision, &wide)) {
    const Int128 rounded = DivideRounded(wide, 18 - digits, mode);
    return DecimalToDouble(rounded, digits);
  }
  // Beyond 2^53 there is no fraction.
  if (digits > 18 || (digits >= 0 && std::abs(value) >= 9007199254740992.0)) return value;
  const double unit = std::pow(10.0, digits);
  const double scaled = value * unit;
  return (mode == 0 ? std::trunc(scaled) : std::round(scaled)) / unit;
}

/// ROUND (mode 2) and TRUNCATE (mode 0), the number of digits being a literal or a column.
BoundExpr BindRounding(FunctionCall& call, int mode) {
  const SqlType type = call.type(0).Plain();
  if (!type.is_numeric()) call.Refuse();
  bool literal = true;
  int digits = 0;
  if (call.args.size() == 2) {
    call.WantInteger(1);
    const BoundExpr folded = call.args[1];
    bool constant = true;
    ForEachColumn(folded, [&constant](size_t) { constant = false; });
    literal = constant && folded.deterministic;
    if (literal) {
      const Datum value = EvaluateConstant(folded);
      if (value.is_null) return NullExpr(type, call.span());
      digits = static_cast<int>(std::clamp<int64_t>(value.integer, -100, 100));
    }
  }
  if (type.kind == TypeKind::kDecimal) {
    if (!literal) call.Refuse("the number of digits has to be a literal for DECIMAL");
    if (digits >= type.scale) return std::move(call.args[0]);
    const int scale = std::max(0, digits);
    const int precision = digits >= 0 ? 1 + type.precision - type.scale + digits : 1 + type.precision - type.scale;
    const SqlType result = SqlType::Decimal(std::min(precision, kMaxPrecision), scale, call.nullable());
    call.args.resize(1);
    return call.Make(result, Partial<Int128, Int128>([from = type.scale, digits, mode, result](Int128 x, Int128* out) {
                       *out = DivideRounded(x, from - digits, mode);
                       if (digits < 0) *out = -digits > kMaxPrecision ? 0 : *out * PowerOfTen(-digits);
                       return FitsPrecision(*out, result.precision);
                     }));
  }
  if (call.args.size() == 1) {
    Datum zero;
    zero.is_null = false;
    call.args.push_back(LiteralExpr(zero, SqlType::Of(TypeKind::kInt, false), call.span()));
  }
  const SqlType result = type.WithNullable(call.nullable());
  if (type.is_integer())
    return call.Make(result, Total<int64_t, int64_t, int64_t>([mode, kind = type.kind](int64_t x, int64_t places) {
                       if (places >= 0) return x;
                       const int drop = static_cast<int>(places < -20 ? 20 : -places);
                       return WrapTo(kind, static_cast<int64_t>(DivideRounded(x, drop, mode) * PowerOfTen(drop)));
                     }));
  return call.Make(result, Total<double, double, int64_t>([mode](double x, int64_t places) {
                     return RoundReal(x, static_cast<int>(std::clamp<int64_t>(places, -400, 400)), mode);
                   }));
}
BoundExpr BindRound(FunctionCall& call) {
  return BindRounding(call, 2);
}
BoundExpr BindTruncate(FunctionCall& call) {
  return BindRounding(call, 0);
}

}  // namespace

BoundExpr BindFloorOfNumber(FunctionCall& call) {
  return BindWhole(call, -1);
}
BoundExpr BindCeilOfNumber(FunctionCall& call) {
  return BindWhole(call, 1);
}

std::vector<FunctionEntry> NumberFunctions() {
  return {
      {"ABS", 1, 1, "ABS(number)", BindAbs},
      {"SIGN", 1, 1, "SIGN(number)", BindSign},
      {"MOD", 2, 2, "MOD(number, number)", BindMod},
      {"ROUND", 1, 2, "ROUND(number [, digits])", BindRound},
      {"TRUNCATE", 1, 2, "TRUNCATE(number [, digits])", BindTruncate},
      {"POWER", 2, 2, "POWER(number, number)", BindReal2<Power>},
      {"SQRT", 1, 1, "SQRT(number)", BindReal<Sqrt>},
      {"LN", 1, 1, "LN(number)", BindReal<Ln>},
      {"LOG", 1, 2, "LOG([base,] number)", BindLog},
      {"LOG10", 1, 1, "LOG10(number)", BindReal<Log10>},
      {"LOG2", 1, 1, "LOG2(number)", BindReal<Log2>},
      {"EXP", 1, 1, "EXP(number)", BindReal<Exp>},
      {"SIN", 1, 1, "SIN(number)", BindReal<Sin>},
      {"COS", 1, 1, "COS(number)", BindReal<Cos>},
      {"TAN", 1, 1, "TAN(number)", BindReal<Tan>},
      {"COT", 1, 1, "COT(number)", BindReal<Cot>},
      {"ASIN", 1, 1, "ASIN(number)", BindReal<Asin>},
      {"ACOS", 1, 1, "ACOS(number)", BindReal<Acos>},
      {"ATAN", 1, 1, "ATAN(number)", BindReal<Atan>},
      {"ATAN2", 2, 2, "ATAN2(y, x)", BindReal2<Atan2>},
      {"SINH", 1, 1, "SINH(number)", BindReal<Sinh>},
      {"COSH", 1, 1, "COSH(number)", BindReal<Cosh>},
      {"TANH", 1, 1, "TANH(number)", BindReal<Tanh>},
      {"DEGREES", 1, 1, "DEGREES(number)", BindReal<Degrees>},
      {"RADIANS", 1, 1, "RADIANS(number)", BindReal<Radians>},
      {"PI", 0, 0, "PI()", BindPi},
      {"E", 0, 0, "E()", BindE},
  };
}

}  // namespace cdc::sql
