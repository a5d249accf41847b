// Numbers, times and intervals as they are written.
#include "tools/cdc-sql/bind/expr_binder.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

namespace {

BoundExpr Integer(int64_t value, TypeKind kind, const Span& span) {
  Datum datum;
  datum.is_null = false;
  datum.integer = value;
  return LiteralExpr(std::move(datum), SqlType::Of(kind, false), span);
}

}  // namespace

BoundExpr ExprBinder::BindNumber(const Expr& expr, bool negative) {
  const std::string& text = expr.text;
  const auto out_of_range = [&] {
    FailAt(expr.span, "the number " + text + " is out of range",
           "CAST('" + text + "' AS DECIMAL(38, 0)) takes up to 38 digits");
  };
  if (text.find('e') != std::string::npos || text.find('E') != std::string::npos) {
    Datum datum;
    datum.is_null = false;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), datum.real);
    if (end.ec != std::errc()) out_of_range();
    return LiteralExpr(std::move(datum), SqlType::Of(TypeKind::kDouble, false), expr.span);
  }
  const size_t point = text.find('.');
  std::string digits = text;
  if (point != std::string::npos) digits.erase(point, 1);
  const size_t first = std::min(digits.find_first_not_of('0'), digits.size());
  uint64_t unscaled = 0;
  const auto end = std::from_chars(digits.data() + first, digits.data() + digits.size(), unscaled);
  const uint64_t limit = static_cast<uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  const bool fits = first == digits.size() || (end.ec == std::errc() && unscaled <= limit);
  if (!fits) {
    // A fraction below one may have more digits than BIGINT.
    if (point == std::string::npos || text.find_first_not_of("0.") < point || digits.size() > 38) out_of_range();
  }
  if (point == std::string::npos || point + 1 == text.size()) {
    const int64_t value = static_cast<int64_t>(negative ? uint64_t{0} - unscaled : unscaled);
    // The sign does not belong to the literal: -2147483648 is a BIGINT.
    return Integer(value, unscaled <= INT32_MAX ? TypeKind::kInt : TypeKind::kBigint, expr.span);
  }
  const int scale = static_cast<int>(text.size() - point - 1);
  Datum datum;
  datum.is_null = false;
  if (ParseDecimal(text, scale, kMaxPrecision, &datum.wide) != DecimalParse::kOk) out_of_range();
  if (negative) datum.wide = -datum.wide;
  // Digits as written, a zero before the point included.
  const int precision = std::max(1, static_cast<int>(digits.size()));
  return LiteralExpr(std::move(datum), SqlType::Decimal(precision, scale, false), expr.span);
}

BoundExpr ExprBinder::BindTemporal(const Expr& expr) {
  Datum datum;
  datum.is_null = false;
  // More digits of a second than nine are left out.
  const size_t point = expr.text.find('.');
  const size_t behind = point == std::string::npos ? 0 : expr.text.size() - point - 1;
  const bool longer = behind > 9 && expr.text.find_first_not_of("0123456789", point + 1) == std::string::npos;
  const std::string text = longer ? expr.text.substr(0, point + 10) : expr.text;
  const int digits = longer ? 9 : static_cast<int>(behind);
  if (expr.kind == ExprKind::kDate) {
    const bool whole =
        std::count(expr.text.begin(), expr.text.end(), '-') == 2 && expr.text.find(' ') == std::string::npos;
    if (!whole || !ParseDate(expr.text, &datum.integer))
      FailAt(expr.span, "not a date: '" + expr.text + "'", "DATE 'yyyy-MM-dd'");
    return LiteralExpr(std::move(datum), SqlType::Of(TypeKind::kDate, false), expr.span);
  }
  if (expr.kind == ExprKind::kTime) {
    if (!ParseTime(text, &datum.integer)) FailAt(expr.span, "not a time: '" + expr.text + "'", "TIME 'HH:mm:ss'");
    return LiteralExpr(std::move(datum), SqlType::Of(TypeKind::kTime, false, std::min(digits, 3)), expr.span);
  }
  int64_t day = 0;  // of a literal it has to be one of its month
  if (!ParseDate(text.substr(0, text.find(' ')), &day) || !ParseTimestamp(text, &datum.wide))
    FailAt(expr.span, "not a timestamp: '" + expr.text + "'", "TIMESTAMP 'yyyy-MM-dd HH:mm:ss'");
  return LiteralExpr(std::move(datum), SqlType::Of(TypeKind::kTimestamp, false, digits), expr.span);
}

