#include "tools/cdc-apply/iceberg/field_type.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/calendar.h"
#include "common/decimal.h"
#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-apply/row_text.h"

namespace cdc::apply::iceberg {
namespace {

using Kind = FieldType::Kind;

constexpr int kMostDigits = 38;

constexpr struct {
  Kind kind;
  std::string_view text;
} kTypes[] = {
    {Kind::kBoolean, "boolean"},     {Kind::kInt, "int"},
    {Kind::kLong, "long"},           {Kind::kFloat, "float"},
    {Kind::kDouble, "double"},       {Kind::kDate, "date"},
    {Kind::kTimestamp, "timestamp"}, {Kind::kString, "string"},
    {Kind::kBinary, "binary"},       {Kind::kTimestampTz, "timestamptz"},
};

[[noreturn]] void FailValue(std::string_view shown, const TargetColumn& column, const FieldType& type,
                            const char* why) {
  Fail(ExitStatus::kData, "column \"" + column.name + "\" holds " + Shown(std::string(shown)) + ", which a " +
                              type.Text() + " of the target cannot hold" + why);
}

/// The value as people write it; what a string field holds.
std::string_view TextOf(const Value& value, std::string* scratch) {
  scratch->clear();
  switch (value.kind) {
    case Value::Kind::kInteger: AppendInteger(*scratch, value.integer); return *scratch;
    case Value::Kind::kUnsigned: AppendInteger(*scratch, value.unsigned_integer()); return *scratch;
    case Value::Kind::kReal: AppendReal(*scratch, value.real); return *scratch;
    default: return value.text;
  }
}

bool FitsScale(std::string_view text, int scale) {
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return true;
  while (text.back() == '0') text.remove_suffix(1);
  return text.size() - point - 1 <= static_cast<size_t>(scale);
}

void SetDecimal(std::string_view bytes, Cell* cell) {
  cell->decimal_high = bytes[0] < 0 ? -1 : 0;
  cell->decimal_low = bytes[0] < 0 ? ~uint64_t{0} : 0;
  for (const char c : bytes) {
    cell->decimal_high = static_cast<int64_t>(static_cast<uint64_t>(cell->decimal_high) << 8 | cell->decimal_low >> 56);
    cell->decimal_low = cell->decimal_low << 8 | static_cast<unsigned char>(c);
  }
}

size_t DigitsOf(std::string_view text) {
  size_t digits = 0;
  for (const char c : text.substr(0, text.find('.'))) {
    if (c >= '0' && c <= '9' && (digits > 0 || c != '0')) ++digits;
  }
  return digits;
}

Cell DecimalCell(const Value& value, const TargetColumn& column, const FieldType& type, std::string* scratch) {
  Cell cell;
  cell.is_null = false;
  const std::string_view text = TextOf(value, scratch);
  UnscaledBytes bytes;
  if (text.empty() || !FitsScale(text, type.scale) ||
      DigitsOf(text) > static_cast<size_t>(type.precision - type.scale) || !bytes.Parse(text, type.scale))
    FailValue(text, column, type, "");
  SetDecimal(bytes.bytes(), &cell);
  return cell;
}

Cell TimeCell(const Value& value, const TargetColumn& column, const FieldType& type, std::string* scratch) {
  Cell cell;
  cell.is_null = false;
  CivilTime time;
  const std::string_view text = TextOf(value, scratch);
  if (!ParseCivilTime(text, &time) || !time.is_real_date() || !time.is_real_time())
    FailValue(text, column, type, ": it is no day of the calendar");
  cell.integer = type.kind == Kind::kDate ? time.days() : time.epoch_us();
  return cell;
}

template <typename T>
std::string Raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

}  // namespace

std::string FieldType::Text() const {
  if (kind == Kind::kDecimal) return "decimal(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
  for (const auto& type : kTypes)
    if (type.kind == kind) return std::string(type.text);
  return "";
}

std::optional<FieldType> ParseFieldType(std::string_view text) {
  for (const auto& type : kTypes)
    if (type.text == text) return FieldType{type.kind};
  constexpr std::string_view kDecimal = "decimal(";
  if (text.substr(0, kDecimal.size()) != kDecimal) return std::nullopt;
  FieldType type{Kind::kDecimal};
  const char* end = text.data() + text.size();
  auto result = std::from_chars(text.data() + kDecimal.size(), end, type.precision);
  while (result.ptr != end && (*result.ptr == ',' || *result.ptr == ' ')) ++result.ptr;
  result = std::from_chars(result.ptr, end, type.scale);
  if (result.ec != std::errc()) return std::nullopt;
  return type;
}

FieldType FieldTypeOf(const TargetColumn& column) {
  switch (column.kind) {
    case ColumnKind::kBoolean: return {Kind::kBoolean};
    case ColumnKind::kInteger: return {Kind::kLong};
    case ColumnKind::kUnsigned: return {Kind::kDecimal, 20, 0};
    case ColumnKind::kDecimal:
      if (column.precision < 1 || column.precision > kMostDigits || column.scale < 0) return {Kind::kString};
      return {Kind::kDecimal, column.precision, column.scale};
    case ColumnKind::kReal: return {Kind::kDouble};
    case ColumnKind::kBytes: return {Kind::kBinary};
    case ColumnKind::kDate: return {Kind::kDate};
    case ColumnKind::kTimestamp: return {Kind::kTimestamp};
    case ColumnKind::kInstant: return {Kind::kTimestampTz};
    case ColumnKind::kAny:
    case ColumnKind::kText:
    case ColumnKind::kTime:
    case ColumnKind::kJson: return {Kind::kString};
  }
  return {Kind::kString};
}

std::optional<FieldType> CommonType(const FieldType& present, const FieldType& wanted) {
  if (present == wanted || present.kind == Kind::kString) return present;
  if (present.kind == Kind::kInt && wanted.kind == Kind::kLong) return wanted;
  if (present.kind == Kind::kLong && wanted.kind == Kind::kInt) return present;
  if (present.kind == Kind::kFloat && wanted.kind == Kind::kDouble) return wanted;
  if (present.kind == Kind::kDecimal && wanted.kind == Kind::kDecimal && present.scale == wanted.scale)
    return present.precision >= wanted.precision ? present : wanted;
  return std::nullopt;
}

Cell CellOf(const Value& value, const TargetColumn& column, const FieldType& type, std::string* scratch) {
  Cell cell;
  if (value.kind == Value::Kind::kNull || value.is_absent()) return cell;
  cell.is_null = false;
  switch (type.kind) {
    case Kind::kBoolean:
    case Kind::kInt:
    case Kind::kLong:
      if (value.kind != Value::Kind::kInteger || (type.kind == Kind::kBoolean && (value.integer & ~int64_t{1}) != 0) ||
          (type.kind == Kind::kInt && value.integer != static_cast<int32_t>(value.integer)))
        FailValue(TextOf(value, scratch), column, type, "");
      cell.integer = value.integer;
      return cell;
    case Kind::kFloat:
    case Kind::kDouble:
      if (value.kind != Value::Kind::kReal) FailValue(TextOf(value, scratch), column, type, "");
      cell.real = value.real;
      return cell;
    case Kind::kDecimal: return DecimalCell(value, column, type, scratch);
    case Kind::kDate:
    case Kind::kTimestamp:
    case Kind::kTimestampTz: return TimeCell(value, column, type, scratch);
    case Kind::kString:
      cell.text = TextOf(value, scratch);
      if (value.kind == Value::Kind::kBytes && !IsUtf8(cell.text))
        FailValue(cell.text, column, type, ": it is not UTF-8");
      return cell;
    case Kind::kBinary: cell.text = TextOf(value, scratch); return cell;
  }
  return cell;
}

std::string DecimalBytes(const Cell& cell) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(cell.decimal_high >> shift);
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(cell.decimal_low >> shift);
  size_t first = 0;
  // A leading byte goes if the next one has the same sign.
  while (first + 1 < bytes.size() && (bytes[first] == 0 || bytes[first] == -1) &&
         (bytes[first] < 0) == (bytes[first + 1] < 0))
    ++first;
  return bytes.substr(first);
}

std::string SerializedCell(const Cell& cell, const FieldType& type) {
  switch (type.kind) {
    case Kind::kBoolean: return {static_cast<char>(cell.integer)};
    case Kind::kInt:
    case Kind::kDate: return Raw(static_cast<int32_t>(cell.integer));
    case Kind::kLong:
    case Kind::kTimestamp:
    case Kind::kTimestampTz: return Raw(cell.integer);
    case Kind::kFloat: return Raw(static_cast<float>(cell.real));
    case Kind::kDouble: return Raw(cell.real);
    case Kind::kDecimal: return DecimalBytes(cell);
    case Kind::kString:
    case Kind::kBinary: return std::string(cell.text);
  }
  return {};
}

}  // namespace cdc::apply::iceberg
