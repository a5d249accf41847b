#include "tools/cdc-apply/fraction_limit.h"

#include <charconv>
#include <string>

#include "common/error.h"

namespace cdc::apply {
namespace {

/// The last number in brackets: of "numeric(6,1) unsigned" 1.
std::optional<int> LastNumber(std::string_view type) {
  const size_t open = type.find('('), close = type.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
  std::string_view inside = type.substr(open + 1, close - open - 1);
  if (const size_t comma = inside.find(','); comma != std::string_view::npos) inside.remove_prefix(comma + 1);
  int number = 0;
  if (std::from_chars(inside.data(), inside.data() + inside.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

bool HasMoreDigits(std::string_view text, int limit) {
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return false;
  size_t digits = 0;
  for (size_t i = point + 1; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
    if (text[i] != '0') digits = i - point;
  return digits > static_cast<size_t>(limit);
}

std::string DigitsOf(double real) {
  char text[1100];  // the smallest ones have that many digits, written without an exponent
  const auto result = std::to_chars(text, text + sizeof text, real, std::chars_format::fixed);
  return {text, result.ptr};
}

}  // namespace

std::optional<int> FractionLimit(std::string_view type, int of_plain_time) {
  const std::string_view word = type.substr(0, type.find_first_of("( "));
  if (word == "numeric" || word == "decimal") {
    if (const auto scale = LastNumber(type); scale && type.find(',') != std::string_view::npos) return scale;
    return type.find('(') == std::string_view::npos ? std::nullopt : std::optional<int>(0);
  }
  for (const char* time : {"timestamp", "datetime", "time", "interval"})
    if (word == time) return LastNumber(type).value_or(of_plain_time);
  for (const char* integer : {"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year"})
    if (word == integer) return 0;
  return std::nullopt;
}

bool HasMoreDigits(const Value& value, int limit) {
  const bool is_number = value.kind == Value::Kind::kReal;
  const bool is_text = value.kind == Value::Kind::kDecimal || value.kind == Value::Kind::kText;
  return (is_number || is_text) && HasMoreDigits(is_number ? DigitsOf(value.real) : std::string(value.text), limit);
}

void CheckFractions(const RowChange& change, const ServerTable& table) {
  for (const auto& [column, limit] : table.fraction_limits) {
    if (column >= change.after.size() || !HasMoreDigits(change.after[column], limit)) continue;
    const Value& value = change.after[column];
    Fail(ExitStatus::kData,
         "column \"" + change.table->columns[column].name + "\" of table \"" + change.table->name + "\" is " +
             table.types[column] + " in the target, which would round a value",
         "the value: " + (value.kind == Value::Kind::kReal ? DigitsOf(value.real) : Shown(std::string(value.text))),
         "widen the column, or let the server round: --allow-rounding");
  }
}

}  // namespace cdc::apply
