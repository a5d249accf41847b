#include "tools/cdc-sql/run/value_text.h"

#include "common/error.h"
#include "tools/cdc-sql/run/nested.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <unordered_map>

#include "common/java_number.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/utf16.h"

namespace cdc::sql {

namespace {

bool AppendNotFinite(std::string& out, double value) {
  if (std::isfinite(value)) return false;
  out += std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
  return true;
}

void AppendInterval(std::string& out, int64_t value, bool months) {
  out += value < 0 ? '-' : '+';
  const uint64_t magnitude = value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  if (months) {
    AppendInteger(out, magnitude / 12);
    out += '-';
    if (magnitude % 12 < 10) out += '0';
    AppendInteger(out, magnitude % 12);
    return;
  }
  AppendInteger(out, magnitude / 86400000);
  out += ' ';
  AppendTimeText(out, static_cast<int64_t>(magnitude % 86400000), 3);
}

/// As Java's BigDecimal prints: trailing zeros cut, then an exponent where the scale is negative or the number small.
void AppendShortDecimal(std::string& out, Int128 value, int scale) {
  if (value == 0) {
    out += '0';
    return;
  }
  while (value % 10 == 0) {
    value /= 10;
    --scale;
  }
  std::string digits;
  AppendDecimal(digits, value < 0 ? -value : value, 0);
  const int adjusted = static_cast<int>(digits.size()) - 1 - scale;
  if (value < 0) out += '-';
  if (scale >= 0 && adjusted >= -6) {
    AppendDecimal(out, value < 0 ? -value : value, scale);
    return;
  }
  out += digits[0];
  if (digits.size() > 1) out += "." + digits.substr(1);
  out += 'E';
  if (adjusted >= 0) out += '+';
  AppendInteger(out, adjusted);
}

void AppendNestedText(std::string& out, std::string_view nested, const SqlType& type, const TimeZone& zone,
                      BytesText bytes);

void AppendHex(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "x'";
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  out += "'";
}

}  // namespace

void AppendJavaDouble(std::string& out, double value) {
  if (!AppendNotFinite(out, value)) cdc::AppendJavaDouble(out, value);
}
void AppendJavaFloat(std::string& out, double value) {
  if (!AppendNotFinite(out, value)) cdc::AppendJavaFloat(out, static_cast<float>(value));
}

void AppendValueText(std::string& out, const ColumnVector& column, size_t row, const SqlType& type,
                     const TimeZone& zone, BytesText bytes) {
  switch (type.kind) {
    case TypeKind::kNull: out += "NULL"; return;
    case TypeKind::kBoolean: out += column.bools()[row] != 0 ? "TRUE" : "FALSE"; return;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint: AppendInteger(out, column.ints()[row]); return;
    case TypeKind::kFloat: AppendJavaFloat(out, column.doubles()[row]); return;
    case TypeKind::kDouble: AppendJavaDouble(out, column.doubles()[row]); return;
    case TypeKind::kDecimal: AppendDecimal(out, column.wides()[row], type.scale); return;
    case TypeKind::kDate: AppendDateText(out, column.ints()[row]); return;
    case TypeKind::kTime:
      AppendTimeText(out, column.ints()[row], std::min(type.precision, 3));
      if (type.precision > 0)  // one digit at least, and no zeros at the end, as in Flink
        while (out.back() == '0' && out[out.size() - 2] != '.') out.pop_back();
      return;
    case TypeKind::kTimestamp: AppendTimestampText(out, column.wides()[row], type.precision); return;
    case TypeKind::kTimestampLtz: AppendTimestampText(out, zone.ToLocal(column.wides()[row]), type.precision); return;
    case TypeKind::kIntervalMonth: AppendInterval(out, column.ints()[row], true); return;
    case TypeKind::kIntervalDay: AppendInterval(out, column.ints()[row], false); return;
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      if (bytes == BytesText::kHex) return AppendHex(out, column.strings()[row]);
      return AppendDecoded(&out, column.strings()[row]);
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: AppendNestedText(out, column.strings()[row], type, zone, bytes); return;
    default: out += column.strings()[row]; return;
  }
}

namespace {

/// [1, NULL], {a=1, b=2}, (1, abc).
void AppendNestedText(std::string& out, std::string_view nested, const SqlType& type, const TimeZone& zone,
                      BytesText bytes) {
  const bool pairs = type.kind == TypeKind::kMap || type.kind == TypeKind::kMultiset;
  out += type.kind == TypeKind::kRow ? '(' : pairs ? '{' : '[';
  const std::vector<std::string_view> parts = SplitNested(nested, type);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += pairs && i % 2 == 1 ? "=" : ", ";
    const SqlType& part = PartType(type, i);
    const ColumnVector value = PartColumn(parts[i], part);
    if (value.IsNull(0)) {
      out += "NULL";
    } else {
      AppendValueText(out, value, 0, part, zone, bytes);
    }
  }
  out += type.kind == TypeKind::kRow ? ')' : pairs ? '}' : ']';
}

void AppendText(std::string& out, std::string_view text, const JsonValueStyle& style) {
  const size_t first = out.size();
  AppendJsonString(out, text);
  const auto is_beyond = [](char c) { return static_cast<unsigned char>(c) >= 0xF0; };
  if (!style.surrogates || std::none_of(text.begin(), text.end(), is_beyond)) return;
  const std::string plain = out.substr(first);
  out.resize(first);
  for (size_t i = 0; i < plain.size(); ++i) {
    if (!is_beyond(plain[i]) || i + 3 >= plain.size()) {
      out += plain[i];
      continue;
    }
    const auto bits = [&](size_t at) { return static_cast<uint32_t>(static_cast<unsigned char>(plain[at]) & 0x3F); };
    const uint32_t code = (static_cast<uint32_t>(static_cast<unsigned char>(plain[i]) & 7) << 18 | bits(i + 1) << 12 |
                           bits(i + 2) << 6 | bits(i + 3)) -
                          0x10000;
    char escapes[24];
    std::snprintf(escapes, sizeof escapes, "\\u%04X\\u%04X", 0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF));
    out += escapes;
    i += 3;
  }
}

