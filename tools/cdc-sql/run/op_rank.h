#pragma once

#include <map>
#include <optional>

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/run/turns.h"
#include "tools/cdc-sql/state/keyed_state.h"

namespace cdc::sql {

/// Top-N: the rows with the ranks from..to of each partition, with their rank or without. Rows of equal order keep the
/// order of their arrival. Keeps all rows of a partition, or, where rows never go, the first `to`.
///
/// With the rank each rank is a row that changes (-U, +U); without it rows come (+I) and go (-D). A rank inside windows
/// is sent once, when the window is over; rows that come later are left out.
class OpRank : public Operator {
 public:
  explicit OpRank(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;
  /// The rows of windows are there for a while only.
  void UseSpill(Spill& spill) override {
    if (!fires_by_) partitions_.UseSpill(spill);
  }

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override { state(partitions_, open_); }

 private:
  struct Partition {
    std::map<std::string, std::vector<std::string>> rows;  ///< by order, then arrival
    size_t count = 0;
    void Persist(StateArchive& state) { state(rows, count); }
    size_t HeapBytes() const { return sql::HeapBytes(rows); }
  };
  Partition* PartitionOf(const Batch& batch, size_t row, uint32_t* id);
  bool Remove(Partition& partition);
  /// The rows with the ranks from..to.
  std::vector<std::string> Top(const Partition& partition) const;
  void SendRanks(const std::vector<std::string>& before, const std::vector<std::string>& after);
  void SendRows(const std::vector<std::string>& before, const std::vector<std::string>& after);
  /// Where rows never go: row_ has come in, and another one, if the ranks were full, gone out.
  void SendEntered(const std::optional<std::string>& left);
  void Append(const std::string& row, int64_t rank, RowKind kind);
  bool IsLate(const Batch& batch, size_t row, bool added, uint32_t id);

  OverWindow over_;
  int64_t from_, to_;
  bool ranked_;  ///< the rank decides what is sent
  bool append_only_;
  std::optional<size_t> fires_by_;
  TimeZone zone_;
  bool newest_first_;  ///< of rows of equal order
  size_t width_;
  KeyedState<Partition> partitions_;
  std::map<int64_t, std::vector<uint32_t>> open_;  ///< partitions by the last moment of their window
  TurnBuilder out_;
  std::string key_, order_, row_;
};

/// The last row of each partition by a time attribute, or the first by the clock, of rows that never go. Keeps one row
/// a partition.
class OpDedup : public Operator {
 public:
  explicit OpDedup(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;
  void UseSpill(Spill& spill) override { kept_.UseSpill(spill); }

 protected:
  void PersistOwn(StateArchive& state) override { state(kept_); }

 private:
  struct Kept {
    Int128 time = 0;
    std::string row;
    void Persist(StateArchive& state) { state(time, row); }
    size_t HeapBytes() const { return sql::HeapBytes(row); }
  };
  void Append(const std::string& row, RowKind kind);

  OverWindow over_;
  bool keep_last_;
  size_t width_;
  KeyedState<Kept> kept_;
  TurnBuilder out_;
  std::string key_, row_;
};

}  // namespace cdc::sql
