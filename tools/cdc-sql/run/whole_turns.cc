#include "tools/cdc-sql/run/whole_turns.h"

#include <algorithm>

namespace cdc::sql {

namespace {

bool UsesTime(const PlanNode& plan) {
  return (plan.has_predicate && plan.predicate.uses_watermark) ||
         (plan.kind == PlanNode::Kind::kFilter && plan.predicate.uses_watermark) ||
         std::any_of(plan.exprs.begin(), plan.exprs.end(), [](const BoundExpr& expr) { return expr.uses_watermark; });
}

/// It gives each row as it comes.
bool IsRowByRow(const PlanNode& plan) {
  switch (plan.kind) {
    case PlanNode::Kind::kScan: return true;
    case PlanNode::Kind::kFilter:
    case PlanNode::Kind::kProject:
    case PlanNode::Kind::kWatermark: return IsRowByRow(*plan.inputs[0]);
    default: return false;
  }
}

/// It sends at the end of a step what it has taken within it.
bool WaitsForStep(const PlanNode& plan) {
  return plan.kind == PlanNode::Kind::kAggregate ||
         std::any_of(plan.inputs.begin(), plan.inputs.end(), [](const PlanPtr& input) { return WaitsForStep(*input); });
}

bool KeepsTurns(const PlanNode& plan, ChangeMode mode) {
  switch (plan.kind) {
    case PlanNode::Kind::kScan:
    case PlanNode::Kind::kFilter:
    case PlanNode::Kind::kProject: return true;
    case PlanNode::Kind::kWatermark: return IsRowByRow(plan) && (mode == ChangeMode::kNet || plan.granule == 0);
    case PlanNode::Kind::kAggregate:
    case PlanNode::Kind::kRank: return !plan.fires_by && !plan.by_clock;
    case PlanNode::Kind::kDedup: return !plan.waits_for_time();
    case PlanNode::Kind::kJoin:
      if (plan.fires_by || plan.has_bounds || plan.join == JoinKind::kSemi || plan.join == JoinKind::kAnti)
        return false;
      if (mode == ChangeMode::kNet && (WaitsForStep(*plan.inputs[0]) || WaitsForStep(*plan.inputs[1]))) return false;
      return IsRowByRow(*plan.inputs[0]) || IsRowByRow(*plan.inputs[1]);
    default: return false;
  }
}

}  // namespace

bool MayTakeTurnsWhole(const PlanNode& plan, ChangeMode mode) {
  return KeepsTurns(plan, mode) && !UsesTime(plan) &&
         std::all_of(plan.inputs.begin(), plan.inputs.end(),
                     [mode](const PlanPtr& input) { return MayTakeTurnsWhole(*input, mode); });
}

std::optional<size_t> StreamedPort(const PlanNode& join) {
  for (size_t port = 0; port < join.inputs.size(); ++port)
    if (!IsRowByRow(*join.inputs[port])) return port;
  return std::nullopt;
}

}  // namespace cdc::sql
