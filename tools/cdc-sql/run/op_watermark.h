#pragma once

#include <utility>
#include <vector>

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Behind a table with a WATERMARK: tells what follows how far the table's time has come, after each row that brings it
/// on. In steps the time moves at their end, so that no row of a step is late for another.
class OpWatermark : public Operator {
 public:
  OpWatermark(const PlanNode& plan, ChangeMode mode);
  void Push(size_t port, const Batch& batch) override;
  /// In steps: what the step has brought, of rows that were computed ahead up to `turn`. False if that is nothing.
  bool AdvanceTime(uint32_t turn);

 protected:
  void PersistOwn(StateArchive& state) override { state(seen_, sent_); }

 private:
  void TakeAhead(const Batch& batch);

  BoundExpr watermark_expr_;
  ChangeMode mode_;
  int64_t granule_;
  int64_t seen_ = kStartOfTime;
  int64_t sent_ = kStartOfTime;
  std::vector<std::pair<uint32_t, int64_t>> ahead_;  ///< turn and time, of turns that are still to come
  size_t next_ahead_ = 0;
};

}  // namespace cdc::sql
