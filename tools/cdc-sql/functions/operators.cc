#include <algorithm>
#include <cmath>
#include <cstring>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

namespace {

std::vector<BoundExpr> Pair(BoundExpr left, BoundExpr right) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  return args;
}

std::string TypeName(const BoundExpr& expr) {
  return expr.type.Plain().WithNullable(true).Text();
}

[[noreturn]] void RefuseOperator(const std::string& op, const BoundExpr& left, const BoundExpr& right, const Span& span,
                                 const std::string& hint = {}) {
  FailAt(span, op + " cannot be applied to " + TypeName(left) + " and " + TypeName(right), hint);
}

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
      right.literal.real == 0 && right.literal.wide == 0 &&
      (left.kind == BoundExpr::Kind::kLiteral || !left.type.is_approximate()))
    FailAt(span, "division by zero", "NULLIF(x, 0) makes the result NULL instead");
  if (left.type.is_approximate() || right.type.is_approximate()) {
    if (symbol == '%')
      RefuseOperator(op, left, right, span, "the operands of % are exact numbers: CAST(x AS DECIMAL(p, s))");
    const bool decimal = left.type.kind == TypeKind::kDecimal || right.type.kind == TypeKind::kDecimal;
    // FLOAT beside DOUBLE: the left operand's type, computed in double precision.
    const bool mixed = left.type.is_approximate() && right.type.is_approximate() && left.type.kind != right.type.kind;
    const bool single = mixed ? left.type.kind == TypeKind::kFloat
                              : !decimal && (left.type.kind == TypeKind::kFloat || right.type.kind == TypeKind::kFloat);
    const SqlType type = SqlType::Of(single ? TypeKind::kFloat : TypeKind::kDouble, nullable);
    const SqlType operand = mixed ? SqlType::Of(TypeKind::kDouble) : type;
    left = ImplicitCast(std::move(left), operand.WithNullable(left.type.nullable), session);
    right = ImplicitCast(std::move(right), operand.WithNullable(right.type.nullable), session);
    ScalarImpl impl = single
                          ? RealArithmetic(symbol, [](double x) { return static_cast<double>(static_cast<float>(x)); })
                          : RealArithmetic(symbol, [](double x) { return x; });
    return CallExpr(op, type, Pair(std::move(left), std::move(right)), std::move(impl), span);
  }
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

/// Dates, times and intervals with + and -.
BoundExpr BindDateArithmetic(const std::string& op, BoundExpr left, BoundExpr right, const Span& span) {
  if (op == "+" && left.type.is_interval() && right.type.is_datetime()) std::swap(left, right);
  const int64_t sign = op == "+" ? 1 : -1;
  const SqlType a = left.type.Plain(), b = right.type;
  const bool nullable = a.nullable || b.nullable;
  const SqlType type = a.WithNullable(nullable);
  if (!b.is_interval() || (!a.is_datetime() && a.kind != b.kind))
    RefuseOperator(op, left, right, span,
                   a.is_datetime() && b.is_datetime()
                       ? "TIMESTAMPDIFF(SECOND, b, a) gives the time between two instants"
                       : "dates and times take an interval: x + INTERVAL '1' DAY");
  ScalarImpl impl;
  if (a.is_interval()) {
    impl = Total<int64_t, int64_t, int64_t>([sign](int64_t x, int64_t y) { return x + sign * y; });
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
    impl = Total<Int128, Int128, int64_t>([sign, digits = a.precision](Int128 nanos, int64_t millis) {
      return CutFraction(nanos + Int128{sign * millis} * 1000000, digits);
    });
  }
  return CallExpr(op, type, Pair(std::move(left), std::move(right)), std::move(impl), span);
}

/// -1, 0, 1 with NaN equal to itself and above all.
int CompareReals(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : 2;
  return a < b ? -1 : a > b ? 1 : 0;
}

template <typename T, typename Order>
ScalarImpl Compare(const std::string& op, Order order) {
  if (op == "=") return Total<uint8_t, T, T>([order](T a, T b) { return order(a, b) == 0 ? 1 : 0; });
  if (op == "<>") return Total<uint8_t, T, T>([order](T a, T b) { return order(a, b) != 0 ? 1 : 0; });
  if (op == "<") return Total<uint8_t, T, T>([order](T a, T b) { return order(a, b) == -1 ? 1 : 0; });
  if (op == ">") return Total<uint8_t, T, T>([order](T a, T b) { return order(a, b) == 1 ? 1 : 0; });
  if (op == "<=")
    return Total<uint8_t, T, T>([order](T a, T b) {
      const int o = order(a, b);
      return o == -1 || o == 0 ? 1 : 0;
    });
  return Total<uint8_t, T, T>([order](T a, T b) {
    const int o = order(a, b);
    return o == 0 || o == 1 ? 1 : 0;
  });
}