/// A map's key as the name of a member.
void AppendKeyJson(std::string& out, std::string_view encoded, const SqlType& type, const JsonValueStyle& style) {
  const ColumnVector key = PartColumn(encoded, type);
  std::string text;
  if (key.IsNull(0)) {
    text = style.null_key;
  } else {
    AppendValueText(text, key, 0, type);
  }
  AppendText(out, text, style);
}

void AppendNestedJson(std::string& out, std::string_view bytes, const SqlType& type, const JsonValueStyle& style) {
  const std::vector<std::string_view> parts = SplitNested(bytes, type);
  const auto value = [&](size_t i) {
    const SqlType& part = PartType(type, i);
    AppendValueJson(out, PartColumn(parts[i], part), 0, part, style);
  };
  bool first = true;
  const auto comma = [&] {
    if (!first) out += ',';
    first = false;
  };
  if (type.kind == TypeKind::kArray) {
    out += '[';
    for (size_t i = 0; i < parts.size(); ++i) {
      comma();
      value(i);
    }
    out += ']';
    return;
  }
  out += '{';
  if (type.kind == TypeKind::kRow) {
    for (size_t i = 0; i < parts.size(); ++i) {
      if (style.ignore_nulls && parts[i][0] == '\0') continue;
      comma();
      AppendJsonString(out, type.field_names[i]);
      out += ':';
      value(i);
    }
  } else {
    // Of a key that is there twice the last value counts, in the first one's place.
    std::unordered_map<std::string_view, size_t> values;
    for (size_t i = 0; i + 1 < parts.size(); i += 2) values[parts[i]] = i + 1;
    for (size_t i = 0; i + 1 < parts.size(); i += 2) {
      const auto found = values.find(parts[i]);
      if (found == values.end()) continue;
      if (parts[i][0] == '\0' && style.null_keys == JsonValueStyle::NullKeys::kDrop) continue;
      if (parts[i][0] == '\0' && style.null_keys == JsonValueStyle::NullKeys::kFail)
        Fail(ExitStatus::kData, "JSON has no place for a map whose key is NULL", "",
             "'map-null-key.mode' = 'DROP' or 'LITERAL' of the format");
      comma();
      AppendKeyJson(out, parts[i], type.children[0], style);
      out += ':';
      value(found->second);
      values.erase(found);
    }
  }
  out += '}';
}

}  // namespace

void AppendValueJson(std::string& out, const ColumnVector& column, size_t row, const SqlType& type,
                     const JsonValueStyle& style) {
  if (column.IsNull(row)) {
    out += "null";
    return;
  }
  const char separator = style.iso_timestamps ? 'T' : ' ';
  switch (type.kind) {
    case TypeKind::kNull: out += "null"; return;
    case TypeKind::kBoolean: out += column.bools()[row] != 0 ? "true" : "false"; return;
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      const double value = column.doubles()[row];
      const bool finite = std::isfinite(value);
      if (!finite) out += '"';
      if (type.kind == TypeKind::kFloat && !style.wide_floats) {
        AppendJavaFloat(out, value);
      } else {
        AppendJavaDouble(out, value);
      }
      if (!finite) out += '"';
      return;
    }
    case TypeKind::kDecimal:
      if (style.plain_decimals) {
        AppendDecimal(out, column.wides()[row], type.scale);
      } else {
        AppendShortDecimal(out, column.wides()[row], type.scale);
      }
      return;
    case TypeKind::kDate:
      out += '"';
      AppendDateShort(out, column.ints()[row]);
      out += '"';
      return;
    case TypeKind::kTime: {
      out += '"';
      const int64_t millis = column.ints()[row];
      AppendTimeText(out, millis, millis % 1000 != 0 ? 3 : 0);
      while (millis % 1000 != 0 && out.back() == '0') out.pop_back();
      out += '"';
      return;
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      out += '"';
      AppendTimestampShort(out, column.wides()[row], separator);
      out += type.kind == TypeKind::kTimestampLtz ? "Z\"" : "\"";
      return;
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      out += '"';
      AppendBase64(out, column.strings()[row]);
      out += '"';
      return;
    case TypeKind::kChar:
    case TypeKind::kVariant:
    case TypeKind::kVarchar: AppendText(out, column.strings()[row], style); return;
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      if (style.multiset_text && !type.children[0].is_string()) {
        std::string text;
        AppendValueText(text, column, row, type);
        AppendJsonString(out, text);
        return;
      }
      [[fallthrough]];
    case TypeKind::kArray:
    case TypeKind::kRow: AppendNestedJson(out, column.strings()[row], type, style); return;
    default: AppendInteger(out, column.ints()[row]); return;
  }
}

}  // namespace cdc::sql
