#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Drops ranks and aggregates that nothing above uses, so that their changes are none: a rank is not sent, an aggregate
/// becomes kUnused, whose value is NULL, and so does what is computed of it.
void MarkUnused(PlanNode& plan);

}  // namespace cdc::sql
