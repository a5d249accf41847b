#include "tools/cdc-sql/run/op_filter.h"

#include "tools/cdc-sql/run/expr_eval.h"

namespace cdc::sql {

void OpFilter::Push(size_t, const Batch& batch) {
  ColumnPtr condition;
  if (predicate_.uses_watermark) {
    Batch timed = batch;
    timed.watermark = watermark();
    condition = Evaluate(predicate_, timed);
  } else {
    condition = Evaluate(predicate_, batch);
  }
  SelectTrue(*condition, batch.rows, &passing_);
  if (passing_.size() == batch.rows) {
    Emit(batch);
  } else if (!passing_.empty()) {
    Emit(Gather(batch, passing_, nullptr));
  }
}

}  // namespace cdc::sql
