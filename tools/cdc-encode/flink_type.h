#pragma once

#include <string>

#include "common/table_schema.h"
#include "tools/cdc-encode/type_map.h"

namespace cdc::encode {

/// The type of Flink's SQL that holds a column's values, with NOT NULL where it applies.
std::string FlinkType(const ColumnSchema& column, const MappedColumn& mapped);

}  // namespace cdc::encode
