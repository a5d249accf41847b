#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdc::encode {

/// MySQL's own text of dates and times, read without allocation.

struct DateTimeParts {
  int year = 0, month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
  int microsecond = 0;
  int fraction_digits = 0;  ///< as written
  bool has_time = false;
};

/// "YYYY-MM-DD" or "YYYY-MM-DD HH:MM:SS[.ffffff]". False if it is not of that form; parts may be zero.
bool ParseDateTime(std::string_view text, DateTimeParts* parts);

/// A day that the calendar has, with month and day not zero.
bool IsRealDate(const DateTimeParts& parts);

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
int64_t DaysFromCivil(int64_t year, int month, int day);

/// Microseconds since 1970-01-01 00:00:00.
int64_t EpochMicroseconds(const DateTimeParts& parts);

/// "[-]HHH:MM:SS[.ffffff]" → microseconds; false if it is not of that form.
bool ParseTime(std::string_view text, int64_t* microseconds);

/// The connector's time adjuster: years 0 to 69 mean 2000 to 2069, 70 to 99 mean 1970 to 1999.
int AdjustYear(int year);

/// "YYYY-MM-DDTHH:MM:SS[.f…]Z" with `fraction_digits` digits.
void AppendIsoUtc(std::string& out, const DateTimeParts& parts, int fraction_digits);

/// Fraction digits that are needed when trailing zeros are left off.
int NeededFractionDigits(int microsecond);

}  // namespace cdc::encode
