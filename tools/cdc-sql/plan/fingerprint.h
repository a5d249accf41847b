#pragma once

#include <string>

#include "tools/cdc-sql/bind/script_binder.h"

namespace cdc::sql {

/// All of the plans that decides what state they keep and what their results are, as text: comments, blanks, names of
/// tables' servers and the like make no difference. Equal texts: the one's state serves the other.
std::string PlanText(const BoundScript& script);

/// The same of one part of a plan, with the very tables that it reads: two parts with equal texts have the same rows.
std::string PartText(const PlanNode& part);

}  // namespace cdc::sql
