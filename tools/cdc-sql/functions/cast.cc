#include "tools/cdc-sql/functions/cast.h"

#include "tools/cdc-sql/run/nested.h"
#include "tools/cdc-sql/state/row_codec.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast_text.h"
#include "tools/cdc-sql/functions/integer_wrap.h"
#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/utf16.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

namespace {

size_t PrefixBytes(std::string_view text, size_t characters) {
  size_t at = 0;
  while (at < text.size()) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && characters-- == 0) return at;
    ++at;
  }
  return at;
}

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// CHAR(n) and VARCHAR(n): cut to n characters, CHAR filled with blanks.
void FitText(const SqlType& target, std::string* text) {
  if (target.precision == kMaxLength) return;
  const auto length = static_cast<size_t>(target.precision);
  text->resize(PrefixBytes(*text, length));
  if (target.kind == TypeKind::kChar) {
    const size_t count = CountCharacters(*text);
    if (count < length) text->append(length - count, ' ');
  }
}

/// The same of the text of a nested value, whose length Java counts in its 16-bit units.
void FitUnits(const SqlType& target, std::string* text) {
  if (target.precision == kMaxLength) return;
  std::u16string units = ToUtf16(*text);
  const auto length = static_cast<size_t>(target.precision);
  if (units.size() > length || target.kind == TypeKind::kChar) units.resize(length, u' ');
  *text = FromUtf16(units);
}

void FitBytes(const SqlType& target, std::string* bytes) {
  if (target.precision == kMaxLength) return;
  const auto length = static_cast<size_t>(target.precision);
  if (bytes->size() > length || target.kind == TypeKind::kBinary) bytes->resize(length, '\0');
}

/// How a value that cannot be converted ends: as NULL for TRY_CAST, else with the query.
struct BadValue {
  bool try_cast;
  Span span;
  SqlType target;
  bool operator()(std::string_view text) const {
    if (try_cast) return false;
    FailAt(span, "the value '" + Shown(std::string(text)) + "' cannot be cast to " + target.WithNullable(true).Text(),
           "TRY_CAST gives NULL instead", ExitStatus::kData);
  }
};

ScalarImpl FromString(const SqlType& target, const BadValue& bad, const TimeZone& zone) {
  using View = std::string_view;
  const TypeKind kind = target.kind;
  switch (kind) {
    case TypeKind::kBoolean:
      return Partial<uint8_t, View>([bad](View text, uint8_t* out) { return ParseBoolean(text, out) || bad(text); });
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return Partial<int64_t, View>(
          [bad, kind](View text, int64_t* out) { return ParseInteger(text, kind, out) || bad(text); });
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return Partial<double, View>([bad, kind](View text, double* out) {
        return ParseDouble(text, kind == TypeKind::kFloat, out) || bad(text);
      });
    case TypeKind::kDecimal:
      return Partial<Int128, View>([bad, scale = target.scale, precision = target.precision](View text, Int128* out) {
        return ParseCastDecimal(text, scale, precision, out) == DecimalParse::kOk || bad(text);
      });
    case TypeKind::kDate:
      return Partial<int64_t, View>([bad](View text, int64_t* out) { return ParseDate(text, out) || bad(text); });
    case TypeKind::kTime:
      return Partial<int64_t, View>([bad, digits = target.precision](View text, int64_t* out) {
        if (!ParseTime(text, out) && !ParseHour(text, out)) return bad(text);
        static constexpr int64_t kUnits[] = {1000, 100, 10};
        if (digits < 3) *out -= *out % kUnits[digits];
        return true;
      });
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return Partial<Int128, View>(
          [bad, digits = target.precision, zone = kind == TypeKind::kTimestampLtz ? zone : TimeZone()](View text,
                                                                                                       Int128* out) {
            if (!ParseCastTimestamp(text, out)) return bad(text);
            *out = zone.ToInstant(FloorFraction(*out, digits));
            return true;
          });
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return Text<View>([target](View text, std::string* out) {
        out->assign(text);
        FitText(target, out);
        return true;
      });
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return Text<View>([target](View text, std::string* out) {
        out->assign(text);
        FitBytes(target, out);
        return true;
      });
    default: return nullptr;
  }
}

