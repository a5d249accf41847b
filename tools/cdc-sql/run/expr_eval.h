#pragma once

#include "tools/cdc-sql/bind/bound_expr.h"

namespace cdc::sql {

/// Evaluates an expression over the rows of a batch. The column has at least `batch.rows` values. Errors: those of the
/// functions (65), with the place of the expression in the SQL.
ColumnPtr Evaluate(const BoundExpr& expr, const Batch& batch);

/// The value of an expression that reads no column.
Datum EvaluateConstant(const BoundExpr& expr);

/// Indices of the rows for which `condition` (BOOLEAN) is TRUE.
void SelectTrue(const ColumnVector& condition, size_t rows, std::vector<uint32_t>* indices);

}  // namespace cdc::sql
