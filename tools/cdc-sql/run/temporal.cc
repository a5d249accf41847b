#include "tools/cdc-sql/run/temporal.h"

#include <algorithm>

namespace cdc::sql {

Int128 FloorDiv(Int128 value, Int128 divisor) {
  const Int128 quotient = value / divisor;
  return quotient - (value % divisor < 0 ? 1 : 0);
}

DateTimeParts SplitTimestamp(Int128 nanos) {
  int64_t days, rest;
  if (nanos <= INT64_MAX && nanos >= INT64_MIN) {  // 64-bit division is many times faster
    const auto value = static_cast<int64_t>(nanos);
    days = FloorDiv(value, kNanosPerDay);
    rest = value - days * kNanosPerDay;
  } else {
    days = static_cast<int64_t>(FloorDiv(nanos, Int128{kNanosPerDay}));
    rest = static_cast<int64_t>(nanos - Int128{days} * kNanosPerDay);
  }
  DateTimeParts parts;
  CivilFromDays(days, &parts.year, &parts.month, &parts.day);
  parts.nanosecond = rest % kNanosPerSecond;
  const int64_t seconds = rest / kNanosPerSecond;
  parts.hour = static_cast<unsigned>(seconds / 3600);
  parts.minute = static_cast<unsigned>(seconds / 60 % 60);
  parts.second = static_cast<unsigned>(seconds % 60);
  return parts;
}

Int128 JoinTimestamp(const DateTimeParts& parts) {
  const int64_t seconds = int64_t{parts.hour} * 3600 + int64_t{parts.minute} * 60 + parts.second;
  return Int128{DaysFromCivil(parts.year, parts.month, parts.day)} * kNanosPerDay + Int128{seconds} * kNanosPerSecond +
         parts.nanosecond;
}

namespace {

/// Reads digits and separators from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool Number(size_t min_digits, size_t max_digits, int64_t* value) {
    size_t digits = 0;
    *value = 0;
    while (digits < max_digits && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      *value = *value * 10 + (text_[at_++] - '0');
      ++digits;
    }
    return digits >= min_digits;
  }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  /// ".123" in nanoseconds, nothing if there is no point.
  bool Fraction(int64_t* nanos) {
    *nanos = 0;
    if (!Take('.')) return true;
    int64_t scale = kNanosPerSecond;
    size_t digits = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      if (++digits > 9) return false;
      scale /= 10;
      *nanos += (text_[at_++] - '0') * scale;
    }
    return true;
  }
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  std::string_view rest() const { return text_.substr(at_); }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

/// `smart`: as Java's SMART resolver of a timestamp takes days, those up to 31 that the month does not have are its
/// last.
bool ScanDate(Scanner& scan, size_t year_digits, size_t min_digits, bool smart, DateTimeParts* parts) {
  int64_t month = 1, day = 1;
  if (!scan.Number(year_digits, 4, &parts->year) || !scan.Take('-') || !scan.Number(min_digits, 2, &month) ||
      !scan.Take('-') || !scan.Number(min_digits, 2, &day))
    return false;
  if (month < 1 || month > 12) return false;
  parts->month = static_cast<unsigned>(month);
  const int64_t last = DaysOfMonth(parts->year, parts->month);
  if (day < 1 || day > (smart ? 31 : last)) return false;
  parts->day = static_cast<unsigned>(std::min(day, last));
  return true;
}