template <typename T>
int Order(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

/// Comparison of two columns of one type.
ScalarImpl CompareImpl(const std::string& op, const SqlType& type, int a_scale, int b_scale) {
  switch (type.physical()) {
    case Physical::kBool: return Compare<uint8_t>(op, Order<uint8_t>);
    case Physical::kInt64: return Compare<int64_t>(op, Order<int64_t>);
    case Physical::kDouble: return Compare<double>(op, CompareReals);
    case Physical::kInt128:
      if (a_scale == b_scale) return Compare<Int128>(op, Order<Int128>);
      return Compare<Int128>(
          op, [a_scale, b_scale](Int128 a, Int128 b) { return CompareDecimals(a, a_scale, b, b_scale); });
    case Physical::kString: break;
  }
  return Compare<std::string_view>(op, [](std::string_view a, std::string_view b) {
    const int order = a.compare(b);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  });
}

/// Brings two operands of a comparison to one type; false if that cannot be done silently.
bool Align(BoundExpr& left, BoundExpr& right, const Session& session) {
  // A text literal beside a date or time is read as one.
  const auto adapt = [&session](BoundExpr& text, const BoundExpr& other) {
    if (text.kind == BoundExpr::Kind::kLiteral && text.type.is_string() && other.type.is_datetime())
      text = BindCast(text, other.type.WithNullable(false), false, text.span, session);
  };
  adapt(left, right);
  adapt(right, left);
  if (left.type.is_timestamp() && right.type.is_timestamp() && left.type.kind != right.type.kind) {
    const SqlType ltz = SqlType::Of(TypeKind::kTimestampLtz, true, std::max(left.type.precision, right.type.precision));
    left = ImplicitCast(std::move(left), ltz, session);
    right = ImplicitCast(std::move(right), ltz, session);
    return true;
  }
  if (left.type.is_exact() && right.type.is_exact() && !(left.type.is_integer() && right.type.is_integer())) {
    left = ImplicitCast(std::move(left), AsDecimal(left.type), session);
    right = ImplicitCast(std::move(right), AsDecimal(right.type), session);
    return true;
  }
  const std::optional<SqlType> common = CommonType(left.type, right.type);
  if (!common) return false;
  if (common->kind == TypeKind::kNull) {
    left = NullExpr(SqlType::Of(TypeKind::kInt), left.span);
    right = NullExpr(SqlType::Of(TypeKind::kInt), right.span);
    return true;
  }
  for (BoundExpr* side : {&left, &right}) {
    if (side->type.kind == TypeKind::kNull)
      *side = NullExpr(*common, side->span);
    else
      *side = ImplicitCast(std::move(*side), *common, session);
  }
  return true;
}

/// A text beside a condition is read as one, as is a text beside a number where the order of the two is asked for; =
/// and
/// <> of a number and a text are refused, as Flink refuses them.
void ReadTextAsOther(const std::string& op, BoundExpr& left, BoundExpr& right, const Session& session) {
  const auto adapt = [&](BoundExpr& text, const BoundExpr& other) {
    const bool number = other.type.is_numeric() && op != "=" && op != "<>";
    if (text.type.is_string() && (number || other.type.kind == TypeKind::kBoolean))
      text = BindCast(text, other.type, false, text.span, session);
  };
  adapt(left, right);
  adapt(right, left);
}

std::string ComparisonHint(const BoundExpr& left, const BoundExpr& right) {
  const bool left_text = left.type.is_string(), right_text = right.type.is_string();
  if (left_text != right_text)
    return "text and numbers are not converted silently: CAST(x AS " +
           (left_text ? right : left).type.Plain().WithNullable(true).Text() + ") or CAST(x AS STRING)";
  return "bring both sides to one type with CAST";
}

bool MatchLike(std::string_view text, std::string_view pattern, int escape) {
  // Positions to come back to: just after the last %, and the text character it would take next.
  size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  const auto next = [&text](size_t at) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    return at;
  };
  while (t < text.size()) {
    bool matched = false;
    if (p < pattern.size()) {
      const bool escaped = escape >= 0 && static_cast<unsigned char>(pattern[p]) == escape && p + 1 < pattern.size();
      if (!escaped && pattern[p] == '%') {
        star = ++p;
        resume = t;
        continue;
      }
      if (!escaped && pattern[p] == '_') {
        t = next(t);
        ++p;
        matched = true;
      } else {
        const size_t literal = escaped ? p + 1 : p;
        if (pattern[literal] == text[t]) {
          ++t;
          p = literal + 1;
          matched = true;
        }
      }
    }
    if (matched) continue;
    if (star == std::string_view::npos) return false;
    resume = next(resume);
    t = resume;
    p = star;
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
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
                    Total<int64_t, int64_t, int64_t>([](int64_t a, int64_t b) { return a * b; }), span);
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

BoundExpr BindComparison(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                         const Session& session) {
  if (left.type.is_nested() && right.type.is_nested() && (op == "=" || op == "<>")) {
    const std::optional<SqlType> both = CommonType(left.type, right.type);
    if (!both) RefuseOperator(op, left, right, span, "the parts are of different types");
    const bool nullable = left.type.nullable || right.type.nullable, equal = op == "=";
    left = ImplicitCast(std::move(left), *both, session);
    right = ImplicitCast(std::move(right), *both, session);
    return CallExpr(op, SqlType::Of(TypeKind::kBoolean, nullable), Pair(std::move(left), std::move(right)),
                    Total<uint8_t, std::string_view, std::string_view>(
                        [equal](std::string_view a, std::string_view b) { return (a == b) == equal ? 1 : 0; }),
                    span);
  }
  if (left.type.is_approximate() && right.type.is_approximate()) {
    const SqlType both = *LeastRestrictiveType(left.type, right.type);
    left = ImplicitCast(std::move(left), both, session);
    right = ImplicitCast(std::move(right), both, session);
  }
  ReadTextAsOther(op, left, right, session);
  if (!Align(left, right, session)) RefuseOperator(op, left, right, span, ComparisonHint(left, right));
  const SqlType type = SqlType::Of(TypeKind::kBoolean, left.type.nullable || right.type.nullable);
  const bool decimals = left.type.kind == TypeKind::kDecimal;
  ScalarImpl impl = CompareImpl(op, left.type, decimals ? left.type.scale : 0, decimals ? right.type.scale : 0);
  return CallExpr(op, type, Pair(std::move(left), std::move(right)), std::move(impl), span);
}

BoundExpr BindListed(BoundExpr value, BoundExpr listed, const Span& span, const Session& session) {
  if ((value.type.is_numeric() && listed.type.is_string()) || (value.type.is_string() && listed.type.is_numeric()))
    listed = BindCast(std::move(listed), value.type.Plain(), false, span, session);
  return BindComparison("=", std::move(value), std::move(listed), span, session);
}

namespace {

void JoinTexts(const EvalCall& call, ColumnVector& out) {
  MergeNulls(call, out);
  std::vector<std::string_view>& values = out.MutableValues<std::string_view>();
  std::string text;
  for (size_t row = 0; row < call.rows; ++row) {
    if (out.IsNull(row)) continue;
    text.clear();
    for (const ColumnPtr& arg : call.args) text += arg->strings()[row];
    values[row] = out.arena().Copy(text);
  }
}

}  // namespace

BoundExpr BindConcat(BoundExpr left, BoundExpr right, const Span& span, const Session&) {
  for (const BoundExpr* side : {&left, &right})
    if (side->type.kind == TypeKind::kNull)
      FailAt(side->span, "NULL has no type here", "CAST(NULL AS STRING) gives it one");
  if (!left.type.is_string() || !right.type.is_string())
    RefuseOperator("||", left, right, span, "|| joins texts: CAST(x AS STRING)");
  SqlType type = SqlType::String(left.type.nullable || right.type.nullable);
  if (left.type.precision != kMaxLength && right.type.precision != kMaxLength) {
    type.precision =
        static_cast<int>(std::min<int64_t>(int64_t{left.type.precision} + right.type.precision, kMaxLength));
    if (left.type.kind == TypeKind::kChar && right.type.kind == TypeKind::kChar) type.kind = TypeKind::kChar;
  }
  // One call for a chain of them.
  if (left.kind == BoundExpr::Kind::kCall && left.name == "||") {
    left.can_fail = left.can_fail || right.can_fail;
    left.deterministic = left.deterministic && right.deterministic;
    left.type = type;
    left.span = span;
    left.args.push_back(std::move(right));
    return left;
  }
  return CallExpr("||", type, Pair(std::move(left), std::move(right)), JoinTexts, span);
}

namespace {

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

BoundExpr BindNot(BoundExpr value, const Span& span) {
  if (value.type.kind != TypeKind::kBoolean) FailAt(span, "NOT needs a condition, not " + TypeName(value));
  const SqlType type = value.type;
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  return CallExpr("NOT", type, std::move(args), Total<uint8_t, uint8_t>([](uint8_t x) { return x == 0 ? 1 : 0; }),
                  span);
}

BoundExpr BindIs(const std::string& what, bool negated, BoundExpr value, const Span& span) {
  const bool null_test = what == "NULL" || what == "UNKNOWN";
  if (what != "NULL" && value.type.kind != TypeKind::kBoolean && value.type.kind != TypeKind::kNull)
    FailAt(span, "IS " + what + " needs a condition, not " + TypeName(value), "IS NULL takes any value");
  if (value.type.kind == TypeKind::kNull) value = NullExpr(SqlType::Of(TypeKind::kBoolean), value.span);
  const uint8_t wanted = what == "TRUE" ? 1 : 0;
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  return CallExpr(
      std::string("IS ") + (negated ? "NOT " : "") + what, SqlType::Of(TypeKind::kBoolean, false), std::move(args),
      [null_test, wanted, negated](const EvalCall& call, ColumnVector& out) {
        out.Resize(call.rows);
        std::vector<uint8_t>& values = out.MutableValues<uint8_t>();
        const ColumnVector& arg = *call.args[0];
        for (size_t i = 0; i < call.rows; ++i) {
          const bool holds = null_test ? arg.IsNull(i) : !arg.IsNull(i) && arg.bools()[i] == wanted;
          values[i] = holds != negated ? 1 : 0;
        }
      },
      span);
}

BoundExpr BindDistinct(bool negated, BoundExpr left, BoundExpr right, const Span& span, const Session& session) {
  ReadTextAsOther("=", left, right, session);
  if (!Align(left, right, session)) RefuseOperator("IS DISTINCT FROM", left, right, span, ComparisonHint(left, right));
  const bool decimals = left.type.kind == TypeKind::kDecimal;
  const ScalarImpl equal = CompareImpl("=", left.type, decimals ? left.type.scale : 0, decimals ? right.type.scale : 0);
  return CallExpr(
      negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM", SqlType::Of(TypeKind::kBoolean, false),
      Pair(std::move(left), std::move(right)),
      [equal, negated](const EvalCall& call, ColumnVector& out) {
        equal(call, out);
        for (size_t i = 0; i < call.rows; ++i) {
          const bool a_null = call.args[0]->IsNull(i), b_null = call.args[1]->IsNull(i);
          const bool same = a_null || b_null ? a_null && b_null : out.bools()[i] != 0;
          out.MutableValues<uint8_t>()[i] = same == negated ? 1 : 0;
          out.mutable_nulls()[i] = 0;
        }
      },
      span);
}

namespace {

/// In a pattern that is a literal the escape character stands before %, _ or itself only.
void CheckEscapes(const BoundExpr& pattern, int escape) {
  if (pattern.kind != BoundExpr::Kind::kLiteral || escape < 0) return;
  const std::string& text = pattern.literal.text;
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) != escape) continue;
    ++i;
    if (i == text.size() || (text[i] != '%' && text[i] != '_' && static_cast<unsigned char>(text[i]) != escape))
      FailAt(pattern.span, "the escape character in '" + text + "' stands before a character that needs none",
             "it takes the meaning from %, _ and itself");
  }
}

}  // namespace

