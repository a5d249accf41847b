#include "tools/cdc-sql/run/op_watermark.h"

#include <algorithm>

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

OpWatermark::OpWatermark(const PlanNode& plan, ChangeMode mode)
    : watermark_expr_(plan.exprs[0]), mode_(mode), granule_(plan.granule) {}

namespace {

int64_t MillisOf(const ColumnVector& times, size_t row) {
  return static_cast<int64_t>(FloorDiv(times.wides()[row], Int128{1000000}));
}

size_t PartitionOf(const Batch& batch, size_t row) {
  return batch.partitions.empty() ? 0 : batch.partitions[row];
}

}  // namespace

/// Of rows that were read ahead the time is noted until it is their turn.
void OpWatermark::TakeAhead(const Batch& batch) {
  const ColumnPtr times = Evaluate(watermark_expr_, batch);
  for (size_t row = 0; row < batch.rows; ++row) {
    if (times->IsNull(row)) continue;
    const size_t partition = PartitionOf(batch, row);
    const int64_t millis = MillisOf(*times, row);
    if (partition >= partitions_.size() || millis > partitions_[partition].seen)
      ahead_.push_back({batch.turns[row], partition, millis});
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
    if (!Take(PartitionOf(batch, row), MillisOf(*times, row))) continue;
    const bool tells = sent_ == kStartOfTime || FloorDiv(seen_ + 1, granule_) > FloorDiv(sent_ + 1, granule_);
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

bool OpWatermark::Take(size_t partition, int64_t millis) {
  if (partition >= partitions_.size()) partitions_.resize(partition + 1);
  int64_t& own = partitions_[partition].seen;
  if (millis <= own) return false;
  const bool holds = own <= seen_;  // else another one is behind it
  own = millis;
  return holds && Raise();
}

/// To the least time of the open partitions; where all are idle to the greatest (FLINK-38454), and at the end of all it
/// is over. A partition that comes later does not take time back. Before there is one, nothing has ended.
bool OpWatermark::Raise() {
  int64_t least = kEndOfTime, most = kStartOfTime;
  size_t open = 0, ended = 0;
  for (const Partition& partition : partitions_) {
    if (partition.state == PartitionState::kOpen) least = std::min(least, partition.seen);
    if (partition.state == PartitionState::kIdle) most = std::max(most, partition.seen);
    open += partition.state == PartitionState::kOpen ? 1 : 0;
    ended += partition.state == PartitionState::kEnded ? 1 : 0;
  }
  if (partitions_.empty()) return false;
  const int64_t time = open == 0 && ended < partitions_.size() ? most : least;
  if (time <= seen_) return false;
  seen_ = time;
  return true;
}

void OpWatermark::SetPartitions(const std::vector<PartitionState>& states) {
  if (partitions_.size() < states.size()) partitions_.resize(states.size());
  for (size_t i = 0; i < states.size(); ++i) partitions_[i].state = states[i];
  const auto is = [&states](PartitionState wanted) {
    return std::find(states.begin(), states.end(), wanted) != states.end();
  };
  idle_ = states.empty() || (!is(PartitionState::kOpen) && is(PartitionState::kIdle));
  if (granule_ == 0) return;
  Raise();
  if (mode_ == ChangeMode::kTrace) AdvanceTime(UINT32_MAX);
}

bool OpWatermark::AdvanceTime(uint32_t turn) {
  while (next_ahead_ < ahead_.size() && ahead_[next_ahead_].turn <= turn) {
    const Ahead& row = ahead_[next_ahead_++];
    Take(row.partition, row.millis);
  }
  if (next_ahead_ == ahead_.size()) {
    ahead_.clear();
    next_ahead_ = 0;
  }
  const bool moved = seen_ != sent_, turned = idle_ != told_idle_;
  // What is idle does not count behind, so that its last time goes before the word.
  if (turned && !idle_) PassIdle(told_idle_ = false);
  if (moved) PassWatermark(sent_ = seen_);
  if (turned && idle_) PassIdle(told_idle_ = true);
  return moved || turned;
}

}  // namespace cdc::sql
