#include "tools/cdc-sql/plan/unused_results.h"

#include <algorithm>

namespace cdc::sql {

namespace {

using Needed = std::vector<uint8_t>;  // columns that are used above, by place

Needed NeededOfProject(PlanNode& node, const Needed& needed) {
  Needed below(node.inputs[0]->columns.size(), 0);
  for (size_t i = 0; i < node.exprs.size(); ++i) {
    BoundExpr& expr = node.exprs[i];
    // What is computed of an aggregate that is gone could fail.
    if (needed[i] == 0 && expr.kind != BoundExpr::Kind::kColumn && node.rowtime != i)
      expr = NullExpr(expr.type.WithNullable(true), expr.span);
    if (needed[i] != 0 || node.rowtime == i) ForEachColumn(expr, [&below](size_t column) { below[column] = 1; });
  }
  return below;
}

Needed NeededOfAggregate(PlanNode& node, const Needed& needed) {
  Needed below(node.inputs[0]->columns.size(), 0);
  for (const size_t key : node.keys) below[key] = 1;
  for (size_t i = 0; i < node.aggregates.size(); ++i) {
    AggregateCall& call = node.aggregates[i];
    if (needed[node.keys.size() + i] == 0) {
      call.function = AggregateCall::kUnused;
      call.argument.reset();
      call.filter.reset();
      call.distinct = false;
      continue;
    }
    if (call.argument) below[*call.argument] = 1;
    if (call.filter) below[*call.filter] = 1;
  }
  return below;
}

/// Columns that nobody uses are cut below it, so that their changes are none.
Needed NeededOfNormalize(PlanNode& node, const Needed& needed) {
  Needed below = needed;
  for (const size_t key : node.keys) below[key] = 1;
  if (node.has_predicate) ForEachColumn(node.predicate, [&below](size_t column) { below[column] = 1; });
  PlanNode& input = *node.inputs[0];
  if (input.kind != PlanNode::Kind::kProject) return below;
  for (size_t i = 0; i < input.exprs.size(); ++i)
    if (below[i] == 0 && input.rowtime != i)
      input.exprs[i] = NullExpr(input.exprs[i].type.WithNullable(true), input.exprs[i].span);
  return below;
}

Needed NeededOfJoin(const PlanNode& node, const Needed& needed, size_t port) {
  const size_t left = node.inputs[0]->columns.size(), begin = port == 0 ? 0 : left;
  Needed below(node.inputs[port]->columns.size(), 0);
  for (size_t i = 0; i < below.size(); ++i) below[i] = begin + i < needed.size() ? needed[begin + i] : 0;
  for (const size_t key : port == 0 ? node.left_keys : node.right_keys) below[key] = 1;
  if (node.has_predicate)
    ForEachColumn(node.predicate, [&](size_t column) {
      if (column >= begin && column - begin < below.size()) below[column - begin] = 1;
    });
  return below;
}

void Mark(PlanNode& node, const Needed& needed) {
  for (const PlanPtr& input : node.inputs) {
    Needed below(input->columns.size(), 1);
    switch (node.kind) {
      case PlanNode::Kind::kProject: below = NeededOfProject(node, needed); break;
      case PlanNode::Kind::kFilter:
        below = needed;
        ForEachColumn(node.predicate, [&below](size_t column) { below[column] = 1; });
        break;
      case PlanNode::Kind::kAggregate:
        if (!node.fires_by && !node.by_clock) below = NeededOfAggregate(node, needed);
        break;
      case PlanNode::Kind::kRank:  // has whole rows
        if (needed.back() == 0) node.rank_output = false;
        break;
      case PlanNode::Kind::kUnionAll: below = needed; break;
      case PlanNode::Kind::kNormalize: below = NeededOfNormalize(node, needed); break;
      case PlanNode::Kind::kJoin:
        if (!node.has_bounds && !node.fires_by)
          below = NeededOfJoin(node, needed, &input == &node.inputs[0] ? size_t{0} : size_t{1});
        break;
      default: break;
    }
    Mark(*input, below);
  }
}

}  // namespace

void MarkUnused(PlanNode& plan) {
  Mark(plan, Needed(plan.columns.size(), 1));
}

}  // namespace cdc::sql
