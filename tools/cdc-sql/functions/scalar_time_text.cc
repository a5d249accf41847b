// Texts of dates and times: by patterns, in other zones, from and to seconds since 1970.
#include <algorithm>
#include <cmath>
#include <memory>

#include "common/calendar.h"
#include "common/error.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/date_pattern.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/moments.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

/// What functions read from text without a pattern of their own: a date and a time of day to the second, what follows
/// is left.
bool ParseDateTime(std::string_view text, Int128* nanos) {
  static const DatePattern kPattern = [] {
    DatePattern pattern;
    pattern.Compile("yyyy-MM-dd HH:mm:ss", DatePattern::Dialect::kSimple);
    return pattern;
  }();
  DateTimeParts parts;
  if (!kPattern.ParsePrefix(text, &parts)) return false;
  *nanos = JoinTimestamp(parts);
  return true;
}

/// CONVERT_TZ(text, from zone, to zone).
BoundExpr BindConvertTz(FunctionCall& call) {
  for (size_t i = 0; i < 3; ++i) call.WantString(i);
  return call.Make(SqlType::String(), Text<View, View, View>([](View text, View from, View to, std::string* out) {
                     Int128 nanos = 0;
                     if (!ParseDateTime(text, &nanos)) return false;
                     const TimeZone source = TimeZone::OfJava(std::string(from)),
                                    target = TimeZone::OfJava(std::string(to));
                     AppendTimestampText(*out, target.ToLocal(source.ToStandardInstant(nanos)), 0);
                     return true;
                   }));
}

/// A pattern that is mostly the same in every row.
class PatternArgument {
 public:
  /// Argument i of a call: text or NULL. A literal has to be a pattern of the dialect.
  PatternArgument(FunctionCall& call, size_t i, DatePattern::Dialect dialect)
      : span_(call.args[i].span), state_(std::make_shared<State>()) {
    state_->dialect = dialect;
    call.WantString(i);
    const BoundExpr& argument = call.args[i];
    if (argument.kind == BoundExpr::Kind::kLiteral && !argument.literal.is_null) Get(argument.literal.text);
  }
  const DatePattern& Get(View text) const {
    if (!state_->known || state_->text != text) {
      state_->text = text;
      if (!state_->pattern.Compile(text, state_->dialect))
        FailAt(span_, "the pattern '" + state_->text + "' has a letter or sign that is not known",
               "y M d D H h m s S a E w are; other text stands in 'quotes'");
      state_->known = true;
    }
    return state_->pattern;
  }

 private:
  struct State {
    DatePattern::Dialect dialect;
    DatePattern pattern;
    std::string text;
    bool known = false;
  };
  Span span_;
  std::shared_ptr<State> state_;
};

constexpr auto kFormatter = DatePattern::Dialect::kFormatter;
constexpr auto kSimple = DatePattern::Dialect::kSimple;

BoundExpr BindDateFormat(FunctionCall& call) {
  const PatternArgument pattern(call, 1, kFormatter);
  const auto append = [pattern, span = call.args[1].span](Int128 nanos, View text, std::string* out) {
    const DatePattern& compiled = pattern.Get(text);
    if (compiled.needs_zone())
      FailAt(span, "the pattern '" + std::string(text) + "' asks for a time zone, which a timestamp does not have");
    compiled.Append(*out, SplitTimestamp(nanos));
    return true;
  };
  if (call.args[1].kind == BoundExpr::Kind::kLiteral && !call.args[1].literal.is_null) {
    std::string ignored;
    append(0, call.args[1].literal.text, &ignored);
  }
  if (call.type(0).is_string())
    return call.Make(SqlType::String(), Text<View, View>([append](View text, View form, std::string* out) {
                       Int128 nanos;
                       return ParseDateTime(text, &nanos) && append(nanos, form, out);
                     }));
  if (!call.type(0).is_timestamp()) call.Refuse("CAST(x AS TIMESTAMP(3)) makes a timestamp of a date");
  MakeWallTime(call.args[0], call.session);
  return call.Make(SqlType::String(), Text<Int128, View>(append));
}

/// What does not fit the pattern is tried as the text of a timestamp, as Flink's parseTimestampData does.
bool ParseByPattern(const DatePattern& pattern, View text, Int128* nanos) {
  DateTimeParts parts;
  if (!pattern.Parse(text, &parts)) return ParseTimestamp(text, nanos);
  *nanos = JoinTimestamp(parts);
  return true;
}

/// TO_TIMESTAMP(text [, pattern]): NULL where the text is none.
BoundExpr BindToTimestamp(FunctionCall& call) {
  call.WantString(0);
  const SqlType type = SqlType::Of(TypeKind::kTimestamp, true, 3);
  if (call.args.size() == 1)
    return call.Make(type, Partial<Int128, View>([](View text, Int128* out) {
                       if (!ParseCastTimestamp(text, out)) return false;
                       *out = CutFraction(*out, 3);
                       return true;
                     }));
  const PatternArgument pattern(call, 1, kFormatter);
  return call.Make(type, Partial<Int128, View, View>([pattern](View text, View form, Int128* out) {
                     if (!ParseByPattern(pattern.Get(form), text, out)) return false;
                     *out = CutFraction(*out, 3);
                     return true;
                   }));
}

