#pragma once

#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

/// PRINTF(format, value, …) by the rules of java.util.Formatter; what does not follow them gives NULL.
BoundExpr BindPrintf(FunctionCall& call);

/// What Java's toString makes of the value that Flink keeps: days of a DATE, a T in a timestamp.
std::string JavaText(const ColumnVector& column, size_t row, const SqlType& type);

}  // namespace cdc::sql
