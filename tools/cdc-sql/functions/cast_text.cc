// Texts as CAST reads them.
#include "tools/cdc-sql/functions/cast_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace cdc::sql {

namespace {

std::pair<int64_t, int64_t> RangeOf(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyint: return {INT8_MIN, INT8_MAX};
    case TypeKind::kSmallint: return {INT16_MIN, INT16_MAX};
    case TypeKind::kInt: return {INT32_MIN, INT32_MAX};
    default: return {INT64_MIN, INT64_MAX};
  }
}

bool IsBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

/// BinaryStringData.trim: blanks alone.
std::string_view WithoutBlanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

size_t CountDigits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

/// A text of at most 18 bytes for a DECIMAL of at most 18 digits, which Flink reads digit by digit: the character that
/// ends the number is read with it, whatever it is, and only what stands behind has to be blank. 12x is 12.
DecimalParse ParseShortDecimal(std::string_view text, int scale, int precision, Int128* out) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n')) text.remove_prefix(1);
  std::string number;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    number = text.substr(0, 1);
    text.remove_prefix(1);
  }
  if (text.empty()) return DecimalParse::kBad;
  const size_t whole = CountDigits(text);
  size_t end = whole;
  number += '0';
  if (end < text.size() && text[end] == '.') end += 1 + CountDigits(text.substr(end + 1));
  number += text.substr(0, end);
  text.remove_prefix(end);
  if (text.size() > 1 && (text[0] == 'e' || text[0] == 'E') && !IsBlank(text[1])) {
    const size_t sign = text[1] == '+' || text[1] == '-' ? 1 : 0;
    const size_t digits = CountDigits(text.substr(1 + sign));
    if (digits == 0) return DecimalParse::kBad;
    number += text.substr(0, 1 + sign + digits);
    text.remove_prefix(1 + sign + digits);
  }
  if (!text.empty()) text.remove_prefix(1);
  if (!std::all_of(text.begin(), text.end(), IsBlank)) return DecimalParse::kBad;
  return ParseDecimal(number, scale, precision, out);
}

}  // namespace

DecimalParse ParseCastDecimal(std::string_view text, int scale, int precision, Int128* out) {
  constexpr int kLongDigits = 18;
  const bool is_short = precision <= kLongDigits && text.size() <= static_cast<size_t>(kLongDigits);
  return is_short ? ParseShortDecimal(text, scale, precision, out) : ParseDecimal(Trimmed(text), scale, precision, out);
}

bool ParseInteger(std::string_view text, TypeKind kind, int64_t* value) {
  text = WithoutBlanks(text);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  if (point != std::string_view::npos)
    for (const char c : text.substr(point + 1))
      if (c < '0' || c > '9') return false;
  if (whole.empty() && point == std::string_view::npos) return false;
  Int128 total = 0;
  for (const char c : whole) {
    if (c < '0' || c > '9') return false;
    total = total * 10 + (c - '0');
    if (total > (Int128{1} << 64)) return false;
  }
  if (negative) total = -total;
  const auto [low, high] = RangeOf(kind);
  if (total < low || total > high) return false;
  *value = static_cast<int64_t>(total);
  return true;
}

bool ParseDouble(std::string_view text, bool single, double* value) {
  text = Trimmed(text);
  if (text.empty()) return false;
  std::string_view body = text;
  const bool negative = body[0] == '-';
  if (body[0] == '-' || body[0] == '+') body.remove_prefix(1);
  if (body == "NaN") {
    *value = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  if (body == "Infinity") {
    *value = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return true;
  }
  if (body.empty() || !((body[0] >= '0' && body[0] <= '9') || body[0] == '.')) return false;
  if (body.size() > 1 && (body.back() == 'd' || body.back() == 'D' || body.back() == 'f' || body.back() == 'F'))
    body.remove_suffix(1);
  double magnitude = 0;
  const auto end = std::from_chars(body.data(), body.data() + body.size(), magnitude);
  if (end.ptr != body.data() + body.size()) return false;
  if (end.ec == std::errc::result_out_of_range) {
    const bool tiny = body.find("e-") != std::string_view::npos || body.find("E-") != std::string_view::npos;
    magnitude = tiny ? 0 : std::numeric_limits<double>::infinity();
  }
  *value = negative ? -magnitude : magnitude;
  if (single) *value = static_cast<float>(*value);
  return true;
}

bool ParseBoolean(std::string_view text, uint8_t* value) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const char* yes : {"t", "true", "y", "yes", "1"})
    if (lower == yes) {
      *value = 1;
      return true;
    }
  for (const char* no : {"f", "false", "n", "no", "0"})
    if (lower == no) {
      *value = 0;
      return true;
    }
  return false;
}

bool ParseHour(std::string_view text, int64_t* millis) {
  text = Trimmed(text);
  int64_t hour = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), hour);
  if (text.empty() || text.size() > 2 || end.ec != std::errc() || end.ptr != text.data() + text.size()) return false;
  *millis = hour * 3600000;
  return hour >= 0 && hour < 24;
}

}  // namespace cdc::sql
