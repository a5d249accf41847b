#include "tools/cdc-sql/run/op_over.h"

#include <algorithm>
#include <unordered_map>

#include "tools/cdc-sql/run/op_window.h"
#include "tools/cdc-sql/state/row_codec.h"
#include "tools/cdc-sql/state/sort_key.h"

namespace cdc::sql {

namespace {

bool Retracts(const PlanNode& plan) {
  return plan.over.preceding.has_value() || !(plan.over.rowtime || plan.over.proctime);
}

}  // namespace

OverBase::OverBase(const PlanNode& plan)
    : over_(plan.over), width_(plan.inputs[0]->columns.size()), out_(plan.columns), scratch_(plan.inputs[0]->columns) {
  for (const OverCall& call : plan.over_calls) {
    calls_.push_back(call.call);
    if (call.call.function == "SUM" || call.call.function == "AVG") sums_.push_back(calls_.size() - 1);
    accumulators_.push_back(MakeOverAccumulator(call.call, !Retracts(plan)));
  }
  summed_.assign(sums_.size(), 0);
}

uint32_t OverBase::PartitionOf(const Batch& batch, size_t row, bool* added) {
  key_.clear();
  EncodeRow(batch, row, over_.partition, &key_);
  *added = false;
  const uint32_t id = Adds(batch.kinds[row]) ? index_.FindOrAdd(key_, added) : index_.Find(key_);
  return id;
}

void OverBase::Reset(uint32_t partition) {
  summed_.assign(sums_.size(), 0);
  for (const auto& accumulator : accumulators_) accumulator->Reset(partition);
}

void OverBase::Add(uint32_t partition, const std::string& row, int64_t weight) {
  DecodeRow(row, scratch_.columns(), 0, width_);
  scratch_.RowDone(RowKind::kInsert);
  const Batch batch = scratch_.Take();
  for (size_t i = 0; i < calls_.size(); ++i)
    AddToAccumulator(*accumulators_[i], calls_[i], partition, batch, 0, weight);
  for (size_t i = 0; i < sums_.size(); ++i) {
    const AggregateCall& call = calls_[sums_[i]];
    if (PassesFilter(call, batch, 0) && !batch.columns[*call.argument]->IsNull(0)) summed_[i] += weight;
  }
}

void OverBase::AppendResults(uint32_t partition, BatchBuilder& out) const {
  for (size_t i = 0; i < accumulators_.size(); ++i) accumulators_[i]->Append(partition, out.column(width_ + i));
}

void OverBase::AppendRow(uint32_t partition, const std::string& row, RowKind kind) {
  DecodeRow(row, out_.columns(), 0, width_);
  AppendResults(partition, out_);
  out_.RowDone(kind);
}

void OverBase::SendIfFull() {
  if (out_.rows() >= kBatchRows && out_.kinds().back() != RowKind::kUpdateBefore) Emit(out_.Take());
}

void OpOverTime::Push(size_t, const Batch& batch) {
  std::string row_bytes;
  for (size_t row = 0; row < batch.rows; ++row) {
    bool added = false;
    const uint32_t id = PartitionOf(batch, row, &added);
    row_bytes.clear();
    EncodeWholeRow(batch, row, &row_bytes);
    if (over_.proctime) {
      SendRow(id, 0, row_bytes);
      SendIfFull();
      continue;
    }
    const int64_t time = MillisAt(*batch.columns[over_.order[0].column], row);
    // Late: with a bounded frame what is behind rows of the partition that were sent, else behind the watermark.
    if (time <= (over_.preceding ? partitions_[id].last : watermark())) {
      CountLate();
      continue;
    }
    waiting_[time].push_back({id, row_bytes});
    ++partitions_[id].waiting;
    if (forgets()) PlanClearing(id, time);
  }
  if (over_.proctime && out_.rows() > 0) Emit(out_.Take());
}

/// Takes out of the frame what is too old for `time`.
void OpOverTime::Leave(uint32_t partition, int64_t time) {
  auto& frame = partitions_[partition].frame;
  while (!frame.empty() && (over_.rows ? static_cast<int64_t>(frame.size()) > *over_.preceding + 1
                                       : frame.front().first < time - *over_.preceding)) {
    Add(partition, frame.front().second, -1);
    frame.pop_front();
  }
}

void OpOverTime::SendRow(uint32_t partition, int64_t time, const std::string& row) {
  Add(partition, row, 1);
  if (over_.preceding) {
    partitions_[partition].frame.emplace_back(time, row);
    Leave(partition, time);
  }
  AppendRow(partition, row, RowKind::kInsert);
}

/// RANGE: rows of the same time see each other.
void OpOverTime::SendPeers(uint32_t partition, int64_t time, const std::vector<const std::string*>& rows) {
  for (const std::string* row : rows) {
    Add(partition, *row, 1);
    if (over_.preceding) partitions_[partition].frame.emplace_back(time, *row);
  }
  if (over_.preceding) Leave(partition, time);
  for (const std::string* row : rows) {
    AppendRow(partition, *row, RowKind::kInsert);
    SendIfFull();
  }
}

/// A frame by time is forgotten when its last row has left it for half its length: that decides which of the rows that
/// come behind their time are late, and what they still see. The times are those of Flink's.
void OpOverTime::PlanClearing(uint32_t partition, int64_t time) {
  const int64_t length = *over_.preceding;
  int64_t& cleared = partitions_[partition].cleared;
  if (cleared != kStartOfTime && cleared >= time + length + 1) return;
  cleared = time + length + length / 2 + 1;
  waiting_[cleared].push_back({KeyIndex::kNone, key_});
}

/// RANGE: what waits for this time, partition by partition.
void OpOverTime::SendTime(int64_t time, const std::vector<Waiting>& rows) {
  std::vector<std::pair<uint32_t, std::vector<const std::string*>>> parts;
  std::unordered_map<uint32_t, size_t> places;
  for (const Waiting& row : rows) {
    const bool clears = row.partition == KeyIndex::kNone;
    const uint32_t id = clears ? index_.Find(row.row) : row.partition;
    if (id == KeyIndex::kNone) continue;
    const auto [place, added] = places.emplace(id, parts.size());
    if (added) parts.emplace_back(id, std::vector<const std::string*>());
    if (!clears) parts[place->second].second.push_back(&row.row);
  }
  for (const auto& [id, peers] : parts) {
    index_.Touch(id);
    Partition& partition = partitions_[id];
    partition.waiting -= peers.size();
    if (partition.cleared != kStartOfTime && partition.cleared <= time && partition.waiting == 0) {
      index_.Remove(id);
      continue;
    }
    partition.last = time;
    if (!peers.empty()) SendPeers(id, time, peers);
  }
}

void OpOverTime::OnWatermark(int64_t millis) {
  while (!waiting_.empty() && waiting_.begin()->first <= millis) {
    const int64_t time = waiting_.begin()->first;
    std::vector<Waiting> rows = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    if (!over_.rows) {
      SendTime(time, rows);
      continue;
    }
    for (const Waiting& row : rows) {
      index_.Touch(row.partition);
      partitions_[row.partition].last = time;
      --partitions_[row.partition].waiting;
      SendRow(row.partition, time, row.row);
      SendIfFull();
    }
  }
  if (out_.rows() > 0) Emit(out_.Take());
  PassWatermark(millis);
}

void OpOverRows::AppendEntry(const Entry& entry, RowKind kind) {
  DecodeRow(entry.row, out_.columns(), 0, width_);
  DecodeRow(entry.results, out_.columns(), width_, out_.columns().size() - width_);
  out_.RowDone(kind);
  SendIfFull();
}

/// Goes through the partition in order, and sends what is new, gone or other than before.
void OpOverRows::Recompute(uint32_t partition, Rows& rows, const Entry* changed, RowKind kind) {
  Reset(partition);
  BatchBuilder results(out_.types());
  for (auto& [order, peers] : rows) {
    if (!over_.rows)
      for (const Entry& entry : peers)
        if (&entry != changed || Adds(kind)) Add(partition, entry.row, 1);
    for (Entry& entry : peers) {
      if (&entry == changed && !Adds(kind)) {
        AppendEntry(entry, RowKind::kDelete);
        continue;
      }
      if (over_.rows) Add(partition, entry.row, 1);
      AppendResults(partition, results);
      std::string encoded;
      for (size_t i = width_; i < results.columns().size(); ++i)
        EncodeValue(results.column(i), results.column(i).size() - 1, &encoded);
      // Of how many values a sum is counts too: Flink sends rows again where only that differs.
      for (const int64_t count : summed()) encoded.append(reinterpret_cast<const char*>(&count), sizeof count);
      if (&entry == changed) {
        entry.results = std::move(encoded);
        AppendEntry(entry, kind);
      } else if (entry.results != encoded) {
        AppendEntry(entry, RowKind::kUpdateBefore);
        entry.results = std::move(encoded);
        AppendEntry(entry, RowKind::kUpdateAfter);
      }
    }
  }
}

void OpOverRows::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    bool added = false;
    const uint32_t id = PartitionOf(batch, row, &added);
    if (id == KeyIndex::kNone) continue;
    Rows& rows = partitions_[id];
    std::string order, bytes;
    AppendSortKey(batch, row, over_.order, &order);
    EncodeWholeRow(batch, row, &bytes);
    if (Adds(batch.kinds[row])) {
      std::vector<Entry>& peers = rows[order];
      peers.push_back({bytes, {}});
      Recompute(id, rows, &peers.back(), batch.kinds[row]);
      continue;
    }
    const auto found = rows.find(order);
    if (found == rows.end()) continue;
    const auto at = std::find_if(found->second.begin(), found->second.end(),
                                 [&bytes](const Entry& known) { return known.row == bytes; });
    if (at == found->second.end()) continue;
    Recompute(id, rows, &*at, batch.kinds[row]);
    found->second.erase(at);
    if (found->second.empty()) rows.erase(found);
    if (rows.empty()) index_.Remove(id);
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

void OverBase::MakeRoom(size_t partitions) {
  for (const auto& accumulator : accumulators_) accumulator->Resize(partitions);
}

void OverBase::PersistGroup(StateArchive& state, uint32_t partition) {
  for (const auto& accumulator : accumulators_) accumulator->Persist(state, partition);
}

size_t OverBase::GroupBytes(uint32_t partition) const {
  size_t bytes = 0;
  for (const auto& accumulator : accumulators_) bytes += accumulator->GroupBytes(partition);
  return bytes;
}

void OpOverTime::MakeRoom(size_t partitions) {
  OverBase::MakeRoom(partitions);
  partitions_.resize(partitions);
}

void OpOverTime::PersistGroup(StateArchive& state, uint32_t partition) {
  OverBase::PersistGroup(state, partition);
  state(partitions_[partition]);
}

void OpOverTime::ResetGroup(uint32_t partition) {
  OverBase::ResetGroup(partition);
  partitions_[partition] = Partition{};
}

size_t OpOverTime::GroupBytes(uint32_t partition) const {
  return OverBase::GroupBytes(partition) + sizeof(Partition) + HeapBytes(partitions_[partition].frame);
}

void OpOverRows::MakeRoom(size_t partitions) {
  OverBase::MakeRoom(partitions);
  partitions_.resize(partitions);
}

void OpOverRows::PersistGroup(StateArchive& state, uint32_t partition) {
  OverBase::PersistGroup(state, partition);
  state(partitions_[partition]);
}

void OpOverRows::ResetGroup(uint32_t partition) {
  OverBase::ResetGroup(partition);
  partitions_[partition].clear();
}

size_t OpOverRows::GroupBytes(uint32_t partition) const {
  return OverBase::GroupBytes(partition) + sizeof(Rows) + HeapBytes(partitions_[partition]);
}

}  // namespace cdc::sql
