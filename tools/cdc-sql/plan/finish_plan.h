#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// What is known only of the whole plan: which ranks are used, and what of the time of a table matters. Refuses windows
/// that cannot be computed over a stream. `expires`: state has a time to live (table.exec.state.ttl). Errors: 78.
void FinishPlan(PlanNode& plan, bool expires);

}  // namespace cdc::sql
