#include "tools/cdc-sql/plan/push_filters.h"

#include <vector>

#include "tools/cdc-sql/plan/filter_node.h"

namespace cdc::sql {

namespace {

/// It gives the same for a row wherever it is asked, and nothing is lost if it is asked of rows that find no partner.
bool MayMove(const BoundExpr& condition) {
  return condition.deterministic && !condition.uses_watermark && !condition.can_fail;
}

bool PushBelow(PlanNode& node, const BoundExpr& condition);

/// Of a condition over the columns of both inputs. False: it needs both, or rows that do not fulfil it count as well.
bool PushIntoSide(PlanNode& join, const BoundExpr& condition) {
  const size_t left_size = join.inputs[0]->columns.size();
  bool left = false, right = false;
  ForEachColumn(condition, [&](size_t column) { (column < left_size ? left : right) = true; });
  if (left == right) return false;
  const bool left_only = join.join == JoinKind::kLeft || join.join == JoinKind::kSemi || join.join == JoinKind::kAnti;
  if (join.join != JoinKind::kInner && !(left ? left_only : join.join == JoinKind::kRight)) return false;
  PlanPtr& side = join.inputs[left ? 0 : 1];
  std::vector<BoundExpr> columns(left_size);
  const std::vector<PlanColumn>& names = side->columns;
  if (left) columns.clear();
  for (size_t i = 0; i < names.size(); ++i) columns.push_back(ColumnExpr(i, names[i].name, names[i].type));
  const BoundExpr moved = Substitute(condition, columns);
  if (!PushBelow(*side, moved)) side = FilterNode(std::move(side), moved);
  return true;
}

/// Below a join that is reached through projections and conditions only.
bool PushBelow(PlanNode& node, const BoundExpr& condition) {
  if (!MayMove(condition)) return false;
  switch (node.kind) {
    case PlanNode::Kind::kProject: return PushBelow(*node.inputs[0], Substitute(condition, node.exprs));
    case PlanNode::Kind::kFilter: return PushBelow(*node.inputs[0], condition);
    case PlanNode::Kind::kJoin: return node.append_only && PushIntoSide(node, condition);
    default: return false;
  }
}

/// Takes the parts of `predicate` away that `push` could place; false if none is left.
template <typename Push>
bool KeepWhatStays(BoundExpr* predicate, const Push& push) {
  std::vector<BoundExpr> parts;
  SplitConjunction(*predicate, &parts);
  const size_t count = parts.size();
  std::erase_if(parts, push);
  if (parts.empty()) return false;
  if (parts.size() < count) *predicate = Conjunction(std::move(parts));
  return true;
}

}  // namespace

void PushFilters(PlanNode& plan) {
  while (plan.kind == PlanNode::Kind::kFilter &&
         !KeepWhatStays(&plan.predicate, [&plan](const BoundExpr& part) { return PushBelow(*plan.inputs[0], part); })) {
    PlanPtr input = std::move(plan.inputs[0]);
    plan = std::move(*input);
  }
  if (plan.kind == PlanNode::Kind::kJoin && plan.join == JoinKind::kInner && plan.append_only && plan.has_predicate)
    plan.has_predicate = KeepWhatStays(
        &plan.predicate, [&plan](const BoundExpr& part) { return MayMove(part) && PushIntoSide(plan, part); });
  for (const PlanPtr& input : plan.inputs) PushFilters(*input);
}

}  // namespace cdc::sql
