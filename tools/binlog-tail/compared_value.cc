#include "tools/binlog-tail/compared_value.h"

#include <cstdio>

#include "common/binary_text.h"
#include "common/calendar.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/binlog-tail/sql_compare.h"

namespace cdc::tail {
namespace {

/// Of at most eight bytes, the first the highest.
std::string NumberOfBytes(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return std::to_string(number);
}

/// False: `text` is no date.
bool WriteDateTime(std::string_view text, std::string* out) {
  CivilTime time;
  if (!ParseCivilTime(text, &time)) return false;
  char written[64];
  std::snprintf(written, sizeof written, "%04lld-%02u-%02u %02u:%02u:%02u.%06u", static_cast<long long>(time.year),
                time.month, time.day, time.hour, time.minute, time.second, time.microsecond);
  *out = written;
  return true;
}

bool WriteTime(std::string_view text, std::string* out) {
  int64_t microseconds = 0;
  if (!ParseMysqlTime(text, &microseconds)) return false;
  *out = std::to_string(microseconds);
  return true;
}

/// A string without escapes, such as numbers and dates are.
std::string_view WithoutQuotes(std::string_view raw) {
  return raw.size() >= 2 && raw.front() == '"' ? raw.substr(1, raw.size() - 2) : raw;
}

}  // namespace

ComparedForm ComparedFormOf(const MysqlType& type) {
  switch (type.kind) {
    case MysqlKind::kBit: return ComparedForm::kBits;
    case MysqlKind::kYear:
    case MysqlKind::kFloat:
    case MysqlKind::kDouble:
    case MysqlKind::kDecimal: return ComparedForm::kNumber;
    case MysqlKind::kTime: return ComparedForm::kTime;
    case MysqlKind::kDate:
    case MysqlKind::kDateTime:
    case MysqlKind::kTimestamp: return ComparedForm::kDateTime;
    case MysqlKind::kGeometry:
    case MysqlKind::kVector: return ComparedForm::kBytes;
    case MysqlKind::kJson: return ComparedForm::kJson;
    default: break;
  }
  return type.is_integer() ? ComparedForm::kNumber : type.is_binary() ? ComparedForm::kBytes : ComparedForm::kText;
}

std::optional<std::string> ComparedText(ComparedForm form, const ComparedConstant& constant) {
  using Kind = ComparedConstant::Kind;
  std::string text;
  switch (form) {
    case ComparedForm::kNumber:
    case ComparedForm::kBits:
      if (constant.kind == Kind::kBytes && constant.text.size() <= 8) return NumberOfBytes(constant.text);
      return constant.kind != Kind::kBytes && IsNumber(constant.text) ? std::optional(constant.text) : std::nullopt;
    case ComparedForm::kTime:
      return constant.kind == Kind::kString && WriteTime(constant.text, &text) ? std::optional(text) : std::nullopt;
    case ComparedForm::kDateTime:
      return constant.kind == Kind::kString && WriteDateTime(constant.text, &text) ? std::optional(text) : std::nullopt;
    case ComparedForm::kBytes: return constant.kind != Kind::kNumber ? std::optional(constant.text) : std::nullopt;
    case ComparedForm::kText:
    case ComparedForm::kJson: break;
  }
  return constant.text;
}

const char* ExampleOf(ComparedForm form) {
  switch (form) {
    case ComparedForm::kNumber: return "12.5";
    case ComparedForm::kBits: return "5 or b'101'";
    case ComparedForm::kTime: return "'10:30:00'";
    case ComparedForm::kDateTime: return "'2024-01-31' or '2024-01-31 10:30:00.5'";
    case ComparedForm::kBytes: return "X'00ff' or 'text'";
    case ComparedForm::kText:
    case ComparedForm::kJson: break;
  }
  return "'text'";
}

std::string_view WrittenText(ComparedForm form, std::string_view raw, std::string* buffer) {
  if (IsNumeric(form) && form != ComparedForm::kBits) return WithoutQuotes(raw);
  if (form == ComparedForm::kDateTime) return WithoutQuotes(raw);
  if (form == ComparedForm::kBits || form == ComparedForm::kBytes) {
    if (!DecodeBinaryText(raw, buffer)) return raw;
    if (form == ComparedForm::kBits) *buffer = NumberOfBytes(*buffer);
    return *buffer;
  }
  if (raw.front() == '"') {
    buffer->clear();
    return AppendUnescaped(*buffer, raw) ? *buffer : raw;
  }
  // Text that is not valid in its character set stands as bytes.
  constexpr std::string_view kBase64 = "{\"@base64\":";
  const bool base64 = form == ComparedForm::kText && raw.substr(0, kBase64.size()) == kBase64;
  const std::string_view bytes = base64 ? raw.substr(kBase64.size(), raw.size() - kBase64.size() - 1) : raw;
  return form == ComparedForm::kText && DecodeBinaryText(bytes, buffer) ? *buffer : raw;
}

std::string_view ComparedText(ComparedForm form, std::string_view raw, std::string* buffer) {
  const std::string_view written = WrittenText(form, raw, buffer);
  const bool rewritten = (form == ComparedForm::kDateTime && WriteDateTime(written, buffer)) ||
                         (form == ComparedForm::kTime && WriteTime(written, buffer));
  return rewritten ? *buffer : written;
}

}  // namespace cdc::tail