/// `end_of_day`: 24:00:00 is possible.
bool ScanTime(Scanner& scan, size_t min_digits, bool seconds_needed, bool end_of_day, DateTimeParts* parts) {
  int64_t hour = 0, minute = 0, second = 0;
  if (!scan.Number(min_digits, 2, &hour) || !scan.Take(':') || !scan.Number(min_digits, 2, &minute)) return false;
  if (scan.Take(':')) {
    if (!scan.Number(min_digits, 2, &second) || !scan.Fraction(&parts->nanosecond)) return false;
  } else if (seconds_needed) {
    return false;
  }
  const bool midnight = end_of_day && hour == 24 && minute == 0 && second == 0 && parts->nanosecond == 0;
  if ((hour > 23 && !midnight) || minute > 59 || second > 59) return false;
  parts->hour = static_cast<unsigned>(hour);
  parts->minute = static_cast<unsigned>(minute);
  parts->second = static_cast<unsigned>(second);
  return true;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

void AppendPadded(std::string& out, int64_t value, int width) {
  char digits[24];
  int count = 0;
  const bool negative = value < 0;
  uint64_t rest = negative ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  do {
    digits[count++] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (negative) out += '-';
  for (int i = count; i < width; ++i) out += '0';
  while (count > 0) out += digits[--count];
}

void AppendFraction(std::string& out, int64_t nanos, int digits) {
  if (digits <= 0) return;
  out += '.';
  int64_t scale = kNanosPerSecond;
  for (int i = 0; i < digits; ++i) {
    scale /= 10;
    out += static_cast<char>('0' + nanos / scale % 10);
  }
}

}  // namespace

Int128 FloorFraction(Int128 nanos, int digits) {
  int64_t unit = kNanosPerSecond;
  for (int i = 0; i < digits; ++i) unit /= 10;
  return FloorDiv(nanos, Int128{unit}) * unit;
}

bool ParseCastTimestamp(std::string_view text, Int128* nanos) {
  const bool four_digits = text.find('-') == 4, ends = !text.empty() && text.back() != ' ';
  return four_digits && text.front() != ' ' && ends && ParseTimestamp(text, nanos);
}

bool ParseTimestamp(std::string_view text, Int128* nanos) {
  Scanner scan(Trimmed(text));
  DateTimeParts parts;
  if (!ScanDate(scan, 1, 1, true, &parts)) return false;
  if (!scan.at_end()) {
    if (!scan.Take(' ') || !ScanTime(scan, 1, true, true, &parts) || !scan.at_end()) return false;
  }
  *nanos = JoinTimestamp(parts);
  return true;
}

bool ParseJsonTimestamp(std::string_view text, bool iso, bool zoned, Int128* nanos) {
  Scanner scan(text);
  DateTimeParts parts;
  // Java's ISO_LOCAL_DATE_TIME by itself is strict: no 30 February, no 24:00:00. It takes a small t.
  const bool strict = iso && !zoned;
  if (!ScanDate(scan, 4, 2, !strict, &parts)) return false;
  if (!scan.Take(iso ? 'T' : ' ') && !(strict && scan.Take('t'))) return false;
  if (!ScanTime(scan, 2, !iso, !strict, &parts)) return false;
  if (zoned && !scan.Take('Z')) return false;
  if (!scan.at_end()) return false;
  *nanos = JoinTimestamp(parts);
  return true;
}

bool ParseIsoInstant(std::string_view text, Int128* nanos) {
  Scanner scan(text);
  DateTimeParts parts;
  if (!ScanDate(scan, 4, 2, false, &parts)) return false;
  if ((scan.Take('T') || scan.Take(' ')) && !ScanTime(scan, 2, false, false, &parts)) return false;
  int64_t offset = 0;
  if (!scan.at_end() && !ParseZoneOffset(scan.rest(), &offset)) return false;
  *nanos = JoinTimestamp(parts) - Int128{offset} * kNanosPerSecond;
  return true;
}

bool ParseDate(std::string_view text, int64_t* days) {
  text = Trimmed(text);
  text = text.substr(0, text.find(' '));
  Scanner scan(text);
  int64_t year = 0, month = 1, day = 1;
  if (!scan.Number(1, 4, &year)) return false;
  if (scan.Take('-')) {
    if (!scan.Number(1, 2, &month)) return false;
    if (scan.Take('-') && !scan.Number(1, 2, &day)) return false;
  }
  if (!scan.at_end() || month < 1 || month > 12) return false;
  if (day < 1 || day > int64_t{DaysOfMonth(year, static_cast<unsigned>(month))}) return false;
  *days = DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  return true;
}

bool ParseTime(std::string_view text, int64_t* millis) {
  Scanner scan(Trimmed(text));
  DateTimeParts parts;
  if (!ScanTime(scan, 1, false, false, &parts) || !scan.at_end()) return false;
  *millis =
      (int64_t{parts.hour} * 3600 + int64_t{parts.minute} * 60 + parts.second) * 1000 + parts.nanosecond / 1000000;
  return true;
}

namespace {

constexpr int64_t kLastDayOfFourDigits = 2932896;  // 9999-12-31

}  // namespace

void AppendDateText(std::string& out, int64_t days) {
  DateTimeParts parts;
  CivilFromDays(days, &parts.year, &parts.month, &parts.day);
  AppendPadded(out, parts.year, 4);
  out += '-';
  AppendPadded(out, parts.month, 2);
  out += '-';
  AppendPadded(out, parts.day, 2);
}

void AppendTimeText(std::string& out, int64_t millis, int digits) {
  AppendPadded(out, millis / 3600000, 2);
  out += ':';
  AppendPadded(out, millis / 60000 % 60, 2);
  out += ':';
  AppendPadded(out, millis / 1000 % 60, 2);
  AppendFraction(out, millis % 1000 * 1000000, digits);
}

void AppendTimestampText(std::string& out, Int128 nanos, int digits, char separator) {
  const DateTimeParts parts = SplitTimestamp(nanos);
  AppendPadded(out, parts.year, 4);
  out += '-';
  AppendPadded(out, parts.month, 2);
  out += '-';
  AppendPadded(out, parts.day, 2);
  out += separator;
  AppendPadded(out, parts.hour, 2);
  out += ':';
  AppendPadded(out, parts.minute, 2);
  out += ':';
  AppendPadded(out, parts.second, 2);
  AppendFraction(out, parts.nanosecond, digits);
}

void AppendDateShort(std::string& out, int64_t days) {
  if (days > kLastDayOfFourDigits) out += '+';
  AppendDateText(out, days);
}

void AppendTimestampShort(std::string& out, Int128 nanos, char separator) {
  if (nanos >= Int128{kLastDayOfFourDigits + 1} * kNanosPerDay) out += '+';
  AppendTimestampText(out, nanos, 9, separator);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
}

Int128 CutFraction(Int128 nanos, int digits) {
  if (digits >= 9) return nanos;
  int64_t unit = kNanosPerSecond, few = 1;
  for (int i = 0; i < digits; ++i) {
    unit /= 10;
    few *= 10;
  }
  // Flink counts the digits of the nanoseconds as a number: what has no more of them is left as it is.
  if (digits > 3 && nanos - FloorDiv(nanos, Int128{kNanosPerSecond}) * kNanosPerSecond < few) return nanos;
  // Milliseconds and the nanoseconds in them are cut apart: finer than a millisecond downward, coarser toward zero.
  if (unit <= 1000000) return FloorDiv(nanos, Int128{unit}) * unit;
  const Int128 millis = FloorDiv(nanos, Int128{1000000});
  const Int128 millis_unit = unit / 1000000;
  return millis / millis_unit * millis_unit * 1000000;
}

Int128 AddMonths(Int128 nanos, int64_t months) {
  DateTimeParts parts = SplitTimestamp(nanos);
  const int64_t total = parts.year * 12 + static_cast<int64_t>(parts.month) - 1 + months;
  parts.year = FloorDiv(total, 12);
  parts.month = static_cast<unsigned>(total - parts.year * 12) + 1;
  parts.day = std::min(parts.day, DaysOfMonth(parts.year, parts.month));
  return JoinTimestamp(parts);
}

namespace {

/// Whole months from a day to one that is not before it.
int64_t MonthsBetweenDays(int64_t from, int64_t to) {
  const DateTimeParts a = SplitTimestamp(Int128{from} * kNanosPerDay), b = SplitTimestamp(Int128{to} * kNanosPerDay);
  const int64_t months = (b.year - a.year) * 12 + static_cast<int64_t>(b.month) - static_cast<int64_t>(a.month);
  return AddMonths(Int128{from} * kNanosPerDay, months) > Int128{to} * kNanosPerDay ? months - 1 : months;
}

}  // namespace

int64_t MonthsBetween(Int128 a, Int128 b) {
  const auto from = static_cast<int64_t>(FloorDiv(a, Int128{kNanosPerDay}));
  const auto to = static_cast<int64_t>(FloorDiv(b, Int128{kNanosPerDay}));
  const int64_t months = to < from ? -MonthsBetweenDays(to, from) : MonthsBetweenDays(from, to);
  // Calcite's subtractMonths: the time of day counts if the months lead to the very day, and takes one month off
  // whether the months go forward or back.
  const Int128 reached = AddMonths(Int128{from} * kNanosPerDay, months);
  const bool early = b - Int128{to} * kNanosPerDay < a - Int128{from} * kNanosPerDay;
  return reached == Int128{to} * kNanosPerDay && early ? months - 1 : months;
}

bool ParseZoneOffset(std::string_view zone, int64_t* seconds) {
  *seconds = 0;
  for (const std::string_view prefix :
       {std::string_view("UTC"), std::string_view("GMT"), std::string_view("Etc/UTC"), std::string_view("Z")}) {
    if (zone == prefix) return true;
    if (prefix.size() == 3 && zone.substr(0, 3) == prefix) {
      zone.remove_prefix(3);
      break;
    }
  }
  Scanner scan(zone);
  const bool negative = scan.peek() == '-';
  if (!scan.Take('+') && !scan.Take('-')) return false;
  int64_t hours = 0, minutes = 0;
  if (!scan.Number(1, 2, &hours)) return false;
  scan.Take(':');
  if (!scan.at_end() && !scan.Number(2, 2, &minutes)) return false;
  if (!scan.at_end() || hours > 18 || minutes > 59) return false;
  *seconds = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
  return true;
}

}  // namespace cdc::sql
