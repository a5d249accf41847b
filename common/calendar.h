#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cdc {

/// Dates and times of the proleptic Gregorian calendar, and MySQL's text of them.

/// Rounding toward minus infinity; `divisor` is positive.
inline int64_t FloorDiv(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

/// Days since 1970-01-01.
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day);
void CivilFromDays(int64_t days, int64_t* year, unsigned* month, unsigned* day);

/// Of a month from 1 to 12.
unsigned DaysOfMonth(int64_t year, unsigned month);

/// A date and time as it is written, also with zero parts, which no instant has.
struct CivilTime {
  int64_t year = 0;
  unsigned month = 0, day = 0;
  unsigned hour = 0, minute = 0, second = 0;
  unsigned microsecond = 0;
  bool has_time = false;  ///< hour, minute and second were written

  /// A day that the calendar has.
  bool is_real_date() const { return month >= 1 && month <= 12 && day >= 1 && day <= DaysOfMonth(year, month); }
  bool is_real_time() const { return hour <= 23 && minute <= 59 && second <= 59; }
  int64_t days() const { return DaysFromCivil(year, month, day); }
  /// Microseconds since 1970-01-01 00:00:00.
  int64_t epoch_us() const;
};

/// "2024-01-31", "2024-01-31 10:11:12", "2024-01-31T10:11:12.5"; up to six fraction digits. False for any other form.
/// The form alone counts: MySQL stores dates that the calendar does not have.
bool ParseCivilTime(std::string_view text, CivilTime* time);

/// Microseconds since 1970 of an instant as options take it: milliseconds since 1970, or a date and time in UTC,
/// "2026-11-24T10:00:00Z" (the Z may be left out). Nothing for any other form.
std::optional<int64_t> ParseInstant(std::string_view text);

/// MySQL's TIME, "-838:59:59.000001", hours of one to four digits: microseconds, negative for a leading minus. False
/// for any other form.
bool ParseMysqlTime(std::string_view text, int64_t* microseconds);

/// "2024-01-31"
void AppendDate(std::string& out, int64_t days);
/// "10:11:12.500": hours beyond 24 and a minus where needed; `fraction` digits, 0 to 6.
void AppendTime(std::string& out, int64_t microseconds, int fraction);
/// "2024-01-31 10:11:12.500", with `separator` between date and time.
void AppendDateTime(std::string& out, int64_t epoch_us, int fraction, char separator = ' ');

}  // namespace cdc
