#pragma once

#include <deque>
#include <map>

#include "tools/cdc-sql/functions/accumulator.h"
#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/heap_bytes.h"
#include "tools/cdc-sql/state/spill_index.h"

namespace cdc::sql {

/// The functions of an OVER window, as accumulators by partition, and rows with their results.
class OverBase : public Operator, protected SpillableGroups {
 public:
  explicit OverBase(const PlanNode& plan);
  void UseSpill(Spill& spill) override { index_.UseSpill(spill); }

 protected:
  uint32_t PartitionOf(const Batch& batch, size_t row, bool* added);
  void Add(uint32_t partition, const std::string& row, int64_t weight);
  void Reset(uint32_t partition);
  void AppendResults(uint32_t partition, BatchBuilder& out) const;
  void AppendRow(uint32_t partition, const std::string& row, RowKind kind);
  void SendIfFull();
  const std::vector<int64_t>& summed() const { return summed_; }

  // Of the accumulators; those who follow add what they keep themselves.
  void MakeRoom(size_t partitions) override;
  void PersistGroup(StateArchive& state, uint32_t partition) override;
  void ResetGroup(uint32_t partition) override { Reset(partition); }
  size_t GroupBytes(uint32_t partition) const override;

  OverWindow over_;
  size_t width_;
  BatchBuilder out_;
  SpillIndex index_{*this};
  std::string key_;  ///< of the partition that was asked for last

 private:
  std::vector<AggregateCall> calls_;
  std::vector<std::unique_ptr<Accumulator>> accumulators_;
  std::vector<size_t> sums_;     ///< calls that are SUM or AVG
  std::vector<int64_t> summed_;  ///< by sum: of how many values, since Reset
  BatchBuilder scratch_;
};

/// OVER, ordered by a time attribute, over rows that never go: each row is sent once, with the results at its time.
/// With event time rows wait for the watermark; those that are late are left out. Keeps the accumulators, and the rows
/// of the frame where it is bounded.
class OpOverTime : public OverBase {
 public:
  explicit OpOverTime(const PlanNode& plan) : OverBase(plan) {}
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override { state(index_, waiting_); }
  void MakeRoom(size_t partitions) override;
  void PersistGroup(StateArchive& state, uint32_t partition) override;
  void ResetGroup(uint32_t partition) override;
  size_t GroupBytes(uint32_t partition) const override;
  bool MaySpill(uint32_t partition) const override { return partitions_[partition].waiting == 0; }

 private:
  struct Partition {
    std::deque<std::pair<int64_t, std::string>> frame;
    int64_t last = kStartOfTime;     ///< time of the rows that were sent last
    int64_t cleared = kStartOfTime;  ///< when a RANGE frame is forgotten if no more rows come; kStartOfTime: not set
    uint64_t waiting = 0;            ///< rows in waiting_
    void Persist(StateArchive& state) { state(frame, last, cleared, waiting); }
  };
  struct Waiting {
    uint32_t partition;
    std::string row;  ///< with partition kNone: the key of one that may be forgotten, which need not be in memory
    void Persist(StateArchive& state) { state(partition, row); }
  };
  void SendRow(uint32_t partition, int64_t time, const std::string& row);
  void PlanClearing(uint32_t partition, int64_t time);
  void SendTime(int64_t time, const std::vector<Waiting>& rows);
  void SendPeers(uint32_t partition, int64_t time, const std::vector<const std::string*>& rows);
  void Leave(uint32_t partition, int64_t time);

  bool forgets() const { return !over_.rows && over_.preceding.has_value(); }

  std::vector<Partition> partitions_;
  std::map<int64_t, std::vector<Waiting>> waiting_;
};

/// OVER, ordered by any columns, UNBOUNDED PRECEDING to CURRENT ROW, over rows that change. Keeps the whole partition;
/// a change sends the results that differ.
class OpOverRows : public OverBase {
 public:
  explicit OpOverRows(const PlanNode& plan) : OverBase(plan) {}
  void Push(size_t port, const Batch& batch) override;

 protected:
  void PersistOwn(StateArchive& state) override { state(index_); }
  void MakeRoom(size_t partitions) override;
  void PersistGroup(StateArchive& state, uint32_t partition) override;
  void ResetGroup(uint32_t partition) override;
  size_t GroupBytes(uint32_t partition) const override;

 private:
  struct Entry {
    std::string row;
    std::string results;  ///< encoded
    void Persist(StateArchive& state) { state(row, results); }
    size_t HeapBytes() const { return sql::HeapBytes(row) + sql::HeapBytes(results); }
  };
  using Rows = std::map<std::string, std::vector<Entry>>;  ///< by order
  void Recompute(uint32_t partition, Rows& rows, const Entry* changed, RowKind kind);
  void AppendEntry(const Entry& entry, RowKind kind);

  std::vector<Rows> partitions_;
};

}  // namespace cdc::sql
