#include "tools/cdc-apply/column_limit.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "common/error.h"
#include "tools/cdc-apply/row_change.h"
#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {
namespace {

constexpr int kFloatBits = 24, kDoubleBits = 53;
// Decimal numbers of so many digits come back from a double as they were.
constexpr int kExactDigits = 15;
// What PostgreSQL's money holds of most currencies.
constexpr int kMoneyDigits = 2;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// A number in brackets: of "numeric(6,1) unsigned" the last one is 1.
std::optional<int> NumberInBrackets(std::string_view type) {
  const size_t open = type.find('('), close = type.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
  std::string_view inside = type.substr(open + 1, close - open - 1);
  if (const size_t comma = inside.find(','); comma != std::string_view::npos) inside.remove_prefix(comma + 1);
  int number = 0;
  if (std::from_chars(inside.data(), inside.data() + inside.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

/// A number as digits × 10^exponent, without zeros at either end; 0 has no digits.
struct DecimalNumber {
  bool is_negative = false;
  std::string digits;
  int exponent = 0;
  friend bool operator==(const DecimalNumber& a, const DecimalNumber& b) {
    return a.digits == b.digits && (a.digits.empty() || (a.is_negative == b.is_negative && a.exponent == b.exponent));
  }
};

std::optional<DecimalNumber> ParseNumber(std::string_view text) {
  DecimalNumber number;
  const char *next = text.data(), *const end = next + text.size();
  if (next != end && (*next == '-' || *next == '+')) number.is_negative = *next++ == '-';
  for (; next != end && IsDigit(*next); ++next) number.digits += *next;
  if (next != end && *next == '.')
    for (++next; next != end && IsDigit(*next); ++next, --number.exponent) number.digits += *next;
  if (number.digits.empty()) return std::nullopt;
  if (next != end && (*next == 'e' || *next == 'E')) {
    int exponent = 0;
    if (++next != end && *next == '+') ++next;
    const auto result = std::from_chars(next, end, exponent);
    if (result.ec != std::errc()) return std::nullopt;
    next = result.ptr;
    number.exponent += exponent;
  }
  if (next != end) return std::nullopt;
  number.digits.erase(0, number.digits.find_first_not_of('0'));
  for (; !number.digits.empty() && number.digits.back() == '0'; ++number.exponent) number.digits.pop_back();
  return number;
}

std::string TextOf(const Value& value) {
  char text[1100];  // the smallest numbers have that many digits, written without an exponent
  std::to_chars_result result{};
  switch (value.kind) {
    case Value::Kind::kInteger: result = std::to_chars(text, text + sizeof text, value.integer); break;
    case Value::Kind::kUnsigned: result = std::to_chars(text, text + sizeof text, value.unsigned_integer()); break;
    case Value::Kind::kReal:
      result = std::to_chars(text, text + sizeof text, value.real, std::chars_format::fixed);
      break;
    default: return std::string(value.text);
  }
  return {text, result.ptr};
}

bool IsInt64(std::string_view text) {
  int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

/// Digits after the point of a time, without zeros at the end.
int FractionOfTime(std::string_view text) {
  const size_t point = text.find('.');
  size_t digits = 0;
  if (point != std::string_view::npos)
    for (size_t i = point + 1; i < text.size() && IsDigit(text[i]); ++i)
      if (text[i] != '0') digits = i - point;
  return static_cast<int>(digits);
}

/// Whether the nearest number of the type is written with the same digits, or is just this one.
template <typename Real>
bool Survives(const std::string& text, const DecimalNumber& number) {
  Real real = 0;
  const char* begin = text.data() + (text.front() == '+' ? 1 : 0);
  if (std::from_chars(begin, text.data() + text.size(), real).ec != std::errc()) return false;
  char back[1100];
  for (const auto format : {std::chars_format::scientific, std::chars_format::fixed}) {
    const auto result = std::to_chars(back, back + sizeof back, real, format);
    if (ParseNumber({back, static_cast<size_t>(result.ptr - back)}) == number) return true;
  }
  return false;
}

bool IsCutAsTime(std::string_view text, const ColumnLimit& limit) {
  constexpr size_t kDateLength = 10;
  const bool has_date = text.size() >= kDateLength && text[4] == '-' && text[7] == '-';
  const std::string_view rest = has_date ? text.substr(kDateLength) : text;
  if (rest.find(':') == std::string_view::npos) return has_date && !limit.holds_date;
  const bool is_midnight = has_date && rest.find_first_of("123456789") == std::string_view::npos;
  return has_date != limit.holds_date || (!limit.holds_time && !is_midnight);
}

/// A text that says more than the number which a column of numbers makes of it: "0012", " 7", "+1".
bool IsCutAsNumber(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  if (text.empty()) return false;
  if (is_blank(text.front()) || is_blank(text.back())) return true;
  if (text.front() == '+') return true;
  if (text.front() == '-') text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && IsDigit(text[1]);
}

bool IsCutAsText(std::string_view text, const ColumnLimit& limit) {
  if (limit.pads_text && !text.empty() && text.back() == ' ') return true;
  if (limit.bytes && text.size() > *limit.bytes) return true;
  if (!limit.characters || text.size() <= *limit.characters) return false;
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character)) > *limit.characters;
}

}  // namespace

ColumnLimit LimitOfType(std::string_view type, int digits_of_plain_time) {
  ColumnLimit limit;
  limit.type = type;
  const std::string_view word = type.substr(0, type.find_first_of("( "));
  const auto is_one_of = [&](std::initializer_list<const char*> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  const auto number = NumberInBrackets(type);
  const bool has_scale = number && type.find(',') != std::string_view::npos;
  if (is_one_of({"numeric", "decimal"})) {
    if (number) limit.fraction_digits = has_scale ? *number : 0;
  } else if (is_one_of({"float", "double", "real"})) {
    const bool is_double = word == "double";
    limit.mantissa_bits = is_double ? kDoubleBits : kFloatBits;
    if (has_scale) limit.fraction_digits = number;
  } else if (is_one_of({"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year"})) {
    limit.fraction_digits = 0;
  } else if (word == "money") {
    limit.fraction_digits = kMoneyDigits;
  } else if (is_one_of({"timestamp", "datetime", "time", "interval", "date"})) {
    limit.is_time = true;
    limit.holds_date = is_one_of({"timestamp", "datetime", "date"});
    limit.holds_time = word != "date";
    if (limit.holds_time) limit.fraction_digits = number.value_or(digits_of_plain_time);
  } else if (is_one_of({"char", "varchar", "character"})) {
    if (number) limit.characters = static_cast<size_t>(*number);
    limit.pads_text = word != "varchar" && type.substr(0, 17) != "character varying";
  } else if (word == "name") {  // of PostgreSQL's own tables, as is the next
    limit.bytes = 63;
  } else if (word == "\"char\"") {
    limit.bytes = 1;
  }
  return limit;
}

bool MayExceed(const TargetColumn& source, const ColumnLimit& limit) {
  const bool may_have_more_digits =
      limit.fraction_digits && (source.scale < 0 || source.scale > *limit.fraction_digits);
  const bool is_text = limit.characters || limit.bytes || limit.pads_text;
  switch (source.kind) {
    case ColumnKind::kAny:
    case ColumnKind::kText: return limit.fraction_digits || limit.mantissa_bits > 0 || is_text || limit.is_time;
    case ColumnKind::kReal: return limit.fraction_digits || limit.digits_of_real || limit.mantissa_bits == kFloatBits;
    case ColumnKind::kInteger:
      if (limit.keeps_int64) return false;
      [[fallthrough]];
    case ColumnKind::kUnsigned: return limit.mantissa_bits > 0 || limit.fraction_digits.value_or(0) < 0;
    case ColumnKind::kDecimal:
      return source.precision == 0 || may_have_more_digits || limit.mantissa_bits == kFloatBits ||
             (limit.mantissa_bits > 0 && source.precision > kExactDigits);
    case ColumnKind::kDate: return limit.is_time && !limit.holds_date;
    case ColumnKind::kTime: return limit.is_time && (limit.holds_date || may_have_more_digits);
    case ColumnKind::kTimestamp:
    case ColumnKind::kInstant: return limit.is_time && (!limit.holds_date || !limit.holds_time || may_have_more_digits);
    case ColumnKind::kBytes: return is_text;
    case ColumnKind::kBoolean:
    case ColumnKind::kJson: return false;
  }
  return false;
}

Loss LossOf(const Value& value, const ColumnLimit& limit) {
  if (value.kind == Value::Kind::kAbsent || value.kind == Value::Kind::kNull) return Loss::kNone;
  const bool is_text = value.kind == Value::Kind::kText || value.kind == Value::Kind::kBytes;
  if (is_text && IsCutAsText(value.text, limit)) return Loss::kCut;
  if (is_text && limit.is_time && IsCutAsTime(value.text, limit)) return Loss::kCut;
  if (!limit.fraction_digits && limit.mantissa_bits == 0 && !limit.digits_of_real) return Loss::kNone;
  const std::string text = TextOf(value);
  const auto number = ParseNumber(text);
  if (value.kind == Value::Kind::kText && !limit.is_time && !limit.digits_of_real && IsCutAsNumber(text))
    return Loss::kCut;
  if (number && number->digits.empty()) return Loss::kNone;
  if (limit.fraction_digits && (number ? -number->exponent : FractionOfTime(text)) > *limit.fraction_digits)
    return Loss::kRounded;
  if (number && limit.digits_of_real && value.kind == Value::Kind::kReal &&
      number->digits.size() > *limit.digits_of_real)
    return Loss::kRounded;
  if (limit.keeps_int64 && IsInt64(text)) return Loss::kNone;
  if (number && limit.mantissa_bits == kFloatBits && !Survives<float>(text, *number)) return Loss::kRounded;
  if (number && limit.mantissa_bits == kDoubleBits && !Survives<double>(text, *number)) return Loss::kRounded;
  return Loss::kNone;
}

void CheckLimits(const RowChange& change, const std::vector<ColumnLimit>& limits) {
  for (const auto& limit : limits) {
    if (limit.column >= change.after.size()) continue;
    const Value& value = change.after[limit.column];
    const Loss loss = LossOf(value, limit);
    if (loss == Loss::kNone) continue;
    Fail(ExitStatus::kData,
         "column \"" + change.table->columns[limit.column].name + "\" of table \"" + change.table->name + "\" is " +
             limit.type + " in the target, which would " + (loss == Loss::kCut ? "cut" : "round") + " a value",
         "the value: " + Shown(TextOf(value)),
         "give the column a type that holds it, or let the server cut and round: --allow-rounding");
  }
}

}  // namespace cdc::apply
