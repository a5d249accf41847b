#pragma once

#include <string>
#include <vector>

#include "tools/cdc-sql/bind/scope.h"
#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// Whether a column of the expression is found in `outer` and not in `inner`.
bool NeedsOuter(const Expr& expr, const Scope& inner, const Scope& outer);
/// Whether a column of the expression is one of `inner`, which is in `outer`.
bool UsesInner(const Expr& expr, const Scope& inner, const Scope& outer);
/// Whether a query stands in the expression.
bool HasSubquery(const Expr& expr);
/// Whether it is [NOT] EXISTS, IN or a comparison with SOME or ALL of a query: what becomes a join by itself.
bool IsSubqueryCondition(const Expr& condition);
/// What holds of two values where a comparison does not: < of >=.
const std::string& OppositeComparison(const std::string& op);
/// Of such a condition the values that are compared with those of the query: none of EXISTS, several of a row.
std::vector<const Expr*> ComparedParts(const Expr& condition);
/// Columns of both queries: names of the inner one hide those of the outer one.
Scope Combined(const Scope& outer, const Scope& inner);
/// SELECT, FROM and WHERE and no more: each row of its input makes one. `distinct`: or DISTINCT.
bool IsPlain(const Query& query, bool distinct = false);
/// SELECT with aggregates or GROUP BY, and nothing behind it.
bool Aggregates(const Query& query);
/// A plain query of the first rows in an order: ORDER BY … LIMIT.
bool TakesFirst(const Query& query);
/// Aggregates of all rows, without a condition: one row, whatever the rows are.
bool HasOneRow(const Query& query);

}  // namespace cdc::sql
