#include "tools/cdc-sql/run/op_window.h"

#include <algorithm>

#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/state/row_codec.h"
#include "tools/cdc-sql/state/sort_key.h"

namespace cdc::sql {

namespace {

constexpr Int128 kNanosPerMilli = 1000000;

}  // namespace

int64_t MillisAt(const ColumnVector& column, size_t row) {
  return static_cast<int64_t>(FloorDiv(column.wides()[row], kNanosPerMilli));
}

int64_t LocalMillisAt(const ColumnVector& column, size_t row, const TimeZone& zone, bool zoned) {
  if (!zoned) return MillisAt(column, row);
  return static_cast<int64_t>(FloorDiv(zone.ToLocal(column.wides()[row]), kNanosPerMilli));
}

void AppendBound(ColumnVector& out, WindowBound bound, int64_t start, int64_t end, const TimeZone& zone, bool zoned) {
  const Int128 nanos = Int128{bound == WindowBound::kStart ? start : end} * kNanosPerMilli;
  out.Append(bound == WindowBound::kTime ? (zoned ? zone.ToInstant(nanos) : nanos) - kNanosPerMilli : nanos);
}

OpWindow::OpWindow(const PlanNode& plan)
    : spec_(plan.window_spec), width_(plan.inputs[0]->columns.size()), zone_(plan.zone), out_(plan.columns) {
  zoned_ = plan.inputs[0]->columns[spec_.time].type.kind == TypeKind::kTimestampLtz;
}

void OpWindow::AppendWindow(const Batch& batch, size_t row, int64_t start, int64_t end) {
  for (size_t i = 0; i < width_; ++i) out_.column(i).AppendFrom(*batch.columns[i], row);
  for (size_t i = 0; i < 3; ++i)
    AppendBound(out_.column(width_ + i), static_cast<WindowBound>(i), start, end, zone_, zoned_);
  out_.RowDone(batch.kinds[row]);
  if (out_.rows() >= kBatchRows && batch.kinds[row] != RowKind::kUpdateBefore) Emit(out_.Take());
}

void OpWindow::Push(size_t, const Batch& batch) {
  const ColumnVector& times = *batch.columns[spec_.time];
  for (size_t row = 0; row < batch.rows; ++row) {
    if (times.IsNull(row)) continue;
    const int64_t time = LocalMillisAt(times, row, zone_, zoned_);
    const int64_t slide = spec_.kind == WindowSpec::Kind::kHop ? spec_.slide : spec_.size;
    const int64_t latest = FloorDiv(time - spec_.offset, slide) * slide + spec_.offset;
    if (spec_.kind == WindowSpec::Kind::kCumulate) {
      const int64_t first = latest + (FloorDiv(time - latest, spec_.slide) + 1) * spec_.slide;
      for (int64_t end = first; end <= latest + spec_.size; end += spec_.slide) AppendWindow(batch, row, latest, end);
      continue;
    }
    for (int64_t start = latest; start > time - spec_.size; start -= slide)
      AppendWindow(batch, row, start, start + spec_.size);
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

OpSort::OpSort(const PlanNode& plan) : sort_(plan.sort), width_(plan.columns.size()), out_(plan.columns) {}

void OpSort::Push(size_t, const Batch& batch) {
  const ColumnVector& times = *batch.columns[sort_[0].column];
  std::string order, encoded;
  for (size_t row = 0; row < batch.rows; ++row) {
    const int64_t time = MillisAt(times, row);
    if (time <= sent_) {
      CountLate();
      continue;
    }
    order.clear();
    encoded.clear();
    AppendSortKey(batch, row, sort_, &order);
    EncodeWholeRow(batch, row, &encoded);
    waiting_[time][order].push_back(encoded);
  }
}

void OpSort::OnWatermark(int64_t millis) {
  while (!waiting_.empty() && waiting_.begin()->first <= millis) {
    for (const auto& [order, rows] : waiting_.begin()->second)
      for (const std::string& row : rows) {
        DecodeRow(row, out_.columns(), 0, width_);
        out_.RowDone(RowKind::kInsert);
        if (out_.rows() >= kBatchRows) Emit(out_.Take());
      }
    sent_ = waiting_.begin()->first;
    waiting_.erase(waiting_.begin());
  }
  if (out_.rows() > 0) Emit(out_.Take());
  PassWatermark(millis);
}

void OpLimit::Push(size_t, const Batch& batch) {
  if (left_ <= 0) return;
  std::vector<uint32_t> taken;
  for (size_t row = 0; row < batch.rows && left_ > 0; ++row, --left_) taken.push_back(static_cast<uint32_t>(row));
  Emit(taken.size() == batch.rows ? batch : Gather(batch, taken, nullptr));
}

void OpSort::PersistOwn(StateArchive& state) {
  state(sent_, waiting_);
}

}  // namespace cdc::sql
