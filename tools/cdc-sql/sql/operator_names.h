#pragma once

#include <string>

namespace cdc::sql {

/// Functions that Flink's planner has as operators of its own; the names of others stand in back-ticks where it shows
/// an expression.
bool IsOperator(const std::string& name);

/// Those that its parser knows already, so that their names stand bare in what was not planned.
bool IsOfParser(const std::string& name);

}  // namespace cdc::sql
