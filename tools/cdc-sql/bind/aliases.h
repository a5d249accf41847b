#pragma once

#include <vector>

#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// A copy of the expression in which each name that a column of SELECT has is that column's expression. Queries inside
/// know nothing of the aliases.
ExprPtr WithoutAlias(const Expr& expr, const std::vector<SelectItem>& items);

}  // namespace cdc::sql
