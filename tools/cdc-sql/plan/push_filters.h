#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Takes conditions on one side of a join, above it or its own, below the join: rows that cannot get through are not
/// kept. For joins of rows that only come: where rows change, a condition above the join sees both images of an update.
void PushFilters(PlanNode& plan);

}  // namespace cdc::sql
