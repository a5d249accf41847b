#pragma once

#include "common/table_schema.h"
#include "tools/binlog-tail/table_map_event.h"

namespace cdc::tail {

/// A table's definition out of full row metadata (binlog_row_metadata=FULL), with a CREATE TABLE text made from it.
/// Not in the metadata, and so left out: defaults, comments, generated expressions, display widths.
/// Precondition: map.has_names().
TableSchema SchemaFromMap(const TableMap& map);

}  // namespace cdc::tail
