#include "tools/cdc-encode/value_writer.h"

#include <charconv>
#include <cstring>

#include "common/binary_text.h"
#include "common/decimal.h"
#include "common/java_number.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/connect_schema.h"
#include "tools/cdc-encode/json_value.h"
#include "tools/cdc-encode/temporal_text.h"

namespace cdc::encode {
namespace {

bool IsString(std::string_view raw) {
  return raw.size() >= 2 && raw.front() == '"' && raw.back() == '"';
}

/// The characters of a raw string that needs no escapes, as MySQL's texts of numbers and dates.
bool PlainText(std::string_view raw, std::string_view* text) {
  if (!IsString(raw)) return false;
  *text = raw.substr(1, raw.size() - 2);
  return true;
}

bool Bytes(std::string_view raw, std::string* bytes) {
  return DecodeBinaryText(raw, bytes);
}

/// Enough to know a JSON number from the other values; digits are copied as they are.
bool IsNumber(std::string_view raw) {
  const size_t first = raw[0] == '-' ? 1 : 0;
  if (first == raw.size() || raw[first] < '0' || raw[first] > '9') return false;
  return raw[first] != '0' || raw.size() == first + 1;
}

template <typename Integer>
bool AppendNumber(std::string& out, Integer value) {
  AppendInteger(out, value);
  return true;
}

bool AppendBytesBase64(std::string& out, std::string_view bytes) {
  out += '"';
  AppendBase64(out, bytes);
  out += '"';
  return true;
}

bool AppendUnsignedLong(std::string& out, std::string_view raw) {
  // Below 19 digits the sign bit cannot be set.
  if (raw.size() < 19) {
    out += raw;
    return IsNumber(raw);
  }
  uint64_t value;
  return ParseJsonUnsigned(raw, &value) && AppendNumber(out, static_cast<int64_t>(value));
}

bool AppendBoolean(std::string& out, std::string_view raw) {
  if (raw[0] == '"' || raw[0] == '{') {  // BIT(1)
    thread_local std::string bytes;
    if (!Bytes(raw, &bytes) || bytes.size() != 1) return false;
    out += bytes[0] != 0 ? "true" : "false";
    return true;
  }
  out += raw == "0" ? "false" : "true";
  return IsNumber(raw);
}

/// An integer or BIT(1): whether it is more than zero. A converter gets what the log has, which is signed: the upper
/// half of TINYINT UNSIGNED is not.
bool AppendPositive(std::string& out, const MappedColumn& column, std::string_view raw, bool snapshot) {
  std::string truth;
  if (!AppendBoolean(truth, raw)) return false;
  int64_t value = 0;
  const bool wraps = column.byte_length == 1 && !snapshot && ParseJsonInteger(raw, &value) && value > INT8_MAX;
  const bool positive = truth == "true" && raw[0] != '-' && !wraps;
  if (column.form == ValueForm::kPositive)
    out += positive ? "true" : "false";
  else
    out += positive ? '1' : '0';
  return true;
}

bool AppendDecimal(std::string& out, const MappedColumn& column, std::string_view raw) {
  std::string_view text = raw;
  if (column.form != ValueForm::kUnsignedDecimal && !PlainText(raw, &text)) return false;
  switch (column.form) {
    case ValueForm::kDecimalString: {
      thread_local std::string plain;
      if (!RescaleDecimalText(text, column.scale, &plain)) return false;
      out += '"';
      out += plain;
      out += '"';
      return true;
    }
    case ValueForm::kDecimalDouble: {
      double value;
      const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
      if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return false;
      AppendJavaDouble(out, value == 0 ? 0.0 : value);
      return true;
    }
    default: {
      if (column.numeric) {
        thread_local std::string plain;
        if (!RescaleDecimalText(text, column.scale, &plain)) return false;
        AppendJavaBigDecimal(out, plain);
        return true;
      }
      UnscaledBytes bytes;
      return bytes.Parse(text, column.scale) && AppendBytesBase64(out, bytes.bytes());
    }
  }
}

bool AppendString(std::string& out, std::string_view raw) {
  if (raw[0] == '"') {
    AppendConnectRawString(out, raw);
    return true;
  }
  // {"@base64":"…"}: bytes that the character set does not know; each becomes U+FFFD, as Java's decoder does it.
  JsonMembers members(raw);
  std::string bytes;
  if (!members.Next() || members.name() != "@base64" || !Bytes(members.value(), &bytes)) return false;
  std::string text;
  AppendJsonStringLossy(text, bytes);
  AppendConnectRawString(out, text);
  return true;
}

bool AppendLatin1(std::string& out, const MappedColumn& column, std::string_view raw) {
  thread_local std::string bytes, text;
  if (!Bytes(raw, &bytes)) return false;
  if (column.strip_zeros)
    while (!bytes.empty() && bytes.back() == '\0') bytes.pop_back();
  text.clear();
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 63));
    }
  }
  AppendJsonString(out, text);
  return true;
}

