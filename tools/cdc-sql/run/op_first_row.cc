#include "tools/cdc-sql/run/op_first_row.h"

#include <algorithm>

#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

OpFirstRow::OpFirstRow(const PlanNode& plan)
    : over_(plan.over), width_(plan.inputs[0]->columns.size()), out_(plan.columns) {}

void OpFirstRow::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    const int64_t time = MillisAt(*batch.columns[over_.order[0].column], row);
    if (time < watermark()) {  // Flink's rule here: a row of the watermark's own time is sent with the next one
      CountLate();
      continue;
    }
    key_.clear();
    EncodeRow(batch, row, over_.partition, &key_);
    bool added = false;
    const uint32_t id = waiting_.FindOrAdd(key_, &added);
    Waiting& waiting = waiting_[id];
    if (waiting.sent || time >= waiting.time) continue;
    waiting.time = time;
    waiting.row.clear();
    EncodeWholeRow(batch, row, &waiting.row);
    due_[time].push_back(id);
    ++waiting.due;
  }
}

void OpFirstRow::OnWatermark(int64_t millis) {
  while (!due_.empty() && due_.begin()->first <= millis) {
    for (const uint32_t id : due_.begin()->second) {
      waiting_.Touch(id);
      Waiting& waiting = waiting_[id];
      --waiting.due;
      if (waiting.sent || waiting.time != due_.begin()->first) continue;
      DecodeRow(waiting.row, out_.columns(), 0, width_);
      out_.column(width_).Append(int64_t{1});
      out_.RowDone(RowKind::kInsert);
      waiting.sent = true;
      waiting.row = {};
      if (out_.rows() >= kBatchRows) Emit(out_.Take());
    }
    due_.erase(due_.begin());
  }
  if (out_.rows() > 0) Emit(out_.Take());
  PassWatermark(millis);
}

}  // namespace cdc::sql
