#include "tools/binlog-tail/column_default.h"

#include <algorithm>
#include <charconv>

#include "common/binary_text.h"
#include "common/json_writer.h"

namespace cdc::tail {
namespace {

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Digits as the pattern has 9s, other characters as they stand.
bool HasForm(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size() && std::equal(text.begin(), text.end(), pattern.begin(), [](char c, char p) {
           return p == '9' ? c >= '0' && c <= '9' : c == p;
         });
}

std::string_view WithoutLeadingZeros(std::string_view digits) {
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  return digits;
}

std::string Quoted(std::string_view text) {
  std::string json;
  cdc::AppendJsonString(json, text);
  return json;
}

/// Takes the sign off; "-" or nothing.
std::string TakeSign(std::string_view* text) {
  if (text->empty() || (text->front() != '-' && text->front() != '+')) return "";
  const bool minus = text->front() == '-';
  text->remove_prefix(1);
  return minus ? "-" : "";
}

std::optional<std::string> Integer(std::string_view text) {
  if (text == "TRUE" || text == "true") return "1";
  if (text == "FALSE" || text == "false") return "0";
  const std::string sign = TakeSign(&text);
  if (!IsDigits(text)) return std::nullopt;
  const std::string digits(WithoutLeadingZeros(text));
  return digits == "0" ? digits : sign + digits;
}

std::optional<std::string> Decimal(std::string_view text, int scale) {
  std::string sign = TakeSign(&text);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  const size_t places = static_cast<size_t>(std::max(scale, 0));
  if (!IsDigits(whole) || (!fraction.empty() && !IsDigits(fraction)) || fraction.size() > places) return std::nullopt;
  fraction.resize(places, '0');
  std::string number(WithoutLeadingZeros(whole));
  if (places > 0) number += "." + fraction;
  if (number.find_first_not_of("0.") == std::string::npos) sign.clear();
  return Quoted(sign + number);
}

std::optional<std::string> Real(std::string_view text, const MysqlType& type) {
  if (type.scale >= 0) return std::nullopt;  // rounded in a way of its own
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  char digits[40];
  const auto end = type.kind == MysqlKind::kFloat
                       ? std::to_chars(digits, digits + sizeof digits, static_cast<float>(value)).ptr
                       : std::to_chars(digits, digits + sizeof digits, value).ptr;
  return std::string(digits, end);
}

/// `form`: of the text without its fraction.
std::optional<std::string> Temporal(std::string_view text, std::string_view form, int digits) {
  const std::string_view rest = text.substr(std::min(form.size(), text.size()));
  if (!HasForm(text.substr(0, form.size()), form)) return std::nullopt;
  const size_t places = static_cast<size_t>(std::max(digits, 0));
  std::string fraction;
  if (!rest.empty()) {
    fraction = rest.substr(1);
    if (rest[0] != '.' || !IsDigits(fraction) || fraction.size() > places) return std::nullopt;
  }
  fraction.resize(places, '0');
  return Quoted(std::string(text.substr(0, form.size())) + (places > 0 ? "." + fraction : ""));
}

std::optional<std::string> Text(std::string_view text, const MysqlType& type) {
  // As a statement has them these would be bytes.
  for (std::string_view prefix : {"0x", "x'", "X'", "0b", "b'", "B'"})
    if (text.substr(0, 2) == prefix) return std::nullopt;
  if (type.kind == MysqlKind::kChar)
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return Quoted(text);
}

std::optional<std::string> Members(std::string_view text, const MysqlType& type) {
  size_t next = 0;  // in the order of the definition
  for (std::string_view rest = text; !rest.empty();) {
    const size_t comma = type.kind == MysqlKind::kSet ? rest.find(',') : std::string_view::npos;
    const std::string_view member = rest.substr(0, comma);
    while (next < type.values.size() && type.values[next] != member) ++next;
    if (next++ == type.values.size()) return std::nullopt;
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  if (text.empty() && type.kind == MysqlKind::kEnum) return std::nullopt;
  return Quoted(text);
}

std::string Binary(const std::string& bytes, bool hex) {
  std::string json = hex ? "{\"@hex\":\"" : "\"";
  hex ? AppendHex(json, bytes) : AppendBase64(json, bytes);
  return json + (hex ? "\"}" : "\"");
}

/// b'101', as bytes with the highest first.
std::optional<std::string> Bits(std::string_view text, int length, bool hex) {
  if (text.size() < 3 || text.back() != '\'' || (text.substr(0, 2) != "b'" && text.substr(0, 2) != "B'"))
    return std::nullopt;
  text = text.substr(2, text.size() - 3);
  if (text.find_first_not_of("01") != std::string_view::npos || text.size() > static_cast<size_t>(length))
    return std::nullopt;
  std::string bytes(static_cast<size_t>(length + 7) / 8, '\0');
  for (size_t i = 0; i < text.size(); ++i)
    if (text[text.size() - 1 - i] == '1') {
      char& byte = bytes[bytes.size() - 1 - i / 8];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | (1U << (i % 8)));
    }
  return Binary(bytes, hex);
}

std::optional<std::string> Literal(std::string_view text, const MysqlType& type, bool hex) {
  switch (type.kind) {
    case MysqlKind::kTinyInt:
    case MysqlKind::kSmallInt:
    case MysqlKind::kMediumInt:
    case MysqlKind::kInt:
    case MysqlKind::kBigInt: return Integer(text);
    case MysqlKind::kYear: return HasForm(text, "9999") ? Integer(text) : std::nullopt;
    case MysqlKind::kDecimal: return Decimal(text, type.scale);
    case MysqlKind::kFloat:
    case MysqlKind::kDouble: return Real(text, type);
    case MysqlKind::kDate: return Temporal(text, "9999-99-99", 0);
    case MysqlKind::kTime: return Temporal(text, "99:99:99", type.fraction);
    case MysqlKind::kDateTime: return Temporal(text, "9999-99-99 99:99:99", type.fraction);
    case MysqlKind::kChar:
    case MysqlKind::kVarchar: return Text(text, type);
    case MysqlKind::kEnum:
    case MysqlKind::kSet: return Members(text, type);
    case MysqlKind::kBit: return Bits(text, type.length, hex);
    default: return std::nullopt;
  }
}

/// A definition that was made out of a table map says nothing of defaults.
bool TellsDefaults(const TableSchema& table) {
  return !table.charset.empty() || table.create.size() < 2 || table.create.substr(table.create.size() - 2) != "\n)";
}

}  // namespace

std::optional<std::string> DefaultValueJson(const TableSchema& table, const ColumnSchema& column, bool hex) {
  if (column.generated || column.default_expression || !TellsDefaults(table)) return std::nullopt;
  if (column.extra.find("auto_increment") != std::string::npos) return std::nullopt;
  if (column.default_text) return Literal(*column.default_text, column.type, hex);
  return column.nullable ? std::optional<std::string>("null") : std::nullopt;
}

}  // namespace cdc::tail
