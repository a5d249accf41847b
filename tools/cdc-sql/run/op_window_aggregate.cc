#include <algorithm>
#include <chrono>

#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

int64_t NowMillis() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

}  // namespace

OpWindowAggregate::OpWindowAggregate(const PlanNode& plan)
    : keys_(plan.keys),
      end_column_(*plan.fires_by),
      by_clock_(plan.by_clock),
      zone_(plan.zone),
      accumulators_(plan.aggregates, plan.inputs[0]->append_only),
      out_(plan.columns) {}

/// The group of the row; none if its window is over, or if it takes away what never was.
uint32_t OpWindowAggregate::GroupOf(const Batch& batch, size_t row) {
  const int64_t last = LastMillis(MillisAt(*batch.columns[end_column_], row), zone_);
  if (!by_clock_ && last <= watermark()) {
    CountLate();
    return KeyIndex::kNone;
  }
  key_.clear();
  EncodeRow(batch, row, keys_, &key_);
  if (!Adds(batch.kinds[row])) return index_.Find(key_);
  bool added = false;
  const uint32_t group = index_.FindOrAdd(key_, &added);
  if (!added) return group;
  if (index_.capacity() > counts_.size()) {
    const size_t room = std::max<size_t>(64, counts_.size() * 2);
    counts_.resize(room);
    accumulators_.Resize(room);
  }
  counts_[group] = 0;
  accumulators_.Reset(group);
  open_[last].push_back(group);
  return group;
}

void OpWindowAggregate::Push(size_t, const Batch& batch) {
  if (by_clock_) Fire(NowMillis());
  for (size_t row = 0; row < batch.rows; ++row) {
    const uint32_t group = GroupOf(batch, row);
    if (group == KeyIndex::kNone) continue;
    const int64_t weight = WeightOf(batch.kinds[row]);
    counts_[group] += weight;
    accumulators_.Add(group, batch, row, weight);
  }
}

void OpWindowAggregate::EndStep() {
  if (by_clock_) Fire(NowMillis());
}

void OpWindowAggregate::OnWatermark(int64_t millis) {
  // At the end of the input a window of processing time that is open stays so.
  if (!by_clock_) Fire(millis);
  PassWatermark(millis);
}

void OpWindowAggregate::Fire(int64_t millis) {
  while (!open_.empty() && open_.begin()->first <= millis) {
    for (const uint32_t group : open_.begin()->second) {
      if (counts_[group] > 0) {
        DecodeRow(index_.KeyOf(group), out_.columns(), 0, keys_.size());
        accumulators_.AppendResults(group, out_.columns(), keys_.size());
        out_.RowDone(RowKind::kInsert);
        if (out_.rows() >= kBatchRows) Emit(out_.Take());
      }
      accumulators_.Reset(group);
      index_.Remove(group);
    }
    open_.erase(open_.begin());
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

void OpWindowAggregate::PersistOwn(StateArchive& state) {
  index_.Persist(state);
  if (state.loading()) {
    counts_.assign(index_.capacity(), 0);
    accumulators_.Resize(index_.capacity());
  }
  const std::vector<uint32_t> groups = index_.Ids();
  for (const uint32_t group : groups) state(counts_[group]);
  accumulators_.PersistGroups(state, groups);
  state(open_);
}

}  // namespace cdc::sql
