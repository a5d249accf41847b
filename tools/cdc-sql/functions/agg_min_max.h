#pragma once

#include "tools/cdc-sql/functions/accumulator.h"

namespace cdc::sql {

/// MIN or MAX of values of a physical kind.
std::unique_ptr<Accumulator> MakeMinMax(Physical physical, bool maximum, bool append_only);

}  // namespace cdc::sql
