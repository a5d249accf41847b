#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Puts filters above a kNormalize into it, through projections, as Flink's planner does: a row that begins to pass is
/// new, one that stops is deleted.
void PushIntoNormalize(PlanNode& plan);

/// Whether the planner of Flink has updates come to an upsert sink with their first images: where a filter decides by
/// columns that an update may change, of rows that change. Such an image is a tombstone there.
bool KeepsFirstImages(const PlanNode& plan);

/// Marks the kNormalize that an upsert sink needs not, since it takes changes by key as its source sends them.
void LetKeysSuffice(PlanSink& sink);

}  // namespace cdc::sql
