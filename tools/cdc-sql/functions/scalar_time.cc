#include <algorithm>

#include "common/calendar.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/date_pattern.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/moments.h"

namespace cdc::sql {

BoundExpr BindFloorOfNumber(FunctionCall& call);
BoundExpr BindCeilOfNumber(FunctionCall& call);

/// A date or time of any type as nanoseconds of wall time; false if the value has another type.
bool MakeWallTime(BoundExpr& value, const Session& session) {
  const SqlType type = value.type;
  if (!type.is_datetime()) return false;
  if (type.kind == TypeKind::kTimestamp) return true;
  const SqlType wall = SqlType::Of(TypeKind::kTimestamp, type.nullable, 9);
  const Span span = value.span;
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  if (type.kind == TypeKind::kTimestampLtz) {
    const TimeZone zone = session.zone;
    value = CallExpr("AS LOCAL TIMESTAMP", wall, std::move(args),
                     Total<Int128, Int128>([zone](Int128 x) { return zone.ToLocal(x); }), span);
  } else {
    const int64_t unit = type.kind == TypeKind::kDate ? kNanosPerDay : 1000000;
    value = CallExpr("AS TIMESTAMP", wall, std::move(args),
                     Total<Int128, int64_t>([unit](int64_t x) { return Int128{x} * unit; }), span);
  }
  return true;
}

namespace {

BoundExpr BindNow(FunctionCall& call) {
  return ClockCall<Int128>(call, SqlType::Of(TypeKind::kTimestampLtz, false, 3), NowNanos);
}

BoundExpr BindProctime(FunctionCall& call) {
  SqlType type = SqlType::Of(TypeKind::kTimestampLtz, false, 3);
  type.proctime = true;
  return ClockCall<Int128>(call, type, NowNanos);
}

/// The watermark of the operator that evaluates, as a value of the column's type.
BoundExpr BindCurrentWatermark(FunctionCall& call) {
  const SqlType type = call.type(0);
  if (!type.rowtime) call.Refuse("it takes a column of event time");
  BoundExpr expr = call.Make(SqlType::Of(type.kind, true, 3), [](const EvalCall& eval, ColumnVector& out) {
    for (size_t row = 0; row < eval.rows; ++row) {
      if (eval.watermark == INT64_MIN) {
        out.AppendNull();
      } else {
        out.Append(Int128{eval.watermark} * 1000000);
      }
    }
  });
  expr.uses_watermark = true;
  expr.deterministic = false;
  return expr;
}

BoundExpr BindLocalTimestamp(FunctionCall& call) {
  const TimeZone zone = call.session.zone;
  return ClockCall<Int128>(call, SqlType::Of(TypeKind::kTimestamp, false, 3),
                           [zone] { return zone.ToLocal(NowNanos()); });
}

BoundExpr BindCurrentDate(FunctionCall& call) {
  const TimeZone zone = call.session.zone;
  return ClockCall<int64_t>(call, SqlType::Of(TypeKind::kDate, false),
                            [zone] { return FloorDiv(zone.ToLocal(NowNanos()), Int128{kNanosPerDay}); });
}

BoundExpr BindCurrentTime(FunctionCall& call) {
  const TimeZone zone = call.session.zone;
  return ClockCall<int64_t>(call, SqlType::Of(TypeKind::kTime, false, 0),
                            [zone] { return zone.ToLocal(NowNanos()) / kNanosPerSecond % 86400 * 1000; });
}

bool WantWallTime(FunctionCall& call, size_t i) {
  return MakeWallTime(call.args[i], call.session);
}

/// Days since 1970 of the day that a moment's units from a day upward are taken from: divided as Java divides, toward
/// zero, so that before 1970 it is the next day unless the moment is a midnight (Flink's DateTimeUtils).
int64_t DayTowardZero(Int128 nanos) {
  return static_cast<int64_t>(FloorDiv(nanos, Int128{1000000}) / kMillisPerDay);
}

/// A part of a timestamp. Units below a day are remainders of the milliseconds since 1970, negative before it.
int64_t ExtractPart(const std::string& unit, Int128 nanos) {
  const auto millis = static_cast<int64_t>(FloorDiv(nanos, Int128{1000000}));
  if (unit == "HOUR") return millis % kMillisPerDay / 3600000;
  if (unit == "MINUTE") return millis % 3600000 / 60000;
  if (unit == "SECOND") return millis % 60000 / 1000;
  if (unit == "MILLISECOND") return millis % 1000;
  if (unit == "EPOCH") return millis / 1000;
  const auto below_millis = static_cast<int64_t>(nanos - Int128{millis} * 1000000);
  if (unit == "MICROSECOND") return millis % 1000 * 1000 + below_millis / 1000;
  if (unit == "NANOSECOND") return millis % 1000 * 1000000 + below_millis;
  const DateTimeParts parts = SplitTimestamp(Int128{DayTowardZero(nanos)} * kNanosPerDay);
  const int64_t days = DaysFromCivil(parts.year, parts.month, parts.day);
  if (unit == "YEAR") return parts.year;
  if (unit == "QUARTER") return (parts.month + 2) / 3;
  if (unit == "MONTH") return parts.month;
  if (unit == "DAY") return parts.day;
  if (unit == "DOY") return DayOfYear(parts);
  if (unit == "ISODOW") return IsoWeekday(days);
  if (unit == "DOW") return IsoWeekday(days) % 7 + 1;
  if (unit == "DECADE") return parts.year / 10;
  if (unit == "CENTURY") return (parts.year + 99) / 100;
  if (unit == "MILLENNIUM") return (parts.year + 999) / 1000;
  int64_t iso_year = 0, week = 0;
  IsoWeekOf(days, &iso_year, &week);
  return unit == "WEEK" ? week : iso_year;
}

/// Years of a unit, 0 if it is shorter.
int64_t UnitYears(const std::string& unit) {
  if (unit == "YEAR") return 1;
  if (unit == "DECADE") return 10;
  return unit == "CENTURY" ? 100 : unit == "MILLENNIUM" ? 1000 : 0;
}

bool BelowDay(const std::string& unit) {
  return unit == "HOUR" || unit == "MINUTE" || unit == "SECOND" || unit == "MILLISECOND";
}

BoundExpr ExtractUnit(FunctionCall& call, const std::string unit) {
  const size_t value = call.args.size() - 1;
  const SqlType type = call.type(value);
  if (type.is_interval()) {
    call.args.erase(call.args.begin(), call.args.begin() + static_cast<std::ptrdiff_t>(value));
    const SqlType result = SqlType::Of(TypeKind::kBigint, type.nullable);
    const bool months = type.kind == TypeKind::kIntervalMonth;
    const bool has = months ? unit == "MONTH" || unit == "QUARTER" || (UnitYears(unit) > 0 && unit != "DECADE")
                            : unit == "DAY" || BelowDay(unit);
    if (!has) call.Refuse("an interval of " + std::string(months ? "months" : "days") + " has no " + unit);
    const auto part = [unit, months](int64_t x) -> int64_t {
      if (months)
        return unit == "MONTH"     ? x % 12
               : unit == "QUARTER" ? x % 12 / 3 + 1
                                   : x / (12 * std::max<int64_t>(UnitYears(unit), 1));
      if (unit == "DAY") return x / kMillisPerDay;
      if (unit == "HOUR") return x / 3600000 % 24;
      if (unit == "MINUTE") return x / 60000 % 60;
      if (unit == "SECOND") return x / 1000 % 60;
      return unit == "MILLISECOND" ? x % 1000 : 0;
    };
    return CallExpr("EXTRACT " + unit, result, std::move(call.args), Total<int64_t, int64_t>(part), call.span());
  }
  if (type.kind == TypeKind::kTime && !BelowDay(unit)) call.Refuse("a time of day has no " + unit);
  if ((unit == "MICROSECOND" || unit == "NANOSECOND") && !type.is_timestamp())
    call.Refuse("only a timestamp has a " + unit);
  // Of a DATE the days are taken for milliseconds, as Flink does.
  if (type.kind == TypeKind::kDate && (unit == "MINUTE" || unit == "SECOND" || unit == "MILLISECOND")) {
    call.args.erase(call.args.begin(), call.args.begin() + static_cast<std::ptrdiff_t>(value));
    return CallExpr("EXTRACT " + unit, SqlType::Of(TypeKind::kBigint, type.nullable), std::move(call.args),
                    Total<int64_t, int64_t>([unit](int64_t days) { return ExtractPart(unit, Int128{days} * 1000000); }),
                    call.span());
  }
  if (!WantWallTime(call, value)) call.Refuse();
  call.args.erase(call.args.begin(), call.args.begin() + static_cast<std::ptrdiff_t>(value));
  const SqlType result = SqlType::Of(TypeKind::kBigint, type.nullable);
  return CallExpr("EXTRACT " + unit, result, std::move(call.args),
                  Total<int64_t, Int128>([unit](Int128 nanos) { return ExtractPart(unit, nanos); }), call.span());
}

BoundExpr BindExtract(FunctionCall& call) {
  return ExtractUnit(call, call.args[0].literal.text);
}

constexpr const char* kUnitNames[] = {"YEAR", "QUARTER", "MONTH", "WEEK",   "DOY",
                                      "DAY",  "DOW",     "HOUR",  "MINUTE", "SECOND"};
template <size_t unit>
BoundExpr BindPart(FunctionCall& call) {
  return ExtractUnit(call, kUnitNames[unit]);
}

/// The beginning of the unit that the moment lies in.
Int128 FloorTo(const std::string& unit, Int128 nanos) {
  if (unit == "SECOND") return FloorDiv(nanos, Int128{kNanosPerSecond}) * kNanosPerSecond;
  if (unit == "MINUTE") return FloorDiv(nanos, Int128{60} * kNanosPerSecond) * 60 * kNanosPerSecond;
  if (unit == "HOUR") return FloorDiv(nanos, Int128{3600} * kNanosPerSecond) * 3600 * kNanosPerSecond;
  if (unit == "MILLISECOND") return FloorDiv(nanos, Int128{1000000}) * 1000000;
  if (unit == "DAY") return FloorDiv(nanos, Int128{kNanosPerDay}) * kNanosPerDay;
  const int64_t days = DayTowardZero(nanos);
  if (unit == "WEEK") return Int128{days - IsoWeekday(days) % 7} * kNanosPerDay;  // Sunday
  DateTimeParts parts = SplitTimestamp(Int128{days} * kNanosPerDay);
  parts.day = 1;
  if (unit == "QUARTER") parts.month = (parts.month - 1) / 3 * 3 + 1;
  if (const int64_t years = UnitYears(unit); years > 0) {
    parts.month = 1;
    // Centuries and millennia begin with a year 1.
    const int64_t first = years >= 100 ? 1 : 0;
    parts.year = FloorDiv(parts.year - first, years) * years + first;
  }
  return JoinTimestamp(parts);
}

Int128 CeilTo(const std::string& unit, Int128 nanos) {
  if (unit != "MILLISECOND") nanos = FloorDiv(nanos, Int128{1000000}) * 1000000;  // what is below one does not count
  const Int128 floor = FloorTo(unit, nanos);
  // From a week upward the time of day does not count.
  const bool by_day = unit == "WEEK" || unit == "MONTH" || unit == "QUARTER" || UnitYears(unit) > 0;
  const bool always_next = UnitYears(unit) > 1;  // also where one begins, as in Flink
  const Int128 moment = by_day ? Int128{DayTowardZero(nanos)} * kNanosPerDay : nanos;
  // Of a year's quarters Flink keeps the beginning of the first only.
  const bool later_quarter = unit == "QUARTER" && FloorTo("YEAR", moment) != moment;
  if (!always_next && !later_quarter && floor == moment) return floor;
  if (unit == "MONTH") return AddMonths(floor, 1);
  if (unit == "QUARTER") return AddMonths(floor, 3);
  if (UnitYears(unit) > 0) return AddMonths(floor, 12 * UnitYears(unit));
  if (unit == "WEEK") return floor + Int128{7} * kNanosPerDay;
  if (unit == "DAY") return floor + kNanosPerDay;
  if (unit == "HOUR") return floor + Int128{3600} * kNanosPerSecond;
  if (unit == "MINUTE") return floor + Int128{60} * kNanosPerSecond;
  return floor + (unit == "SECOND" ? kNanosPerSecond : 1000000);
}

/// FLOOR and CEIL of numbers, or of moments to a unit.
template <bool floor>
BoundExpr BindFloorCeil(FunctionCall& call) {
  if (call.args.size() == 1) return floor ? BindFloorOfNumber(call) : BindCeilOfNumber(call);
  const std::string unit = call.args[1].literal.text;
  static constexpr std::string_view kUnits[] = {"MILLISECOND", "SECOND",  "MINUTE", "HOUR",   "DAY",     "WEEK",
                                                "MONTH",       "QUARTER", "YEAR",   "DECADE", "CENTURY", "MILLENNIUM"};
  if (std::find(std::begin(kUnits), std::end(kUnits), unit) == std::end(kUnits))
    call.Refuse("the unit " + unit + " is not possible");
  call.args.pop_back();
  const SqlType type = call.type(0).Plain();
  if (!type.is_datetime()) call.Refuse();
  if (type.kind == TypeKind::kTime && !BelowDay(unit)) call.Refuse("a time of day has no " + unit);
  const auto move = [unit](Int128 nanos) { return floor ? FloorTo(unit, nanos) : CeilTo(unit, nanos); };
  const std::string name = std::string(floor ? "FLOOR TO " : "CEIL TO ") + unit;
  ScalarImpl impl;
  if (type.kind == TypeKind::kDate && !floor && unit == "DAY") {
    impl = Total<int64_t, int64_t>([](int64_t days) { return days + 1; });  // the next one, as in Flink
  } else if (type.kind == TypeKind::kDate) {
    impl = Total<int64_t, int64_t>([move](int64_t days) {
      return static_cast<int64_t>(FloorDiv(move(Int128{days} * kNanosPerDay), Int128{kNanosPerDay}));
    });
  } else if (type.kind == TypeKind::kTime) {
    impl = Total<int64_t, int64_t>([move](int64_t millis) {
      return static_cast<int64_t>(move(Int128{millis} * 1000000) / 1000000);  // the end of the day is 24:00
    });
  } else {
    const TimeZone zone = type.kind == TypeKind::kTimestampLtz ? call.session.zone : TimeZone();
    // As Flink has it, with the offset of the moment itself, be it another one where the unit begins; of an instant
    // what is below a millisecond does not count.
    const bool instant = type.kind == TypeKind::kTimestampLtz;
    impl = Total<Int128, Int128>([move, zone, instant](Int128 nanos) {
      if (instant) nanos = FloorDiv(nanos, Int128{1000000}) * 1000000;
      const Int128 local = zone.ToLocal(nanos);
      return move(local) - (local - nanos);
    });
  }
  return CallExpr(name, type, std::move(call.args), std::move(impl), call.span());
}

int64_t UnitMonths(const std::string& unit) {
  return unit == "MONTH" ? 1 : unit == "QUARTER" ? 3 : unit == "YEAR" ? 12 : 0;
}
int64_t UnitNanos(const std::string& unit) {
  if (unit == "MICROSECOND") return 1000;
  if (unit == "MILLISECOND") return 1000000;
  if (unit == "SECOND") return kNanosPerSecond;
  if (unit == "MINUTE") return 60 * kNanosPerSecond;
  if (unit == "HOUR") return 3600 * kNanosPerSecond;
  if (unit == "DAY") return kNanosPerDay;
  return unit == "WEEK" ? 7 * kNanosPerDay : 0;
}

BoundExpr BindTimestampAdd(FunctionCall& call) {
  const std::string unit = call.args[0].literal.text;
  const int64_t months = UnitYears(unit) > 0 ? 12 * UnitYears(unit) : UnitMonths(unit), nanos = UnitNanos(unit);
  if ((months == 0 && nanos == 0) || unit == "MICROSECOND") call.Refuse("the unit " + unit + " is not possible");
  call.args.erase(call.args.begin());
  call.WantInteger(0);
  const SqlType type = call.type(1).Plain();
  if (!type.is_datetime()) call.Refuse();
  if (unit == "MILLISECOND" && type.kind == TypeKind::kDate) call.Refuse("milliseconds do not go with a date");
  const bool nullable = call.nullable();
  const std::string name = "TIMESTAMPADD " + unit;
  const auto move = [months, nanos](int64_t n, Int128 at) {
    return months != 0 ? AddMonths(at, n * months) : at + Int128{n} * nanos;
  };
  SqlType result = type.WithNullable(nullable);
  if (unit == "MILLISECOND") result.precision = std::max(result.precision, 3);
  if (type.kind == TypeKind::kTime)
    return CallExpr(name, result, std::move(call.args),
                    Total<int64_t, int64_t, int64_t>([move](int64_t n, int64_t millis) {
                      const Int128 moved = move(n, Int128{millis} * 1000000) / 1000000 % kMillisPerDay;
                      return static_cast<int64_t>(moved < 0 ? moved + kMillisPerDay : moved);
                    }),
                    call.span());
  if (type.kind == TypeKind::kDate && (months != 0 || nanos % kNanosPerDay == 0))
    return CallExpr(name, type.WithNullable(nullable), std::move(call.args),
                    Total<int64_t, int64_t, int64_t>([move](int64_t n, int64_t days) {
                      return static_cast<int64_t>(FloorDiv(move(n, Int128{days} * kNanosPerDay), Int128{kNanosPerDay}));
                    }),
                    call.span());
  if (type.kind == TypeKind::kDate) {
    result = SqlType::Of(TypeKind::kTimestamp, nullable, 6);
    WantWallTime(call, 1);
  }
  return CallExpr(name, result, std::move(call.args), Total<Int128, int64_t, Int128>(move), call.span());
}

/// Flink takes the milliseconds of times of day for days here. Fractions of a millisecond do not count.
int64_t Months(Int128 from, Int128 to, bool times) {
  const Int128 a = FloorDiv(from, Int128{1000000}), b = FloorDiv(to, Int128{1000000});
  const Int128 unit = times ? Int128{kNanosPerDay} : Int128{1000000};
  return MonthsBetween(a * unit, b * unit);
}

/// Between instants lies what has passed, whatever the clocks on the wall were put to: of months too, as of UTC.
BoundExpr BindTimestampDiff(FunctionCall& call) {
  const std::string unit = call.args[0].literal.text;
  const bool nanoseconds = unit == "NANOSECOND";  // the only unit that a BIGINT counts
  const int64_t months = unit == "MILLENNIUM" ? 12000
                         : unit == "CENTURY"  ? 1200
                         : unit == "DECADE"   ? 12  // as Flink has it
                                              : UnitMonths(unit);
  const int64_t nanos = nanoseconds ? 1 : UnitNanos(unit);
  if (months == 0 && nanos == 0) call.Refuse("the unit " + unit + " is not possible");
  call.args.erase(call.args.begin());
  const bool nullable = call.nullable();
  const bool instants = call.type(0).kind == TypeKind::kTimestampLtz;
  if (instants != (call.type(1).kind == TypeKind::kTimestampLtz))
    call.Refuse("TIMESTAMP_LTZ goes with its own kind only: CAST the other one");
  if ((call.type(0).kind == TypeKind::kTime) != (call.type(1).kind == TypeKind::kTime))
    call.Refuse("a time of day goes with its own kind only");
  const bool times = call.type(0).kind == TypeKind::kTime;
  if (!instants && (!WantWallTime(call, 0) || !WantWallTime(call, 1))) call.Refuse();
  // Units below a second count whole seconds only, as Flink does.
  const int64_t whole = nanos < kNanosPerSecond ? kNanosPerSecond : nanos;
  return CallExpr("TIMESTAMPDIFF " + unit, SqlType::Of(nanoseconds ? TypeKind::kBigint : TypeKind::kInt, nullable),
                  std::move(call.args),
                  Total<int64_t, Int128, Int128>([months, nanos, whole, times](Int128 a, Int128 b) -> int64_t {
                    if (months != 0) return static_cast<int32_t>(Months(a, b, times) / months);
                    // Fractions below a millisecond do not count.
                    const Int128 from = FloorDiv(a, Int128{1000000}) * 1000000,
                                 to = FloorDiv(b, Int128{1000000}) * 1000000;
                    if (nanos == UnitNanos("WEEK"))  // from seconds, which are an INT
                      return static_cast<int32_t>((to - from) / kNanosPerSecond) / (7 * 86400);
                    const auto count = static_cast<int64_t>((to - from) / whole * (whole / nanos));
                    return nanos == 1 ? count : static_cast<int32_t>(count);
                  }),
                  call.span());
}

}  // namespace

BoundExpr BindTimeBetween(BoundExpr left, BoundExpr right, bool months, const Span& span, const Session& session) {
  if ((left.type.kind == TypeKind::kDate && right.type.is_timestamp()) ||
      (right.type.kind == TypeKind::kDate && left.type.is_timestamp()))
    FailAt(span, "the time between a DATE and a TIMESTAMP is not defined", "CAST(d AS TIMESTAMP(3)) makes it one");
  for (const TypeKind alone : {TypeKind::kTime, TypeKind::kTimestampLtz})
    if (left.type.is_datetime() && right.type.is_datetime() && (left.type.kind == alone) != (right.type.kind == alone))
      FailAt(span,
             "no time lies between " + left.type.Plain().WithNullable(true).Text() + " and " +
                 right.type.Plain().WithNullable(true).Text(),
             "CAST one of them to the other's type");
  const bool times = left.type.kind == TypeKind::kTime, instants = left.type.kind == TypeKind::kTimestampLtz;
  if (left.type.kind == TypeKind::kNull || right.type.kind == TypeKind::kNull ||
      (!instants && (!MakeWallTime(left, session) || !MakeWallTime(right, session))))
    FailAt(span, "the time between two values takes dates or times", "(b - a) DAY TO SECOND, (b - a) MONTH");
  std::vector<BoundExpr> args;
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  const SqlType type = SqlType::Of(months ? TypeKind::kIntervalMonth : TypeKind::kIntervalDay, AnyNullable(args));
  return CallExpr(months ? "MONTHS BETWEEN" : "TIME BETWEEN", type, std::move(args),
                  Total<int64_t, Int128, Int128>([months, times](Int128 to, Int128 from) {
                    if (months) return Months(from, to, times);
                    // Of each its milliseconds, as Flink has them.
                    return static_cast<int64_t>(FloorDiv(to, Int128{1000000}) - FloorDiv(from, Int128{1000000}));
                  }),
                  span);
}

std::vector<FunctionEntry> TimeFunctions() {
  return {
      {"FLOOR", 1, 2, "FLOOR(number), FLOOR(moment TO unit)", BindFloorCeil<true>},
      {"CEIL", 1, 2, "CEIL(number), CEIL(moment TO unit)", BindFloorCeil<false>},
      {"CEILING", 1, 2, "CEILING(number), CEILING(moment TO unit)", BindFloorCeil<false>},
      {"CURRENT_TIMESTAMP", 0, 0, "CURRENT_TIMESTAMP", BindNow},
      {"CURRENT_ROW_TIMESTAMP", 0, 0, "CURRENT_ROW_TIMESTAMP()", BindNow},
      {"NOW", 0, 0, "NOW()", BindNow},
      {"PROCTIME", 0, 0, "PROCTIME()", BindProctime},
      {"CURRENT_WATERMARK", 1, 1, "CURRENT_WATERMARK(rowtime column)", BindCurrentWatermark},
      {"LOCALTIMESTAMP", 0, 0, "LOCALTIMESTAMP", BindLocalTimestamp},
      {"CURRENT_DATE", 0, 0, "CURRENT_DATE", BindCurrentDate},
      {"CURRENT_TIME", 0, 0, "CURRENT_TIME", BindCurrentTime},
      {"LOCALTIME", 0, 0, "LOCALTIME", BindCurrentTime},
      {"EXTRACT", 2, 2, "EXTRACT(unit FROM moment)", BindExtract},
      {"YEAR", 1, 1, "YEAR(moment)", BindPart<0>},
      {"QUARTER", 1, 1, "QUARTER(moment)", BindPart<1>},
      {"MONTH", 1, 1, "MONTH(moment)", BindPart<2>},
      {"WEEK", 1, 1, "WEEK(moment)", BindPart<3>},
      {"DAYOFYEAR", 1, 1, "DAYOFYEAR(moment)", BindPart<4>},
      {"DAYOFMONTH", 1, 1, "DAYOFMONTH(moment)", BindPart<5>},
      {"DAYOFWEEK", 1, 1, "DAYOFWEEK(moment)", BindPart<6>},
      {"HOUR", 1, 1, "HOUR(moment)", BindPart<7>},
      {"MINUTE", 1, 1, "MINUTE(moment)", BindPart<8>},
      {"SECOND", 1, 1, "SECOND(moment)", BindPart<9>},
      {"TIMESTAMPADD", 3, 3, "TIMESTAMPADD(unit, number, moment)", BindTimestampAdd},
      {"TIMESTAMPDIFF", 3, 3, "TIMESTAMPDIFF(unit, from, to)", BindTimestampDiff},
  };
}

}  // namespace cdc::sql
