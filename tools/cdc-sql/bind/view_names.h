#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"
#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// No two columns of a view have one name, but for those of *, which get names of their own. `plan` is that of its
/// query. Errors: 78 at the place.
void CheckViewNames(const CreateView& view, const PlanNode& plan);

}  // namespace cdc::sql
