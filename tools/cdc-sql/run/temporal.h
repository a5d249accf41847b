#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/calendar.h"
#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

/// Text and parts of dates and times. Timestamps are nanoseconds since 1970-01-01 00:00:00 (Int128), dates are days,
/// times are milliseconds of the day.

inline constexpr int64_t kNanosPerSecond = 1000000000;
inline constexpr int64_t kMillisPerDay = 86400000;
inline constexpr int64_t kNanosPerDay = 86400 * kNanosPerSecond;

/// Rounding toward minus infinity.
using cdc::FloorDiv;
Int128 FloorDiv(Int128 value, Int128 divisor);

struct DateTimeParts {
  int64_t year = 1970;
  unsigned month = 1, day = 1;
  unsigned hour = 0, minute = 0, second = 0;
  int64_t nanosecond = 0;
};
DateTimeParts SplitTimestamp(Int128 nanos);
Int128 JoinTimestamp(const DateTimeParts& parts);

/// The literal: "y-M-d" alone or with "H:m:s[.f]" after a blank. At most nine fraction digits. False for anything else.
bool ParseTimestamp(std::string_view text, Int128* nanos);
/// The same as CAST reads it: the year has four digits, and no blank stands around it.
bool ParseCastTimestamp(std::string_view text, Int128* nanos);
/// What a JSON format reads: exactly "yyyy-MM-dd HH:mm:ss[.f]", T instead of the blank if `iso`, a Z at the end if
/// `zoned`.
bool ParseJsonTimestamp(std::string_view text, bool iso, bool zoned, Int128* nanos);
/// ISO 8601 with T or blank, and Z or an offset or nothing: what Connect and Debezium write. In UTC.
bool ParseIsoInstant(std::string_view text, Int128* nanos);
/// "y[-M[-d]]", what follows a blank is ignored.
bool ParseDate(std::string_view text, int64_t* days);
/// "H:m[:s[.f]]" in milliseconds.
bool ParseTime(std::string_view text, int64_t* millis);

void AppendDateText(std::string& out, int64_t days);
/// `digits` fraction digits (cut).
/// The same with a + before years of five digits, as Java writes them.
void AppendDateShort(std::string& out, int64_t days);
void AppendTimeText(std::string& out, int64_t millis, int digits);
void AppendTimestampText(std::string& out, Int128 nanos, int digits, char separator = ' ');
/// Without trailing zeros of the fraction.
void AppendTimestampShort(std::string& out, Int128 nanos, char separator = ' ');

/// Cut to `digits` fraction digits, as Flink does between types of timestamps: toward zero.
Int128 CutFraction(Int128 nanos, int digits);
/// The same of what was read from a text: downward.
Int128 FloorFraction(Int128 nanos, int digits);

/// The same day `months` later, or the last of that month.
Int128 AddMonths(Int128 nanos, int64_t months);
/// Whole months from `a` to `b`.
int64_t MonthsBetween(Int128 a, Int128 b);

/// Seconds east of UTC for "UTC", "Z", "GMT+02:00", "+02:00"; false for names that need a time zone database.
bool ParseZoneOffset(std::string_view zone, int64_t* seconds);

}  // namespace cdc::sql