/// It is base64 already, of as many bytes as there are to be.
bool IsBytesAsRead(const MappedColumn& column, std::string_view raw) {
  const size_t padding = raw.size() > 3 ? (raw[raw.size() - 2] == '=') + (raw[raw.size() - 3] == '=') : 0;
  const size_t length = raw.size() < 2 ? 0 : (raw.size() - 2) / 4 * 3 - padding;
  return IsString(raw) && column.form == ValueForm::kBytes && length >= column.byte_length && !column.strip_zeros;
}

bool AppendBytes(std::string& out, const MappedColumn& column, std::string_view raw) {
  if (IsBytesAsRead(column, raw)) {
    out += raw;
    return true;
  }
  thread_local std::string bytes;
  if (!Bytes(raw, &bytes)) return false;
  if (column.strip_zeros)
    while (!bytes.empty() && bytes.back() == '\0') bytes.pop_back();
  if (bytes.size() < column.byte_length) bytes.resize(column.byte_length);
  if (column.form == ValueForm::kBytes) return AppendBytesBase64(out, bytes);
  if (column.form == ValueForm::kBytesHex) {
    out += '"';
    AppendHex(out, bytes);
    out += '"';
    return true;
  }
  const size_t begin = out.size();
  AppendBytesBase64(out, bytes);
  for (size_t i = begin; i < out.size(); ++i) out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
  return true;
}

bool AppendBits(std::string& out, const MappedColumn& column, std::string_view raw) {
  char reversed[8] = {};
  thread_local std::string bytes;
  if (!Bytes(raw, &bytes) || bytes.size() > sizeof reversed) return false;
  for (size_t i = 0; i < bytes.size(); ++i) reversed[i] = bytes[bytes.size() - 1 - i];
  return AppendBytesBase64(out, {reversed, column.byte_length});
}

/// DATE and DATETIME. Zero dates are NULL; years below 100 are two-digit years to the connector. A year of 0 is NULL in
/// the stream; in a snapshot a DATE's means 2000, a DATETIME's 2001, since it passes through a calendar in which the
/// year before 1 is 1 again.
bool AppendMoment(std::string& out, const MappedColumn& column, std::string_view raw, bool snapshot) {
  std::string_view text;
  CivilTime time;
  if (!PlainText(raw, &text) || !ParseCivilTime(text, &time)) return false;
  if (!time.is_real_date() || (time.year == 0 && !snapshot)) {
    out += column.null_text;
    return true;
  }
  // A snapshot's DATETIME passes through a calendar in which these ten days do not exist.
  const bool skipped = snapshot && column.form != ValueForm::kDate && time.year == 1582 && time.month == 10 &&
                       time.day >= 5 && time.day <= 14;
  if (time.year == 0 && column.form != ValueForm::kDate) time.year = 1;
  if (column.adjust_years) time.year = AdjustYear(time.year);
  const int64_t days = time.days() + (skipped ? 10 : 0);
  if (column.form == ValueForm::kDate) return AppendNumber(out, days);
  const int64_t seconds = days * 86400 + time.hour * 3600 + time.minute * 60 + time.second;
  if (column.form == ValueForm::kTimestampMicros) return AppendNumber(out, seconds * 1000000 + time.microsecond);
  return AppendNumber(out, seconds * 1000 + time.microsecond / 1000);
}

