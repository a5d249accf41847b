#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Replaces aggregates that Flink's planner computes or removes: those over no rows, and those whose groups are single
/// rows. Results and changes are then those of the simpler plan.
void SimplifyAggregates(PlanNode& plan);

}  // namespace cdc::sql
