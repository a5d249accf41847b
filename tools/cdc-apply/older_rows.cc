#include "tools/cdc-apply/older_rows.h"

#include <algorithm>
#include <charconv>
#include <regex>

#include "common/ddl/definition.h"
#include "common/ddl/lexer.h"
#include "common/decimal.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "tools/cdc-apply/added_columns.h"
#include "tools/cdc-apply/source_statement.h"
#include "tools/cdc-apply/table_definition.h"

namespace cdc::apply {
namespace {

using Literal = ddl::Literal;
using Owned = std::optional<OwnedValue>;

/// A number as typed, or in quotes, as SHOW CREATE TABLE has it: there without blanks and exponent, which MySQL would
/// convert. Empty: it is none.
std::string NumberText(const Literal& literal) {
  if (literal.kind == Literal::Kind::kInteger || literal.kind == Literal::Kind::kReal)
    return (literal.sign == "-" ? "-" : "") + literal.value;
  static const std::regex kPlain("-?[0-9]+(\\.[0-9]+)?");
  const bool is_plain = literal.kind == Literal::Kind::kString && literal.introducer.empty();
  return is_plain && std::regex_match(literal.value, kPlain) ? literal.value : "";
}

/// Digits stand where `form` has a 0, and all else as it is there.
bool HasForm(std::string_view text, std::string_view form) {
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char a, char b) {
           return b == '0' ? a >= '0' && a <= '9' : a == b;
         });
}

/// A date that has no part of zero.
bool IsDate(std::string_view text) {
  return HasForm(text, "0000-00-00") && text.substr(0, 4) != "0000" && text.substr(5, 2) != "00" &&
         text.substr(8) != "00";
}

Owned IntegerOf(const Literal& literal, const MysqlType& type) {
  int64_t number;
  uint64_t positive;
  const std::string text = NumberText(literal);
  if (literal.kind == Literal::Kind::kBoolean)
    return OwnedValue(Value::Integer(ddl::EqualsIgnoreCase(literal.value, "true")));
  if (literal.kind == Literal::Kind::kReal) return std::nullopt;
  const bool is_large = type.kind == MysqlKind::kBigInt && type.is_unsigned;
  if (is_large) return ParseJsonUnsigned(text, &positive) ? Owned(Value::Unsigned(positive)) : std::nullopt;
  return ParseJsonInteger(text, &number) ? Owned(Value::Integer(number)) : std::nullopt;
}

Owned DecimalOf(const Literal& literal, const MysqlType& type) {
  std::string number;
  const std::string text = NumberText(literal);
  if (text.empty() || !RescaleDecimalText(text, std::max(type.scale, 0), &number)) return std::nullopt;
  return OwnedValue(Value::Decimal(number));
}

/// Not of FLOAT, which the stream gives rounded, nor of a number of digits after the point.
Owned RealOf(const Literal& literal, const MysqlType& type) {
  double number = 0;
  const std::string text = NumberText(literal);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (type.kind != MysqlKind::kDouble || type.length >= 0) return std::nullopt;
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  const bool is_zero = text.find_first_not_of("0.") == std::string::npos;
  if (number == 0 && !is_zero) return std::nullopt;  // it is -0, or one that only looks like zero here
  return OwnedValue(Value::Real(number));
}

/// Blanks at the end may be cut, and a zero byte is no text of all targets.
bool StaysAsItIs(std::string_view text) {
  return text.find('\0') == std::string_view::npos && (text.empty() || text.back() != ' ');
}

/// Members of a SET in the order of its definition. Nothing if one is no member as it stands.
Owned MembersOf(std::string_view text, const std::vector<std::string>& members) {
  std::vector<bool> has(members.size());
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const auto found = std::find(members.begin(), members.end(), text.substr(0, comma));
    if (found == members.end() || comma + 1 == text.size()) return std::nullopt;
    has[static_cast<size_t>(found - members.begin())] = true;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  std::string out;
  for (size_t i = 0; i < members.size(); ++i)
    if (has[i]) out += (out.empty() ? "" : ",") + members[i];
  return OwnedValue(Value::Text(out));
}

