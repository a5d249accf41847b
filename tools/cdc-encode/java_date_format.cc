#include "tools/cdc-encode/java_date_format.h"

#include <cstdlib>
#include <ctime>

#include "common/calendar.h"

namespace cdc::encode {
namespace {

constexpr int64_t kDayMs = 86400000;
const char* const kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                               "July",    "August",   "September", "October", "November", "December"};
const char* const kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

void AppendPadded(std::string& out, int64_t value, size_t width) {
  const std::string digits = std::to_string(std::llabs(value));
  if (value < 0) out += '-';
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void AppendName(std::string& out, std::string_view name, size_t count) {
  out += count >= 4 ? name : name.substr(0, 3);
}

constexpr size_t kMostDigits = 9;
constexpr int64_t kLastYear = 292278993;  // whose milliseconds Java's long holds

/// A year of two digits: from 80 years before today on.
int64_t InCentury(int64_t year) {
  constexpr int64_t kSecondsInYear = 31556952;
  const int64_t first = 1970 + static_cast<int64_t>(std::time(nullptr)) / kSecondsInYear - 80;
  return first / 100 * 100 + year + (year < first % 100 ? 100 : 0);
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

bool JavaDateFormat::Compile(std::string_view pattern, std::string* error) {
  parts_.clear();
  for (size_t at = 0; at < pattern.size();) {
    if (IsLetter(pattern[at])) {
      size_t end = at;
      while (end < pattern.size() && pattern[end] == pattern[at]) ++end;
      if (std::string_view("yMdHhmsSaEXZz").find(pattern[at]) == std::string_view::npos) {
        *error = std::string("holds a letter that is not supported: ") + pattern[at];
        return false;
      }
      parts_.push_back({pattern[at], end - at, {}});
      at = end;
      continue;
    }
    std::string text;
    if (pattern[at] != '\'') {
      text = pattern[at++];
    } else if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
      text = "'";
      at += 2;
    } else {
      for (++at;; ++at) {
        if (at == pattern.size()) {
          *error = "holds a quote without its end";
          return false;
        }
        if (pattern[at] != '\'') {
          text += pattern[at];
        } else if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
          text += pattern[++at];
        } else {
          ++at;
          break;
        }
      }
    }
    parts_.push_back({0, 0, std::move(text)});
  }
  return true;
}

std::string JavaDateFormat::Format(int64_t ms) const {
  const int64_t days = ms / kDayMs - (ms % kDayMs < 0 ? 1 : 0), rest = ms - days * kDayMs;
  int64_t year;
  unsigned month, day;
  CivilFromDays(days, &year, &month, &day);
  const int64_t hour = rest / 3600000;
  std::string out;
  for (const Part& part : parts_) {
    switch (part.letter) {
      case 0: out += part.text; break;
      case 'y': AppendPadded(out, part.count == 2 ? year % 100 : year, part.count); break;
      case 'M':
        if (part.count >= 3)
          AppendName(out, kMonths[month - 1], part.count);
        else
          AppendPadded(out, month, part.count);
        break;
      case 'd': AppendPadded(out, day, part.count); break;
      case 'H': AppendPadded(out, hour, part.count); break;
      case 'h': AppendPadded(out, hour % 12 == 0 ? 12 : hour % 12, part.count); break;
      case 'm': AppendPadded(out, rest / 60000 % 60, part.count); break;
      case 's': AppendPadded(out, rest / 1000 % 60, part.count); break;
      case 'S': AppendPadded(out, rest % 1000, part.count); break;
      case 'a': out += hour < 12 ? "AM" : "PM"; break;
      case 'E': AppendName(out, kDays[((days + 4) % 7 + 7) % 7], part.count); break;
      case 'X': out += 'Z'; break;
      case 'Z': out += "+0000"; break;
      case 'z': out += part.count >= 4 ? "Coordinated Universal Time" : "UTC"; break;
      default: break;
    }
  }
  return out;
}

bool JavaDateFormat::Parse(std::string_view text, int64_t* ms) const {
  int64_t year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0, offset = 0;
  bool afternoon = false, twelve = false;
  const auto digit = [&] { return !text.empty() && text[0] >= '0' && text[0] <= '9'; };
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (part.letter == 0) {
      if (text.substr(0, part.text.size()) != part.text) return false;
      text.remove_prefix(part.text.size());
      continue;
    }
    if (part.letter == 'a') {
      if (text.substr(0, 2) != "AM" && text.substr(0, 2) != "PM") return false;
      afternoon = text[0] == 'P';
      text.remove_prefix(2);
      continue;
    }
    if (part.letter == 'X' || part.letter == 'Z' || part.letter == 'z') {
      if (text.substr(0, 1) == "Z" && part.letter == 'X') {
        text.remove_prefix(1);
      } else if (part.letter == 'z' && (text.substr(0, 3) == "UTC" || text.substr(0, 3) == "GMT")) {
        text.remove_prefix(3);
      } else {
        if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return false;
        const int64_t sign = text[0] == '-' ? -1 : 1;
        std::string digits;
        for (text.remove_prefix(1); digits.size() < 4 && (digit() || (digits.size() == 2 && text.substr(0, 1) == ":"));
             text.remove_prefix(1))
          if (text[0] != ':') digits += text[0];
        if (digits.size() != 2 && digits.size() != 4) return false;
        offset =
            sign * (std::stoll(digits.substr(0, 2)) * 60 + (digits.size() == 4 ? std::stoll(digits.substr(2)) : 0));
      }
      continue;
    }
    if (part.letter == 'E' || (part.letter == 'M' && part.count >= 3)) return false;
    // Digits that other digits follow at once are counted; else all there are are one number.
    const bool counted = i + 1 < parts_.size() && parts_[i + 1].letter != 0 &&
                         std::string_view("yMdHhmsS").find(parts_[i + 1].letter) != std::string_view::npos;
    int64_t value = 0;
    size_t count = 0;
    for (; digit() && count < kMostDigits && (!counted || count < part.count); text.remove_prefix(1), ++count)
      value = value * 10 + (text[0] - '0');
    if (count == 0) return false;
    switch (part.letter) {
      case 'y': year = part.count <= 2 && count == 2 ? InCentury(value) : value; break;
      case 'M': month = value; break;
      case 'd': day = value; break;
      case 'H': hour = value; break;
      case 'h':
        hour = value % 12;
        twelve = true;
        break;
      case 'm': minute = value; break;
      case 's': second = value; break;
      default: millisecond = value; break;
    }
  }
  if (twelve && afternoon) hour += 12;
  // Lenient, as the original: a thirteenth month is the next year's first.
  const int64_t months = month - 1;
  year += months / 12 - (months % 12 < 0 ? 1 : 0);
  if (year > kLastYear) return false;
  const int64_t days = DaysFromCivil(year, static_cast<unsigned>((months % 12 + 12) % 12 + 1), 1) + day - 1;
  *ms = days * kDayMs + (hour * 60 + minute - offset) * 60000 + second * 1000 + millisecond;
  return true;
}

}  // namespace cdc::encode
