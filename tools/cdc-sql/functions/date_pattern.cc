#include "tools/cdc-sql/functions/date_pattern.h"

#include "common/calendar.h"

namespace cdc::sql {

const char* const kMonthNames[12] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
const char* const kWeekdayNames[7] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

namespace {

constexpr std::string_view kFormatterLetters = "yuYMLdDHhkKmsSaEecnNAwWQqFGB", kFormatterZones = "zZXxVOv",
                           kSimpleLetters = "yYuMLdDHhkKmsSaEwWFGzZX";

void AppendPadded(std::string& out, int64_t value, int width) {
  const std::string digits = std::to_string(value < 0 ? -value : value);
  if (value < 0) out += '-';
  for (int i = static_cast<int>(digits.size()); i < width; ++i) out += '0';
  out += digits;
}

/// How often a letter may stand in DateTimeFormatter.
int MostLetters(char letter) {
  if (std::string_view("dHhkKmsw").find(letter) != std::string_view::npos) return 2;
  if (letter == 'a' || letter == 'W' || letter == 'F') return 1;
  if (letter == 'D') return 3;
  if (letter == 'S') return 9;
  return std::string_view("MLEecQqG").find(letter) != std::string_view::npos ? 5 : 19;
}

/// Weeks that begin on Sunday, the first being that of the first day.
int64_t WeekSince(int64_t first, int64_t days) {
  return (days - first + IsoWeekday(first) % 7) / 7 + 1;
}

/// The year whose week, of those that begin on Sunday, the day lies in: the week of January 1st is its first.
int64_t WeekYear(const DateTimeParts& parts, int64_t days) {
  const int64_t next = DaysFromCivil(parts.year + 1, 1, 1);
  return days >= next - IsoWeekday(next) % 7 ? parts.year + 1 : parts.year;
}

void AppendYear(std::string& out, int64_t year, int count) {
  AppendPadded(out, count == 2 ? year % 100 : year, count);
}

/// Names by the number of letters: three short, four long, five the first letter (SimpleDateFormat has no such form).
void AppendName(std::string& out, const std::string& name, int count, bool simple) {
  out += name.substr(0, count <= 3 ? 3 : count == 5 && !simple ? 1 : std::string::npos);
}

const char* DayPeriod(const DateTimeParts& parts) {
  if (parts.minute == 0 && parts.second == 0 && parts.nanosecond == 0 && parts.hour % 12 == 0)
    return parts.hour == 0 ? "midnight" : "noon";
  if (parts.hour < 6 || parts.hour >= 21) return "at night";
  return parts.hour < 12 ? "in the morning" : parts.hour < 18 ? "in the afternoon" : "in the evening";
}

void AppendQuarter(std::string& out, int64_t quarter, int count) {
  static constexpr const char* kOrdinals[] = {"1st", "2nd", "3rd", "4th"};
  if (count == 3) out += 'Q';
  if (count == 4) {
    out += std::string(kOrdinals[quarter - 1]) + " quarter";
  } else {
    AppendPadded(out, quarter, count > 2 ? 1 : count);
  }
}

/// X writes Z for UTC, one letter the hours only and three a colon.
void AppendOffset(std::string& out, char letter, int count, int64_t seconds) {
  if (letter == 'X' && seconds == 0) {
    out += 'Z';
    return;
  }
  out += seconds < 0 ? '-' : '+';
  const int64_t minutes = (seconds < 0 ? -seconds : seconds) / 60;
  AppendPadded(out, minutes / 60, 2);
  if (letter == 'X' && count == 1) return;
  if (letter == 'X' && count == 3) out += ':';
  AppendPadded(out, minutes % 60, 2);
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

bool DatePattern::Compile(std::string_view pattern, Dialect dialect) {
  fields_.clear();
  dialect_ = dialect;
  needs_zone_ = has_long_zone_ = false;
  const bool simple = dialect == Dialect::kSimple;
  int open = 0;
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
      const bool zone = !simple && kFormatterZones.find(c) != std::string_view::npos;
      needs_zone_ = needs_zone_ || zone;
      if (!zone && (simple ? kSimpleLetters : kFormatterLetters).find(c) == std::string_view::npos) return false;
      field.letter = c;
      while (i < pattern.size() && pattern[i] == c) {
        ++field.count;
        ++i;
      }
      has_long_zone_ = has_long_zone_ || (simple && c == 'z' && field.count > 3);
      if (!simple && field.count > MostLetters(c)) return false;
    } else if (!simple && (c == '[' || c == ']')) {
      open += c == '[' ? 1 : -1;
      if (open < 0) return false;
      field.letter = c;
      ++i;
    } else if (!simple && (c == '{' || c == '}' || c == '#')) {
      return false;
    } else {
      field.text = c;
      ++i;
    }
    fields_.push_back(std::move(field));
  }
  for (; open > 0; --open) fields_.push_back({']', 0, {}});
  return true;
}

void DatePattern::Append(std::string& out, const DateTimeParts& parts, const PatternZone& zone) const {
  const bool simple = dialect_ == Dialect::kSimple;
  const int64_t days = DaysFromCivil(parts.year, parts.month, parts.day);
  const int64_t of_day =
      (int64_t{parts.hour} * 3600 + parts.minute * 60 + parts.second) * kNanosPerSecond + parts.nanosecond;
  for (const Field& field : fields_) {
    const int count = field.count;
    switch (field.letter) {
      case '\0': out += field.text; break;
      case '[':
      case ']': break;
      case 'y': AppendYear(out, parts.year, count); break;
      case 'Y': AppendYear(out, WeekYear(parts, days), count); break;
      case 'u':
        if (simple) {
          AppendPadded(out, IsoWeekday(days), count);
        } else {
          AppendYear(out, parts.year, count);
        }
        break;
      case 'M':
      case 'L':
        if (count >= 3) {
          AppendName(out, kMonthNames[parts.month - 1], count, simple);
        } else {
          AppendPadded(out, parts.month, count);
        }
        break;
      case 'Q':
      case 'q': AppendQuarter(out, (parts.month + 2) / 3, count); break;
      case 'd': AppendPadded(out, parts.day, count); break;
      case 'D': AppendPadded(out, DayOfYear(parts), count); break;
      case 'H': AppendPadded(out, parts.hour, count); break;
      case 'k': AppendPadded(out, parts.hour == 0 ? 24 : parts.hour, count); break;
      case 'K': AppendPadded(out, parts.hour % 12, count); break;
      case 'h': AppendPadded(out, parts.hour % 12 == 0 ? 12 : parts.hour % 12, count); break;
      case 'm': AppendPadded(out, parts.minute, count); break;
      case 's': AppendPadded(out, parts.second, count); break;
      case 'n': AppendPadded(out, parts.nanosecond, count); break;
      case 'N': AppendPadded(out, of_day, count); break;
      case 'A': AppendPadded(out, of_day / 1000000, count); break;
      case 'S': {
        if (simple) {
          AppendPadded(out, parts.nanosecond / 1000000, count);
          break;
        }
        std::string digits;
        AppendPadded(digits, parts.nanosecond, 9);
        out += digits.substr(0, static_cast<size_t>(count));
        break;
      }
      case 'a': out += parts.hour < 12 ? "AM" : "PM"; break;
      case 'B': out += DayPeriod(parts); break;
      case 'G': out += count == 4 && !simple ? "Anno Domini" : count == 5 && !simple ? "A" : "AD"; break;
      case 'E': AppendName(out, kWeekdayNames[IsoWeekday(days) - 1], count, simple); break;
      case 'e':
      case 'c':
        if (count >= 3) {
          AppendName(out, kWeekdayNames[IsoWeekday(days) - 1], count, simple);
        } else {
          AppendPadded(out, IsoWeekday(days) % 7 + 1, count);
        }
        break;
      case 'W': AppendPadded(out, WeekSince(days - parts.day + 1, days), count); break;
      case 'F':  // Java 17: the day of the week counted from the 1st, SimpleDateFormat: which one of its kind
        AppendPadded(out, simple ? (parts.day - 1) / 7 + 1 : (parts.day - 1) % 7 + 1, count);
        break;
      case 'w': {
        const int64_t year = WeekYear(parts, days);
        AppendPadded(out, year == parts.year ? WeekSince(DaysFromCivil(year, 1, 1), days) : 1, count);
        break;
      }
      case 'z': out += count > 3 ? zone.long_name : zone.name; break;
      default: AppendOffset(out, field.letter, count, zone.seconds_east); break;
    }
  }
}

}  // namespace cdc::sql
