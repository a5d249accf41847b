#include "tools/cdc-sql/functions/json_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <utility>
#include <vector>

#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// The digits of a number without sign, point, exponent and zeros in front, and how many stand behind the point.
struct Digits {
  bool negative = false;
  std::string text;
  int64_t scale = 0;
};

Digits ReadDigits(std::string_view number) {
  Digits digits;
  size_t at = 0;
  if (number[0] == '-') {
    digits.negative = true;
    ++at;
  }
  bool fraction = false;
  for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
    if (number[at] == '.') {
      fraction = true;
      continue;
    }
    digits.text += number[at];
    digits.scale += fraction ? 1 : 0;
  }
  digits.text.erase(0, std::min(digits.text.find_first_not_of('0'), digits.text.size() - 1));
  if (at < number.size()) {
    ++at;
    if (at < number.size() && number[at] == '+') ++at;
    int64_t exponent = 0;
    std::from_chars(number.data() + at, number.data() + number.size(), exponent);
    digits.scale -= exponent;
  }
  if (digits.text == "0") digits.negative = false;
  return digits;
}

void AppendPlain(std::string& out, const Digits& digits) {
  std::string text = digits.text;
  const auto scale = static_cast<size_t>(digits.scale);
  if (scale > 0) {
    if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
    text.insert(text.size() - scale, 1, '.');
  }
  if (digits.negative) out += '-';
  out += text;
}

/// Writes a value; numbers by `number`. False if a name comes twice and may not.
bool AppendSorted(std::string& out, std::string_view raw, bool twice, void (*number)(std::string&, std::string_view)) {
  if (raw[0] == '{') {
    std::vector<std::pair<std::string, std::string_view>> members;
    JsonMembers walk(raw);
    while (walk.Next()) {
      std::string name;
      if (!AppendUnescaped(name, walk.raw_name())) name = walk.name();
      members.emplace_back(std::move(name), walk.value());
    }
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return CompareUtf16(a.first, b.first) < 0; });
    out += '{';
    bool first = true;
    for (size_t i = 0; i < members.size(); ++i) {
      if (i + 1 < members.size() && members[i + 1].first == members[i].first) {
        if (!twice) return false;
        continue;
      }
      if (!first) out += ',';
      first = false;
      AppendJsonString(out, members[i].first);
      out += ':';
      if (!AppendSorted(out, members[i].second, twice, number)) return false;
    }
    out += '}';
  } else if (raw[0] == '[') {
    out += '[';
    bool first = true;
    JsonElements walk(raw);
    while (walk.Next()) {
      if (!first) out += ',';
      first = false;
      if (!AppendSorted(out, walk.value(), twice, number)) return false;
    }
    out += ']';
  } else if (raw[0] == '"') {
    std::string text;
    if (AppendUnescaped(text, raw)) {
      AppendJsonString(out, text);
    } else {
      out += raw;
    }
  } else if (raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9')) {
    number(out, raw);
  } else {
    out += raw;
  }
  return true;
}

/// A number of a VARIANT: whole ones and decimals of up to 38 digits, the rest is DOUBLE.
void AppendVariantNumber(std::string& out, std::string_view number) {
  const bool exponent = number.find_first_of("eE") != std::string_view::npos;
  Digits digits = ReadDigits(number);
  while (!exponent && digits.scale > 0 && digits.text.back() == '0') {
    if (digits.text.size() > 1) digits.text.pop_back();
    --digits.scale;
  }
  if (exponent || digits.text.size() > static_cast<size_t>(kMaxPrecision)) {
    AppendJavaDouble(out, std::strtod(std::string(number).c_str(), nullptr));
  } else {
    AppendPlain(out, digits);
  }
}

/// Whether the text that AppendValueJson makes of a type may differ from what JSON functions write.
bool NeedsNormal(const SqlType& type) {
  return type.is_nested() || type.is_approximate() || type.kind == TypeKind::kDecimal;
}

}  // namespace

int CompareUtf16(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  for (size_t i = 0; i < size; ++i) {
    const auto x = static_cast<unsigned char>(a[i]), y = static_cast<unsigned char>(b[i]);
    if (x == y) continue;
    // Characters beyond the first plane (four bytes, F0 and above) begin with a surrogate, below U+E000 (EE and EF).
    const bool x_pair = x >= 0xF0, y_pair = y >= 0xF0;
    if (x_pair != y_pair && (x_pair ? y : x) >= 0xEE) return x_pair ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

std::string_view JsonValueOf(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return IsJson(text) ? text : std::string_view{};
}

std::string_view FirstJsonValue(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  if (text.empty()) return {};
  size_t end = 0;
  if (text[0] == '"' || text[0] == '{' || text[0] == '[') {
    end = SkipJsonValue(text, 0);
  } else if (text[0] >= 'a' && text[0] <= 'z') {
    const auto goes_on = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
    };
    while (end < text.size() && goes_on(text[end])) ++end;
  } else {
    while (end < text.size() && !IsBlank(text[end])) ++end;
  }
  text = text.substr(0, end);
  return IsJson(text) ? text : std::string_view{};
}

void AppendBigDecimal(std::string& out, std::string_view number) {
  const Digits digits = ReadDigits(number);
  const int64_t adjusted = static_cast<int64_t>(digits.text.size()) - 1 - digits.scale;
  if (digits.scale >= 0 && adjusted >= -6) {
    AppendPlain(out, digits);
    return;
  }
  if (digits.negative) out += '-';
  out += digits.text[0];
  if (digits.text.size() > 1) out += '.' + digits.text.substr(1);
  if (adjusted != 0) out += (adjusted > 0 ? "E+" : "E") + std::to_string(adjusted);
}

void AppendNormalJson(std::string& out, std::string_view raw) {
  AppendSorted(out, raw, true, AppendBigDecimal);
}

bool AppendVariantJson(std::string& out, std::string_view raw, bool twice) {
  return AppendSorted(out, raw, twice, AppendVariantNumber);
}

void AppendFunctionJson(std::string& out, const ColumnVector& column, size_t row, const SqlType& type) {
  static const JsonValueStyle kStyle = [] {
    JsonValueStyle style;
    style.iso_timestamps = true;
    style.null_keys = JsonValueStyle::NullKeys::kLiteral;
    style.null_key = "null";
    style.wide_floats = true;
    return style;
  }();
  if (type.kind == TypeKind::kVariant && !column.IsNull(row)) {
    out += column.strings()[row];
  } else if (NeedsNormal(type) && !column.IsNull(row)) {
    std::string text;
    AppendValueJson(text, column, row, type, kStyle);
    AppendNormalJson(out, text);
  } else {
    AppendValueJson(out, column, row, type, kStyle);
  }
}

}  // namespace cdc::sql