BoundExpr BindLike(bool negated, std::vector<BoundExpr> args, const Span& span) {
  for (const BoundExpr& arg : args)
    if (!arg.type.is_string()) FailAt(span, "LIKE needs texts, not " + TypeName(arg), "CAST(x AS STRING) makes a text");
  int escape = -1;
  if (args.size() == 3) {
    const BoundExpr& literal = args[2];
    if (literal.kind != BoundExpr::Kind::kLiteral || literal.literal.text.size() > 1)
      FailAt(args[2].span, "ESCAPE needs one ASCII character as literal");
    if (!literal.literal.text.empty()) escape = static_cast<unsigned char>(literal.literal.text[0]);
    CheckEscapes(args[1], escape);
    args.pop_back();
  }
  const SqlType type = SqlType::Of(TypeKind::kBoolean, AnyNullable(args));
  return CallExpr(std::string(negated ? "NOT LIKE" : "LIKE") + (escape < 0 ? "" : " ESCAPE " + std::to_string(escape)),
                  type, std::move(args),
                  Total<uint8_t, std::string_view, std::string_view>(
                      [escape, negated](std::string_view text, std::string_view pattern) {
                        return MatchLike(text, pattern, escape) != negated ? 1 : 0;
                      }),
                  span);
}

BoundExpr BindLogic(bool is_and, BoundExpr left, BoundExpr right, const Span& span) {
  for (const BoundExpr* side : {&left, &right}) {
    if (side->type.kind == TypeKind::kNull)
      FailAt(side->span, "NULL has no type here", "CAST(NULL AS BOOLEAN) gives it one");
    if (side->type.kind != TypeKind::kBoolean)
      FailAt(side->span, std::string(is_and ? "AND" : "OR") + " needs conditions, not " + TypeName(*side),
             "compare it with something: x <> 0");
  }
  const SqlType type = SqlType::Of(TypeKind::kBoolean, left.type.nullable || right.type.nullable);
  BoundExpr logic = CallExpr(is_and ? "AND" : "OR", type, {}, nullptr, span);
  logic.kind = is_and ? BoundExpr::Kind::kAnd : BoundExpr::Kind::kOr;
  if (left.kind == logic.kind) logic.args = std::exchange(left.args, {});
  for (BoundExpr* side : {&left, &right}) {
    logic.can_fail = logic.can_fail || side->can_fail;
    logic.deterministic = logic.deterministic && side->deterministic;
    logic.uses_watermark = logic.uses_watermark || side->uses_watermark;
    if (side->kind == logic.kind) {
      for (BoundExpr& arg : side->args) logic.args.push_back(std::move(arg));
    } else {
      logic.args.push_back(std::move(*side));
    }
  }
  return logic;
}

