#include "tools/cdc-sql/connect/physical_fields.h"

namespace cdc::sql {

std::vector<uint8_t> PhysicalFields(const PlanNode& scan) {
  std::vector<uint8_t> fields;
  for (const ColumnDef& column : scan.table->columns)
    if (column.kind != ColumnDef::Kind::kComputed) fields.push_back(column.kind == ColumnDef::Kind::kPhysical ? 1 : 0);
  return fields;
}

}  // namespace cdc::sql
