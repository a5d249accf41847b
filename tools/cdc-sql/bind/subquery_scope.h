#pragma once

#include "tools/cdc-sql/bind/scope.h"
#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// Whether a column of the expression is found in `outer` and not in `inner`.
bool NeedsOuter(const Expr& expr, const Scope& inner, const Scope& outer);
/// Whether a column of the expression is found in `inner`.
bool UsesInner(const Expr& expr, const Scope& inner);
/// Whether a query stands in the expression.
bool HasSubquery(const Expr& expr);
/// Columns of both queries: names of the inner one hide those of the outer one.
Scope Combined(const Scope& outer, const Scope& inner);
/// SELECT, FROM and WHERE and no more: each row of its input makes one. `distinct`: or DISTINCT.
bool IsPlain(const Query& query, bool distinct = false);
/// SELECT with aggregates or GROUP BY, and nothing behind it.
bool Aggregates(const Query& query);

}  // namespace cdc::sql