Owned TextOf(const Literal& literal, const MysqlType& type) {
  const std::string& text = literal.value;
  if (literal.kind != Literal::Kind::kString || !literal.introducer.empty() || !StaysAsItIs(text)) return std::nullopt;
  if (type.kind == MysqlKind::kSet) return MembersOf(text, type.values);
  const bool is_member = std::find(type.values.begin(), type.values.end(), text) != type.values.end();
  if (type.kind == MysqlKind::kEnum && !is_member) return std::nullopt;
  return OwnedValue(Value::Text(text));
}

/// As the server prints it, but that a date alone is its beginning, and zeros at the end of a fraction may be left out.
Owned TimeOf(const Literal& literal, const MysqlType& type) {
  std::string text = literal.value, time = "00:00:00";
  if (literal.kind != Literal::Kind::kString) return std::nullopt;
  if (type.kind == MysqlKind::kDate) return IsDate(text) ? Owned(Value::Text(text)) : std::nullopt;
  const bool has_date = type.kind == MysqlKind::kDateTime;
  if (has_date && IsDate(text)) text += " " + time;
  if (has_date && (text.size() < 11 || !IsDate(text.substr(0, 10)) || text[10] != ' ')) return std::nullopt;
  const size_t begin = has_date ? 11 : 0;
  if (type.fraction > 0) {
    time += "." + std::string(static_cast<size_t>(type.fraction), '0');
    if (text.size() == begin + 8) text += '.';
    if (text.size() > begin + 8 && text.size() < begin + time.size()) text.resize(begin + time.size(), '0');
  }
  return HasForm(std::string_view(text).substr(begin), time) ? Owned(Value::Text(text)) : std::nullopt;
}

Owned ValueOf(const Literal& literal, const MysqlType& type) {
  if (type.is_integer()) return IntegerOf(literal, type);
  if (type.is_text()) return TextOf(literal, type);
  switch (type.kind) {
    case MysqlKind::kDecimal: return DecimalOf(literal, type);
    case MysqlKind::kFloat:
    case MysqlKind::kDouble: return RealOf(literal, type);
    case MysqlKind::kEnum:
    case MysqlKind::kSet: return TextOf(literal, type);
    case MysqlKind::kDate:
    case MysqlKind::kTime:
    case MysqlKind::kDateTime: return TimeOf(literal, type);
    default: return std::nullopt;  // of TIMESTAMP a literal is in a session's time zone; bytes have many spellings
  }
}

/// What a column that may not be NULL begins with where it has no default.
Owned ImpliedOf(const MysqlType& type) {
  if (type.is_integer())
    return type.kind == MysqlKind::kBigInt && type.is_unsigned ? Owned(Value::Unsigned(0)) : Owned(Value::Integer(0));
  if (type.is_text() || type.kind == MysqlKind::kSet) return OwnedValue(Value::Text(""));
  if (type.kind == MysqlKind::kEnum && !type.values.empty()) return OwnedValue(Value::Text(type.values[0]));
  if (type.kind == MysqlKind::kFloat || type.kind == MysqlKind::kDouble) return OwnedValue(Value::Real(0));
  std::string zero;
  if (type.kind == MysqlKind::kDecimal && RescaleDecimalText("0", std::max(type.scale, 0), &zero))
    return OwnedValue(Value::Decimal(zero));
  return std::nullopt;
}

}  // namespace

