#include "tools/cdc-apply/postgresql_types.h"

#include <algorithm>

namespace cdc::apply {

std::string PostgresqlColumnType(const TargetColumn& column) {
  const std::string fraction = column.scale < 0 ? "" : "(" + std::to_string(std::min(column.scale, 6)) + ")";
  switch (column.kind) {
    case ColumnKind::kBoolean: return "boolean";
    case ColumnKind::kInteger: return "bigint";
    case ColumnKind::kUnsigned: return "numeric(20,0)";
    case ColumnKind::kDecimal:
      if (column.precision == 0 || column.scale < 0) return "numeric";
      return "numeric(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
    case ColumnKind::kReal: return "double precision";
    case ColumnKind::kBytes: return "bytea";
    case ColumnKind::kDate: return "date";
    // MySQL's TIME is a span from -838 to 838 hours.
    case ColumnKind::kTime:
      return column.mysql_type.empty() && column.form == ColumnForm::kPlain ? "time" + fraction + " without time zone"
                                                                            : "interval" + fraction;
    case ColumnKind::kTimestamp: return "timestamp" + fraction + " without time zone";
    case ColumnKind::kInstant: return "timestamp" + fraction + " with time zone";
    case ColumnKind::kJson: return "jsonb";
    case ColumnKind::kAny:
    case ColumnKind::kText: return "text";
  }
  return "text";
}

}  // namespace cdc::apply
