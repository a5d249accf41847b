#include "tools/cdc-apply/value_decoder.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "common/binary_text.h"
#include "common/calendar.h"
#include "common/decimal.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-apply/json_document.h"

namespace cdc::apply {
namespace {

[[noreturn]] void Bad(std::string_view raw, const TargetColumn& column, const std::string& where,
                      const char* expected) {
  Fail(ExitStatus::kData,
       where + ": column \"" + column.name + "\" holds " + Shown(std::string(raw)) + ", expected " + expected);
}

int64_t IntegerOf(std::string_view raw, const TargetColumn& column, const std::string& where) {
  int64_t value;
  if (!ParseJsonInteger(raw, &value)) Bad(raw, column, where, "a whole number");
  return value;
}

/// A value that is taken as it stands: what a line's reader has cut out need not be JSON inside.
std::string_view Checked(std::string_view raw, const TargetColumn& column, const std::string& where) {
  if (!IsJson(raw)) Bad(raw, column, where, "a JSON value");
  return raw;
}

/// Fraction digits to print for a value in microseconds whose column did not say how many it has.
int FractionOf(int scale, int64_t microseconds) {
  if (scale >= 0) return std::min(scale, 6);
  const int64_t fraction = microseconds % 1'000'000;
  return fraction == 0 ? 0 : fraction % 1000 == 0 ? 3 : 6;
}

}  // namespace

std::string& ValueDecoder::Scratch() {
  if (used_ == arena_.size()) arena_.emplace_back();
  std::string& text = arena_[used_++];
  text.clear();
  return text;
}

std::string_view ValueDecoder::StringOf(std::string_view raw, const TargetColumn& column, const std::string& where) {
  if (raw.front() != '"') Bad(raw, column, where, "a string");
  if (raw.find('\\') == std::string_view::npos) return raw.substr(1, raw.size() - 2);
  std::string& text = Scratch();
  if (!AppendUnescaped(text, raw)) Bad(raw, column, where, "a string");
  return text;
}

Value ValueDecoder::DecimalOf(std::string_view raw, const TargetColumn& column, const std::string& where) {
  if (raw.front() == '"') return Value::Decimal(StringOf(raw, column, where));
  if (raw.front() != '-' && (raw.front() < '0' || raw.front() > '9')) Bad(raw, column, where, "a number");
  return Value::Decimal(Checked(raw, column, where));
}

Value ValueDecoder::DecodePlain(std::string_view raw, const TargetColumn& column, const std::string& where) {
  const char first = raw.front();
  switch (column.kind) {
    case ColumnKind::kBoolean:
      if (raw == "true") return Value::Integer(1);
      if (raw == "false") return Value::Integer(0);
      return Value::Integer(IntegerOf(raw, column, where));
    case ColumnKind::kInteger:
      if (raw == "true" || raw == "false") return Value::Integer(raw == "true");
      return Value::Integer(IntegerOf(raw, column, where));
    case ColumnKind::kUnsigned: {
      // A negative number is an unsigned one that was printed as signed; bigint.unsigned.handling.mode=long.
      if (first == '-' && column.wraps_negative)
        return Value::Unsigned(static_cast<uint64_t>(IntegerOf(raw, column, where)));
      uint64_t value;
      if (!ParseJsonUnsigned(raw, &value)) Bad(raw, column, where, "a whole number from 0");
      return Value::Unsigned(value);
    }
    case ColumnKind::kReal: {
      double value = 0;
      const std::string_view text = first == '"' ? StringOf(raw, column, where) : raw;
      const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
      // A NaN may have a payload there.
      const bool is_number = result.ec != std::errc::invalid_argument && text.find('(') == std::string_view::npos;
      if (!is_number || result.ptr != text.data() + text.size()) Bad(raw, column, where, "a number");
      // Too large, or too near to zero: from_chars leaves the value as it was.
      if (result.ec == std::errc::result_out_of_range) value = std::strtod(std::string(text).c_str(), nullptr);
      if (result.ec != std::errc() && std::isinf(value)) Bad(raw, column, where, "a number that a double holds");
      return Value::Real(value);
    }
    case ColumnKind::kDecimal: return DecimalOf(raw, column, where);
    case ColumnKind::kAny:
      if (first == '{' || first == '[') return Value::Text(Checked(raw, column, where));
      if (raw == "true" || raw == "false") return Value::Integer(raw == "true");
      if (first == '-' || (first >= '0' && first <= '9')) {
        int64_t value;
        return ParseJsonInteger(raw, &value) ? Value::Integer(value) : DecimalOf(raw, column, where);
      }
      return Value::Text(StringOf(raw, column, where));
    case ColumnKind::kJson: {
      std::string& out = Scratch();
      AppendWithoutBlanks(out, StringOf(raw, column, where));
      return Value::Text(out);
    }
    default: return DecodeText(raw, column, where);
  }
}

Value ValueDecoder::DecodeText(std::string_view raw, const TargetColumn& column, const std::string& where) {
  if (raw.front() == '"') return Value::Text(StringOf(raw, column, where));
  // Text that its character set does not allow comes as bytes (cdc-stream.5, "Column values").
  if (raw.front() == '{') {
    JsonMembers members(raw);
    std::string& bytes = Scratch();
    if (members.Next() && members.name() == "@base64" && DecodeBase64(StringOf(members.value(), column, where), &bytes))
      return Value::Bytes(bytes);
  }
  Bad(raw, column, where, "a string");
}

Value ValueDecoder::DecodeDocument(std::string_view raw, const TargetColumn& column, const std::string& where) {
  std::string& out = Scratch();
  if (documents_are_text_ && raw.front() == '"') {
    AppendWithoutBlanks(out, StringOf(raw, column, where));
  } else if (!AppendPlainJson(out, Checked(raw, column, where))) {
    Fail(ExitStatus::kData,
         where + ": column \"" + column.name + "\" does not hold the whole document, only what changed in it",
         Shown(std::string(raw)),
         "binlog_row_image=FULL at the source, or binlog_row_value_options without PARTIAL_JSON");
  }
  return Value::Text(out);
}

Value ValueDecoder::DecodeStruct(std::string_view raw, const TargetColumn& column, const std::string& where) {
  std::string_view bytes_text, scale_text = "0";
  JsonMembers members(raw);
  while (members.Next()) {
    if (members.name() == "wkb" || members.name() == "value") bytes_text = members.value();
    if (members.name() == "srid" || members.name() == "scale") scale_text = members.value();
  }
  if (!members.ok() || bytes_text.empty()) Bad(raw, column, where, "a struct of Debezium's");
  std::string bytes;
  if (!DecodeBase64(StringOf(bytes_text, column, where), &bytes)) Bad(raw, column, where, "base64");
  const int64_t number = scale_text == "null" ? 0 : IntegerOf(scale_text, column, where);
  std::string& out = Scratch();
  if (column.form == ColumnForm::kVariableScale) {
    AppendDecimalText(out, bytes, static_cast<int>(number));
    return Value::Decimal(out);
  }
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 255);
  out += bytes;
  return Value::Bytes(out);
}

