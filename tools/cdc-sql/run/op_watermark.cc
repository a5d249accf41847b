#include "tools/cdc-sql/run/op_watermark.h"

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

OpWatermark::OpWatermark(const PlanNode& plan, ChangeMode mode)
    : watermark_expr_(plan.exprs[0]), mode_(mode), granule_(plan.granule) {}

namespace {

int64_t MillisOf(const ColumnVector& times, size_t row) {
  return static_cast<int64_t>(FloorDiv(times.wides()[row], Int128{1000000}));
}

}  // namespace

/// Of rows that were read ahead the time is noted until it is their turn.
void OpWatermark::TakeAhead(const Batch& batch) {
  const ColumnPtr times = Evaluate(watermark_expr_, batch);
  int64_t last = ahead_.empty() ? seen_ : ahead_.back().second;
  for (size_t row = 0; row < batch.rows; ++row) {
    if (times->IsNull(row) || MillisOf(*times, row) <= last) continue;
    last = MillisOf(*times, row);
    ahead_.emplace_back(batch.turns[row], last);
  }
  Emit(batch);
}

void OpWatermark::Push(size_t, const Batch& batch) {
  if (granule_ == 0) return Emit(batch);  // nobody waits for the time
  if (!batch.turns.empty()) return TakeAhead(batch);
  const ColumnPtr times = Evaluate(watermark_expr_, batch);
  std::vector<uint32_t> part;
  for (size_t row = 0; row < batch.rows; ++row) {
    part.push_back(static_cast<uint32_t>(row));
    if (times->IsNull(row)) continue;
    const int64_t millis = MillisOf(*times, row);
    if (millis <= seen_) continue;
    const bool tells = sent_ == kStartOfTime || FloorDiv(millis + 1, granule_) > FloorDiv(seen_ + 1, granule_);
    seen_ = millis;
    if (mode_ == ChangeMode::kNet || !tells) continue;
    if (row + 1 == batch.rows && part.size() == batch.rows) {
      Emit(batch);
    } else {
      Emit(Gather(batch, part, nullptr));
    }
    part.clear();
    sent_ = seen_;
    PassWatermark(seen_);
  }
  if (part.empty()) return;
  if (part.size() == batch.rows) return Emit(batch);
  Emit(Gather(batch, part, nullptr));
}

bool OpWatermark::AdvanceTime(uint32_t turn) {
  while (next_ahead_ < ahead_.size() && ahead_[next_ahead_].first <= turn) seen_ = ahead_[next_ahead_++].second;
  if (next_ahead_ == ahead_.size()) {
    ahead_.clear();
    next_ahead_ = 0;
  }
  if (seen_ == sent_) return false;
  sent_ = seen_;
  PassWatermark(seen_);
  return true;
}

}  // namespace cdc::sql
