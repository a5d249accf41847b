#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// How the value of a column changes in a row of one key (PlanNode::unique_key) while rows come.
enum class Monotonicity { kNone, kConstant, kRises, kFalls };

/// Of a result of GROUP BY over new rows: the columns that are grouped by do not change, COUNT and MAX rise, MIN falls,
/// and so does or rises a SUM whose argument a condition keeps above or below zero. Of anything else: kNone.
Monotonicity MonotonicityOf(const PlanNode& node, size_t column);

}  // namespace cdc::sql
