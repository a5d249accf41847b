#include "tools/cdc-sql/run/op_window.h"

#include <algorithm>

#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/state/row_codec.h"
#include "tools/cdc-sql/state/sort_key.h"

namespace cdc::sql {

namespace {

constexpr Int128 kNanosPerMilli = 1000000;

/// window_start, window_end and window_time of a row.
void AppendBounds(BatchBuilder& out, size_t first, int64_t start, int64_t end, const TimeZone& zone, bool zoned) {
  out.column(first).Append(Int128{start} * kNanosPerMilli);
  out.column(first + 1).Append(Int128{end} * kNanosPerMilli);
  const Int128 last = Int128{end} * kNanosPerMilli;
  out.column(first + 2).Append((zoned ? zone.ToInstant(last) : last) - kNanosPerMilli);
}

}  // namespace

int64_t MillisAt(const ColumnVector& column, size_t row) {
  return static_cast<int64_t>(FloorDiv(column.wides()[row], kNanosPerMilli));
}

OpWindow::OpWindow(const PlanNode& plan)
    : spec_(plan.window_spec), width_(plan.inputs[0]->columns.size()), zone_(plan.zone), out_(plan.columns) {
  zoned_ = plan.inputs[0]->columns[spec_.time].type.kind == TypeKind::kTimestampLtz;
}

void OpWindow::AppendWindow(const Batch& batch, size_t row, int64_t start, int64_t end) {
  for (size_t i = 0; i < width_; ++i) out_.column(i).AppendFrom(*batch.columns[i], row);
  AppendBounds(out_, width_, start, end, zone_, zoned_);
  out_.RowDone(batch.kinds[row]);
  if (out_.rows() >= kBatchRows && batch.kinds[row] != RowKind::kUpdateBefore) Emit(out_.Take());
}

void OpWindow::Push(size_t, const Batch& batch) {
  const ColumnVector& times = *batch.columns[spec_.time];
  for (size_t row = 0; row < batch.rows; ++row) {
    if (times.IsNull(row)) continue;
    const Int128 nanos = zoned_ ? zone_.ToLocal(times.wides()[row]) : times.wides()[row];
    const auto time = static_cast<int64_t>(FloorDiv(nanos, kNanosPerMilli));
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

OpSession::OpSession(const PlanNode& plan)
    : spec_(plan.window_spec), width_(plan.inputs[0]->columns.size()), zone_(plan.zone), out_(plan.columns) {
  zoned_ = plan.inputs[0]->columns[spec_.time].type.kind == TypeKind::kTimestampLtz;
}

void OpSession::Push(size_t, const Batch& batch) {
  const ColumnVector& times = *batch.columns[spec_.time];
  for (size_t row = 0; row < batch.rows; ++row) {
    if (times.IsNull(row)) continue;
    const Int128 nanos = zoned_ ? zone_.ToLocal(times.wides()[row]) : times.wides()[row];
    const auto time = static_cast<int64_t>(FloorDiv(nanos, kNanosPerMilli));
    key_.clear();
    EncodeRow(batch, row, spec_.partition, &key_);
    bool added = false;
    const uint32_t id = index_.FindOrAdd(key_, &added);
    if (index_.capacity() > sessions_.size()) sessions_.resize(std::max<size_t>(64, sessions_.size() * 2));
    std::map<int64_t, Session>& sessions = sessions_[id];
    // Takes in what it touches.
    Session merged{time, time + spec_.size, {}};
    auto at = sessions.upper_bound(time + spec_.size);
    while (at != sessions.begin()) {
      const auto before = std::prev(at);
      if (before->second.end < time) break;
      merged.start = std::min(merged.start, before->second.start);
      merged.end = std::max(merged.end, before->second.end);
      // Earlier rows first. The session that the row extends is taken as it is: it may be long.
      auto& rows = before->second.rows;
      rows.insert(rows.end(), std::make_move_iterator(merged.rows.begin()), std::make_move_iterator(merged.rows.end()));
      merged.rows = std::move(rows);
      at = sessions.erase(before);
    }
    if (LastMillis(merged.end, zone_) <= watermark()) {
      if (sessions.empty()) index_.Remove(id);
      CountLate();
      continue;
    }
    row_.clear();
    EncodeWholeRow(batch, row, &row_);
    merged.rows.emplace_back(batch.kinds[row], row_);
    due_.emplace(LastMillis(merged.end, zone_), std::make_pair(id, merged.start));
    sessions.emplace(merged.start, std::move(merged));
  }
}

void OpSession::OnWatermark(int64_t millis) {
  while (!due_.empty() && due_.begin()->first <= millis) {
    const auto [last, place] = *due_.begin();
    due_.erase(due_.begin());
    std::map<int64_t, Session>& sessions = sessions_[place.first];
    const auto found = sessions.find(place.second);
    if (found == sessions.end() || LastMillis(found->second.end, zone_) != last) continue;  // it has grown since
    for (const auto& [kind, row] : found->second.rows) {
      DecodeRow(row, out_.columns(), 0, width_);
      AppendBounds(out_, width_, found->second.start, found->second.end, zone_, zoned_);
      out_.RowDone(kind);
      if (out_.rows() >= kBatchRows && kind != RowKind::kUpdateBefore) Emit(out_.Take());
    }
    sessions.erase(found);
    if (sessions.empty()) index_.Remove(place.first);
  }
  if (out_.rows() > 0) Emit(out_.Take());
  PassWatermark(millis);
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

void OpSession::PersistOwn(StateArchive& state) {
  index_.Persist(state);
  if (state.loading()) sessions_ = std::vector<std::map<int64_t, Session>>(index_.capacity());
  for (const uint32_t id : index_.Ids()) state(sessions_[id]);
  state(due_);
}

void OpSort::PersistOwn(StateArchive& state) {
  state(sent_, waiting_);
}

}  // namespace cdc::sql
