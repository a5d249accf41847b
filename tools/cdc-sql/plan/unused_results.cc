#include "tools/cdc-sql/plan/unused_results.h"

#include <algorithm>

namespace cdc::sql {

namespace {

using Needed = std::vector<uint8_t>;  // columns that are used above, by place

/// `copied`: what is above copies its rows, so that columns nobody uses are better NULL.
Needed NeededOfProject(PlanNode& node, const Needed& needed, bool copied) {
  Needed below(node.inputs[0]->columns.size(), 0);
  for (size_t i = 0; i < node.exprs.size(); ++i) {
    BoundExpr& expr = node.exprs[i];
    // What is computed of an aggregate that is gone could fail.
    if (needed[i] == 0 && node.rowtime != i && (copied || expr.kind != BoundExpr::Kind::kColumn))
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

/// Each group is sent once, with all results.
Needed NeededOfWindowAggregate(const PlanNode& node) {
  Needed below(node.inputs[0]->columns.size(), 0);
  for (const size_t key : node.keys) below[key] = 1;
  for (const AggregateCall& call : node.aggregates) {
    if (call.argument) below[*call.argument] = 1;
    if (call.filter) below[*call.filter] = 1;
  }
  return below;
}

Needed NeededOfWindow(const PlanNode& node, const Needed& needed) {
  Needed below(needed.begin(), needed.begin() + static_cast<std::ptrdiff_t>(node.inputs[0]->columns.size()));
  below[node.window_spec.time] = 1;
  for (const size_t column : node.window_spec.partition) below[column] = 1;
  return below;
}

/// Of a table's columns a rank needs those that are used above it; of anything else it has whole rows.
Needed NeededOfRank(const PlanNode& node, const Needed& needed) {
  const PlanNode& input = *node.inputs[0];
  const PlanNode* source = &input;
  while (source->kind == PlanNode::Kind::kProject) source = source->inputs[0].get();
  if (source->kind != PlanNode::Kind::kNormalize) return Needed(input.columns.size(), 1);
  Needed below(needed.begin(), needed.begin() + static_cast<std::ptrdiff_t>(input.columns.size()));
  for (const size_t column : node.over.partition) below[column] = 1;
  for (const SortKey& key : node.over.order) below[key.column] = 1;
  for (const auto& unique : {input.unique_key, input.other_key})  // by which rows may be told apart
    if (unique)
      for (const size_t column : *unique) below[column] = 1;
  return below;
}

Needed NeededOfJoin(const PlanNode& node, const Needed& needed, size_t port) {
  const size_t left = node.inputs[0]->columns.size(), begin = port == 0 ? 0 : left;
  Needed below(node.inputs[port]->columns.size(), 0);
  for (size_t i = 0; i < below.size(); ++i) below[i] = begin + i < needed.size() ? needed[begin + i] : 0;
  for (const size_t key : port == 0 ? node.left_keys : node.right_keys) below[key] = 1;
  // Rows are kept by it.
  if (const auto& unique = node.inputs[port]->unique_key)
    for (const size_t key : *unique) below[key] = 1;
  if (node.has_bounds) below[port == 0 ? node.left_time : node.right_time] = 1;
  if (const auto& end = port == 0 ? node.fires_by : node.fires_by_right) below[*end] = 1;
  if (node.has_predicate)
    ForEachColumn(node.predicate, [&](size_t column) {
      if (column >= begin && column - begin < below.size()) below[column - begin] = 1;
    });
  return below;
}

bool Copies(const PlanNode& node, bool copied) {
  switch (node.kind) {
    case PlanNode::Kind::kFilter:
    case PlanNode::Kind::kWatermark: return copied;
    case PlanNode::Kind::kWindow:
    case PlanNode::Kind::kJoin: return true;
    default: return false;
  }
}

void Mark(PlanNode& node, const Needed& needed, bool copied) {
  for (const PlanPtr& input : node.inputs) {
    Needed below(input->columns.size(), 1);
    switch (node.kind) {
      case PlanNode::Kind::kProject: below = NeededOfProject(node, needed, copied); break;
      case PlanNode::Kind::kFilter:
        below = needed;
        ForEachColumn(node.predicate, [&below](size_t column) { below[column] = 1; });
        break;
      case PlanNode::Kind::kWatermark:
        below = needed;
        ForEachColumn(node.exprs[0], [&below](size_t column) { below[column] = 1; });
        break;
      case PlanNode::Kind::kWindow: below = NeededOfWindow(node, needed); break;
      case PlanNode::Kind::kAggregate:
        below = node.fires_by || node.by_clock ? NeededOfWindowAggregate(node) : NeededOfAggregate(node, needed);
        break;
      case PlanNode::Kind::kRank:
        if (needed.back() == 0) node.rank_output = false;
        below = NeededOfRank(node, needed);
        break;
      case PlanNode::Kind::kUnionAll: below = needed; break;
      case PlanNode::Kind::kNormalize: below = NeededOfNormalize(node, needed); break;
      case PlanNode::Kind::kJoin:
        below = NeededOfJoin(node, needed, &input == &node.inputs[0] ? size_t{0} : size_t{1});
        break;
      default: break;
    }
    Mark(*input, below, Copies(node, copied));
  }
}

}  // namespace

void MarkUnused(PlanNode& plan) {
  Mark(plan, Needed(plan.columns.size(), 1), false);
}

}  // namespace cdc::sql
