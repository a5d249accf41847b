#include "tools/cdc-sql/plan/simplify_aggregates.h"

#include <algorithm>

#include "tools/cdc-sql/run/expr_eval.h"

namespace cdc::sql {

namespace {

bool IsFalse(const BoundExpr& condition) {
  if (condition.kind == BoundExpr::Kind::kAnd)
    return std::any_of(condition.args.begin(), condition.args.end(), IsFalse);
  bool reads = !condition.deterministic || condition.can_fail;
  ForEachColumn(condition, [&reads](size_t) { reads = true; });
  if (reads) return false;
  const Datum value = EvaluateConstant(condition);
  return value.is_null || value.boolean == 0;
}

/// The plan can have no row: a condition in it is FALSE or NULL whatever the rows are, or LIMIT 0.
bool IsEmpty(const PlanNode& node) {
  switch (node.kind) {
    case PlanNode::Kind::kFilter: return IsFalse(node.predicate) || IsEmpty(*node.inputs[0]);
    case PlanNode::Kind::kProject:
    case PlanNode::Kind::kWatermark: return IsEmpty(*node.inputs[0]);
    case PlanNode::Kind::kJoin:
      return node.join == JoinKind::kInner &&
             ((node.has_predicate && IsFalse(node.predicate)) || IsEmpty(*node.inputs[0]) || IsEmpty(*node.inputs[1]));
    case PlanNode::Kind::kRank: return node.rank_to < node.rank_from;
    case PlanNode::Kind::kLimit: return node.limit == 0;
    case PlanNode::Kind::kUnionAll:
      return std::all_of(node.inputs.begin(), node.inputs.end(), [](const PlanPtr& input) { return IsEmpty(*input); });
    default: return false;
  }
}

/// COUNT, SUM, MIN and MAX over no rows at all are one row, which Flink's planner computes: COUNT is 0, all else NULL.
/// (Over a stream that happens to have no rows there is none, and none of other functions.)
void FoldEmptyAggregate(PlanNode& node) {
  const auto folds = [](const AggregateCall& call) {
    return call.function == "COUNT" || call.function == "SUM" || call.function == "MIN" || call.function == "MAX" ||
           call.function == AggregateCall::kUnused;
  };
  if (!node.keys.empty() || !std::all_of(node.aggregates.begin(), node.aggregates.end(), folds)) return;
  if (!IsEmpty(*node.inputs[0])) return;
  std::vector<BoundExpr> row;
  for (const AggregateCall& call : node.aggregates) {
    Datum zero;
    zero.is_null = false;
    row.push_back(call.function == "COUNT" ? LiteralExpr(zero, call.type, node.span) : NullExpr(call.type, node.span));
  }
  node.kind = PlanNode::Kind::kValues;
  node.rows = {std::move(row)};
  node.inputs.clear();
  node.aggregates.clear();
  node.append_only = true;
}

/// Rows that are grouped by what tells them apart are groups of one: MIN, MAX and SUM are the value itself.
void RemoveKeyedAggregate(PlanNode& node) {
  const PlanNode& input = *node.inputs[0];
  if (node.keys.empty() || !input.unique_key || input.unique_key->empty()) return;
  const bool keyed = std::all_of(input.unique_key->begin(), input.unique_key->end(), [&node](size_t column) {
    return std::find(node.keys.begin(), node.keys.end(), column) != node.keys.end();
  });
  const bool plain = std::all_of(node.aggregates.begin(), node.aggregates.end(), [](const AggregateCall& call) {
    return !call.filter && (call.function == "MIN" || call.function == "MAX" || call.function == "SUM");
  });
  if (!keyed || !plain) return;
  for (const size_t key : node.keys)
    node.exprs.push_back(ColumnExpr(key, input.columns[key].name, input.columns[key].type));
  for (const AggregateCall& call : node.aggregates)
    node.exprs.push_back(ColumnExpr(*call.argument, input.columns[*call.argument].name, call.type));
  node.kind = PlanNode::Kind::kProject;
  node.keys.clear();
  node.aggregates.clear();
  node.append_only = input.append_only;
}

}  // namespace

void SimplifyAggregates(PlanNode& node) {
  for (const PlanPtr& input : node.inputs) SimplifyAggregates(*input);
  if (node.kind != PlanNode::Kind::kAggregate || node.fires_by || node.by_clock) return;
  FoldEmptyAggregate(node);
  if (node.kind == PlanNode::Kind::kAggregate) RemoveKeyedAggregate(node);
}

}  // namespace cdc::sql
