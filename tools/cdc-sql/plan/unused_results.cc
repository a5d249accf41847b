#include "tools/cdc-sql/plan/unused_results.h"

#include <algorithm>

#include "tools/cdc-sql/functions/nested_values.h"

namespace cdc::sql {

namespace {

using Needed = std::vector<ColumnUse>;  // what is used above, by column

Needed Whole(size_t columns) {
  return Needed(columns, ColumnUse{true});
}

/// Adds what an expression reads: of a ROW the fields, where it takes them one by one.
void AddReads(const BoundExpr& expr, Needed* needed) {
  if (expr.kind == BoundExpr::Kind::kColumn) {
    (*needed)[expr.column].whole = true;
    return;
  }
  const std::optional<size_t> field = FieldTaken(expr);
  if (field && expr.args[0].kind == BoundExpr::Kind::kColumn) return (*needed)[expr.args[0].column].AddField(*field);
  for (const BoundExpr& arg : expr.args) AddReads(arg, needed);
}

/// `copied`: what is above copies its rows, so that columns nobody uses are better NULL.
Needed NeededOfProject(PlanNode& node, const Needed& needed, bool copied) {
  Needed below(node.inputs[0]->columns.size());
  for (size_t i = 0; i < node.exprs.size(); ++i) {
    BoundExpr& expr = node.exprs[i];
    // What is computed of an aggregate that is gone could fail.
    const bool unused = !needed[i].any() && node.rowtime != i;
    if (unused && (copied || expr.kind != BoundExpr::Kind::kColumn))
      expr = NullExpr(expr.type.WithNullable(true), expr.span);
    if (unused) continue;
    if (expr.kind == BoundExpr::Kind::kColumn && node.rowtime != i) {
      below[expr.column].Add(needed[i]);
    } else {
      AddReads(expr, &below);
    }
  }
  return below;
}

Needed NeededOfAggregate(PlanNode& node, const Needed& needed) {
  Needed below(node.inputs[0]->columns.size());
  for (const size_t key : node.keys) below[key].whole = true;
  for (size_t i = 0; i < node.aggregates.size(); ++i) {
    AggregateCall& call = node.aggregates[i];
    if (!needed[node.keys.size() + i].any()) {
      call.function = AggregateCall::kUnused;
      call.argument.reset();
      call.filter.reset();
      call.distinct = false;
      continue;
    }
    if (call.argument) below[*call.argument].whole = true;
    if (call.filter) below[*call.filter].whole = true;
  }
  return below;
}

/// Columns that nobody uses are cut below it, so that their changes are none.
Needed NeededOfNormalize(PlanNode& node, const Needed& needed) {
  Needed below(needed.size());
  for (size_t i = 0; i < below.size(); ++i) below[i].whole = needed[i].any();
  for (const size_t key : node.keys) below[key].whole = true;
  if (node.has_predicate) AddReads(node.predicate, &below);
  PlanNode& input = *node.inputs[0];
  if (input.kind != PlanNode::Kind::kProject) return below;
  for (size_t i = 0; i < input.exprs.size(); ++i)
    if (!below[i].any() && input.rowtime != i)
      input.exprs[i] = NullExpr(input.exprs[i].type.WithNullable(true), input.exprs[i].span);
  return below;
}

/// Each group is sent once, with all results.
Needed NeededOfWindowAggregate(const PlanNode& node) {
  Needed below(node.inputs[0]->columns.size());
  for (const size_t key : node.keys) below[key].whole = true;
  for (const AggregateCall& call : node.aggregates) {
    if (call.argument) below[*call.argument].whole = true;
    if (call.filter) below[*call.filter].whole = true;
  }
  return below;
}

Needed NeededOfWindow(const PlanNode& node, const Needed& needed) {
  Needed below(needed.begin(), needed.begin() + static_cast<std::ptrdiff_t>(node.inputs[0]->columns.size()));
  below[node.window_spec.time].whole = true;
  for (const size_t column : node.window_spec.partition) below[column].whole = true;
  return below;
}

/// Whether the rows are those of a table. Of anything else Flink has whole rows in a rank or a window: they come again
/// with what nobody uses.
bool ReadsTable(const PlanNode& node) {
  const PlanNode* source = node.inputs[0].get();
  while (source->kind == PlanNode::Kind::kProject || source->kind == PlanNode::Kind::kFilter ||
         source->kind == PlanNode::Kind::kWatermark)
    source = source->inputs[0].get();
  return source->kind == PlanNode::Kind::kScan || source->kind == PlanNode::Kind::kNormalize;
}

bool ReadsNormalized(const PlanNode& rank) {
  const PlanNode* source = rank.inputs[0].get();
  while (source->kind == PlanNode::Kind::kProject) source = source->inputs[0].get();
  return source->kind == PlanNode::Kind::kNormalize;
}

/// Rows are kept, and told apart by all that they hold: what nobody uses, as the metadata of a record, which are others
/// when the row goes, is none of it.
Needed NeededOfOver(const PlanNode& node, const Needed& needed) {
  if (!ReadsTable(node)) return Whole(node.inputs[0]->columns.size());
  Needed below(node.inputs[0]->columns.size());
  for (size_t i = 0; i < below.size(); ++i) below[i].whole = needed[i].any();
  for (const size_t column : node.over.partition) below[column].whole = true;
  for (const SortKey& key : node.over.order) below[key.column].whole = true;
  for (const OverCall& over : node.over_calls) {
    if (over.call.argument) below[*over.call.argument].whole = true;
    if (over.call.filter) below[*over.call.filter].whole = true;
    for (const size_t column : over.arguments) below[column].whole = true;
  }
  return below;
}

/// Likewise.
Needed NeededOfRank(const PlanNode& node, const Needed& needed) {
  const PlanNode& input = *node.inputs[0];
  if (!ReadsTable(node)) return Whole(input.columns.size());
  Needed below(input.columns.size());
  for (size_t i = 0; i < below.size(); ++i) below[i].whole = needed[i].any();
  for (const size_t column : node.over.partition) below[column].whole = true;
  for (const SortKey& key : node.over.order) below[key.column].whole = true;
  for (const auto& unique : {input.unique_key, input.other_key})  // by which rows may be told apart
    if (unique)
      for (const size_t column : *unique) below[column].whole = true;
  return below;
}

Needed NeededOfJoin(const PlanNode& node, const Needed& needed, size_t port) {
  const size_t left = node.inputs[0]->columns.size(), begin = port == 0 ? 0 : left;
  Needed below(node.inputs[port]->columns.size());
  for (size_t i = 0; i < below.size() && begin + i < needed.size(); ++i) below[i].whole = needed[begin + i].any();
  for (const size_t key : port == 0 ? node.left_keys : node.right_keys) below[key].whole = true;
  // Rows are kept by it.
  if (const auto& unique = node.inputs[port]->unique_key)
    for (const size_t key : *unique) below[key].whole = true;
  if (node.has_bounds) below[port == 0 ? node.left_time : node.right_time].whole = true;
  if (const auto& end = port == 0 ? node.fires_by : node.fires_by_right) below[*end].whole = true;
  if (node.has_predicate)
    ForEachColumn(node.predicate, [&](size_t column) {
      if (column >= begin && column - begin < below.size()) below[column - begin].whole = true;
    });
  return below;
}

/// Whether a table's column that is not used above `node` may be NULL in the rows that it takes of `input`: not where
/// rows are compared or told apart by all that they hold.
bool MayCut(const PlanNode& node, const PlanNode& input, bool may_cut) {
  switch (node.kind) {
    case PlanNode::Kind::kProject:
    case PlanNode::Kind::kAggregate: return true;
    case PlanNode::Kind::kFilter:
    case PlanNode::Kind::kWatermark:
    case PlanNode::Kind::kWindow:
    case PlanNode::Kind::kUnionAll: return may_cut;
    case PlanNode::Kind::kJoin: return input.unique_key.has_value();
    default: return false;
  }
}

bool Copies(const PlanNode& node, bool copied) {
  switch (node.kind) {
    case PlanNode::Kind::kFilter:
    case PlanNode::Kind::kWatermark: return copied;
    case PlanNode::Kind::kWindow:
    case PlanNode::Kind::kOver:
    case PlanNode::Kind::kRank:
    case PlanNode::Kind::kJoin: return true;
    default: return false;
  }
}

void Mark(PlanNode& node, const Needed& needed, bool copied, bool may_cut) {
  if (node.kind == PlanNode::Kind::kScan && may_cut) node.uses = needed;
  for (const PlanPtr& input : node.inputs) {
    Needed below = Whole(input->columns.size());
    switch (node.kind) {
      case PlanNode::Kind::kProject: below = NeededOfProject(node, needed, copied); break;
      case PlanNode::Kind::kFilter:
        below = needed;
        AddReads(node.predicate, &below);
        break;
      case PlanNode::Kind::kWatermark:
        below = needed;
        AddReads(node.exprs[0], &below);
        break;
      case PlanNode::Kind::kWindow: below = NeededOfWindow(node, needed); break;
      case PlanNode::Kind::kAggregate:
        below = node.fires_by || node.by_clock ? NeededOfWindowAggregate(node) : NeededOfAggregate(node, needed);
        break;
      case PlanNode::Kind::kRank:
        // Below ORDER BY … LIMIT Flink cuts no columns of a table whose rows replace each other: those that change in
        // what nobody reads go and come again.
        if (!node.rank_output && ReadsNormalized(node)) continue;
        if (!needed.back().any()) node.rank_output = false;
        below = NeededOfRank(node, needed);
        break;
      case PlanNode::Kind::kOver: below = NeededOfOver(node, needed); break;
      case PlanNode::Kind::kUnionAll: below = needed; break;
      case PlanNode::Kind::kNormalize: below = NeededOfNormalize(node, needed); break;
      case PlanNode::Kind::kJoin:
        below = NeededOfJoin(node, needed, &input == &node.inputs[0] ? size_t{0} : size_t{1});
        break;
      default: break;
    }
    Mark(*input, below, Copies(node, copied), MayCut(node, *input, may_cut));
  }
}

}  // namespace

void MarkUnused(PlanNode& plan) {
  Mark(plan, Whole(plan.columns.size()), false, false);
}

}  // namespace cdc::sql
