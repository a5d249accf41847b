#include "tools/cdc-sql/run/op_gate.h"

namespace cdc::sql {

void OpGate::Push(size_t, const Batch& batch) {
  if (batch.turns.empty()) return Emit(batch);
  held_ = batch;
  next_ = 0;
  waiting_.push_back(this);
}

bool OpGate::Release(uint32_t turn) {
  if (next_ == held_.rows || held_.turns[next_] != turn) return false;
  if (next_ == 0 && held_.turns.back() == turn) {
    Batch whole = std::move(held_);
    Drop();
    whole.turns.clear();
    Emit(whole);
    return true;
  }
  std::vector<uint32_t> partitions;
  for (; next_ < held_.rows && held_.turns[next_] == turn; ++next_) {
    row_.AppendView(held_, next_, held_.kinds[next_]);
    if (!held_.partitions.empty()) partitions.push_back(held_.partitions[next_]);
  }
  if (next_ == held_.rows) Drop();
  Batch rows = row_.Take();
  rows.partitions = std::move(partitions);
  Emit(rows);
  return true;
}

void OpGate::ReleaseAll() {
  const Batch all = std::move(held_);
  Drop();
  Emit(all);
}

void OpGate::Drop() {
  held_ = Batch();
  next_ = 0;
}

}  // namespace cdc::sql
