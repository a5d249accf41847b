#pragma once

#include <string>
#include <vector>

#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// A copy of the expression in which each name that a column of SELECT has is that column's expression. Queries inside
/// know nothing of the aliases.
ExprPtr WithoutAlias(const Expr& expr, const std::vector<SelectItem>& items);

/// The name of a column of SELECT: its alias, or what stands there if that is a name, of a column or as CURRENT_DATE
/// is one; else EXPR$ with its position.
std::string OutputName(const SelectItem& item, size_t position);

}  // namespace cdc::sql
