#include "tools/cdc-sql/connect/physical_fields.h"

#include <algorithm>

#include "tools/cdc-sql/bind/table_options.h"

namespace cdc::sql {

std::vector<uint8_t> PhysicalFields(const PlanNode& scan) {
  std::vector<uint8_t> fields;
  std::vector<std::string> elsewhere;
  if (scan.table->Get("value.fields-include").value_or("ALL") == "EXCEPT_KEY") elsewhere = KeyFields(*scan.table);
  for (const ColumnDef& column : scan.table->columns) {
    if (column.kind == ColumnDef::Kind::kComputed) continue;
    const bool in_key = std::find(elsewhere.begin(), elsewhere.end(), column.name) != elsewhere.end();
    fields.push_back(column.kind == ColumnDef::Kind::kPhysical && !in_key ? 1 : 0);
  }
  return fields;
}

}  // namespace cdc::sql
