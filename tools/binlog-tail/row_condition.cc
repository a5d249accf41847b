#include "tools/binlog-tail/row_condition.h"

#include <algorithm>

#include "common/binary_text.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "common/nearest.h"
#include "tools/binlog-tail/sql_compare.h"

namespace cdc::tail {
RowCondition::Value RowCondition::ValueOf(const Operand& operand) {
  if (operand.column < 0) return {operand.is_null, operand.is_number, operand.text};
  const auto index = static_cast<size_t>(operand.column);
  const std::string_view raw = raw_[index];
  if (raw.empty() || raw == "null") return {};
  if (const std::string_view digits = HexDigits(raw); digits.data() != nullptr) return {false, false, digits};
  if (raw.front() != '"') return {false, IsNumber(raw), raw};
  std::string& text = texts_[index];
  text.clear();
  AppendUnescaped(text, raw);
  return {false, false, text};
}

RowCondition::Truth RowCondition::Compare(std::string_view op, const Operand& left, const Operand& right) {
  const Value a = ValueOf(left), b = ValueOf(right);
  if (op == "<=>" && (a.is_null || b.is_null)) return a.is_null && b.is_null ? Truth::kTrue : Truth::kFalse;
  if (a.is_null || b.is_null) return Truth::kUnknown;
  const bool numbers = (a.is_number || b.is_number) && IsNumber(a.text) && IsNumber(b.text);
  const int order = numbers ? CompareNumbers(a.text, b.text) : a.text.compare(b.text);
  const bool holds = op == "=" || op == "<=>"   ? order == 0
                     : op == "<>" || op == "!=" ? order != 0
                     : op == "<"                ? order < 0
                     : op == "<="               ? order <= 0
                     : op == ">"                ? order > 0
                                                : order >= 0;
  return holds ? Truth::kTrue : Truth::kFalse;
}

RowCondition::Truth RowCondition::TestIn(const Node& node) {
  Truth truth = Truth::kFalse;
  for (size_t i = 1; i < node.operands.size(); ++i) {
    const Truth one = Compare("=", node.operands[0], node.operands[i]);
    if (one == Truth::kTrue) return one;
    if (one == Truth::kUnknown) truth = one;
  }
  return truth;
}

RowCondition::Truth RowCondition::TestLike(const Node& node) {
  const Value text = ValueOf(node.operands[0]), pattern = ValueOf(node.operands[1]);
  if (text.is_null || pattern.is_null) return Truth::kUnknown;
  return IsLike(text.text, pattern.text) ? Truth::kTrue : Truth::kFalse;
}

RowCondition::Truth RowCondition::Test(const Node& node) {
  switch (node.kind) {
    case Kind::kCompare: return Compare(node.op, node.operands[0], node.operands[1]);
    case Kind::kIsNull: return ValueOf(node.operands[0]).is_null ? Truth::kTrue : Truth::kFalse;
    case Kind::kIn: return TestIn(node);
    case Kind::kLike: return TestLike(node);
    case Kind::kNot: {
      const Truth inner = Test(node.parts[0]);
      return inner == Truth::kUnknown ? inner : inner == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    }
    case Kind::kAnd:
    case Kind::kOr: break;
  }
  // What decides alone: false in AND, true in OR.
  const Truth decides = node.kind == Kind::kAnd ? Truth::kFalse : Truth::kTrue;
  const Truth left = Test(node.parts[0]);
  if (left == decides) return left;
  const Truth right = Test(node.parts[1]);
  return right == decides || left != Truth::kUnknown ? right : left;
}

void RowCondition::CheckTable(const TableSchema& table) const {
  for (const std::string& name : columns_) {
    const bool has = std::any_of(table.columns.begin(), table.columns.end(),
                                 [&](const ColumnSchema& column) { return column.name == name; });
    if (has) continue;
    const std::string nearest = NearestName(name, table.ColumnNames(), 2);
    Fail(ExitStatus::kUsage,
         "--where names column \"" + name + "\", which table \"" + table.db + "." + table.table + "\" does not have",
         nearest.empty() ? "" : "the nearest name is \"" + nearest + "\"",
         "choose the tables that have it with --tables");
  }
}

bool RowCondition::Holds(std::string_view row) {
  std::fill(raw_.begin(), raw_.end(), std::string_view());
  for (JsonMembers members(row); members.Next();) {
    std::string name;
    const bool escaped = members.name().find('\\') != std::string_view::npos;
    if (escaped) AppendUnescaped(name, members.raw_name());
    for (size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i] == (escaped ? std::string_view(name) : members.name())) raw_[i] = members.value();
  }
  return Test(root_) == Truth::kTrue;
}

}  // namespace cdc::tail
