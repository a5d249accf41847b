#include "common/calendar.h"

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

/// Takes 1 to `most` digits.
bool TakeDigits(std::string_view text, size_t* at, size_t least, size_t most, uint64_t* value) {
  const size_t start = *at;
  *value = 0;
  while (*at < text.size() && *at - start < most && text[*at] >= '0' && text[*at] <= '9')
    *value = *value * 10 + static_cast<uint64_t>(text[(*at)++] - '0');
  return *at - start >= least;
}

bool Take(std::string_view text, size_t* at, char c) {
  if (*at >= text.size() || text[*at] != c) return false;
  ++*at;
  return true;
}

bool TakeFraction(std::string_view text, size_t* at, uint64_t* microsecond) {
  *microsecond = 0;
  if (!Take(text, at, '.')) return true;
  const size_t start = *at;
  if (!TakeDigits(text, at, 1, 6, microsecond)) return false;
  for (size_t digits = *at - start; digits < 6; ++digits) *microsecond *= 10;
  return true;
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
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  *day = static_cast<unsigned>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  *month = static_cast<unsigned>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

int64_t CivilTime::epoch_us() const {
  const int64_t seconds = days() * 86400 + hour * 3600 + minute * 60 + second;
  return seconds * 1'000'000 + microsecond;
}

bool ParseCivilTime(std::string_view text, CivilTime* time) {
  size_t at = 0;
  uint64_t year, month, day, hour = 0, minute = 0, second = 0, microsecond = 0;
  if (!TakeDigits(text, &at, 4, 6, &year) || !Take(text, &at, '-') || !TakeDigits(text, &at, 2, 2, &month) ||
      !Take(text, &at, '-') || !TakeDigits(text, &at, 2, 2, &day))
    return false;
  if (at < text.size()) {
    if (!Take(text, &at, ' ') && !Take(text, &at, 'T')) return false;
    if (!TakeDigits(text, &at, 2, 2, &hour) || !Take(text, &at, ':') || !TakeDigits(text, &at, 2, 2, &minute) ||
        !Take(text, &at, ':') || !TakeDigits(text, &at, 2, 2, &second) || !TakeFraction(text, &at, &microsecond))
      return false;
  }
  if (at != text.size() || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59) return false;
  *time = {static_cast<int64_t>(year),        static_cast<unsigned>(month),  static_cast<unsigned>(day),
           static_cast<unsigned>(hour),       static_cast<unsigned>(minute), static_cast<unsigned>(second),
           static_cast<unsigned>(microsecond)};
  return true;
}

bool ParseMysqlTime(std::string_view text, int64_t* microseconds) {
  size_t at = 0;
  const bool negative = Take(text, &at, '-');
  uint64_t hour, minute, second, microsecond;
  if (!TakeDigits(text, &at, 2, 3, &hour) || !Take(text, &at, ':') || !TakeDigits(text, &at, 2, 2, &minute) ||
      !Take(text, &at, ':') || !TakeDigits(text, &at, 2, 2, &second) || !TakeFraction(text, &at, &microsecond) ||
      at != text.size() || minute > 59 || second > 59)
    return false;
  const auto total = static_cast<int64_t>((hour * 3600 + minute * 60 + second) * 1'000'000 + microsecond);
  *microseconds = negative ? -total : total;
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
