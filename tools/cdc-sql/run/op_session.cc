#include "tools/cdc-sql/run/op_session.h"

#include <algorithm>
#include <iterator>

#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

/// The place of a window in a small HashSet of Java, by the hash code that Flink's windows have.
uint32_t PlaceInHashSet(int64_t start, int64_t end) {
  const auto odd = (static_cast<uint32_t>(end) << 1) + 1;
  // Newton's method gives the inverse modulo 2^32: each step doubles the digits that are right.
  uint32_t inverse = odd * odd * odd;
  for (int step = 0; step < 3; ++step) inverse *= 2 - odd * inverse;
  const uint32_t hash = static_cast<uint32_t>(start) + inverse;
  return (hash ^ (hash >> 16)) & 15;
}

}  // namespace

bool LaterSessionStays(int64_t early_start, int64_t early_end, int64_t late_start, int64_t late_end) {
  // The later one is put in first, and is first where both have one place.
  return PlaceInHashSet(late_start, late_end) <= PlaceInHashSet(early_start, early_end);
}

void SessionRows::Merge(SessionRows& other) {
  if (rows.size() < other.rows.size()) rows.swap(other.rows);
  rows.insert(rows.end(), std::make_move_iterator(other.rows.begin()), std::make_move_iterator(other.rows.end()));
}

void SessionRows::Sort() {
  const auto before = [](const Row& a, const Row& b) { return a.number < b.number; };
  if (!std::is_sorted(rows.begin(), rows.end(), before)) std::sort(rows.begin(), rows.end(), before);
}

OpSession::OpSession(const PlanNode& plan)
    : spec_(plan.window_spec),
      width_(plan.inputs[0]->columns.size()),
      zone_(plan.zone),
      zoned_(plan.inputs[0]->columns[spec_.time].type.kind == TypeKind::kTimestampLtz),
      sessions_(spec_.size, plan.zone),
      out_(plan.columns) {}

void OpSession::Push(size_t, const Batch& batch) {
  const ColumnVector& times = *batch.columns[spec_.time];
  for (size_t row = 0; row < batch.rows; ++row) {
    if (times.IsNull(row)) continue;
    key_.clear();
    EncodeRow(batch, row, spec_.partition, &key_);
    auto* session = sessions_.Find(key_, LocalMillisAt(times, row, zone_, zoned_), watermark(),
                                   [](SessionRows& stays, SessionRows& goes) { stays.Merge(goes); });
    if (session == nullptr) {
      CountLate();
      continue;
    }
    session->content.rows.push_back({++arrived_, batch.kinds[row], {}});
    EncodeWholeRow(batch, row, &session->content.rows.back().bytes);
  }
}

void OpSession::OnWatermark(int64_t millis) {
  sessions_.Fire(millis, [this](std::string_view, auto& session) {
    session.content.Sort();
    for (const SessionRows::Row& row : session.content.rows) {
      DecodeRow(row.bytes, out_.columns(), 0, width_);
      for (size_t i = 0; i < 3; ++i)
        AppendBound(out_.column(width_ + i), static_cast<WindowBound>(i), session.start, session.end, zone_, zoned_);
      out_.RowDone(row.kind);
      if (out_.rows() >= kBatchRows && row.kind != RowKind::kUpdateBefore) Emit(out_.Take());
    }
  });
  if (out_.rows() > 0) Emit(out_.Take());
  PassWatermark(millis);
}

}  // namespace cdc::sql
