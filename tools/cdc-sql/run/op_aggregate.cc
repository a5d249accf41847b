#include "tools/cdc-sql/run/op_aggregate.h"

#include <algorithm>

#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

OpAggregate::OpAggregate(const PlanNode& plan, ChangeMode mode, bool turns_are_steps)
    : keys_(plan.keys),
      sends_same_(plan.sends_same),
      fires_by_(plan.fires_by),
      zone_(plan.zone),
      mode_(mode),
      turns_are_steps_(turns_are_steps),
      accumulators_(plan.aggregates, plan.inputs[0]->append_only),
      out_(plan.columns),
      old_(plan.columns) {}

uint32_t OpAggregate::GroupOf(const Batch& batch, size_t row) {
  key_.clear();
  EncodeRow(batch, row, keys_, &key_);
  if (!Adds(batch.kinds[row])) return index_.Find(key_);
  bool added = false;
  const uint32_t group = index_.FindOrAdd(key_, &added);
  if (added && fires_by_) ends_[LastMillis(MillisAt(*batch.columns[keys_[*fires_by_]], row), zone_)].push_back(key_);
  return group;
}

void OpAggregate::MakeRoom(size_t groups) {
  counts_.resize(groups);
  touched_at_.resize(groups);
  accumulators_.Resize(groups);
}

void OpAggregate::PersistGroup(StateArchive& state, uint32_t group) {
  state(counts_[group]);
  accumulators_.Persist(state, group);
}

void OpAggregate::ResetGroup(uint32_t group) {
  counts_[group] = 0;
  touched_at_[group] = 0;
  accumulators_.Reset(group);
}

size_t OpAggregate::GroupBytes(uint32_t group) const {
  return sizeof counts_[group] + sizeof touched_at_[group] + accumulators_.GroupBytes(group);
}

void OpAggregate::AppendResult(uint32_t group, BatchBuilder& out, RowKind kind) {
  DecodeRow(index_.KeyOf(group), out.columns(), 0, keys_.size());
  accumulators_.AppendResults(group, out.columns(), keys_.size());
  out.RowDone(kind);
}

std::string OpAggregate::PartsOf(uint32_t group) const {
  std::string parts;
  if (accumulators_.has_parts()) accumulators_.AppendParts(group, &parts);
  return parts;
}

void OpAggregate::PushTraced(uint32_t group, const Batch& batch, size_t row) {
  const int64_t weight = WeightOf(batch.kinds[row]);
  const bool existed = counts_[group] > 0;
  const size_t old_row = out_.rows();
  if (existed) AppendResult(group, out_, RowKind::kUpdateBefore);
  const std::string parts = PartsOf(group);
  counts_[group] += weight;
  accumulators_.Add(group, batch, row, weight);
  if (counts_[group] <= 0) {
    if (existed) out_.kinds()[old_row] = RowKind::kDelete;
    return index_.Remove(group);
  }
  if (!existed) return AppendResult(group, out_, RowKind::kInsert);
  AppendResult(group, out_, RowKind::kUpdateAfter);
  if (sends_same_) return;
  if (out_.SameRows(old_row, old_row + 1, keys_.size()) && parts == PartsOf(group)) out_.Truncate(old_row);
}

void OpAggregate::Touch(uint32_t group) {
  if (touched_at_[group] != 0) return;
  Touched touched{group, kNoRow};
  if (counts_[group] > 0) {
    touched.old_row = static_cast<uint32_t>(old_.rows());
    AppendResult(group, old_, RowKind::kUpdateBefore);
  }
  touched_.push_back(touched);
  touched_at_[group] = static_cast<uint32_t>(touched_.size());
}

void OpAggregate::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    if (turns_are_steps_ && !batch.turns.empty() && batch.turns[row] != turn_) {
      FlushStep();
      turn_ = batch.turns[row];
    }
    const uint32_t group = GroupOf(batch, row);
    if (group == KeyIndex::kNone) continue;  // takes away what never was
    if (mode_ == ChangeMode::kTrace) {
      out_.SetTurnOf(batch, row);
      PushTraced(group, batch, row);
      continue;
    }
    const int64_t weight = WeightOf(batch.kinds[row]);
    if (weight < 0 && counts_[group] <= 0) continue;  // likewise; the group is gone at the end of the step
    Touch(group);
    counts_[group] += weight;
    accumulators_.Add(group, batch, row, weight);
    if (counts_[group] <= 0) accumulators_.Reset(group);
  }
  if (mode_ == ChangeMode::kTrace && out_.rows() > 0) Emit(out_.Take());
}

void OpAggregate::FlushTouched(const Touched& touched) {
  const bool existed = touched.old_row != kNoRow, exists = counts_[touched.group] > 0;
  const size_t at = out_.rows();
  if (existed) {
    for (size_t i = 0; i < out_.columns().size(); ++i) out_.column(i).AppendFrom(old_.column(i), touched.old_row);
    out_.RowDone(exists ? RowKind::kUpdateBefore : RowKind::kDelete);
  }
  if (exists) AppendResult(touched.group, out_, existed ? RowKind::kUpdateAfter : RowKind::kInsert);
  if (existed && exists && out_.SameRows(at, at + 1, keys_.size())) out_.Truncate(at);
  touched_at_[touched.group] = 0;
  if (!exists) index_.Remove(touched.group);
}

void OpAggregate::OnWatermark(int64_t millis) {
  // In steps the groups that the time has brought are sent at the step's end.
  if (mode_ == ChangeMode::kTrace) DropUntil(millis);
  PassWatermark(millis);
}

/// Forgets groups that get no more rows: what was sent of them stays.
void OpAggregate::DropUntil(int64_t millis) {
  for (; !ends_.empty() && ends_.begin()->first <= millis; ends_.erase(ends_.begin()))
    for (const std::string& key : ends_.begin()->second)
      if (const uint32_t group = index_.Find(key); group != KeyIndex::kNone) index_.Remove(group);
}

void OpAggregate::PersistOwn(StateArchive& state) {
  state(index_);
  if (fires_by_) state(ends_);
}

void OpAggregate::FlushStep() {
  if (touched_.empty()) return;
  out_.SetTurn(turn_);
  for (const Touched& touched : touched_) {
    FlushTouched(touched);
    if (out_.rows() >= kBatchRows) Emit(out_.Take());
  }
  touched_.clear();
  old_.Clear();
}

void OpAggregate::EndStep() {
  if (mode_ == ChangeMode::kTrace) return;
  FlushStep();
  turn_ = kNoTurn;
  if (out_.rows() > 0) Emit(out_.Take());
  DropUntil(watermark());
}

}  // namespace cdc::sql