bool AppendTime(std::string& out, const MappedColumn& column, std::string_view raw) {
  std::string_view text;
  int64_t micros;
  if (!PlainText(raw, &text) || !ParseMysqlTime(text, &micros)) return false;
  if (column.form == ValueForm::kTimeMicros) return AppendNumber(out, micros);
  // Connect's Time is a time of day.
  if (micros < 0 || micros > 86400000000) {
    out += column.null_text;
    return true;
  }
  return AppendNumber(out, micros / 1000);
}

bool AppendZoned(std::string& out, const MappedColumn& column, std::string_view raw, bool snapshot) {
  std::string_view text;
  CivilTime time;
  if (!PlainText(raw, &text) || !ParseCivilTime(text, &time)) return false;
  if (time.month == 0 || time.day == 0) {
    if (snapshot) {
      out += column.null_text;
      return true;
    }
    time = {};
    time.year = 1970;
    time.month = time.day = 1;
  }
  out += '"';
  AppendIsoUtc(out, time, snapshot ? NeededFractionDigits(time.microsecond) : column.fraction);
  out += '"';
  return true;
}

double ReadDouble(const char* bytes, bool big_endian) {
  char copy[8];
  for (int i = 0; i < 8; ++i) copy[i] = bytes[big_endian ? 7 - i : i];
  double value;
  std::memcpy(&value, copy, sizeof value);
  return value;
}

/// SRID and WKB → the struct. SRID 0 is null.
bool AppendGeometry(std::string& out, const MappedColumn& column, std::string_view raw) {
  thread_local std::string bytes;
  if (!Bytes(raw, &bytes) || bytes.size() < 5) return false;
  uint32_t srid = 0;
  for (size_t i = 4; i-- > 0;) srid = srid << 8 | static_cast<unsigned char>(bytes[i]);
  const std::string_view wkb = std::string_view(bytes).substr(4);
  out += '{';
  if (column.form == ValueForm::kPoint) {
    if (wkb.size() < 21) return false;
    const bool big_endian = wkb[0] == 0;
    out += "\"x\":";
    AppendJavaDouble(out, ReadDouble(wkb.data() + 5, big_endian));
    out += ",\"y\":";
    AppendJavaDouble(out, ReadDouble(wkb.data() + 13, big_endian));
    out += ',';
  }
  out += "\"wkb\":";
  AppendBytesBase64(out, wkb);
  out += ",\"srid\":";
  if (srid == 0) {
    out += "null";
  } else {
    AppendInteger(out, srid);
  }
  out += '}';
  return true;
}

bool AppendVector(std::string& out, std::string_view raw) {
  thread_local std::string bytes;
  if (!Bytes(raw, &bytes) || bytes.size() % 4 != 0) return false;
  out += '[';
  for (size_t at = 0; at < bytes.size(); at += 4) {
    float value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if (at > 0) out += ',';
    AppendJavaFloat(out, value);
  }
  out += ']';
  return true;
}

bool AppendPlain(std::string& out, const MappedColumn& column, std::string_view raw, bool snapshot) {
  if (raw == "null") {
    out += column.null_text;
    return true;
  }
  switch (column.form) {
    case ValueForm::kNone: return true;
    case ValueForm::kInteger:
    case ValueForm::kYear: out += raw; return IsNumber(raw);
    case ValueForm::kUnsignedLong: return AppendUnsignedLong(out, raw);
    case ValueForm::kBoolean: return AppendBoolean(out, raw);
    case ValueForm::kPositive:
    case ValueForm::kPositiveNumber: return AppendPositive(out, column, raw, snapshot);
    case ValueForm::kFloat: return AppendJavaFloatText(out, raw);
    case ValueForm::kDouble: return AppendJavaDoubleText(out, raw);
    case ValueForm::kWidenedFloat: return AppendWidenedFloatText(out, raw);
    case ValueForm::kDecimal:
    case ValueForm::kDecimalDouble:
    case ValueForm::kDecimalString:
    case ValueForm::kUnsignedDecimal: return AppendDecimal(out, column, raw);
    case ValueForm::kString: return AppendString(out, raw);
    case ValueForm::kLatin1String: return AppendLatin1(out, column, raw);
    case ValueForm::kJson:
      return snapshot || column.json_is_text ? AppendJsonText(out, raw) : AppendJsonDocument(out, raw);
    case ValueForm::kBytes:
    case ValueForm::kBytesBase64Url:
    case ValueForm::kBytesHex: return AppendBytes(out, column, raw);
    case ValueForm::kBits: return AppendBits(out, column, raw);
    case ValueForm::kDate:
    case ValueForm::kTimestampMillis:
    case ValueForm::kTimestampMicros: return AppendMoment(out, column, raw, snapshot);
    case ValueForm::kTimeMicros:
    case ValueForm::kTimeMillis: return AppendTime(out, column, raw);
    case ValueForm::kZonedTimestamp: return AppendZoned(out, column, raw, snapshot);
    case ValueForm::kPoint:
    case ValueForm::kGeometry: return AppendGeometry(out, column, raw);
    case ValueForm::kVector: return AppendVector(out, raw);
  }
  return false;
}

}  // namespace

