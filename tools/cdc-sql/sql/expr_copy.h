#pragma once

#include <functional>

#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// Gives the expression that stands in the place of another one: that one itself, or what is copied instead, as it is.
using Substitution = std::function<const Expr&(const Expr&)>;

/// A copy of the whole tree. Queries inside are shared.
ExprPtr CopyExpr(const Expr& written, const Substitution& substitute);

std::shared_ptr<OverSpec> CopyOver(const OverSpec& spec);

}  // namespace cdc::sql
