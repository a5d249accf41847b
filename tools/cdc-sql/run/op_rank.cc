#include "tools/cdc-sql/run/op_rank.h"

#include <algorithm>

#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/state/row_codec.h"
#include "tools/cdc-sql/state/sort_key.h"

namespace cdc::sql {

OpRank::OpRank(const PlanNode& plan)
    : over_(plan.over),
      from_(plan.rank_from),
      to_(plan.rank_to),
      ranked_(plan.rank_decides()),
      append_only_(plan.inputs[0]->append_only),
      fires_by_(plan.fires_by),
      zone_(plan.zone),
      newest_first_(plan.keep_last),
      width_(plan.inputs[0]->columns.size()),
      out_(plan.columns) {}

OpRank::Partition* OpRank::PartitionOf(const Batch& batch, size_t row, uint32_t* id) {
  key_.clear();
  EncodeRow(batch, row, over_.partition, &key_);
  bool added = false;
  *id = Adds(batch.kinds[row]) ? partitions_.FindOrAdd(key_, &added) : partitions_.Find(key_);
  if (*id == KeyIndex::kNone) return nullptr;
  if (fires_by_ && IsLate(batch, row, added, *id)) return nullptr;
  return &partitions_[*id];
}

bool OpRank::IsLate(const Batch& batch, size_t row, bool added, uint32_t id) {
  const int64_t last = LastMillis(MillisAt(*batch.columns[*fires_by_], row), zone_);
  const bool late = last <= watermark();
  if (late) CountLate();
  if (late && added) partitions_.Remove(id);
  if (!late && added) open_[last].push_back(id);
  return late;
}

/// Takes out the newest of the rows that are equal to row_ in order and value.
bool OpRank::Remove(Partition& partition) {
  const auto found = partition.rows.find(order_);
  if (found == partition.rows.end()) return false;
  std::vector<std::string>& rows = found->second;
  const auto at = std::find(rows.begin(), rows.end(), row_);
  if (at == rows.end()) return false;
  rows.erase(at);
  if (rows.empty()) partition.rows.erase(found);
  --partition.count;
  return true;
}

std::vector<std::string> OpRank::Top(const Partition& partition) const {
  std::vector<std::string> top;
  int64_t rank = 0;
  for (const auto& [order, rows] : partition.rows)
    for (const std::string& row : rows) {
      if (++rank > to_) return top;
      if (rank >= from_) top.push_back(row);
    }
  return top;
}

void OpRank::Append(const std::string& row, int64_t rank, RowKind kind) {
  DecodeRow(row, out_.columns(), 0, width_);
  out_.column(width_).Append(rank);
  out_.RowDone(kind);
  if (out_.rows() >= kBatchRows && kind != RowKind::kUpdateBefore) Emit(out_.Take());
}

void OpRank::SendRanks(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const int64_t rank = from_ + static_cast<int64_t>(i);
    const bool was = i < before.size(), is = i < after.size();
    if (was && is && before[i] == after[i]) continue;
    if (was) Append(before[i], rank, is ? RowKind::kUpdateBefore : RowKind::kDelete);
    if (is) Append(after[i], rank, was ? RowKind::kUpdateAfter : RowKind::kInsert);
  }
}

void OpRank::SendRows(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  std::vector<std::string> gone, come = after;
  for (const std::string& row : before) {
    const auto found = std::find(come.begin(), come.end(), row);
    if (found == come.end()) {
      gone.push_back(row);
    } else {
      come.erase(found);
    }
  }
  const bool update = append_only_ && to_ == 1 && gone.size() == 1 && come.size() == 1;
  for (const std::string& row : gone) Append(row, from_, update ? RowKind::kUpdateBefore : RowKind::kDelete);
  for (const std::string& row : come) Append(row, from_, update ? RowKind::kUpdateAfter : RowKind::kInsert);
}

void OpRank::SendEntered(const std::optional<std::string>& left) {
  if (left == row_) return;
  const bool update = to_ == 1 && left;
  if (left) Append(*left, from_, update ? RowKind::kUpdateBefore : RowKind::kDelete);
  Append(row_, from_, update ? RowKind::kUpdateAfter : RowKind::kInsert);
}

void OpRank::Push(size_t, const Batch& batch) {
  if (to_ < from_) return;  // LIMIT 0
  for (size_t row = 0; row < batch.rows; ++row) {
    uint32_t id = KeyIndex::kNone;
    Partition* partition = PartitionOf(batch, row, &id);
    if (partition == nullptr) continue;
    order_.clear();
    row_.clear();
    out_.SetTurnOf(batch, row);
    AppendSortKey(batch, row, over_.order, &order_);
    const bool adds = Adds(batch.kinds[row]), sends = !fires_by_;
    const bool full = append_only_ && partition->count >= static_cast<size_t>(to_);
    if (full && (newest_first_ ? order_ > partition->rows.rbegin()->first : order_ >= partition->rows.rbegin()->first))
      continue;
    EncodeWholeRow(batch, row, &row_);
    const bool entered = sends && append_only_ && !ranked_;  // what changes is known without a comparison
    const std::vector<std::string> before = sends && !entered ? Top(*partition) : std::vector<std::string>();
    std::optional<std::string> left;
    if (adds) {
      std::vector<std::string>& peers = partition->rows[order_];
      peers.insert(newest_first_ ? peers.begin() : peers.end(), row_);
      ++partition->count;
      if (full) {
        const auto last = std::prev(partition->rows.end());
        left = std::move(last->second.back());
        last->second.pop_back();
        if (last->second.empty()) partition->rows.erase(last);
        --partition->count;
      }
    } else if (!Remove(*partition)) {
      continue;
    }
    if (entered) {
      SendEntered(left);
    } else if (sends) {
      ranked_ ? SendRanks(before, Top(*partition)) : SendRows(before, Top(*partition));
    }
    if (partition->count == 0 && sends) partitions_.Remove(id);
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

void OpRank::OnWatermark(int64_t millis) {
  while (!open_.empty() && open_.begin()->first <= millis) {
    for (const uint32_t id : open_.begin()->second) {
      int64_t rank = from_;
      for (const std::string& row : Top(partitions_[id])) Append(row, rank++, RowKind::kInsert);
      partitions_.Remove(id);
    }
    open_.erase(open_.begin());
  }
  if (out_.rows() > 0) Emit(out_.Take());
  PassWatermark(millis);
}

OpDedup::OpDedup(const PlanNode& plan)
    : over_(plan.over), keep_last_(plan.keep_last), width_(plan.inputs[0]->columns.size()), out_(plan.columns) {}

void OpDedup::Append(const std::string& row, RowKind kind) {
  DecodeRow(row, out_.columns(), 0, width_);
  out_.column(width_).Append(int64_t{1});
  out_.RowDone(kind);
}

void OpDedup::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    key_.clear();
    EncodeRow(batch, row, over_.partition, &key_);
    bool added = false;
    Kept& kept = kept_[kept_.FindOrAdd(key_, &added)];
    const Int128 time = over_.proctime ? Int128{0} : batch.columns[over_.order[0].column]->wides()[row];
    if (!added && (keep_last_ ? time < kept.time : over_.proctime || time >= kept.time)) continue;
    row_.clear();
    out_.SetTurnOf(batch, row);
    EncodeWholeRow(batch, row, &row_);
    if (!added) Append(kept.row, RowKind::kUpdateBefore);
    Append(row_, added ? RowKind::kInsert : RowKind::kUpdateAfter);
    kept.time = time;
    kept.row = row_;
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

}  // namespace cdc::sql
