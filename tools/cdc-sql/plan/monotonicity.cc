#include "tools/cdc-sql/plan/monotonicity.h"

#include <algorithm>

namespace cdc::sql {

namespace {

/// The sign of a number literal: -1, 0 or 1.
int SignOf(const BoundExpr& literal) {
  const Datum& value = literal.literal;
  switch (literal.type.physical()) {
    case Physical::kInt64: return value.integer < 0 ? -1 : value.integer > 0 ? 1 : 0;
    case Physical::kDouble: return value.real < 0 ? -1 : value.real > 0 ? 1 : 0;
    default: return value.wide < 0 ? -1 : value.wide > 0 ? 1 : 0;
  }
}

/// The condition keeps column `column` at zero or above (`above`), or at zero or below.
bool Keeps(const BoundExpr& condition, size_t column, bool above) {
  if (condition.kind == BoundExpr::Kind::kAnd)
    return std::any_of(condition.args.begin(), condition.args.end(),
                       [&](const BoundExpr& part) { return Keeps(part, column, above); });
  if (condition.kind != BoundExpr::Kind::kCall || condition.args.size() != 2) return false;
  const auto is_column = [&](const BoundExpr& expr) {
    return expr.kind == BoundExpr::Kind::kColumn && expr.column == column;
  };
  const auto is_number = [](const BoundExpr& expr) {
    return expr.kind == BoundExpr::Kind::kLiteral && expr.type.is_numeric() && !expr.literal.is_null;
  };
  const BoundExpr &left = condition.args[0], &right = condition.args[1];
  const std::string& op = condition.name;
  const bool greater = op == ">" || op == ">=", less = op == "<" || op == "<=";
  if (is_column(left) && is_number(right)) return above ? greater && SignOf(right) >= 0 : less && SignOf(right) <= 0;
  if (is_number(left) && is_column(right)) return above ? less && SignOf(left) >= 0 : greater && SignOf(left) <= 0;
  return false;
}

bool StaysOnSide(const PlanNode& node, size_t column, bool above) {
  switch (node.kind) {
    case PlanNode::Kind::kFilter:
      return Keeps(node.predicate, column, above) || StaysOnSide(*node.inputs[0], column, above);
    case PlanNode::Kind::kProject:
      return node.exprs[column].kind == BoundExpr::Kind::kColumn &&
             StaysOnSide(*node.inputs[0], node.exprs[column].column, above);
    default: return false;
  }
}

Monotonicity OfAggregate(const PlanNode& node, const AggregateCall& call) {
  if (call.function == "COUNT" || call.function == "MAX") return Monotonicity::kRises;
  if (call.function == "MIN") return Monotonicity::kFalls;
  if (call.function != "SUM") return Monotonicity::kNone;
  if (StaysOnSide(*node.inputs[0], *call.argument, true)) return Monotonicity::kRises;
  return StaysOnSide(*node.inputs[0], *call.argument, false) ? Monotonicity::kFalls : Monotonicity::kNone;
}

}  // namespace

Monotonicity MonotonicityOf(const PlanNode& node, size_t column) {
  if (node.kind == PlanNode::Kind::kProject) {
    const BoundExpr& expr = node.exprs[column];
    return expr.kind == BoundExpr::Kind::kColumn ? MonotonicityOf(*node.inputs[0], expr.column) : Monotonicity::kNone;
  }
  if (node.kind != PlanNode::Kind::kAggregate || node.fires_by || node.by_clock || !node.inputs[0]->append_only)
    return Monotonicity::kNone;
  if (column < node.keys.size()) return Monotonicity::kConstant;
  return OfAggregate(node, node.aggregates[column - node.keys.size()]);
}

}  // namespace cdc::sql
