#pragma once

#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// The columns of a join's inputs, left before right: those of a pair of rows, which its predicate sees.
std::vector<PlanColumn> BothSides(const PlanNode& join);

}  // namespace cdc::sql
