#pragma once

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/arrangement.h"

namespace cdc::sql {

/// INNER JOIN on equal keys. Keeps both inputs by key; a change of one side meets what the other side holds, and goes
/// on with its own kind. Rows whose key holds NULL meet nothing and are not kept.
class OpJoin : public Operator {
 public:
  explicit OpJoin(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 private:
  void Match(size_t port, const Batch& batch, size_t row);
  void Send();

  std::vector<size_t> keys_[2];
  size_t widths_[2];
  Arrangement sides_[2];
  BatchBuilder out_;
  bool has_residual_;
  BoundExpr residual_;
  std::string key_;
  std::string row_;
};

}  // namespace cdc::sql
