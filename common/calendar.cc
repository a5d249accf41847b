#include "common/calendar.h"

#include <charconv>

#include "common/json_writer.h"

namespace cdc {
namespace {

constexpr int64_t kDayUs = 86'400'000'000;

void AppendPadded(std::string& out, uint64_t value, int width) {
  char digits[20];
  int at = 20;
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0 || 20 - at < width);
  out.append(digits + at, static_cast<size_t>(20 - at));
}

void AppendFraction(std::string& out, uint64_t microsecond, int fraction) {
  if (fraction <= 0) return;
  out += '.';
  uint64_t divisor = 1'000'000;
  for (int i = 0; i < fraction; ++i) divisor /= 10;
  AppendPadded(out, microsecond / divisor, fraction);
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// The two digits at `at`.
bool TakeTwo(std::string_view text, size_t at, unsigned* value) {
  if (text.size() < at + 2 || !IsDigit(text[at]) || !IsDigit(text[at + 1])) return false;
  *value = static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
  return true;
}

/// ".ffffff" from `at` to the end, or nothing.
bool TakeFraction(std::string_view text, size_t at, unsigned* microsecond) {
  *microsecond = 0;
  if (at == text.size()) return true;
  if (text[at] != '.' || text.size() - at - 1 > 6) return false;
  unsigned unit = 1'000'000;
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (!IsDigit(text[i])) return false;
    unit /= 10;
    *microsecond += static_cast<unsigned>(text[i] - '0') * unit;
  }
  return true;
}

/// ":MM:SS[.ffffff]" from `at` to the end.
bool TakeMinutes(std::string_view text, size_t at, unsigned* minute, unsigned* second, unsigned* microsecond) {
  return text.size() >= at + 6 && text[at] == ':' && text[at + 3] == ':' && TakeTwo(text, at + 1, minute) &&
         TakeTwo(text, at + 4, second) && TakeFraction(text, at + 6, microsecond);
}

}  // namespace

// Years begin in March here, so that the leap day is a year's last; eras of 400 years repeat exactly.
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<int64_t>(year - era * 400);
  const int64_t day_of_year =
      (153 * (static_cast<int64_t>(month) + (month > 2 ? -3 : 9)) + 2) / 5 + static_cast<int64_t>(day) - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

void CivilFromDays(int64_t days, int64_t* year, unsigned* month, unsigned* day) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  // Within an era 32 bits are enough, and faster to divide.
  const auto day_of_era = static_cast<uint32_t>(days - era * 146097);
  const uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint32_t shifted_month = (5 * day_of_year + 2) / 153;
  *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

unsigned DaysOfMonth(int64_t year, unsigned month) {
  static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

int64_t CivilTime::epoch_us() const {
  const int64_t seconds = days() * 86400 + hour * 3600 + minute * 60 + second;
  return seconds * 1'000'000 + microsecond;
}

bool ParseCivilTime(std::string_view text, CivilTime* time) {
  *time = {};
  unsigned century, rest;
  if (text.size() < 10 || text[4] != '-' || text[7] != '-' || !TakeTwo(text, 0, &century) || !TakeTwo(text, 2, &rest) ||
      !TakeTwo(text, 5, &time->month) || !TakeTwo(text, 8, &time->day))
    return false;
  time->year = century * 100 + rest;
  time->has_time = text.size() > 10;
  if (!time->has_time) return true;
  return (text[10] == ' ' || text[10] == 'T') && TakeTwo(text, 11, &time->hour) &&
         TakeMinutes(text, 13, &time->minute, &time->second, &time->microsecond);
}

std::optional<int64_t> ParseInstant(std::string_view text) {
  int64_t milliseconds = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (result.ec == std::errc() && result.ptr == text.data() + text.size() && milliseconds >= 0 &&
      milliseconds < INT64_MAX / 1000)
    return milliseconds * 1000;
  if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
  CivilTime time;
  if (!ParseCivilTime(text, &time) || !time.is_real_date() || !time.is_real_time()) return std::nullopt;
  return time.epoch_us();
}

bool ParseMysqlTime(std::string_view text, int64_t* microseconds) {
  const bool negative = !text.empty() && text[0] == '-';
  const size_t first = negative ? 1 : 0;
  size_t at = first;
  int64_t hours = 0;
  for (; at < text.size() && at - first < 4 && IsDigit(text[at]); ++at) hours = hours * 10 + (text[at] - '0');
  unsigned minute, second, microsecond;
  if (at == first || !TakeMinutes(text, at, &minute, &second, &microsecond)) return false;
  *microseconds = ((hours * 60 + minute) * 60 + second) * 1'000'000 + microsecond;
  if (negative) *microseconds = -*microseconds;
  return true;
}

void AppendDate(std::string& out, int64_t days) {
  int64_t year;
  unsigned month, day;
  CivilFromDays(days, &year, &month, &day);
  if (year < 0) {
    out += '-';
    year = -year;
  }
  AppendPadded(out, static_cast<uint64_t>(year), 4);
  out += '-';
  AppendPadded(out, month, 2);
  out += '-';
  AppendPadded(out, day, 2);
}

void AppendTime(std::string& out, int64_t microseconds, int fraction) {
  if (microseconds < 0) out += '-';
  const uint64_t total =
      microseconds < 0 ? 0 - static_cast<uint64_t>(microseconds) : static_cast<uint64_t>(microseconds);
  const uint64_t seconds = total / 1'000'000;
  AppendPadded(out, seconds / 3600, 2);
  out += ':';
  AppendPadded(out, seconds / 60 % 60, 2);
  out += ':';
  AppendPadded(out, seconds % 60, 2);
  AppendFraction(out, total % 1'000'000, fraction);
}

void AppendDateTime(std::string& out, int64_t epoch_us, int fraction, char separator) {
  int64_t days = epoch_us / kDayUs;
  if (epoch_us % kDayUs < 0) --days;
  AppendDate(out, days);
  out += separator;
  AppendTime(out, epoch_us - days * kDayUs, fraction);
}

}  // namespace cdc
