#include "tools/cdc-sql/plan/filter_node.h"

namespace cdc::sql {

void SplitConjunction(BoundExpr condition, std::vector<BoundExpr>* parts) {
  if (condition.kind != BoundExpr::Kind::kAnd) return parts->push_back(std::move(condition));
  for (BoundExpr& arg : condition.args) SplitConjunction(std::move(arg), parts);
}

BoundExpr Conjunction(std::vector<BoundExpr> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  const SqlType type = SqlType::Of(TypeKind::kBoolean, AnyNullable(parts));
  const Span span = parts.back().span;
  BoundExpr all = CallExpr("AND", type, std::move(parts), nullptr, span);
  all.kind = BoundExpr::Kind::kAnd;
  return all;
}

PlanPtr FilterNode(PlanPtr input, BoundExpr condition) {
  if (input->kind == PlanNode::Kind::kFilter) {
    std::vector<BoundExpr> parts;
    SplitConjunction(std::move(input->predicate), &parts);
    SplitConjunction(std::move(condition), &parts);
    condition = Conjunction(std::move(parts));
    input = PlanPtr(std::move(input->inputs[0]));
  }
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kFilter;
  node->columns = input->columns;
  node->span = condition.span;
  node->unique_key = input->unique_key;
  node->other_key = input->other_key;
  node->append_only = input->append_only;
  node->window = input->window;
  node->predicate = std::move(condition);
  node->has_predicate = true;
  node->inputs.push_back(std::move(input));
  return node;
}

}  // namespace cdc::sql