ScalarImpl FromInteger(const SqlType& source, const SqlType& target) {
  switch (target.kind) {
    case TypeKind::kBoolean: return Total<uint8_t, int64_t>([](int64_t value) { return value != 0 ? 1 : 0; });
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return Total<int64_t, int64_t>([kind = target.kind](int64_t value) { return WrapTo(kind, value); });
    case TypeKind::kFloat:
      return Total<double, int64_t>([](int64_t value) { return static_cast<double>(static_cast<float>(value)); });
    case TypeKind::kDouble: return Total<double, int64_t>([](int64_t value) { return static_cast<double>(value); });
    case TypeKind::kDecimal:
      return Partial<Int128, int64_t>([scale = target.scale, precision = target.precision](int64_t value, Int128* out) {
        return RescaleDecimal(value, 0, scale, precision, out);
      });
    // Months or milliseconds, whatever the unit is (of a literal it counts: BindCast's caller).
    case TypeKind::kIntervalMonth:
      return Total<int64_t, int64_t>([](int64_t value) { return WrapTo(TypeKind::kInt, value); });
    case TypeKind::kIntervalDay: return Total<int64_t, int64_t>([](int64_t value) { return value; });
    default: static_cast<void>(source); return nullptr;
  }
}

ScalarImpl FromDouble(const SqlType& target, const BadValue& bad) {
  switch (target.kind) {
    case TypeKind::kBoolean: return Total<uint8_t, double>([](double value) { return value != 0 ? 1 : 0; });
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return Total<int64_t, double>([kind = target.kind](double value) { return DoubleToInteger(value, kind); });
    case TypeKind::kFloat:
      return Total<double, double>([](double value) { return static_cast<double>(static_cast<float>(value)); });
    case TypeKind::kDouble: return Total<double, double>([](double value) { return value; });
    case TypeKind::kDecimal:
      return Partial<Int128, double>(
          [bad, scale = target.scale, precision = target.precision](double value, Int128* out) {
            if (!std::isfinite(value)) return bad(std::isnan(value) ? "NaN" : "Infinity");
            return DoubleToDecimal(value, scale, precision, out);
          });
    default: return nullptr;
  }
}

ScalarImpl FromDecimal(const SqlType& source, const SqlType& target) {
  const int from = source.scale;
  switch (target.kind) {
    case TypeKind::kBoolean: return Total<uint8_t, Int128>([](Int128 value) { return value != 0 ? 1 : 0; });
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return Total<int64_t, Int128>(
          [from, kind = target.kind](Int128 value) { return WrapTo(kind, DecimalToInt64(value, from)); });
    case TypeKind::kFloat:
      return Total<double, Int128>(
          [from](Int128 value) { return static_cast<double>(static_cast<float>(DecimalToDouble(value, from))); });
    case TypeKind::kDouble: return Total<double, Int128>([from](Int128 value) { return DecimalToDouble(value, from); });
    case TypeKind::kDecimal:
      return Partial<Int128, Int128>(
          [from, scale = target.scale, precision = target.precision](Int128 value, Int128* out) {
            return RescaleDecimal(value, from, scale, precision, out);
          });
    default: return nullptr;
  }
}

/// Days (DATE), milliseconds (TIME) and nanoseconds (timestamps) into one another.
ScalarImpl FromTemporal(const SqlType& source, const SqlType& target, const TimeZone& zone) {
  const int digits = target.precision;
  // TIMESTAMP is wall time, TIMESTAMP_LTZ an instant: through the session's zone.
  const bool to_wall = source.kind == TypeKind::kTimestampLtz && target.kind != TypeKind::kTimestampLtz;
  const bool to_instant = source.kind != TypeKind::kTimestampLtz && target.kind == TypeKind::kTimestampLtz;
  const auto moved = [to_wall, to_instant, zone](Int128 nanos) {
    return to_wall ? zone.ToLocal(nanos) : to_instant ? zone.ToInstant(nanos) : nanos;
  };
  if (source.is_timestamp()) {
    if (target.is_timestamp())
      return Total<Int128, Int128>([=](Int128 value) { return CutFraction(moved(value), digits); });
    if (target.kind == TypeKind::kDate && to_wall)
      return Total<int64_t, Int128>(
          [=](Int128 value) { return static_cast<int64_t>(FloorDiv(moved(value), Int128{kNanosPerDay})); });
    if (target.kind == TypeKind::kDate)
      return Total<int64_t, Int128>([=](Int128 value) {
        // Milliseconds rounded down, then divided toward zero, as Flink does before 1970.
        return static_cast<int64_t>(FloorDiv(moved(value), Int128{1000000})) / kMillisPerDay;
      });
    if (target.kind == TypeKind::kTime)
      return Total<int64_t, Int128>([=](Int128 value) {
        const auto since_1970 = static_cast<int64_t>(FloorDiv(moved(value), Int128{1000000}));
        int64_t millis = since_1970 % kMillisPerDay;
        // Of an instant before 1970 the time is taken downward, of a wall clock toward zero.
        if (to_wall && millis < 0) millis += kMillisPerDay;
        static constexpr int64_t kUnits[] = {1000, 100, 10};
        const int64_t cut = digits < 3 ? millis - millis % kUnits[digits] : millis;
        return cut < 0 ? cut + kMillisPerDay : cut;
      });
    return nullptr;
  }
  if (source.kind == TypeKind::kDate) {
    if (target.is_timestamp())
      return Total<Int128, int64_t>([=](int64_t days) { return moved(Int128{days} * kNanosPerDay); });
    if (target.kind == TypeKind::kDate) return Total<int64_t, int64_t>([](int64_t days) { return days; });
    return nullptr;
  }
  if (target.is_timestamp())
    return Total<Int128, int64_t>([=](int64_t millis) { return moved(Int128{millis} * 1000000); });
  if (target.kind == TypeKind::kTime)
    return Total<int64_t, int64_t>([=](int64_t millis) {
      static constexpr int64_t kUnits[] = {1000, 100, 10};
      return digits < 3 ? millis - millis % kUnits[digits] : millis;
    });
  return nullptr;
}