BoundExpr BindCase(std::vector<BoundExpr> args, const Span& span, const Session& session) {
  SqlType common;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool is_result = i % 2 == 1 || i + 1 == args.size();
    if (!is_result) {
      if (args[i].type.kind == TypeKind::kNull) args[i] = NullExpr(SqlType::Of(TypeKind::kBoolean), args[i].span);
      if (args[i].type.kind != TypeKind::kBoolean)
        FailAt(args[i].span, "WHEN needs a condition, not " + TypeName(args[i]));
      continue;
    }
    const std::optional<SqlType> both = i == 1 ? args[i].type : LeastRestrictiveType(common, args[i].type);
    if (!both)
      FailAt(args[i].span,
             "the results of CASE are of different types, " + common.WithNullable(true).Text() + " and " +
                 TypeName(args[i]),
             "CAST one of them to the other's type");
    common = *both;
  }
  if (common.kind == TypeKind::kNull)
    FailAt(span, "all results of CASE are NULL", "CAST(NULL AS INT) gives one of them a type");
  bool nullable = false;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i % 2 == 0 && i + 1 != args.size()) continue;
    nullable = nullable || args[i].type.nullable;
    const Span at = args[i].span;
    args[i] =
        args[i].type.kind == TypeKind::kNull ? NullExpr(common, at) : ImplicitCast(std::move(args[i]), common, session);
  }
  BoundExpr expr = CallExpr("CASE", common.WithNullable(nullable), std::move(args), nullptr, span);
  expr.kind = BoundExpr::Kind::kCase;
  return expr;
}

