#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Whether groups by `keys`, over the columns of `input`, are those that its sessions are of: the same columns beside
/// the window's. If they are others Flink has a plain GROUP BY, which sends its rows as they grow. True as well of
/// windows that are no sessions.
bool KeysAreOfSessions(const PlanNode& input, const std::vector<BoundExpr>& keys);

/// Whether its rows are those of SESSION, of event time.
bool IsOfSessions(const PlanNode& input);

/// Makes an aggregate over sessions one node with them, which keeps accumulators instead of rows: its window_spec is
/// theirs, its keys are columns of the input and, behind these, start, end and time of the session. Only where nothing
/// between them reads the window's bounds, and all accumulators can be merged.
void MergeSessions(PlanNode& plan);

}  // namespace cdc::sql
