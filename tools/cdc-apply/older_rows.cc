#include "tools/cdc-apply/older_rows.h"

#include <algorithm>

#include "common/decimal.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "tools/cdc-apply/table_definition.h"
#include "tools/cdc-apply/value_decoder.h"

namespace cdc::apply {
namespace {

using Json = std::optional<std::string>;

Json Quoted(std::string_view text) {
  std::string json;
  AppendJsonString(json, text);
  return json;
}

bool IsWholeNumber(std::string_view text, ColumnKind kind) {
  int64_t value;
  uint64_t positive;
  return kind == ColumnKind::kUnsigned ? ParseJsonUnsigned(text, &positive) : ParseJsonInteger(text, &value);
}

/// Digits stand where `form` has a 0, and all else as it is there.
bool HasForm(std::string_view text, std::string_view form) {
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char a, char b) {
           return b == '0' ? a >= '0' && a <= '9' : a == b;
         });
}

/// A date or time as the server prints it, with as many fraction digits as the column has.
Json TimeOf(std::string text, std::string_view form, int fraction) {
  std::string whole(form);
  if (fraction > 0) {
    if (text.size() == form.size()) text += "." + std::string(static_cast<size_t>(fraction), '0');
    whole += "." + std::string(static_cast<size_t>(fraction), '0');
  }
  return HasForm(text, whole) ? Quoted(text) : std::nullopt;
}

Json TextOf(std::string text, const MysqlType& type) {
  if (type.kind == MysqlKind::kEnum && std::find(type.values.begin(), type.values.end(), text) == type.values.end())
    return std::nullopt;
  // As it is given back.
  if (type.kind == MysqlKind::kChar) text.erase(text.find_last_not_of(' ') + 1);
  return Quoted(text);
}

Json LiteralOf(const std::string& text, const MysqlType& type, ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kInteger:
    case ColumnKind::kUnsigned:
      if (text == "TRUE" || text == "true") return "1";
      if (text == "FALSE" || text == "false") return "0";
      return IsWholeNumber(text, kind) ? Json(text) : std::nullopt;
    case ColumnKind::kDecimal: {
      std::string number;
      return RescaleDecimalText(text, std::max(type.scale, 0), &number) ? Quoted(number) : std::nullopt;
    }
    case ColumnKind::kReal: return IsJson(text) ? Json(text) : std::nullopt;
    case ColumnKind::kText: return TextOf(text, type);
    case ColumnKind::kDate: return TimeOf(text, "0000-00-00", 0);
    case ColumnKind::kTime: return TimeOf(text, "00:00:00", type.fraction);
    case ColumnKind::kTimestamp: return TimeOf(text, "0000-00-00 00:00:00", type.fraction);
    default: return std::nullopt;  // of TIMESTAMP a literal is in a session's time zone; bytes have many spellings
  }
}

/// What a column that may not be NULL begins with where it has no default.
Json ImpliedOf(const MysqlType& type, ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kInteger:
    case ColumnKind::kUnsigned:
    case ColumnKind::kReal: return "0";
    case ColumnKind::kDecimal: return LiteralOf("0", type, kind);
    case ColumnKind::kText: return Quoted(type.kind == MysqlKind::kEnum ? type.values.at(0) : "");
    default: return std::nullopt;
  }
}

/// A default that is no value of its column is as good as none that is known.
std::optional<OwnedValue> ValueOf(std::string_view json, const TargetColumn& column) {
  try {
    ValueDecoder decoder;
    return OwnedValue(decoder.Decode(json, column, "the default"));
  } catch (const Failure&) {
    return std::nullopt;
  }
}
std::optional<OwnedValue> ValueOf(const Json& json, const TargetColumn& column) {
  return json ? ValueOf(std::string_view(*json), column) : std::nullopt;
}

bool IsTime(ColumnKind kind) {
  return kind == ColumnKind::kDate || kind == ColumnKind::kTime || kind == ColumnKind::kTimestamp ||
         kind == ColumnKind::kInstant;
}

}  // namespace

std::optional<OwnedValue> OlderRowsOf(const ColumnSchema& source, bool is_statement) {
  const bool is_numbered = source.extra.find("auto_increment") != std::string::npos;
  if (source.generated || is_numbered || source.default_expression) return std::nullopt;
  const TargetColumn column = ColumnOfSource(source);
  if (source.default_text) return ValueOf(LiteralOf(*source.default_text, source.type, column.kind), column);
  if (source.nullable) return OwnedValue(Value::Null());
  return is_statement ? ValueOf(ImpliedOf(source.type, column.kind), column) : std::nullopt;
}

std::optional<OwnedValue> OlderRowsOf(std::string_view default_json, const TargetColumn& column) {
  if (default_json.empty()) return column.nullable ? std::optional(OwnedValue(Value::Null())) : std::nullopt;
  // The beginning of time stands for CURRENT_TIMESTAMP where NULL is not allowed.
  if (IsTime(column.kind) && (default_json == "0" || default_json.rfind("\"1970-01-01T00:00:00", 0) == 0))
    return std::nullopt;
  return ValueOf(default_json, column);
}

bool IsNullInOlderRows(const TargetColumn& column) {
  return column.older_rows && column.older_rows->is_null();
}

std::vector<size_t> AddedColumns(std::string_view stored, const TargetTable& table, std::vector<std::string>* unknown) {
  std::vector<size_t> added;
  if (stored.empty()) return added;
  const std::vector<std::string> known = StoredNames(stored);
  const bool lacks_one = std::any_of(known.begin(), known.end(),
                                     [&](const std::string& name) { return table.Find(name) == table.columns.size(); });
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const TargetColumn& column = table.columns[i];
    if (std::find(known.begin(), known.end(), column.name) != known.end()) continue;
    // It may be the one that went, by another name.
    const bool is_unclear = lacks_one && !column.statement_tells;
    if (is_unclear || !column.older_rows)
      unknown->push_back(column.name);
    else if (!column.older_rows->is_null())
      added.push_back(i);
  }
  return added;
}

void WarnOfOlderRows(const std::string& table, const std::string& column) {
  LogWarning(
      "column \"" + column + "\" of table \"" + table +
      "\" is new, and NULL in the rows that are there; the source may have other values in them (its default, or "
      "what the column held by another name): a new snapshot fills it");
}

}  // namespace cdc::apply
