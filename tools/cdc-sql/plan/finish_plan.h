#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// What is known only of the whole plan: which ranks are used, and what of the time of a table matters. Refuses windows
/// that cannot be computed over a stream. Errors: 78.
void FinishPlan(PlanNode& plan);

}  // namespace cdc::sql
