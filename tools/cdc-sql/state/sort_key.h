#pragma once

#include <string>
#include <vector>

#include "tools/cdc-sql/plan/logical_plan.h"
#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

/// Appends bytes whose order (memcmp) is the order of the values.
void AppendSortValue(const ColumnVector& column, size_t row, bool descending, bool nulls_first, std::string* bytes);
void AppendSortKey(const Batch& batch, size_t row, const std::vector<SortKey>& keys, std::string* bytes);

}  // namespace cdc::sql
