#pragma once

#include <functional>
#include <string>

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// The operations of a query, the last one first, each with what state it keeps. `spills`: and whether it goes to disk.
std::string ExplainPlan(const PlanSink& sink, bool spills = false);

/// An operation by itself, for messages: without its state, with the (first) table that it is over.
std::string DescribeNode(const PlanNode& node);

/// The same operations, a line each, with what `note` says of each.
std::string DescribePlan(const PlanSink& sink, const std::function<std::string(const PlanNode&)>& note);

}  // namespace cdc::sql
