#include "tools/cdc-apply/sqlite_functions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "tools/cdc-apply/sqlite_statement.h"

namespace cdc::apply {
namespace {

void ReturnText(sqlite3_context* context, const std::string& text) {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// The number with the digits after the point that its column has.
std::string DecimalText(sqlite3_value* value, int scale) {
  if (sqlite3_value_type(value) == SQLITE_FLOAT) {
    char text[400];
    const int length = std::snprintf(text, sizeof text, "%.*f", scale, sqlite3_value_double(value));
    return {text, static_cast<size_t>(std::clamp(length, 0, static_cast<int>(sizeof text) - 1))};
  }
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return {text, static_cast<size_t>(sqlite3_value_bytes(value))};
}

bool IsDecimal(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  return !text.empty() && text[0] != '.' && text.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(text.begin(), text.end(), '.') <= 1;
}

/// With so many digits after the point; the first digit that is lost decides.
std::string Rounded(std::string_view text, size_t digits) {
  const bool is_negative = text[0] == '-';
  if (is_negative) text.remove_prefix(1);
  const size_t point = std::min(text.find('.'), text.size());
  std::string number(text.substr(0, point));
  const std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
  number += fraction.substr(0, digits);
  if (fraction.size() < digits) number.append(digits - fraction.size(), '0');
  if (fraction.size() > digits && fraction[digits] >= '5') {
    size_t i = number.size();
    while (i > 0 && number[i - 1] == '9') number[--i] = '0';
    if (i > 0)
      ++number[i - 1];
    else
      number.insert(0, "1");
  }
  const bool is_zero = number.find_first_not_of('0') == std::string::npos;
  if (digits > 0) number.insert(number.size() - digits, ".");
  return (is_negative && !is_zero ? "-" : "") + number;
}

void Round(sqlite3_context* context, int, sqlite3_value** values) {
  const int type = sqlite3_value_type(values[0]);
  if (type == SQLITE_NULL || type == SQLITE_BLOB) return sqlite3_result_value(context, values[0]);
  const std::string text = DecimalText(values[0], sqlite3_value_int(values[1]));
  if (!IsDecimal(text)) return sqlite3_result_value(context, values[0]);
  const int digits = std::max(sqlite3_value_int(values[2]), 0);
  const std::string rounded = Rounded(text, static_cast<size_t>(digits));
  int64_t number = 0;
  const auto parsed = std::from_chars(rounded.data(), rounded.data() + rounded.size(), number);
  if (digits == 0 && parsed.ec == std::errc()) return sqlite3_result_int64(context, number);
  ReturnText(context, rounded);
}

void Float(sqlite3_context* context, int, sqlite3_value** values) {
  const int type = sqlite3_value_type(values[0]);
  if (type == SQLITE_NULL || type == SQLITE_BLOB) return sqlite3_result_value(context, values[0]);
  const double number = type == SQLITE_INTEGER ? static_cast<double>(sqlite3_value_int64(values[0]))
                        : type == SQLITE_FLOAT ? sqlite3_value_double(values[0])
                                               : std::strtod(DecimalText(values[0], 0).c_str(), nullptr);
  // MySQL refuses what no FLOAT holds.
  if (std::fabs(number) > static_cast<double>(std::numeric_limits<float>::max()))
    return sqlite3_result_value(context, values[0]);
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<float>(number)).ptr;
  double shortest = 0;
  std::from_chars(digits, end, shortest);
  sqlite3_result_double(context, shortest);
}

}  // namespace

void AddSqliteFunctions(sqlite3* db) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  const auto add = [&](const char* name, int arguments, void (*function)(sqlite3_context*, int, sqlite3_value**)) {
    const int code =
        sqlite3_create_function_v2(db, name, arguments, kFlags, nullptr, function, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) FailSqlite(db, code, std::string("could not add function ") + name);
  };
  add("cdc_round", 3, Round);
  add("cdc_float", 1, Float);
}

}  // namespace cdc::apply
