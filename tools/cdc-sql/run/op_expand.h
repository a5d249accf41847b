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
  BoundExpr value_;
  bool outer_;
  bool ordinality_;
  size_t width_;
  BatchBuilder out_;
};

}  // namespace cdc::sql
