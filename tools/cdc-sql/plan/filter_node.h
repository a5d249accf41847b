#pragma once

#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// The conditions of which `condition` is the AND, appended to `parts`.
void SplitConjunction(BoundExpr condition, std::vector<BoundExpr>* parts);
/// The AND of `parts`, of which there is at least one, evaluated in their order.
BoundExpr Conjunction(std::vector<BoundExpr> parts);
/// The rows of `input` for which `condition` holds; one node with a filter that `input` is already, whose condition
/// comes first.
PlanPtr FilterNode(PlanPtr input, BoundExpr condition);

}  // namespace cdc::sql