Value ValueDecoder::Decode(std::string_view raw, const TargetColumn& column, const std::string& where) {
  if (raw.empty()) return {};
  if (raw == "null") return Value::Null();
  const auto text_of = [&](auto append) {
    std::string& out = Scratch();
    append(out);
    return Value::Text(out);
  };
  switch (column.form) {
    case ColumnForm::kPlain: return DecodePlain(raw, column, where);
    case ColumnForm::kJsonValue: return Value::Text(Checked(raw, column, where));
    case ColumnForm::kTaggedJson: return DecodeDocument(raw, column, where);
    case ColumnForm::kBase64:
    case ColumnForm::kBitsLittleEndian:
    case ColumnForm::kUnscaledBase64: {
      // decimal.format=NUMERIC writes the number itself.
      if (raw.front() != '"' && column.kind == ColumnKind::kDecimal) return DecimalOf(raw, column, where);
      std::string& bytes = Scratch();
      const bool decoded =
          raw.front() == '{' ? DecodeBinaryText(raw, &bytes) : DecodeBase64(StringOf(raw, column, where), &bytes);
      if (!decoded) Bad(raw, column, where, "base64");
      if (column.form == ColumnForm::kBitsLittleEndian) std::reverse(bytes.begin(), bytes.end());
      if (column.form != ColumnForm::kUnscaledBase64) return Value::Bytes(bytes);
      std::string& text = Scratch();
      AppendDecimalText(text, bytes, column.scale);
      return Value::Decimal(text);
    }
    case ColumnForm::kVariableScale:
    case ColumnForm::kGeometry: return DecodeStruct(raw, column, where);
    case ColumnForm::kEpochDays: {
      const int64_t days = IntegerOf(raw, column, where);
      return text_of([&](std::string& out) { AppendDate(out, days); });
    }
    case ColumnForm::kEpochMillis:
    case ColumnForm::kEpochMicros:
    case ColumnForm::kEpochNanos: {
      int64_t value = IntegerOf(raw, column, where);
      if (column.form == ColumnForm::kEpochMillis) value *= 1000;
      if (column.form == ColumnForm::kEpochNanos) value /= 1000;
      return text_of([&](std::string& out) { AppendDateTime(out, value, FractionOf(column.scale, value)); });
    }
    case ColumnForm::kTimeMillis:
    case ColumnForm::kTimeMicros:
    case ColumnForm::kTimeNanos: {
      int64_t value = IntegerOf(raw, column, where);
      if (column.form == ColumnForm::kTimeMillis) value *= 1000;
      if (column.form == ColumnForm::kTimeNanos) value /= 1000;
      return text_of([&](std::string& out) { AppendTime(out, value, FractionOf(column.scale, value)); });
    }
    case ColumnForm::kIsoText: {
      std::string_view text = StringOf(raw, column, where);
      if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
      CivilTime time;
      if (!ParseCivilTime(text, &time) || !time.is_real_date() || !time.is_real_time())
        Bad(raw, column, where, "a timestamp, with up to six digits behind the seconds");
      const int64_t value = time.epoch_us();
      return text_of([&](std::string& out) { AppendDateTime(out, value, FractionOf(column.scale, value)); });
    }
  }
  Bad(raw, column, where, "a value");
}

}  // namespace cdc::apply