std::optional<OwnedValue> OlderRowsOf(const ddl::ColumnDefinition& definition, ColumnKind* kind) {
  using Kind = ddl::DefaultValue::Kind;
  ddl::CreateTable table;
  table.columns.push_back(definition);
  const ColumnSchema column = ddl::SchemaOf(table, {}).columns.at(0);
  *kind = ColumnOfSource(column).kind;
  const bool is_numbered = definition.auto_increment || definition.serial_default || definition.type.name == "SERIAL";
  if (column.generated || is_numbered) return std::nullopt;
  // Older servers give a TIMESTAMP that does not say NULL a default of its own.
  if (column.type.kind == MysqlKind::kTimestamp && definition.null != true) return std::nullopt;
  switch (definition.default_value.kind) {
    case Kind::kNone: return column.nullable ? OwnedValue(Value::Null()) : ImpliedOf(column.type);
    case Kind::kNull: return OwnedValue(Value::Null());
    case Kind::kLiteral: return ValueOf(definition.default_value.literal, column.type);
    default: return std::nullopt;
  }
}

OlderRows OlderRowsIn(const TargetColumn& column, const KnownTable& known, const TargetTable& table) {
  using Kind = OlderRows::Kind;
  if (table.is_history) return {Kind::kNull};
  if (auto added = AddedColumnOf(known.shape, column.name)) {
    if (!added->older_rows) return {Kind::kUnknown};
    if (added->older_rows->is_null()) return {Kind::kNull};
    // In a table of the user's own there may be rows of others.
    if (!known.created || added->type != column.kind) return {Kind::kUnknown};
    return {Kind::kValue, std::move(added->older_rows)};
  }
  const std::vector<std::string> stored = StoredNames(known.shape);
  const auto is_stored = [&](const std::string& name) {
    return std::find(stored.begin(), stored.end(), name) != stored.end();
  };
  // It had the column before: WarnOfRemovedColumn has told of that.
  if (is_stored(column.name)) return {Kind::kNull};
  // Without the statement it may be one that went, by another name.
  const bool lacks_one = std::any_of(stored.begin(), stored.end(),
                                     [&](const auto& name) { return table.Find(name) == table.columns.size(); });
  return {lacks_one || !column.begins_with_null ? Kind::kUnknown : Kind::kNull};
}

bool IsMadeAnew(const TargetColumn& column, const KnownTable& known, const TargetTable& table) {
  return !table.is_history && AddedColumnOf(known.shape, column.name).has_value();
}

void CheckKeyOfAnew(const TargetTable& table, const KnownTable& known, const TargetColumn& column) {
  const std::vector<std::string> stored = StoredKeyNames(known.shape);
  const bool was_in_key = std::find(stored.begin(), stored.end(), column.name) != stored.end();
  if (!was_in_key && !IsInKey(table, table.Find(column.name))) return;
  Fail(ExitStatus::kConfig,
       "the source has dropped column \"" + column.name + "\" of table \"" + table.name +
           "\", which is part of its key, and added it anew: what rows that are there have in it does not come",
       "", kSnapshotHint);
}

void WarnOfOlderRows(const std::string& table, const std::string& column) {
  LogWarning(
      "column \"" + column + "\" of table \"" + table +
      "\" is new, and NULL in the rows that are there; the source may have other values in them (its default, or "
      "what the column held by another name): a new snapshot fills it");
}

void WarnOfStaleRows(const std::string& table, const std::string& column) {
  LogWarning("column \"" + column + "\" of table \"" + table +
             "\" is another one at the source than it was; rows that are there keep what the old one held: a new "
             "snapshot fills it");
}

void WarnOfStaleColumns(const std::string& table, const std::vector<ColumnEvent>& events) {
  using Kind = ColumnEvent::Kind;
  for (const ColumnEvent& added : events) {
    const auto takes_it = [&](const ColumnEvent& event) {
      return event.kind == Kind::kRemoved && ddl::EqualsIgnoreCase(event.column, added.column);
    };
    if (added.kind == Kind::kAdded && std::any_of(events.begin(), events.end(), takes_it))
      WarnOfStaleRows(table, added.column);
  }
}

}  // namespace cdc::apply
