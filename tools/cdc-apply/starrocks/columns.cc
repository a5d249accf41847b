#include "tools/cdc-apply/starrocks/columns.h"

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-apply/row_text.h"

namespace cdc::apply::starrocks {
namespace {

constexpr int kMostDigits = 38;
constexpr size_t kMostTextBytes = 1'048'576;
constexpr const char* kText = "VARCHAR(1048576)";
constexpr const char* kKeyText = "VARCHAR(65533)";
constexpr size_t kLoadOp = 4;

[[noreturn]] void FailValue(const TargetColumn& column, const std::string& why, std::string_view value) {
  Fail(ExitStatus::kData, "column \"" + column.name + "\": StarRocks cannot hold " + why, Shown(std::string(value)));
}

bool IsDecimal(const TargetColumn& column, bool in_key) {
  return column.kind == ColumnKind::kDecimal && !in_key && column.precision > 0 && column.precision <= kMostDigits &&
         column.scale >= 0;
}

/// A month or day of zero, which MySQL knows and StarRocks does not.
bool HasZeroPart(std::string_view date) {
  constexpr size_t kMonth = 5, kDay = 8, kLength = 10;
  return date.size() < kLength || date.substr(kMonth, 2) == "00" || date.substr(kDay, 2) == "00";
}

void AppendText(std::string& out, const TargetColumn& column, std::string_view text) {
  const bool is_time =
      column.kind == ColumnKind::kDate || column.kind == ColumnKind::kTimestamp || column.kind == ColumnKind::kInstant;
  if (is_time && HasZeroPart(text)) FailValue(column, "this date", text);
  if (text.size() > kMostTextBytes)
    FailValue(column, "a text of " + std::to_string(text.size()) + " bytes (1 MiB is its limit)", text);
  AppendJsonString(out, text);
}

template <typename Append>
void AppendQuoted(std::string& out, Append append) {
  out += '"';
  append();
  out += '"';
}

}  // namespace

std::string ColumnName(const TargetColumn& column) {
  return column.name.size() == kLoadOp && column.name == "__op" ? "_op" : column.name;
}

std::string ColumnType(const TargetColumn& column, bool in_key) {
  switch (column.kind) {
    case ColumnKind::kBoolean: return "BOOLEAN";
    case ColumnKind::kInteger: return "BIGINT";
    case ColumnKind::kUnsigned: return "LARGEINT";
    case ColumnKind::kDecimal:
      if (!IsDecimal(column, in_key)) break;
      return "DECIMAL(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
    case ColumnKind::kReal:
      if (in_key) break;
      return "DOUBLE";
    case ColumnKind::kDate: return "DATE";
    case ColumnKind::kTimestamp:
    case ColumnKind::kInstant: return "DATETIME";
    default: break;
  }
  return in_key ? kKeyText : kText;
}

void AppendValue(std::string& out, const TargetColumn& column, bool in_key, const Value& value) {
  switch (value.kind) {
    case Value::Kind::kAbsent:
    case Value::Kind::kNull: out += "null"; return;
    case Value::Kind::kInteger:
      if (column.kind == ColumnKind::kBoolean && (value.integer & ~int64_t{1}) == 0)
        out += value.integer != 0 ? "true" : "false";
      else if (column.kind == ColumnKind::kInteger)
        AppendInteger(out, value.integer);
      else
        AppendQuoted(out, [&] { AppendInteger(out, value.integer); });
      return;
    // As text: readers of JSON numbers differ beyond 2^63.
    case Value::Kind::kUnsigned: return AppendQuoted(out, [&] { AppendInteger(out, value.unsigned_integer()); });
    case Value::Kind::kReal:
      if (!std::isfinite(value.real)) FailValue(column, "this number", std::to_string(value.real));
      if (column.kind == ColumnKind::kReal && !in_key) return AppendReal(out, value.real);
      return AppendQuoted(out, [&] { AppendReal(out, value.real); });
    case Value::Kind::kDecimal: return AppendQuoted(out, [&] { out += value.text; });
    case Value::Kind::kText: return AppendText(out, column, value.text);
    case Value::Kind::kBytes:
      if (column.kind != ColumnKind::kBytes) FailValue(column, "a text that is not UTF-8", value.text);
      std::string base64;
      AppendBase64(base64, value.text);
      return AppendText(out, column, base64);
  }
}

}  // namespace cdc::apply::starrocks
