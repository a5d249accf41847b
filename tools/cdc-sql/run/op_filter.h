#pragma once

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// WHERE and HAVING: keeps the rows for which the predicate is TRUE. The two images of an update are judged apart, so
/// one of them may pass alone.
class OpFilter : public Operator {
 public:
  explicit OpFilter(BoundExpr predicate) : predicate_(std::move(predicate)) {}
  void Push(size_t port, const Batch& batch) override;

 private:
  BoundExpr predicate_;
  std::vector<uint32_t> passing_;
};

}  // namespace cdc::sql