ScalarImpl FromBoolean(const SqlType& target) {
  switch (target.kind) {
    case TypeKind::kBoolean: return Total<uint8_t, uint8_t>([](uint8_t value) { return value; });
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint: return Total<int64_t, uint8_t>([](uint8_t value) { return int64_t{value}; });
    case TypeKind::kFloat:
    case TypeKind::kDouble: return Total<double, uint8_t>([](uint8_t value) { return static_cast<double>(value); });
    case TypeKind::kDecimal:
      return Partial<Int128, uint8_t>([scale = target.scale, precision = target.precision](uint8_t value, Int128* out) {
        return RescaleDecimal(value, 0, scale, precision, out);
      });
    default: return nullptr;
  }
}

ScalarImpl ToText(const SqlType& source, const SqlType& target, const TimeZone& zone) {
  return [source, target, zone](const EvalCall& call, ColumnVector& out) {
    MergeNulls(call, out);
    std::string text;
    for (size_t i = 0; i < call.rows; ++i) {
      if (out.IsNull(i)) continue;
      text.clear();
      AppendValueText(text, *call.args[0], i, source, zone, BytesText::kDecoded);
      if (source.is_nested())
        FitUnits(target, &text);
      else
        FitText(target, &text);
      out.MutableValues<std::string_view>()[i] = out.arena().Copy(text);
    }
  };
}

ScalarImpl CastImpl(const SqlType& source, const SqlType& target, const BadValue& bad, const Session& session);

/// Part by part. Nothing where the kinds differ or a part has no cast.
ScalarImpl NestedCast(const SqlType& source, const SqlType& target, const BadValue& bad, const Session& session) {
  if (source.kind != target.kind || source.children.size() != target.children.size()) return nullptr;
  std::vector<ScalarImpl> casts;
  std::vector<bool> may_be_null;  // a number beyond a DECIMAL is NULL, which is no failure
  for (size_t i = 0; i < source.children.size(); ++i) {
    ScalarImpl cast;
    if (!SameType(source.children[i], target.children[i])) {
      cast = CastImpl(source.children[i], target.children[i], bad, session);
      if (!cast) return nullptr;
    }
    casts.push_back(std::move(cast));
    may_be_null.push_back(source.children[i].is_numeric() && target.children[i].kind == TypeKind::kDecimal);
  }
  return [source, target, casts, may_be_null](const EvalCall& call, ColumnVector& out) {
    std::string bytes;
    for (size_t row = 0; row < call.rows; ++row) {
      if (call.args[0]->IsNull(row)) {
        out.AppendNull();
        continue;
      }
      bytes.clear();
      const auto parts = SplitNested(call.args[0]->strings()[row], source);
      bool whole = true;  // TRY_CAST: one part that has no value leaves none of the rest
      for (size_t i = 0; i < parts.size(); ++i) {
        const size_t child = source.kind == TypeKind::kRow ? i : source.kind == TypeKind::kArray ? 0 : i % 2;
        if (child >= casts.size() || !casts[child]) {
          bytes += parts[i];
          continue;
        }
        auto part = std::make_shared<ColumnVector>(PartColumn(parts[i], source.children[child]));
        ColumnVector made(target.children[child].physical());
        const std::vector<ColumnPtr> args = {part};
        casts[child]({call.expr, args, 1}, made);
        EncodeValue(made, 0, &bytes);
        whole = whole && (may_be_null[child] || made.IsNull(0) == part->IsNull(0));
      }
      if (whole) {
        out.AppendCopy(bytes);
      } else {
        out.AppendNull();
      }
    }
  };
}

