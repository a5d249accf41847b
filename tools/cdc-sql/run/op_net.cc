#include "tools/cdc-sql/run/op_net.h"

#include <algorithm>
#include <cmath>

#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

size_t OpNet::EntryOf(const Batch& batch, size_t row) {
  bytes_.clear();
  EncodeWholeRow(batch, row, &bytes_);
  const size_t entries = entries_.size();
  if (places_.empty()) {
    for (size_t i = 0; i < entries; ++i)
      if (encoded_[i] == bytes_) return i;
    if (entries < kScanEntries)
      encoded_[entries] = bytes_;
    else
      for (size_t i = 0; i < entries; ++i) places_.emplace(encoded_[i], i);
  }
  if (entries >= kScanEntries)
    if (const auto [place, added] = places_.emplace(bytes_, entries); !added) return place->second;
  rows_.AppendRow(batch, row, batch.kinds[row]);
  entries_.emplace_back();
  return entries;
}

void OpNet::Push(size_t, const Batch& batch) {
  if (turns_are_steps_ && !batch.turns.empty()) return PushTurns(batch);
  TakeRows(batch, 0, batch.rows);
}

void OpNet::PushTurns(const Batch& batch) {
  for (size_t begin = 0, end = 0; begin < batch.rows; begin = end) {
    const uint32_t turn = batch.turns[begin];
    while (end < batch.rows && batch.turns[end] == turn) ++end;
    const bool goes_on = turn == turn_, may_go_on = end == batch.rows;
    if (!goes_on) EndStep();
    if (!goes_on && !may_go_on && end - begin <= 2) {
      TakeSmallStep(batch, begin, end);
    } else {
      SendSmallSteps(batch);
      TakeRows(batch, begin, end);
      turn_ = turn;
    }
  }
}

/// As their encoded forms are.
bool OpNet::SameValue(const Batch& batch, size_t column, size_t a, size_t b) const {
  const ColumnVector& values = *batch.columns[column];
  if (values.physical() != Physical::kDouble || values.IsNull(a) || values.IsNull(b))
    return values.SameAt(a, values, b);
  const double x = values.doubles()[a], y = values.doubles()[b];
  return x == y || (std::isnan(x) && std::isnan(y));
}

void OpNet::TakeSmallStep(const Batch& batch, size_t begin, size_t end) {
  const auto take = [&](size_t row, RowKind kind) {
    small_steps_.push_back(static_cast<uint32_t>(row));
    small_kinds_.push_back(kind);
  };
  const auto take_alone = [&](size_t row) { take(row, Adds(batch.kinds[row]) ? RowKind::kInsert : RowKind::kDelete); };
  if (end - begin == 1 || Adds(batch.kinds[begin]) == Adds(batch.kinds[begin + 1])) {
    for (size_t row = begin; row < end; ++row) take_alone(row);
    return;
  }
  const size_t gone = Adds(batch.kinds[begin]) ? begin + 1 : begin, come = gone == begin ? begin + 1 : begin;
  const auto same = [&](size_t column) { return SameValue(batch, column, gone, come); };
  size_t column = 0;
  while (column < batch.columns.size() && same(column)) ++column;
  if (column == batch.columns.size()) return;
  const bool update = has_key_ ? std::all_of(key_.begin(), key_.end(), same)
                               : gone == begin && batch.kinds[gone] == RowKind::kUpdateBefore &&
                                     batch.kinds[come] == RowKind::kUpdateAfter;
  if (update) {
    take(gone, RowKind::kUpdateBefore);
    take(come, RowKind::kUpdateAfter);
  } else {
    // Changes of several keys stand in the order in which these came.
    take_alone(has_key_ ? begin : gone);
    take_alone(has_key_ ? begin + 1 : come);
  }
}

void OpNet::SendSmallSteps(const Batch& batch) {
  if (small_steps_.empty()) return;
  Batch out = Gather(batch, small_steps_, nullptr);
  out.kinds = std::move(small_kinds_);
  small_steps_.clear();
  small_kinds_.clear();
  Emit(out);
}

void OpNet::TakeRows(const Batch& batch, size_t begin, size_t end) {
  size_t before = SIZE_MAX;
  for (size_t row = begin; row < end; ++row) {
    if (row > begin && !batch.turns.empty() && batch.turns[row] != batch.turns[row - 1]) before = SIZE_MAX;
    const size_t place = EntryOf(batch, row);
    entries_[place].weight += WeightOf(batch.kinds[row]);
    if (batch.kinds[row] == RowKind::kUpdateAfter && before != SIZE_MAX) entries_[before].partner = place;
    before = batch.kinds[row] == RowKind::kUpdateBefore ? place : SIZE_MAX;
  }
}

void OpNet::Take(size_t entry, RowKind kind) {
  for (size_t i = 0; i < out_.columns().size(); ++i) out_.column(i).AppendFrom(rows_.column(i), entry);
  out_.RowDone(kind);
  if (out_.rows() >= kBatchRows && kind != RowKind::kUpdateBefore) Emit(out_.Take());
}

void OpNet::EndKeyed() {
  struct Group {
    std::vector<size_t> gone, come;
  };
  std::vector<Group> groups;
  std::unordered_map<std::string, size_t> by_key;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].weight == 0) continue;
    bytes_.clear();
    for (const size_t column : key_) EncodeValue(rows_.column(column), i, &bytes_);
    const auto [place, added] = by_key.emplace(bytes_, groups.size());
    if (added) groups.emplace_back();
    std::vector<size_t>& side = entries_[i].weight < 0 ? groups[place->second].gone : groups[place->second].come;
    const int64_t times = entries_[i].weight < 0 ? -entries_[i].weight : entries_[i].weight;
    side.insert(side.end(), static_cast<size_t>(times), i);
  }
  for (const Group& group : groups) {
    const bool update = group.gone.size() == 1 && group.come.size() == 1;
    for (const size_t entry : group.gone) Take(entry, update ? RowKind::kUpdateBefore : RowKind::kDelete);
    for (const size_t entry : group.come) Take(entry, update ? RowKind::kUpdateAfter : RowKind::kInsert);
  }
}

void OpNet::EndUnkeyed() {
  for (size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    for (; entry.weight < 0; ++entry.weight) {
      const bool paired = entry.partner != SIZE_MAX && entries_[entry.partner].weight > 0;
      Take(i, paired ? RowKind::kUpdateBefore : RowKind::kDelete);
      if (!paired) continue;
      Take(entry.partner, RowKind::kUpdateAfter);
      --entries_[entry.partner].weight;
    }
  }
  for (size_t i = 0; i < entries_.size(); ++i)
    for (; entries_[i].weight > 0; --entries_[i].weight) Take(i, RowKind::kInsert);
}

void OpNet::EndStep() {
  turn_ = kNoTurn;
  if (entries_.empty()) return;
  if (entries_.size() == 1) {  // as in most steps of a stream
    for (int64_t weight = entries_[0].weight; weight != 0; weight += weight < 0 ? 1 : -1)
      Take(0, weight < 0 ? RowKind::kDelete : RowKind::kInsert);
  } else if (has_key_) {
    EndKeyed();
  } else {
    EndUnkeyed();
  }
  if (out_.rows() > 0) Emit(out_.Take());
  rows_.Clear();
  entries_.clear();
  places_.clear();
}

}  // namespace cdc::sql
