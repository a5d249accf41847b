#include "tools/cdc-encode/temporal_text.h"

namespace cdc::encode {
namespace {

/// Two digits at `at`; -1 if they are none.
int TwoDigits(std::string_view text, size_t at) {
  if (text.size() < at + 2) return -1;
  const int tens = text[at] - '0', ones = text[at + 1] - '0';
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

/// ".ffffff" from `at` to the end.
bool ParseFraction(std::string_view text, size_t at, int* microsecond, int* digits) {
  *microsecond = 0;
  *digits = 0;
  if (at == text.size()) return true;
  if (text[at] != '.' || text.size() - at - 1 > 6) return false;
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    *microsecond = *microsecond * 10 + (text[i] - '0');
    ++*digits;
  }
  for (int i = *digits; i < 6; ++i) *microsecond *= 10;
  return true;
}

bool IsLeap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

void AppendDigits(std::string& out, int value, int width) {
  char digits[8];
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits, static_cast<size_t>(width));
}

}  // namespace

bool ParseDateTime(std::string_view text, DateTimeParts* parts) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return false;
  const int century = TwoDigits(text, 0), rest = TwoDigits(text, 2);
  parts->year = century * 100 + rest;
  parts->month = TwoDigits(text, 5);
  parts->day = TwoDigits(text, 8);
  if (century < 0 || rest < 0 || parts->month < 0 || parts->day < 0) return false;
  parts->hour = parts->minute = parts->second = parts->microsecond = parts->fraction_digits = 0;
  parts->has_time = text.size() > 10;
  if (!parts->has_time) return true;
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || text[16] != ':') return false;
  parts->hour = TwoDigits(text, 11);
  parts->minute = TwoDigits(text, 14);
  parts->second = TwoDigits(text, 17);
  if (parts->hour < 0 || parts->minute < 0 || parts->second < 0) return false;
  return ParseFraction(text, 19, &parts->microsecond, &parts->fraction_digits);
}

bool IsRealDate(const DateTimeParts& parts) {
  static constexpr int kDays[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (parts.month < 1 || parts.month > 12 || parts.day < 1) return false;
  const int days = parts.month == 2 && IsLeap(parts.year) ? 29 : kDays[parts.month];
  return parts.day <= days;
}

int64_t DaysFromCivil(int64_t year, int month, int day) {
  // Years from March on, so that the leap day is the last of its year; eras of 400 years.
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

int64_t EpochMicroseconds(const DateTimeParts& parts) {
  const int64_t seconds =
      DaysFromCivil(parts.year, parts.month, parts.day) * 86400 + parts.hour * 3600 + parts.minute * 60 + parts.second;
  return seconds * 1000000 + parts.microsecond;
}

bool ParseTime(std::string_view text, int64_t* microseconds) {
  const bool negative = !text.empty() && text[0] == '-';
  size_t i = negative ? 1 : 0;
  int64_t hours = 0;
  const size_t first = i;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && i - first < 4; ++i)
    hours = hours * 10 + (text[i] - '0');
  if (i == first || text.size() < i + 6 || text[i] != ':' || text[i + 3] != ':') return false;
  const int minutes = TwoDigits(text, i + 1), seconds = TwoDigits(text, i + 4);
  int fraction, digits;
  if (minutes < 0 || seconds < 0 || !ParseFraction(text, i + 6, &fraction, &digits)) return false;
  *microseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000000 + fraction;
  if (negative) *microseconds = -*microseconds;
  return true;
}

int AdjustYear(int year) {
  if (year >= 0 && year <= 69) return year + 2000;
  if (year >= 70 && year <= 99) return year + 1900;
  return year;
}

int NeededFractionDigits(int microsecond) {
  int digits = 6;
  while (digits > 0 && microsecond % 10 == 0) {
    microsecond /= 10;
    --digits;
  }
  return digits;
}

void AppendIsoUtc(std::string& out, const DateTimeParts& parts, int fraction_digits) {
  AppendDigits(out, parts.year, 4);
  out += '-';
  AppendDigits(out, parts.month, 2);
  out += '-';
  AppendDigits(out, parts.day, 2);
  out += 'T';
  AppendDigits(out, parts.hour, 2);
  out += ':';
  AppendDigits(out, parts.minute, 2);
  out += ':';
  AppendDigits(out, parts.second, 2);
  if (fraction_digits > 0) {
    out += '.';
    int fraction = parts.microsecond;
    for (int i = fraction_digits; i < 6; ++i) fraction /= 10;
    AppendDigits(out, fraction, fraction_digits);
  }
  out += 'Z';
}

}  // namespace cdc::encode