BoundExpr BindToDate(FunctionCall& call) {
  call.WantString(0);
  const SqlType type = SqlType::Of(TypeKind::kDate);
  if (call.args.size() == 1)
    return call.Make(type, Partial<int64_t, View>([](View text, int64_t* out) { return ParseDate(text, out); }));
  const PatternArgument pattern(call, 1, kSimple);
  return call.Make(type, Partial<int64_t, View, View>([pattern](View text, View form, int64_t* out) {
                     DateTimeParts parts;
                     if (!pattern.Get(form).ParsePrefix(text, &parts)) return false;
                     *out = DaysFromCivil(parts.year, parts.month, parts.day);
                     return true;
                   }));
}

/// TO_TIMESTAMP_LTZ(text [, pattern [, zone]]): in UTC where no zone is given, whatever the session's is.
BoundExpr BindTextToInstant(FunctionCall& call) {
  SqlType type = SqlType::Of(TypeKind::kTimestampLtz, true, 3);
  TimeZone zone;
  if (call.args.size() == 3) {
    const BoundExpr& name = call.args[2];
    if (name.kind != BoundExpr::Kind::kLiteral || !TimeZone::Find(name.literal.text, &zone))
      FailAt(name.span, "the time zone is not known", "'UTC', 'Europe/Oslo', or an offset such as 'GMT+02:00'");
    call.args.pop_back();
  }
  if (call.args.size() == 1) {
    // Unlike the others it fails, as in Flink.
    BoundExpr expr = call.Make(type, Partial<Int128, View>([zone, span = call.span()](View text, Int128* out) {
                                 if (!ParseCastTimestamp(text, out))
                                   FailAt(span, "the text '" + Shown(std::string(text)) + "' is no timestamp",
                                          "TRY_CAST(x AS TIMESTAMP_LTZ(3)) gives NULL instead", ExitStatus::kData);
                                 *out = zone.ToInstant(CutFraction(*out, 3));
                                 return true;
                               }));
    expr.can_fail = true;
    return expr;
  }
  const PatternArgument pattern(call, 1, kFormatter);
  // As many digits as the pattern has for the fraction.
  const BoundExpr& form = call.args[1];
  if (form.kind == BoundExpr::Kind::kLiteral)
    type.precision = static_cast<int>(
        std::clamp<std::ptrdiff_t>(std::count(form.literal.text.begin(), form.literal.text.end(), 'S'), 3, 9));
  const int digits = type.precision;
  return call.Make(type, Partial<Int128, View, View>([pattern, zone, digits](View text, View letters, Int128* out) {
                     if (!ParseByPattern(pattern.Get(letters), text, out)) return false;
                     *out = zone.ToInstant(CutFraction(*out, digits));
                     return true;
                   }));
}

/// Seconds since 1970 at the end of the year 9999 and at the beginning of the year 0.
constexpr int64_t kAfterLastSecond = 253402300800, kFirstSecond = -62167219200;

bool IsInstant(Int128 nanos) {
  return nanos < Int128{kAfterLastSecond} * kNanosPerSecond && nanos >= Int128{kFirstSecond} * kNanosPerSecond;
}

/// TO_TIMESTAMP_LTZ(number [, digits]): the number counts units of 10^-digits seconds. NULL beyond the year 9999.
BoundExpr BindNumberToInstant(FunctionCall& call) {
  if (!call.type(0).is_numeric() || call.args.size() > 2) call.Refuse();
  int64_t digits = 3;
  if (call.args.size() == 2) {
    const BoundExpr& literal = call.args[1];
    if (literal.kind != BoundExpr::Kind::kLiteral || !literal.type.is_integer() || literal.literal.integer < 0 ||
        literal.literal.integer > 9)
      FailAt(literal.span, "the precision has to be a literal", "3 for milliseconds, 0 for seconds");
    digits = literal.literal.integer;
    call.args.pop_back();
  }
  const int precision = static_cast<int>(std::max<int64_t>(digits, 3));
  const SqlType type = SqlType::Of(TypeKind::kTimestampLtz, true, precision);
  int64_t unit = kNanosPerSecond;
  for (int64_t i = 0; i < digits; ++i) unit /= 10;
  if (call.type(0).is_approximate()) {
    call.WantDouble(0);
    // The fraction counts as far as the result's digits go.
    int64_t step = kNanosPerSecond;
    for (int i = 0; i < precision; ++i) step /= 10;
    return call.Make(type, Partial<Int128, double>([unit, step](double number, Int128* out) {
                       const double steps = number * static_cast<double>(unit / step);
                       if (!(std::abs(steps) < 9e18)) return false;
                       *out = Int128{static_cast<int64_t>(std::floor(steps))} * step;
                       return IsInstant(*out);
                     }));
  }
  if (!call.type(0).is_integer()) {
    const bool nullable = call.type(0).nullable;
    call.args[0] =
        BindCast(std::move(call.args[0]), SqlType::Of(TypeKind::kBigint, nullable), false, call.span(), call.session);
  }
  return call.Make(type, Partial<Int128, int64_t>([unit](int64_t number, Int128* out) {
                     *out = Int128{number} * unit;
                     return IsInstant(*out);
                   }));
}

