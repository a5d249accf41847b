#include "tools/cdc-sql/run/join_columns.h"

namespace cdc::sql {

std::vector<PlanColumn> BothSides(const PlanNode& join) {
  std::vector<PlanColumn> columns = join.inputs[0]->columns;
  columns.insert(columns.end(), join.inputs[1]->columns.begin(), join.inputs[1]->columns.end());
  return columns;
}

}  // namespace cdc::sql
