#include "tools/cdc-sql/plan/finish_plan.h"

#include <algorithm>
#include <numeric>

#include "tools/cdc-sql/plan/drop_columns.h"
#include "tools/cdc-sql/plan/monotonicity.h"
#include "tools/cdc-sql/plan/push_filters.h"
#include "tools/cdc-sql/plan/session_aggregate.h"
#include "tools/cdc-sql/plan/simplify_aggregates.h"
#include "tools/cdc-sql/plan/unused_results.h"
#include "tools/cdc-sql/plan/upsert_rules.h"

namespace cdc::sql {

namespace {

bool Contains(const std::vector<size_t>& columns, size_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

/// Finds the ranks whose rows only rise.
void MarkRising(PlanNode& node) {
  for (const PlanPtr& input : node.inputs) MarkRising(*input);
  if (node.kind != PlanNode::Kind::kRank || node.fires_by || node.over.order.empty()) return;
  const PlanNode& input = *node.inputs[0];
  if (input.append_only) return;
  for (const SortKey& key : node.over.order) {
    const Monotonicity change = MonotonicityOf(input, key.column);
    if (change != Monotonicity::kConstant && change != (key.descending ? Monotonicity::kRises : Monotonicity::kFalls))
      return;
  }
  for (const auto& unique : {input.unique_key, input.other_key})
    if (unique && std::all_of(node.over.partition.begin(), node.over.partition.end(),
                              [&unique](size_t column) { return Contains(*unique, column); })) {
      node.rank_key = unique;
      return;
    }
}

bool UsesWatermark(const PlanNode& node) {
  for (const BoundExpr& expr : node.exprs)
    if (expr.uses_watermark) return true;
  return node.has_predicate && node.predicate.uses_watermark;
}

/// `need`: the greatest common divisor of the times that matter above; 0 if none does.
void SetGranules(PlanNode& node, int64_t need) {
  const auto wants = [&need](int64_t granule) { need = std::gcd(need, granule); };
  switch (node.kind) {
    case PlanNode::Kind::kWatermark: node.granule = need; break;
    case PlanNode::Kind::kWindow: {
      const WindowSpec& spec = node.window_spec;
      if (need == 0) break;  // nothing waits for the windows
      // In a zone the bounds lie where its offset puts them.
      const bool zoned = !(node.zone.is_fixed() && node.zone.OffsetAt(0) == 0);
      wants(spec.kind == WindowSpec::Kind::kSession || zoned ? 1 : spec.size);
      if (spec.slide > 0) wants(spec.slide);
      if (spec.offset != 0) wants(spec.offset < 0 ? -spec.offset : spec.offset);
      break;
    }
    case PlanNode::Kind::kSort: wants(1); break;
    case PlanNode::Kind::kDedup:
      if (node.waits_for_time()) wants(1);
      break;
    case PlanNode::Kind::kMatch:
      if (!node.match->proctime) wants(1);
      break;
    case PlanNode::Kind::kOver:
      if (node.over.rowtime) wants(1);
      break;
    case PlanNode::Kind::kTemporalJoin:
      if (!node.lookup) wants(1);
      break;
    case PlanNode::Kind::kJoin:
      if (node.has_bounds) wants(1);
      [[fallthrough]];
    default:
      if (UsesWatermark(node)) wants(1);
      // What fires by windows asks for their bounds: a day here, and the window below for what it has.
      if (node.fires_by) wants(86400000);
  }
  if (node.kind == PlanNode::Kind::kWindow && node.window_spec.kind == WindowSpec::Kind::kSession) need = 1;
  for (const PlanPtr& input : node.inputs) SetGranules(*input, need);
}

void CheckOver(const PlanNode& node) {
  for (const PlanPtr& input : node.inputs) CheckOver(*input);
  if (node.kind != PlanNode::Kind::kOver) return;
  const bool by_time = node.over.rowtime || node.over.proctime;
  const std::string top_n = "ROW_NUMBER with a condition rn <= n around it is a Top-N, which any order may have";
  if (node.over.order.empty())
    FailAt(node.span, "a window over a stream needs ORDER BY", "ORDER BY a time attribute, or GROUP BY");
  const bool descends =
      std::any_of(node.over.order.begin(), node.over.order.end(), [](const SortKey& key) { return key.descending; });
  if (node.over_calls[0].call.function == "ROW_NUMBER" && (descends || node.over.order.size() > 1))
    FailAt(node.span, "ROW_NUMBER in such an order is a Top-N, and no number bounds it from above",
           "put a condition rn <= 3 around it; a column is one only if it is of PARTITION BY");
  for (const SortKey& key : node.over.order)
    if (key.descending) FailAt(node.span, "a window over a stream is ordered ascending", top_n);
  if (node.over.order.size() > 1) FailAt(node.span, "a window over a stream is ordered by one column", top_n);
  for (const OverCall& call : node.over_calls)
    if (!by_time && call.call.function == "LAG")
      FailAt(node.span, "LAG is ordered by a time attribute over a stream", top_n);
  if (by_time) {
    if (!node.inputs[0]->append_only)
      FailAt(node.span, "a window ordered by time takes new rows only, and these change", top_n);
    return;
  }
  if (node.over.preceding)
    FailAt(node.span, "a bounded window is ordered by a time attribute", "UNBOUNDED PRECEDING can have any order");
}

void MarkSendsSame(PlanNode& node) {
  node.sends_same = true;
  for (const PlanPtr& input : node.inputs) MarkSendsSame(*input);
}

}  // namespace

void FinishPlan(PlanNode& plan, bool expires) {
  if (expires) MarkSendsSame(plan);
  CheckOver(plan);
  PushFilters(plan);
  SimplifyAggregates(plan);
  PushIntoNormalize(plan);
  MarkUnused(plan);
  DropColumns(plan);
  MarkRising(plan);
  SetGranules(plan, 0);
  MergeSessions(plan);
}

}  // namespace cdc::sql