bool AppendValue(std::string& out, const MappedColumn& column, std::string_view raw, bool snapshot) {
  if (column.rule == nullptr) return AppendPlain(out, column, raw, snapshot);
  thread_local std::string json;
  json.clear();
  // Rules see a NULL as one; what stands for it otherwise comes after them.
  if (raw == "null")
    json = "null";
  else if (!AppendPlain(json, column, raw, snapshot))
    return false;
  const size_t begin = out.size();
  AppendRuled(out, *column.rule, json, column.schema.type == "string", column.is_character, column.length);
  if (std::string_view(out).substr(begin) == "null") out.replace(begin, 4, column.null_text);
  return true;
}

bool AppendRowValue(RowText& out, const MappedColumn& column, std::string_view raw, bool snapshot) {
  constexpr size_t kLong = size_t{1} << 20;
  if (raw.size() < kLong || column.rule != nullptr) return AppendValue(out.own(), column, raw, snapshot);
  const bool server_text = column.form == ValueForm::kJson && (snapshot || column.json_is_text);
  if (column.form == ValueForm::kJson && !server_text) return out.Refer(raw, RowText::Form::kDocument);
  if ((column.form == ValueForm::kString || server_text) && IsString(raw))
    return out.Refer(raw, RowText::Form::kString);
  if (IsBytesAsRead(column, raw)) return out.Refer(raw, RowText::Form::kAsRead);
  return AppendValue(out.own(), column, raw, snapshot);
}

/// A date, time or moment of Connect's own types as Java's text of a Date: below one day, and so also before 1970, the
/// time alone; at midnight the date alone.
bool AppendJavaDate(std::string& out, const MappedColumn& column, const std::string& json) {
  constexpr int64_t kDay = 86400000;
  int64_t millis = 0;
  if (!ParseJsonInteger(json, &millis)) return false;
  if (column.form == ValueForm::kDate) millis *= kDay;
  std::string text;
  AppendDateTime(text, millis * 1000, 3, 'T');
  text += 'Z';
  const size_t time = text.find('T');
  if (millis < kDay)
    out += text.substr(time + 1);
  else
    out += millis % kDay == 0 ? text.substr(0, time) : text;
  return true;
}

bool AppendHeaderValue(std::string& out, const MappedColumn& column, std::string_view raw, bool snapshot) {
  if (raw == "null" && column.null_text == "null") {
    out += "null";
    return true;
  }
  if (column.form == ValueForm::kDecimal || column.form == ValueForm::kUnsignedDecimal) {
    std::string_view text = raw;
    if (column.form == ValueForm::kDecimal && !PlainText(raw, &text)) return false;
    std::string plain;
    if (!RescaleDecimalText(text, column.scale, &plain)) return false;
    AppendJavaBigDecimal(out, plain);
    return true;
  }
  std::string json;
  if (!AppendValue(json, column, raw, snapshot)) return false;
  if (json[0] != '"') {
    if (column.schema.name.rfind("org.apache.kafka.connect.data.", 0) == 0) return AppendJavaDate(out, column, json);
    out += json;
    return true;
  }
  std::string text;
  if (!AppendUnescaped(text, json)) return false;
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return true;
}

}  // namespace cdc::encode