BoundExpr BindToTimestampLtz(FunctionCall& call) {
  return call.type(0).is_string() ? BindTextToInstant(call) : BindNumberToInstant(call);
}

/// The long names of zones are in no database that is here.
void RefuseLongZone(const DatePattern& pattern, const TimeZone& zone, const Span& span) {
  if (pattern.has_long_zone() && !zone.is_fixed())
    FailAt(span, "zzzz, a time zone's name in full, is not available", "z has the short one, as CET");
}

BoundExpr BindFromUnixtime(FunctionCall& call) {
  call.WantInteger(0);
  const TimeZone zone = call.session.zone;
  const auto append = [zone](const DatePattern& pattern, int64_t seconds, std::string* out) {
    PatternZone at;
    at.seconds_east = zone.OffsetAt(seconds);
    if (at.seconds_east != 0 || !zone.is_fixed()) {
      const std::string name = zone.NameAt(seconds);
      at.long_name = "GMT" + TimeZone::OffsetText(at.seconds_east);
      at.name = name.empty() ? at.long_name : name;
    }
    pattern.Append(*out, SplitTimestamp(zone.ToLocal(Int128{seconds} * kNanosPerSecond)), at);
    return true;
  };
  if (call.args.size() == 2) {
    const PatternArgument pattern(call, 1, kSimple);
    const BoundExpr& form = call.args[1];
    const Span span = form.span;
    if (form.kind == BoundExpr::Kind::kLiteral && !form.literal.is_null)
      RefuseLongZone(pattern.Get(form.literal.text), zone, span);
    return call.Make(SqlType::String(),
                     Text<int64_t, View>([pattern, append, zone, span](int64_t seconds, View text, std::string* out) {
                       const DatePattern& compiled = pattern.Get(text);
                       RefuseLongZone(compiled, zone, span);
                       return append(compiled, seconds, out);
                     }));
  }
  DatePattern pattern;
  pattern.Compile("yyyy-MM-dd HH:mm:ss", kSimple);
  return call.Make(SqlType::String(), Text<int64_t>([pattern, append](int64_t seconds, std::string* out) {
                     return append(pattern, seconds, out);
                   }));
}

BoundExpr BindUnixTimestamp(FunctionCall& call) {
  const SqlType type = SqlType::Of(TypeKind::kBigint, call.nullable());
  if (call.args.empty())
    return ClockCall<int64_t>(call, type.WithNullable(false), [] { return NowNanos() / kNanosPerSecond; });
  call.WantString(0);
  const TimeZone zone = call.session.zone;
  const auto seconds = [zone](const DatePattern& pattern, View text) -> int64_t {
    DateTimeParts parts;
    int64_t east = INT64_MIN;
    if (!pattern.ParsePrefix(text, &parts, &east)) return INT64_MIN;
    const Int128 nanos = JoinTimestamp(parts);
    const Int128 instant = east == INT64_MIN ? zone.ToStandardInstant(nanos) : nanos - Int128{east} * kNanosPerSecond;
    return static_cast<int64_t>(FloorDiv(instant, Int128{kNanosPerSecond}));
  };
  if (call.args.size() == 2) {
    const PatternArgument pattern(call, 1, kSimple);
    return call.Make(type, Total<int64_t, View, View>([pattern, seconds](View text, View form) {
                       return form.empty() && text.empty() ? 0 : seconds(pattern.Get(form), text);
                     }));
  }
  DatePattern pattern;
  pattern.Compile("yyyy-MM-dd HH:mm:ss", kSimple);
  return call.Make(type, Total<int64_t, View>([pattern, seconds](View text) { return seconds(pattern, text); }));
}

}  // namespace

std::vector<FunctionEntry> TimeTextFunctions() {
  return {
      {"CONVERT_TZ", 3, 3, "CONVERT_TZ(text, from zone, to zone)", BindConvertTz},
      {"DATE_FORMAT", 2, 2, "DATE_FORMAT(moment, pattern)", BindDateFormat},
      {"TO_TIMESTAMP", 1, 2, "TO_TIMESTAMP(text [, pattern])", BindToTimestamp},
      {"TO_TIMESTAMP_LTZ", 1, 3, "TO_TIMESTAMP_LTZ(number [, precision]), TO_TIMESTAMP_LTZ(text [, pattern [, zone]])",
       BindToTimestampLtz},
      {"TO_DATE", 1, 2, "TO_DATE(text [, pattern])", BindToDate},
      {"FROM_UNIXTIME", 1, 2, "FROM_UNIXTIME(seconds [, pattern])", BindFromUnixtime},
      {"UNIX_TIMESTAMP", 0, 2, "UNIX_TIMESTAMP([text [, pattern]])", BindUnixTimestamp},
  };
}

}  // namespace cdc::sql
