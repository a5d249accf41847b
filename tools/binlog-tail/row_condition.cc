#include "tools/binlog-tail/row_condition.h"

#include <algorithm>

#include "common/binary_text.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "common/nearest.h"
#include "tools/binlog-tail/sql_compare.h"

namespace cdc::tail {
namespace {

std::string Written(const ComparedConstant& constant) {
  switch (constant.kind) {
    case ComparedConstant::Kind::kNull: return "NULL";
    case ComparedConstant::Kind::kNumber: return constant.text;
    case ComparedConstant::Kind::kString: return "'" + cdc::Shown(constant.text) + "'";
    case ComparedConstant::Kind::kBytes: break;
  }
  std::string digits;
  AppendHex(digits, constant.text);
  return "X'" + cdc::Shown(digits) + "'";
}

}  // namespace

bool RowCondition::IsNull(const Operand& operand) const {
  if (operand.column < 0) return operand.constant.kind == ComparedConstant::Kind::kNull;
  const std::string_view raw = raw_[static_cast<size_t>(operand.column)];
  return raw.empty() || raw == "null";
}

/// Of a value that is not NULL. `pair`: of the comparison; null: as it is written.
std::string_view RowCondition::TextOf(const Operand& operand, const Pair* pair) {
  if (operand.column < 0) return pair != nullptr ? pair->constant : operand.constant.text;
  const auto index = static_cast<size_t>(operand.column);
  return pair != nullptr ? ComparedText(forms_[index], raw_[index], &texts_[index])
                         : WrittenText(forms_[index], raw_[index], &texts_[index]);
}

RowCondition::Truth RowCondition::Compare(std::string_view op, const Operand& left, const Operand& right,
                                          const Pair& pair) {
  const bool left_null = IsNull(left), right_null = IsNull(right);
  if (op == "<=>" && (left_null || right_null)) return left_null && right_null ? Truth::kTrue : Truth::kFalse;
  if (left_null || right_null) return Truth::kUnknown;
  const bool constants = left.column < 0 && right.column < 0;
  const std::string_view a = TextOf(left, constants ? nullptr : &pair), b = TextOf(right, constants ? nullptr : &pair);
  const int order = pair.numbers && IsNumber(a) && IsNumber(b) ? CompareNumbers(a, b) : a.compare(b);
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
    const Truth one = Compare("=", node.operands[0], node.operands[i], node.pairs[i - 1]);
    if (one == Truth::kTrue) return one;
    if (one == Truth::kUnknown) truth = one;
  }
  return truth;
}

RowCondition::Truth RowCondition::TestLike(const Node& node) {
  if (IsNull(node.operands[0]) || IsNull(node.operands[1])) return Truth::kUnknown;
  return IsLike(TextOf(node.operands[0], nullptr), TextOf(node.operands[1], nullptr)) ? Truth::kTrue : Truth::kFalse;
}

RowCondition::Truth RowCondition::Test(const Node& node) {
  switch (node.kind) {
    case Kind::kCompare: return Compare(node.op, node.operands[0], node.operands[1], node.pairs[0]);
    case Kind::kIsNull: return IsNull(node.operands[0]) ? Truth::kTrue : Truth::kFalse;
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

void RowCondition::SetTable(std::shared_ptr<const TableSchema> table) {
  if (table == table_) return;
  table_ = std::move(table);
  table_columns_.clear();
  forms_.clear();
  for (const std::string& name : columns_) {
    const auto column = std::find_if(table_->columns.begin(), table_->columns.end(),
                                     [&](const ColumnSchema& one) { return one.name == name; });
    if (column == table_->columns.end()) {
      const std::string nearest = NearestName(name, table_->ColumnNames(), 2);
      Fail(ExitStatus::kUsage,
           "--where names column \"" + name + "\", which table \"" + table_->db + "." + table_->table +
               "\" does not have",
           nearest.empty() ? "" : "the nearest name is \"" + nearest + "\"",
           "choose the tables that have it with --tables");
    }
    table_columns_.push_back(&*column);
    forms_.push_back(ComparedFormOf(column->type));
  }
  Bind(root_);
}

void RowCondition::Bind(Node& node) {
  for (Node& part : node.parts) Bind(part);
  node.pairs.clear();
  if (node.kind != Kind::kCompare && node.kind != Kind::kIn) return;
  for (size_t i = 1; i < node.operands.size(); ++i) node.pairs.push_back(PairOf(node.operands[0], node.operands[i]));
}

RowCondition::Pair RowCondition::PairOf(const Operand& left, const Operand& right) const {
  Pair pair;
  const auto numeric = [&](const Operand& operand) {
    return operand.column < 0 ? operand.constant.kind == ComparedConstant::Kind::kNumber
                              : IsNumeric(forms_[static_cast<size_t>(operand.column)]);
  };
  pair.numbers = numeric(left) || numeric(right);
  if ((left.column < 0) == (right.column < 0)) return pair;
  const ComparedConstant& constant = (left.column < 0 ? left : right).constant;
  const auto column = static_cast<size_t>(left.column < 0 ? right.column : left.column);
  if (constant.kind == ComparedConstant::Kind::kNull) return pair;
  const auto text = ComparedText(forms_[column], constant);
  if (!text)
    Fail(ExitStatus::kUsage,
         "--where compares column \"" + columns_[column] + "\" of table \"" + table_->db + "." + table_->table +
             "\" with " + Written(constant),
         "its type is " + table_columns_[column]->type_text,
         "values of it are written " + std::string(ExampleOf(forms_[column])));
  pair.constant = *text;
  return pair;
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
