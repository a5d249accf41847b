#pragma once

#include <cstdint>
#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"

namespace cdc::sql {

/// For each column that a scan reads (computed ones are not read): 1 for one of the message, 0 for metadata
/// and for columns that come from the key only.
std::vector<uint8_t> PhysicalFields(const PlanNode& scan);

}  // namespace cdc::sql
