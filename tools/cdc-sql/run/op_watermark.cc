#include "tools/cdc-sql/run/op_watermark.h"

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

OpWatermark::OpWatermark(const PlanNode& plan, ChangeMode mode)
    : watermark_expr_(plan.exprs[0]), mode_(mode), granule_(plan.granule) {}

void OpWatermark::Push(size_t, const Batch& batch) {
  if (granule_ == 0) return Emit(batch);  // nobody waits for the time
  const ColumnPtr times = Evaluate(watermark_expr_, batch);
  std::vector<uint32_t> part;
  for (size_t row = 0; row < batch.rows; ++row) {
    part.push_back(static_cast<uint32_t>(row));
    if (times->IsNull(row)) continue;
    const auto millis = static_cast<int64_t>(FloorDiv(times->wides()[row], Int128{1000000}));
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

void OpWatermark::AdvanceTime() {
  if (seen_ == sent_) return;
  sent_ = seen_;
  PassWatermark(seen_);
}

}  // namespace cdc::sql
