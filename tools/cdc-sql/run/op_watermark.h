#pragma once

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Behind a table with a WATERMARK: tells what follows how far the table's time has come, after each row that brings it
/// on. In steps the time moves at their end, so that no row of a step is late for another.
class OpWatermark : public Operator {
 public:
  OpWatermark(const PlanNode& plan, ChangeMode mode);
  void Push(size_t port, const Batch& batch) override;
  /// In steps: what the step has brought.
  void AdvanceTime();

 protected:
  void PersistOwn(StateArchive& state) override { state(seen_, sent_); }

 private:
  BoundExpr watermark_expr_;
  ChangeMode mode_;
  int64_t granule_;
  int64_t seen_ = kStartOfTime;
  int64_t sent_ = kStartOfTime;
};

}  // namespace cdc::sql
