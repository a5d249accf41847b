#include "tools/cdc-apply/row_text.h"

#include <charconv>
#include <cmath>

#include "common/error.h"
#include "common/json_writer.h"

namespace cdc::apply {
namespace {

void AppendQuotedBase64(std::string& out, std::string_view bytes) {
  out += '"';
  AppendBase64(out, bytes);
  out += '"';
}

void AppendJsonValue(std::string& out, const TargetColumn& column, const Value& value) {
  switch (value.kind) {
    case Value::Kind::kAbsent:
    case Value::Kind::kNull: out += "null"; break;
    case Value::Kind::kInteger:
      if (column.kind == ColumnKind::kBoolean && (value.integer & ~int64_t{1}) == 0)
        out += value.integer != 0 ? "true" : "false";
      else
        AppendInteger(out, value.integer);
      break;
    case Value::Kind::kUnsigned: AppendInteger(out, value.unsigned_integer()); break;
    case Value::Kind::kReal:
      if (std::isfinite(value.real)) return AppendReal(out, value.real);
      out += '"';
      AppendReal(out, value.real);
      out += '"';
      break;
    case Value::Kind::kDecimal:
      // A number whose column has no type is a number; a DECIMAL keeps its digits in any reader as a string only.
      if (column.kind == ColumnKind::kAny)
        out += value.text;
      else
        AppendJsonString(out, value.text);
      break;
    case Value::Kind::kText:
      if (column.kind == ColumnKind::kJson)
        out += value.text;
      else
        AppendJsonString(out, value.text);
      break;
    case Value::Kind::kBytes:
      // A text that its character set does not allow is told from base64 that a text column may hold.
      if (column.kind == ColumnKind::kBytes) {
        AppendQuotedBase64(out, value.text);
      } else {
        out += "{\"@base64\":";
        AppendQuotedBase64(out, value.text);
        out += '}';
      }
  }
}

void AppendCsvText(std::string& out, std::string_view text) {
  const bool quoted = text.empty() || text.find_first_of(",\"\r\n") != std::string_view::npos || text.front() == ' ' ||
                      text.back() == ' ';
  if (!quoted) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void AppendCsvValue(std::string& out, const Value& value) {
  switch (value.kind) {
    case Value::Kind::kAbsent:
    case Value::Kind::kNull: break;
    case Value::Kind::kInteger: AppendInteger(out, value.integer); break;
    case Value::Kind::kUnsigned: AppendInteger(out, value.unsigned_integer()); break;
    case Value::Kind::kReal: AppendReal(out, value.real); break;
    case Value::Kind::kDecimal:
    case Value::Kind::kText: AppendCsvText(out, value.text); break;
    case Value::Kind::kBytes:
      if (value.text.empty())
        out += "\"\"";
      else
        AppendBase64(out, value.text);
  }
}

}  // namespace

void AppendReal(std::string& out, double value) {
  if (std::isnan(value)) return void(out += "NaN");
  if (std::isinf(value)) return void(out += value < 0 ? "-Infinity" : "Infinity");
  char digits[32];
  const auto result = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, result.ptr);
}

void AppendJsonRow(std::string& out, const TargetTable& table, const std::vector<Value>& row) {
  out += '{';
  bool first = true;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_absent()) continue;
    if (!first) out += ',';
    first = false;
    AppendJsonString(out, table.columns[i].name);
    out += ':';
    AppendJsonValue(out, table.columns[i], row[i]);
  }
  out += "}\n";
}

void AppendCsvHeader(std::string& out, const TargetTable& table) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out += ',';
    AppendCsvText(out, table.columns[i].name);
  }
  out += '\n';
}

void AppendCsvRow(std::string& out, const TargetTable& table, const std::vector<Value>& row) {
  // In base64 it would be one of the texts that the column may hold.
  for (size_t i = 0; i < row.size(); ++i)
    if (row[i].kind == Value::Kind::kBytes && table.columns[i].kind != ColumnKind::kBytes)
      Fail(ExitStatus::kData, "column \"" + table.columns[i].name + "\" holds a text that is not UTF-8",
           Shown(std::string(row[i].text)), "ndjson tells it from others");
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += ',';
    AppendCsvValue(out, row[i]);
  }
  out += '\n';
}

}  // namespace cdc::apply