ScalarImpl CastImpl(const SqlType& source, const SqlType& target, const BadValue& bad, const Session& session) {
  if (source.kind == TypeKind::kVariant || target.kind == TypeKind::kVariant) return nullptr;
  if (source.is_nested() && target.is_string()) return ToText(source, target, session.zone);
  if (source.is_nested() || target.is_nested()) return NestedCast(source, target, bad, session);
  if (source.is_string()) return FromString(target, bad, session.zone);
  if (target.is_string()) return ToText(source, target, session.zone);
  if (source.is_binary()) return target.is_binary() ? FromString(target, bad, {}) : nullptr;
  if (source.is_integer()) return FromInteger(source, target);
  if (source.is_approximate()) return FromDouble(target, bad);
  if (source.kind == TypeKind::kDecimal) return FromDecimal(source, target);
  if (source.kind == TypeKind::kBoolean) return FromBoolean(target);
  if (source.is_datetime()) return FromTemporal(source, target, session.zone);
  if (source.is_interval() && source.kind == target.kind)
    return Total<int64_t, int64_t>([](int64_t value) { return value; });
  return nullptr;
}

std::string CastAdvice(const SqlType& source, const SqlType& target) {
  if (source.kind == TypeKind::kVariant) return "JSON_STRING(x) gives its text";
  if (source.is_numeric() && target.kind == TypeKind::kTimestampLtz)
    return "TO_TIMESTAMP_LTZ(x, 3) takes milliseconds, TO_TIMESTAMP_LTZ(x, 0) seconds";
  if (source.is_numeric() && target.kind == TypeKind::kTimestamp)
    return "CAST(TO_TIMESTAMP_LTZ(x, 3) AS TIMESTAMP(3)) takes milliseconds, TO_TIMESTAMP(FROM_UNIXTIME(x)) seconds";
  if (source.is_datetime() && target.is_numeric()) return "UNIX_TIMESTAMP(CAST(x AS STRING)) gives seconds";
  return "CAST(x AS STRING) works for every type";
}

}  // namespace

BoundExpr BindCast(BoundExpr value, const SqlType& target, bool try_cast, const Span& span, const Session& session) {
  const bool nullable = value.type.nullable || try_cast;
  const SqlType type = target.WithNullable(nullable);
  if (value.type.kind == TypeKind::kNull) return NullExpr(type, span);
  // The planner computes a NULL before it asks whether there is such a cast.
  const bool null = value.kind == BoundExpr::Kind::kLiteral && value.literal.is_null;
  if (null && !try_cast && value.type.is_numeric() && target.is_timestamp()) return NullExpr(type, span);
  const BadValue bad{try_cast, span, target};
  ScalarImpl impl = CastImpl(value.type, target, bad, session);
  if (!impl)
    FailAt(span, "there is no cast from " + value.type.Plain().WithNullable(true).Text() + " to " + target.Text(),
           CastAdvice(value.type, target));
  if (null) return NullExpr(type, span);
  const bool can_fail = (value.type.is_string() && !target.is_string() && !target.is_binary()) ||
                        (value.type.is_approximate() && target.kind == TypeKind::kDecimal);
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  BoundExpr call = CallExpr((try_cast ? "TRY_CAST " : "CAST ") + target.WithNullable(true).Text(), type,
                            std::move(args), std::move(impl), span);
  call.can_fail = call.can_fail || (can_fail && !try_cast);
  if (call.args[0].kind == BoundExpr::Kind::kLiteral && !call.can_fail)
    return LiteralExpr(EvaluateConstant(call), type, span);
  return call;
}

namespace {

/// Nested values whose parts look the same: integers of any width, texts of any length.
bool SameBytes(const SqlType& from, const SqlType& to) {
  if (!from.is_nested() || from.kind != to.kind || from.children.size() != to.children.size()) return false;
  for (size_t i = 0; i < from.children.size(); ++i) {
    const SqlType &a = from.children[i], &b = to.children[i];
    const bool same = SameType(a, b) || SameBytes(a, b) ||
                      (a.is_string() && b.kind == TypeKind::kVarchar && a.precision <= b.precision) ||
                      (a.is_integer() && b.is_integer() && a.kind <= b.kind);
    if (!same) return false;
  }
  return true;
}

}  // namespace

BoundExpr ImplicitCast(BoundExpr value, const SqlType& target, const Session& session) {
  const SqlType& from = value.type;
  const bool same_bytes =
      SameType(from, target) || SameBytes(from, target) ||
      (from.is_string() && target.kind == TypeKind::kVarchar && from.precision <= target.precision) ||
      (from.is_binary() && target.kind == TypeKind::kVarbinary && from.precision <= target.precision) ||
      (from.is_integer() && target.is_integer() && from.kind <= target.kind) ||
      (from.kind == target.kind && from.is_datetime() && from.precision <= target.precision) ||
      (from.kind == target.kind && from.is_interval());
  if (same_bytes) {
    if (SameType(from, target) && !from.is_nested()) return value;  // a time attribute stays one
    const bool nullable = value.type.nullable;
    value.type = target.WithNullable(nullable);
    value.repeated = nullptr;
    return value;
  }
  const Span span = value.span;
  return BindCast(std::move(value), target, false, span, session);
}

}  // namespace cdc::sql
