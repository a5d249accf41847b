#pragma once

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// Puts filters above a kNormalize into it, through projections, as Flink's planner does: a row that begins to pass is
/// new, one that stops is deleted.
void PushIntoNormalize(PlanNode& plan);

/// Whether the planner of Flink has updates come to an upsert sink with their first images: where a filter decides by
/// columns that an update may change, of rows that change. Such an image is a tombstone there.
bool KeepsFirstImages(const PlanNode& plan);

/// Whether changes of a row of `key`, columns that tell the rows apart, come one after the other in Flink too: it sends
/// rows to joins, ranks and windows by other columns, and where the key does not hold these, an update may overtake.
bool SurvivesShuffles(const PlanNode& node, const std::vector<size_t>& key);

/// Marks the kNormalize that an upsert sink needs not, since it takes changes by key as its source sends them.
void LetKeysSuffice(PlanSink& sink);

}  // namespace cdc::sql
