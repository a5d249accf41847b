#pragma once

#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

/// PRINTF(format, value, …) by the rules of java.util.Formatter; what does not follow them gives NULL.
BoundExpr BindPrintf(FunctionCall& call);

}  // namespace cdc::sql
