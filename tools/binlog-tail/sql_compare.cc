#include "tools/binlog-tail/sql_compare.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace cdc::tail {
namespace {

struct Decimal {
  bool negative = false;
  std::string_view whole, fraction;
};

Decimal Split(std::string_view text) {
  Decimal number;
  if (text[0] == '-' || text[0] == '+') {
    number.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t point = text.find('.');
  number.whole = text.substr(0, point);
  if (point != std::string_view::npos) number.fraction = text.substr(point + 1);
  while (!number.whole.empty() && number.whole.front() == '0') number.whole.remove_prefix(1);
  while (!number.fraction.empty() && number.fraction.back() == '0') number.fraction.remove_suffix(1);
  if (number.whole.empty() && number.fraction.empty()) number.negative = false;
  return number;
}

int Sign(int order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

/// Past one character of UTF-8.
std::string_view AfterCharacter(std::string_view text) {
  size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return text.substr(size);
}

}  // namespace

bool IsNumber(std::string_view text) {
  size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  size_t digits = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (text[at] >= '0' && text[at] <= '9')
      ++digits;
    else if (text[at] == '.' && !point)
      point = true;
    else
      break;
  }
  if (digits == 0 || at == text.size()) return digits > 0;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  return at < text.size() && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                                         [](char c) { return c >= '0' && c <= '9'; });
}

int CompareNumbers(std::string_view a, std::string_view b) {
  if (a.find_first_of("eE") != std::string_view::npos || b.find_first_of("eE") != std::string_view::npos) {
    const long double x = std::strtold(std::string(a).c_str(), nullptr);
    const long double y = std::strtold(std::string(b).c_str(), nullptr);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const Decimal x = Split(a), y = Split(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  int order =
      x.whole.size() != y.whole.size() ? (x.whole.size() < y.whole.size() ? -1 : 1) : Sign(x.whole.compare(y.whole));
  if (order == 0) order = Sign(x.fraction.compare(y.fraction));
  return x.negative ? -order : order;
}

bool IsLike(std::string_view text, std::string_view pattern) {
  while (!pattern.empty()) {
    const char c = pattern[0];
    if (c == '%') {
      pattern.remove_prefix(1);
      if (pattern.empty()) return true;
      for (;; text.remove_prefix(1)) {
        if (IsLike(text, pattern)) return true;
        if (text.empty()) return false;
      }
    }
    if (text.empty()) return false;
    if (c == '_') {
      text = AfterCharacter(text);
      pattern.remove_prefix(1);
      continue;
    }
    if (c == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    if (text[0] != pattern[0]) return false;
    text.remove_prefix(1);
    pattern.remove_prefix(1);
  }
  return text.empty();
}

}  // namespace cdc::tail
