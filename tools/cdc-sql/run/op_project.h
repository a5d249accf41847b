#pragma once

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Computes the columns of SELECT, row by row.
class OpProject : public Operator {
 public:
  explicit OpProject(const PlanNode& plan) : exprs_(plan.exprs), rowtime_(plan.rowtime), columns_(plan.columns) {
    for (const BoundExpr& expr : exprs_) uses_watermark_ = uses_watermark_ || expr.uses_watermark;
  }
  void Push(size_t port, const Batch& batch) override;

 private:
  std::vector<BoundExpr> exprs_;
  std::optional<size_t> rowtime_;
  std::vector<PlanColumn> columns_;
  bool uses_watermark_ = false;
};

/// Passes on what comes: UNION ALL, and the place where a table's rows enter.
class OpPass : public Operator {
 public:
  void Push(size_t, const Batch& batch) override { Emit(batch); }
};

}  // namespace cdc::sql
