#include "common/java_number.h"

#include <charconv>
#include <cmath>

namespace cdc {
namespace {

/// value = 0.d1d2d3… · 10^point; `digits` without leading and trailing zeros, "0" for zero.
struct Decimal {
  bool negative = false;
  char digits[32];
  int count = 0;
  int point = 0;
  int typed = 0;  // digits before trailing zeros were taken off
};

/// Java's layout of the digits.
void AppendLayout(std::string& out, const Decimal& decimal) {
  if (decimal.negative) out += '-';
  const int point = decimal.point;
  if (decimal.count == 0) {
    out += "0.0";
  } else if (point > 7 || point < -2) {
    out += decimal.digits[0];
    out += '.';
    if (decimal.count == 1) {
      out += '0';
    } else {
      out.append(decimal.digits + 1, static_cast<size_t>(decimal.count - 1));
    }
    out += 'E';
    char exponent[8];
    const auto result = std::to_chars(exponent, exponent + sizeof exponent, point - 1);
    out.append(exponent, static_cast<size_t>(result.ptr - exponent));
  } else if (point <= 0) {
    out += "0.";
    out.append(static_cast<size_t>(-point), '0');
    out.append(decimal.digits, static_cast<size_t>(decimal.count));
  } else {
    const int whole = decimal.count < point ? decimal.count : point;
    out.append(decimal.digits, static_cast<size_t>(whole));
    out.append(static_cast<size_t>(point - whole), '0');
    out += '.';
    if (decimal.count > point) {
      out.append(decimal.digits + point, static_cast<size_t>(decimal.count - point));
    } else {
      out += '0';
    }
  }
}

/// Reads a number's text; false if it is none, or has more digits than fit.
bool ReadDecimal(std::string_view text, Decimal* decimal) {
  size_t i = 0;
  if (i < text.size() && text[i] == '-') {
    decimal->negative = true;
    ++i;
  }
  bool after_point = false, any = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (decimal->count == 0 && c == '0') {
      if (after_point) --decimal->point;
      continue;
    }
    if (decimal->count == static_cast<int>(sizeof decimal->digits)) return false;
    decimal->digits[decimal->count++] = c;
    if (!after_point) ++decimal->point;
  }
  if (!any) return false;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return false;
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int exponent = 0;
    const auto result = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return false;
    decimal->point += exponent;
  }
  decimal->typed = decimal->count;
  while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '0') --decimal->count;
  if (decimal->count == 0) decimal->point = 0;
  return true;
}

template <typename Number>
void AppendJava(std::string& out, Number value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
    return;
  }
  char text[64];
  auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  Decimal decimal;
  ReadDecimal({text, static_cast<size_t>(end - text)}, &decimal);
  if (decimal.count == 1) {
    // Where one digit would do, Java takes the best of two: the smallest double is 4.9E-324, not 5.0E-324.
    end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 1).ptr;
    decimal = {};
    ReadDecimal({text, static_cast<size_t>(end - text)}, &decimal);
  }
  AppendLayout(out, decimal);
}

/// A text of `exact_digits` or less is the only one so short for its number, so that it needs no reading.
template <typename Number>
bool AppendFromText(std::string& out, std::string_view text, int exact_digits, int max_point) {
  Decimal decimal;
  if (ReadDecimal(text, &decimal) && decimal.typed <= exact_digits && decimal.point < max_point &&
      decimal.point > -max_point) {
    AppendLayout(out, decimal);
    return true;
  }
  Number value;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ptr != text.data() + text.size() || text.empty()) return false;
  if (result.ec == std::errc::result_out_of_range) {
    // Too small for the type, or too large.
    value = decimal.point < 0 ? Number{0} : std::numeric_limits<Number>::infinity();
    if (decimal.negative) value = -value;
  } else if (result.ec != std::errc()) {
    return false;
  }
  AppendJava(out, value);
  return true;
}

}  // namespace

void AppendJavaDouble(std::string& out, double value) {
  AppendJava(out, value);
}

void AppendJavaFloat(std::string& out, float value) {
  AppendJava(out, value);
}

bool AppendJavaDoubleText(std::string& out, std::string_view text) {
  return AppendFromText<double>(out, text, 15, 300);
}

bool AppendJavaFloatText(std::string& out, std::string_view text) {
  return AppendFromText<float>(out, text, 6, 37);
}

bool AppendWidenedFloatText(std::string& out, std::string_view text) {
  float value;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return false;
  AppendJava(out, static_cast<double>(value));
  return true;
}

void AppendJavaBigDecimal(std::string& out, std::string_view plain) {
  std::string digits;
  bool negative = false;
  int scale = -1;
  for (const char c : plain) {
    if (c == '-') {
      negative = true;
    } else if (c == '.') {
      scale = 0;
    } else {
      digits += c;
      if (scale >= 0) ++scale;
    }
  }
  if (scale < 0) scale = 0;
  const size_t lead = digits.find_first_not_of('0');
  digits.erase(0, lead == std::string::npos ? digits.size() - 1 : lead);
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (exponent >= -6) {
    out += plain;
    return;
  }
  if (negative) out += '-';
  out += digits[0];
  if (digits.size() > 1) {
    out += '.';
    out.append(digits, 1);
  }
  out += 'E';
  out += std::to_string(exponent);
}

}  // namespace cdc
