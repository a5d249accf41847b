#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

BoundExpr BindFloorOfNumber(FunctionCall& call);
BoundExpr BindCeilOfNumber(FunctionCall& call);

std::vector<FunctionEntry> TimeFunctions() {
  return {
      {"FLOOR", 1, 1, "FLOOR(number)", BindFloorOfNumber},
      {"CEIL", 1, 1, "CEIL(number)", BindCeilOfNumber},
      {"CEILING", 1, 1, "CEILING(number)", BindCeilOfNumber},
  };
}

}  // namespace cdc::sql
