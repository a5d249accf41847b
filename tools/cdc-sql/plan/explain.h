#pragma once

#include <string>

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// The operations of a query, the last one first, each with what state it keeps.
std::string ExplainPlan(const PlanSink& sink);

}  // namespace cdc::sql
