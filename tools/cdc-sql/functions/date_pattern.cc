#include "tools/cdc-sql/functions/date_pattern.h"

#include "common/calendar.h"

namespace cdc::sql {

namespace {

constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December"};
constexpr const char* kWeekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::string_view kLetters = "yuMLdDHhkKmsSaEenwQ";

void AppendPadded(std::string& out, int64_t value, int width) {
  const std::string digits = std::to_string(value < 0 ? -value : value);
  if (value < 0) out += '-';
  for (int i = static_cast<int>(digits.size()); i < width; ++i) out += '0';
  out += digits;
}

}  // namespace

int IsoWeekday(int64_t days) {
  return static_cast<int>(days + 3 - FloorDiv(days + 3, int64_t{7}) * 7) + 1;
}

void IsoWeekOf(int64_t days, int64_t* iso_year, int64_t* week) {
  const int64_t thursday = days - IsoWeekday(days) + 4;
  unsigned month = 0, day = 0;
  CivilFromDays(thursday, iso_year, &month, &day);
  *week = (thursday - DaysFromCivil(*iso_year, 1, 1)) / 7 + 1;
}

int64_t DayOfYear(const DateTimeParts& parts) {
  return DaysFromCivil(parts.year, parts.month, parts.day) - DaysFromCivil(parts.year, 1, 1) + 1;
}

bool DatePattern::Compile(std::string_view pattern) {
  fields_.clear();
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    Field field;
    if (c == '\'') {
      if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
        field.text = "'";
        i += 2;
      } else {
        for (++i; i < pattern.size(); ++i) {
          if (pattern[i] != '\'') {
            field.text += pattern[i];
          } else if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
            field.text += pattern[i++];
          } else {
            break;
          }
        }
        if (i >= pattern.size()) return false;
        ++i;
      }
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      if (kLetters.find(c) == std::string_view::npos) return false;
      field.letter = c;
      while (i < pattern.size() && pattern[i] == c) {
        ++field.count;
        ++i;
      }
    } else {
      field.text = c;
      ++i;
    }
    fields_.push_back(std::move(field));
  }
  return true;
}

void DatePattern::Append(std::string& out, const DateTimeParts& parts) const {
  const int64_t days = DaysFromCivil(parts.year, parts.month, parts.day);
  for (const Field& field : fields_) {
    const int count = field.count;
    switch (field.letter) {
      case '\0': out += field.text; break;
      case 'y':
      case 'u': AppendPadded(out, count == 2 ? parts.year % 100 : parts.year, count); break;
      case 'M':
      case 'L':
        if (count >= 3)
          out += std::string(kMonths[parts.month - 1]).substr(0, count == 3 ? 3 : std::string::npos);
        else
          AppendPadded(out, parts.month, count);
        break;
      case 'Q': AppendPadded(out, (parts.month + 2) / 3, count); break;
      case 'd': AppendPadded(out, parts.day, count); break;
      case 'D': AppendPadded(out, DayOfYear(parts), count); break;
      case 'H': AppendPadded(out, parts.hour, count); break;
      case 'k': AppendPadded(out, parts.hour == 0 ? 24 : parts.hour, count); break;
      case 'K': AppendPadded(out, parts.hour % 12, count); break;
      case 'h': AppendPadded(out, parts.hour % 12 == 0 ? 12 : parts.hour % 12, count); break;
      case 'm': AppendPadded(out, parts.minute, count); break;
      case 's': AppendPadded(out, parts.second, count); break;
      case 'n': AppendPadded(out, parts.nanosecond, count); break;
      case 'S': {
        std::string digits;
        AppendPadded(digits, parts.nanosecond, 9);
        out += digits.substr(0, static_cast<size_t>(count));
        break;
      }
      case 'a': out += parts.hour < 12 ? "AM" : "PM"; break;
      case 'E':
        out += std::string(kWeekdays[IsoWeekday(days) - 1]).substr(0, count <= 3 ? 3 : std::string::npos);
        break;
      case 'e': AppendPadded(out, IsoWeekday(days) % 7 + 1, count); break;
      default: {  // w: weeks that begin on Sunday, the first being that of January 1st
        const int64_t first = DaysFromCivil(parts.year, 1, 1);
        AppendPadded(out, (days - first + IsoWeekday(first) % 7) / 7 + 1, count);
        break;
      }
    }
  }
}

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

}  // namespace