BoundExpr BindCoalesce(std::vector<BoundExpr> args, const Span& span, const Session& session) {
  SqlType common;
  bool nullable = true;
  std::vector<BoundExpr> typed;
  for (BoundExpr& arg : args) {
    std::optional<SqlType> both = CommonType(common, arg.type);
    const bool day = common.kind == TypeKind::kDate || arg.type.kind == TypeKind::kDate;
    if (!both && day && common.is_datetime() && arg.type.is_datetime() && common.kind != TypeKind::kTime &&
        arg.type.kind != TypeKind::kTime)
      both = SqlType::Of(TypeKind::kDate);  // a date beside a timestamp: the days of both
    if (!both)
      FailAt(arg.span,
             "the values of COALESCE are of different types, " + common.WithNullable(true).Text() + " and " +
                 TypeName(arg),
             "CAST one of them to the other's type");
    common = *both;
    nullable = nullable && arg.type.nullable;
    if (arg.type.kind != TypeKind::kNull) typed.push_back(std::move(arg));
  }
  if (typed.empty()) FailAt(span, "all values of COALESCE are NULL", "CAST(NULL AS INT) gives one of them a type");
  for (BoundExpr& arg : typed) arg = ImplicitCast(std::move(arg), common, session);
  BoundExpr expr = CallExpr("COALESCE", common.WithNullable(nullable), std::move(typed), nullptr, span);
  expr.kind = BoundExpr::Kind::kCoalesce;
  return expr;
}

}  // namespace cdc::sql
