#pragma once

#include "tools/cdc-sql/functions/accumulator.h"

namespace cdc::sql {

/// Aggregates that keep values: FIRST_VALUE, LAST_VALUE, LISTAGG, ARRAY_AGG, COLLECT, SINGLE_VALUE, LAG, PERCENTILE,
/// JSON_ARRAYAGG, STDDEV and VAR. Null for other functions.
std::unique_ptr<Accumulator> MakeValuesAccumulator(const AggregateCall& call, bool append_only);

/// STDDEV and VAR.
std::unique_ptr<Accumulator> MakeVariance(const AggregateCall& call);

}  // namespace cdc::sql
