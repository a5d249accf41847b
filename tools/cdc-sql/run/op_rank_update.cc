#include "tools/cdc-sql/run/op_rank_update.h"

#include <algorithm>

#include "tools/cdc-sql/state/row_codec.h"
#include "tools/cdc-sql/state/sort_key.h"

namespace cdc::sql {

OpRankUpdate::OpRankUpdate(const PlanNode& plan)
    : over_(plan.over),
      key_columns_(*plan.rank_key),
      from_(plan.rank_from),
      to_(plan.rank_to),
      ranked_(plan.rank_decides()),
      width_(plan.inputs[0]->columns.size()),
      out_(plan.columns) {}

void OpRankUpdate::Push(size_t, const Batch& batch) {
  if (to_ < from_) return;  // LIMIT 0
  for (size_t row = 0; row < batch.rows; ++row) {
    if (!Adds(batch.kinds[row])) continue;
    partition_key_.clear();
    key_.clear();
    order_.clear();
    row_.clear();
    out_.SetTurnOf(batch, row);
    EncodeRow(batch, row, over_.partition, &partition_key_);
    EncodeRow(batch, row, key_columns_, &key_);
    AppendSortKey(batch, row, over_.order, &order_);
    EncodeWholeRow(batch, row, &row_);
    bool added = false;
    Partition& partition = partitions_[partitions_.FindOrAdd(partition_key_, &added)];
    if (ranked_) {
      TakeRanked(partition);
    } else {
      TakeUnranked(partition);
    }
    if (out_.rows() >= kBatchRows) Emit(out_.Take());
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

/// Whether a new row is among the first `to`.
bool OpRankUpdate::HasRoomFor(const Partition& partition) const {
  return partition.rows.size() < static_cast<size_t>(to_) || order_ < partition.keys.rbegin()->first;
}

void OpRankUpdate::Remove(Partition& partition, const std::string& order, const std::string& key) {
  const auto found = partition.keys.find(order);
  std::vector<std::string>& keys = found->second;
  keys.erase(std::find(keys.begin(), keys.end(), key));
  if (keys.empty()) partition.keys.erase(found);
}

void OpRankUpdate::Put(Partition& partition) {
  partition.keys[order_].push_back(key_);
  partition.rows[key_] = {order_, row_};
}

void OpRankUpdate::Send(const std::string& row, int64_t rank, RowKind kind) {
  if (ranked_ && (rank < from_ || rank > to_)) return;
  DecodeRow(row, out_.columns(), 0, width_);
  out_.column(width_).Append(rank);
  out_.RowDone(kind);
}

void OpRankUpdate::TakeUnranked(Partition& partition) {
  const auto known = partition.rows.find(key_);
  if (known != partition.rows.end()) {
    const Kept old = known->second;
    if (old.order == order_) {
      known->second.row = row_;
    } else {
      Remove(partition, old.order, key_);
      Put(partition);
    }
    if (old.row == row_) return;
    Send(old.row, from_, RowKind::kUpdateBefore);
    Send(row_, from_, RowKind::kUpdateAfter);
    return;
  }
  if (!HasRoomFor(partition)) return;
  bool update = false;  // the first row of all is one row that changes
  Put(partition);
  if (partition.rows.size() > static_cast<size_t>(to_)) {
    const auto last = std::prev(partition.keys.end());
    const std::string key = last->second.back();
    update = to_ == 1;
    Send(partition.rows[key].row, from_, update ? RowKind::kUpdateBefore : RowKind::kDelete);
    Remove(partition, last->first, key);
    partition.rows.erase(key);
  }
  Send(row_, from_, update ? RowKind::kUpdateAfter : RowKind::kInsert);
}

int64_t OpRankUpdate::RankOf(const Partition& partition, const std::string& key) const {
  int64_t rank = 0;
  for (const auto& [order, keys] : partition.keys)
    for (const std::string& at : keys) {
      ++rank;
      if (at == key) return rank;
    }
  return rank;
}

void OpRankUpdate::TakeRanked(Partition& partition) {
  const auto known = partition.rows.find(key_);
  if (known == partition.rows.end()) {
    if (HasRoomFor(partition)) Enter(partition);
    return;
  }
  const Kept old = known->second;
  const int64_t old_rank = RankOf(partition, key_);
  if (old.order == order_) {
    known->second.row = row_;
    Send(old.row, old_rank, RowKind::kUpdateBefore);
    Send(row_, old_rank, RowKind::kUpdateAfter);
    return;
  }
  Remove(partition, old.order, key_);
  Put(partition);
  MoveUp(partition, old, old_rank);
}

/// The row is in its new place: those between it and its old one go down by one. Its old image goes before the new one
/// comes, so that there are never two rows of its key.
void OpRankUpdate::MoveUp(Partition& partition, const Kept& old, int64_t old_rank) {
  const int64_t new_rank = RankOf(partition, key_);
  std::string moved = row_;
  bool old_gone = false;
  int64_t rank = 0;
  for (const auto& [order, keys] : partition.keys) {
    for (const std::string& key : keys) {
      if (++rank <= new_rank || rank > old_rank) continue;
      // `key` stood at rank - 1, where `moved` comes.
      const std::string& down = partition.rows[key].row;
      Send(down, rank - 1, RowKind::kUpdateBefore);
      if (!old_gone) Send(old.row, old_rank, RowKind::kUpdateBefore);
      old_gone = true;
      Send(moved, rank - 1, RowKind::kUpdateAfter);
      moved = down;
    }
    if (rank >= old_rank) break;
  }
  if (!old_gone) Send(old.row, old_rank, RowKind::kUpdateBefore);
  Send(moved, old_rank, RowKind::kUpdateAfter);
}

/// A new row comes in: all behind it go down by one, the last one out.
void OpRankUpdate::Enter(Partition& partition) {
  Put(partition);
  const int64_t new_rank = RankOf(partition, key_);
  std::string moved = row_;
  int64_t rank = 0;
  auto at = partition.keys.begin();
  for (; at != partition.keys.end() && rank <= to_; ++at)
    for (const std::string& key : at->second) {
      if (++rank <= new_rank || rank - 1 > to_) continue;
      const std::string& down = partition.rows[key].row;
      Send(down, rank - 1, RowKind::kUpdateBefore);
      Send(moved, rank - 1, RowKind::kUpdateAfter);
      moved = down;
    }
  if (rank <= to_) return Send(moved, rank, RowKind::kInsert);
  // Rows of the same order as one of the first stay: it may be they that are needed.
  for (auto out = at; out != partition.keys.end(); ++out)
    for (const std::string& key : out->second) partition.rows.erase(key);
  partition.keys.erase(at, partition.keys.end());
}

}  // namespace cdc::sql