namespace {

int64_t UnitMillis(const std::string& unit) {
  if (unit == "MILLISECOND") return 1;
  if (unit == "SECOND") return 1000;
  if (unit == "MINUTE") return 60000;
  if (unit == "HOUR") return 3600000;
  if (unit == "DAY") return kMillisPerDay;
  if (unit == "WEEK") return 7 * kMillisPerDay;
  return 0;
}

int64_t UnitMonths(const std::string& unit) {
  if (unit == "MONTH") return 1;
  if (unit == "QUARTER") return 3;
  if (unit == "YEAR") return 12;
  return 0;
}

}  // namespace

BoundExpr ExprBinder::BindCastTo(const Expr& expr) {
  BoundExpr value = Bind(*expr.args[0]);
  if (expr.type.is_interval() && value.type.is_exact()) {
    if (!expr.to_unit.empty())
      FailAt(expr.span, "a number cannot be cast to an interval of several units",
             "INTERVAL DAY, HOUR, MINUTE, SECOND, MONTH or YEAR");
    // A literal counts units, as Calcite makes it one of the interval's own; another number is the value as it is kept.
    const Expr* literal = expr.args[0].get();
    if (literal->kind == ExprKind::kUnary && literal->text != "NOT") literal = literal->args[0].get();
    if (expr.text == "CAST" && literal->kind == ExprKind::kNumber && value.kind == BoundExpr::Kind::kLiteral) {
      const int64_t unit = UnitMonths(expr.unit) + UnitMillis(expr.unit);
      const Int128 number = value.type.is_integer() ? Int128{value.literal.integer} : value.literal.wide;
      return Integer(DecimalToInt64(number * unit, value.type.is_integer() ? 0 : value.type.scale), expr.type.kind,
                     expr.span);
    }
  }
  return BindCast(std::move(value), expr.type, expr.text == "TRY_CAST", expr.span, session_);
}

BoundExpr ExprBinder::BindInterval(const Expr& expr) {
  const auto bad = [&expr] {
    FailAt(expr.span, "not an interval: '" + expr.text + "'",
           "INTERVAL '5' SECOND, INTERVAL '1 02:30:00' DAY TO SECOND, INTERVAL '1-6' YEAR TO MONTH");
  };
  std::string_view text = expr.text;
  bool negative = expr.negated;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    if (text[0] == '-') negative = !negative;
    text.remove_prefix(1);
  }
  // The fields between the first unit and the last, each with the separator before it.
  static const std::vector<std::pair<std::string, char>> kFields = {{"YEAR", '\0'}, {"MONTH", '-'},  {"DAY", '\0'},
                                                                    {"HOUR", ' '},  {"MINUTE", ':'}, {"SECOND", ':'}};
  std::vector<std::pair<std::string, char>> fields;
  if (expr.to_unit.empty()) {
    fields.emplace_back(expr.unit, '\0');
  } else {
    bool inside = false;
    for (const auto& field : kFields) {
      if (field.first == expr.unit) {
        inside = true;
        fields.emplace_back(field.first, '\0');
      } else if (inside) {
        fields.push_back(field);
      }
      if (inside && field.first == expr.to_unit) break;
    }
    if (fields.empty() || fields.back().first != expr.to_unit) bad();
  }
  int64_t total = 0;
  const bool months = UnitMonths(fields.front().first) > 0;
  for (const auto& [unit, separator] : fields) {
    if (separator != '\0') {
      if (text.empty() || text[0] != separator) bad();
      text.remove_prefix(1);
    }
    int64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc() || end.ptr == text.data() || text[0] == '-') bad();
    const int precision = expr.type.precision > 0 ? expr.type.precision : 2;
    if (separator == '\0' && end.ptr - text.data() > precision && text[0] != '0')
      FailAt(expr.span,
             "an interval's first number has " + std::to_string(precision) + " digits at most, not " +
                 std::to_string(end.ptr - text.data()),
             "INTERVAL '" + expr.text + "' " + unit + "(" + std::to_string(end.ptr - text.data()) + ")");
    text.remove_prefix(static_cast<size_t>(end.ptr - text.data()));
    const int64_t size = months ? UnitMonths(unit) : UnitMillis(unit);
    if (size == 0) bad();
    total += value * size;
    if (unit == "SECOND" && !text.empty() && text[0] == '.') {
      int64_t scale = 1000;
      int digits = 0;
      for (text.remove_prefix(1); !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1)) {
        scale /= 10;
        total += (text[0] - '0') * scale;
        ++digits;
      }
      if (digits > (expr.type.scale > 0 ? expr.type.scale : 6)) bad();
    }
  }
  if (!text.empty()) bad();
  BoundExpr interval =
      Integer(negative ? -total : total, months ? TypeKind::kIntervalMonth : TypeKind::kIntervalDay, expr.span);
  interval.type.precision = expr.type.scale;  // a moment that it is added to has as many digits
  return interval;
}

}  // namespace cdc::sql
