#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Drops ranks and aggregates that nothing above uses, so that their changes are none: a rank is not sent, an aggregate
/// becomes kUnused, whose value is NULL, and so does what is computed of it. Columns that nothing above a join or
/// window uses are NULL below it, so that they are neither kept nor copied.
/// Tables learn what of their columns is used (PlanNode::uses).
void MarkUnused(PlanNode& plan);

}  // namespace cdc::sql
