// Reading text by a pattern.
#include <strings.h>

#include <ctime>

#include "common/calendar.h"
#include "tools/cdc-sql/functions/date_pattern.h"

namespace cdc::sql {

namespace {

/// Whether every part is one that the calendar has.
bool IsMoment(const DateTimeParts& parts) {
  if (parts.month < 1 || parts.month > 12 || parts.day < 1 || parts.hour > 23 || parts.minute > 59 || parts.second > 59)
    return false;
  int64_t year = 0;
  unsigned month = 0, day = 0;
  CivilFromDays(DaysFromCivil(parts.year, parts.month, parts.day), &year, &month, &day);
  return day == parts.day && month == parts.month;
}

/// Takes one of `names`, whole or cut to three letters, from the front; its number from 1, 0 if none fits.
/// SimpleDateFormat takes either form and does not mind capitals.
int TakeName(std::string_view& text, const char* const* names, int size, int letters, bool lenient) {
  for (int i = 0; i < size; ++i) {
    const std::string_view whole = names[i];
    for (const std::string_view name : {whole, whole.substr(0, 3)}) {
      if (!lenient && (letters >= 4) != (name.size() == whole.size()) && whole.size() != 3) continue;
      if (text.size() < name.size()) continue;
      const bool same =
          lenient ? strncasecmp(text.data(), name.data(), name.size()) == 0 : text.substr(0, name.size()) == name;
      if (!same) continue;
      text.remove_prefix(name.size());
      return i + 1;
    }
  }
  return 0;
}

bool TakeDigits(std::string_view& text, size_t most, int64_t* value) {
  size_t digits = 0;
  *value = 0;
  while (digits < most && digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
    *value = *value * 10 + (text[digits++] - '0');
  text.remove_prefix(digits);
  return digits > 0;
}

/// The year of two digits that lies within 80 years before and 20 after today, as SimpleDateFormat takes it.
int64_t NearYear(int64_t two_digits) {
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  const int64_t first = parts.tm_year + 1900 - 80;
  return first + (two_digits - first % 100 + 100) % 100;
}

/// Z, UTC, GMT, or +hh[[:]mm], the latter two also together.
bool TakeOffset(std::string_view& text, int64_t* seconds) {
  *seconds = 0;
  if (!text.empty() && text[0] == 'Z') {
    text.remove_prefix(1);
    return true;
  }
  const bool named = text.substr(0, 3) == "UTC" || text.substr(0, 3) == "GMT";
  if (named) text.remove_prefix(3);
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return named;
  const int64_t sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int64_t hours = 0, minutes = 0;
  if (!TakeDigits(text, 2, &hours)) return false;
  if (!text.empty() && text[0] == ':') text.remove_prefix(1);
  TakeDigits(text, 2, &minutes);
  *seconds = sign * (hours * 60 + minutes) * 60;
  return true;
}

}  // namespace

void DatePattern::Finish(Reading* reading) {
  DateTimeParts& parts = reading->parts;
  if (reading->half_day) parts.hour = parts.hour % 12 + (reading->afternoon ? 12 : 0);
  if (reading->day_of_year > 0) {
    const int64_t days = DaysFromCivil(parts.year, 1, 1) + reading->day_of_year - 1;
    CivilFromDays(days, &parts.year, &parts.month, &parts.day);
  }
}

bool DatePattern::Parse(std::string_view text, DateTimeParts* parts) const {
  Reading reading;
  if (!Take(text, 0, fields_.size(), false, &reading) || !text.empty()) return false;
  Finish(&reading);
  *parts = reading.parts;
  if (!IsMoment(*parts)) return false;
  return reading.weekday == 0 || reading.weekday == IsoWeekday(DaysFromCivil(parts->year, parts->month, parts->day));
}

bool DatePattern::ParsePrefix(std::string_view text, DateTimeParts* parts, int64_t* seconds_east) const {
  Reading reading;
  if (!Take(text, 0, fields_.size(), true, &reading)) return false;
  Finish(&reading);
  *parts = reading.parts;
  if (seconds_east != nullptr && reading.seconds_east != INT64_MIN) *seconds_east = reading.seconds_east;
  if (parts->nanosecond < kNanosPerSecond && IsMoment(*parts)) return true;
  // Each unit flows over into the next one.
  const int64_t months = parts->year * 12 + static_cast<int64_t>(parts->month) - 1;
  const int64_t days = DaysFromCivil(FloorDiv(months, int64_t{12}), static_cast<unsigned>(months % 12) + 1, 1) +
                       static_cast<int64_t>(parts->day) - 1;
  const int64_t seconds = (int64_t{parts->hour} * 60 + parts->minute) * 60 + parts->second;
  *parts = SplitTimestamp((Int128{days} * 86400 + seconds) * kNanosPerSecond + parts->nanosecond);
  return true;
}

bool DatePattern::Take(std::string_view& text, size_t from, size_t to, bool lenient, Reading* reading) const {
  for (size_t f = from; f < to; ++f) {
    const Field& field = fields_[f];
    switch (field.letter) {
      case '\0':
        if (text.substr(0, field.text.size()) != field.text) return false;
        text.remove_prefix(field.text.size());
        break;
      case '[': {
        size_t end = f + 1;
        for (int depth = 1; end < to; ++end) {
          depth += fields_[end].letter == '[' ? 1 : fields_[end].letter == ']' ? -1 : 0;
          if (depth == 0) break;
        }
        std::string_view rest = text;
        Reading inner = *reading;
        if (Take(rest, f + 1, end, lenient, &inner)) {
          text = rest;
          *reading = inner;
        }
        f = end;
        break;
      }
      case 'a': {
        if (text.size() < 2) return false;
        const char half = lenient ? static_cast<char>(text[0] & ~0x20) : text[0];
        const char m = lenient ? static_cast<char>(text[1] & ~0x20) : text[1];
        if ((half != 'A' && half != 'P') || m != 'M') return false;
        reading->afternoon = half == 'P';
        reading->half_day = true;
        text.remove_prefix(2);
        break;
      }
      case 'G':
        if (text.substr(0, 2) != "AD") return false;
        text.remove_prefix(2);
        break;
      case 'E':
        reading->weekday = TakeName(text, kWeekdayNames, 7, field.count, lenient);
        if (reading->weekday == 0) return false;
        break;
      case 'z':
      case 'Z':
      case 'X':
      case 'x':
      case 'V':
      case 'O':
        if (!TakeOffset(text, &reading->seconds_east)) return false;
        break;
      default:
        if ((field.letter == 'M' || field.letter == 'L') && field.count >= 3) {
          reading->parts.month = static_cast<unsigned>(TakeName(text, kMonthNames, 12, field.count, lenient));
          if (reading->parts.month == 0) return false;
        } else if (!TakeNumber(text, f, lenient, reading)) {
          return false;
        }
    }
  }
  return true;
}

bool DatePattern::TakeNumber(std::string_view& text, size_t at, bool lenient, Reading* reading) const {
  const Field& field = fields_[at];
  DateTimeParts& parts = reading->parts;
  // As many digits as letters where another number follows, else one letter takes all there are.
  const char next = at + 1 == fields_.size() ? '\0' : fields_[at + 1].letter;
  const bool before_text = next == '\0' || next == '[' || next == ']';
  const bool year = field.letter == 'y' || field.letter == 'u';
  const bool open = field.count == 1 || (before_text && (lenient || (year && field.count == 4)));
  int64_t value = 0;
  if (lenient)  // SimpleDateFormat passes over blanks before a number
    while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
  const size_t before = text.size();
  if (!TakeDigits(text, open ? 9 : static_cast<size_t>(field.count), &value)) return false;
  const size_t digits = before - text.size();
  if (field.count > 1 && digits < static_cast<size_t>(field.count) && !(lenient && before_text)) return false;
  switch (field.letter) {
    case 'y':
    case 'u':
      if (lenient) {
        parts.year = field.count <= 2 && digits == 2 ? NearYear(value) : value;
      } else {
        parts.year = field.count == 2 && digits == 2 ? 2000 + value : value;
      }
      return true;
    case 'M':
    case 'L': parts.month = static_cast<unsigned>(value); return true;
    case 'd': parts.day = static_cast<unsigned>(value); return true;
    case 'D': reading->day_of_year = value; return true;
    case 'k': parts.hour = static_cast<unsigned>(value == 24 ? 0 : value); return true;
    case 'H':
    case 'h':
    case 'K': parts.hour = static_cast<unsigned>(value); return true;
    case 'm': parts.minute = static_cast<unsigned>(value); return true;
    case 's': parts.second = static_cast<unsigned>(value); return true;
    case 'S':
      if (lenient) {  // SimpleDateFormat's are milliseconds, however many digits there are
        parts.nanosecond = value * 1000000;
        return true;
      }
      for (size_t i = digits; i < 9; ++i) value *= 10;
      parts.nanosecond = value;
      return true;
    default: return false;
  }
}

}  // namespace cdc::sql
