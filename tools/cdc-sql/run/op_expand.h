#pragma once

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Each row several times, each time with other expressions: what GROUPING SETS group.
class OpExpand : public Operator {
 public:
  explicit OpExpand(const PlanNode& plan) : expansions_(plan.expansions), out_(plan.columns) {}
  void Push(size_t port, const Batch& batch) override;

 private:
  std::vector<std::vector<BoundExpr>> expansions_;
  BatchBuilder out_;
};

/// UNNEST: a row for each element of a collection, behind the columns of the input.
class OpUnnest : public Operator {
 public:
  explicit OpUnnest(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 private:
  /// Appends row `row` once for each element of its collection to `out`; how often.
  size_t AppendElements(const Batch& batch, size_t row, const ColumnVector& values, BatchBuilder& out) const;
  /// Moves those of the rows in `candidates_` that fulfil the predicate to out_; how many.
  size_t TakePassing();
  BoundExpr value_;
  std::optional<BoundExpr> predicate_;
  bool outer_;
  bool ordinality_;
  size_t width_;
  BatchBuilder out_, candidates_;
};

}  // namespace cdc::sql
