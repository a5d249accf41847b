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

/// Adds to a conjunction in place, so that a long one is not copied for each of its parts.
static void AddPart(BoundExpr* all, BoundExpr part) {
  if (all->kind != BoundExpr::Kind::kAnd) {
    *all = Conjunction({std::move(*all), std::move(part)});
    return;
  }
  all->span = part.span;
  if (part.type.nullable) all->type.nullable = true;
  all->args.push_back(std::move(part));
}

PlanPtr FilterNode(PlanPtr input, BoundExpr condition) {
  if (input->kind == PlanNode::Kind::kFilter) {
    std::vector<BoundExpr> parts;
    input->span = condition.span;
    SplitConjunction(std::move(condition), &parts);
    for (BoundExpr& part : parts) AddPart(&input->predicate, std::move(part));
    return input;
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
