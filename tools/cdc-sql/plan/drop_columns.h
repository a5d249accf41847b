#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Takes out of joins and windows, and of what computes columns below them, the columns that nothing above uses, so
/// that no row is made, kept or copied with them. Comes after MarkUnused, which has made them NULL.
void DropColumns(PlanNode& plan);

}  // namespace cdc::sql