bool DatePattern::Parse(std::string_view text, DateTimeParts* parts) const {
  return Take(text, false, parts) && text.empty() && IsMoment(*parts);
}

bool DatePattern::ParsePrefix(std::string_view text, DateTimeParts* parts) const {
  if (!Take(text, true, parts)) return false;
  if (IsMoment(*parts)) return true;
  // Each unit flows over into the next one.
  const int64_t months = parts->year * 12 + static_cast<int64_t>(parts->month) - 1;
  const int64_t days = DaysFromCivil(FloorDiv(months, int64_t{12}), static_cast<unsigned>(months % 12) + 1, 1) +
                       static_cast<int64_t>(parts->day) - 1;
  const int64_t seconds = (int64_t{parts->hour} * 60 + parts->minute) * 60 + parts->second;
  *parts = SplitTimestamp((Int128{days} * 86400 + seconds) * kNanosPerSecond + parts->nanosecond);
  return true;
}

bool DatePattern::Take(std::string_view& text, bool lenient, DateTimeParts* parts) const {
  *parts = DateTimeParts{};
  bool afternoon = false, half_day = false;
  for (size_t f = 0; f < fields_.size(); ++f) {
    const Field& field = fields_[f];
    if (field.letter == '\0') {
      if (text.substr(0, field.text.size()) != field.text) return false;
      text.remove_prefix(field.text.size());
      continue;
    }
    if (field.letter == 'a') {
      if (text.size() < 2 || (text[0] != 'A' && text[0] != 'P') || text[1] != 'M') return false;
      afternoon = text[0] == 'P';
      half_day = true;
      text.remove_prefix(2);
      continue;
    }
    if ((field.letter == 'M' || field.letter == 'L') && field.count >= 3) {
      bool found = false;
      for (unsigned month = 0; month < 12 && !found; ++month) {
        const std::string name = std::string(kMonths[month]).substr(0, field.count == 3 ? 3 : std::string::npos);
        if (text.substr(0, name.size()) != name) continue;
        parts->month = month + 1;
        text.remove_prefix(name.size());
        found = true;
      }
      if (!found) return false;
      continue;
    }
    // As many digits as letters where another number follows, else one letter takes all there are.
    const bool before_text = f + 1 == fields_.size() || fields_[f + 1].letter == '\0';
    const bool year = field.letter == 'y' || field.letter == 'u';
    const bool open = field.count == 1 || (before_text && (lenient || (year && field.count == 4)));
    size_t digits = 0;
    int64_t value = 0;
    const size_t limit = open ? 9 : static_cast<size_t>(field.count);
    while (digits < limit && digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
      value = value * 10 + (text[digits++] - '0');
    const bool too_few = field.count > 1 && digits < static_cast<size_t>(field.count) && !(lenient && before_text);
    if (digits == 0 || too_few) return false;
    text.remove_prefix(digits);
    switch (field.letter) {
      case 'y':
      case 'u': parts->year = field.count == 2 ? 2000 + value : value; break;
      case 'M':
      case 'L': parts->month = static_cast<unsigned>(value); break;
      case 'd': parts->day = static_cast<unsigned>(value); break;
      case 'H':
      case 'k':
      case 'h':
      case 'K': parts->hour = static_cast<unsigned>(value); break;
      case 'm': parts->minute = static_cast<unsigned>(value); break;
      case 's': parts->second = static_cast<unsigned>(value); break;
      case 'S':
        for (size_t i = digits; i < 9; ++i) value *= 10;
        parts->nanosecond = value;
        break;
      default: return false;
    }
  }
  if (half_day) parts->hour = parts->hour % 12 + (afternoon ? 12 : 0);
  return true;
}

}  // namespace cdc::sql
