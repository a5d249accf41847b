#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// The input of an aggregate over the windows of SESSION: a condition on the rows goes below the window, as Flink
/// plans it, so that rows that do not fulfil it hold no session together. One on the window's bounds stays, and the
/// others with it.
PlanPtr PushBelowSession(PlanPtr input);

}  // namespace cdc::sql
