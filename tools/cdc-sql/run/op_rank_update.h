#pragma once

#include <map>
#include <unordered_map>

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/run/turns.h"
#include "tools/cdc-sql/state/keyed_state.h"

namespace cdc::sql {

/// Top-N over rows with a key that only rise: each change of a row makes its order better, as COUNT(*) does under
/// ORDER BY … DESC, and no row goes. So the first `to` rows of a partition are all that is kept, and a row that moves
/// is one update. What is taken away (the first halves of updates) is known here and not read.
///
/// Flink's name for this is UpdateFast; changes come in its order.
class OpRankUpdate : public Operator {
 public:
  explicit OpRankUpdate(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;
  void UseSpill(Spill& spill) override { partitions_.UseSpill(spill); }

 protected:
  void PersistOwn(StateArchive& state) override { state(partitions_); }

 private:
  struct Kept {
    std::string order, row;
    void Persist(StateArchive& state) { state(order, row); }
    size_t HeapBytes() const { return sql::HeapBytes(order) + sql::HeapBytes(row); }
  };
  struct Partition {
    std::map<std::string, std::vector<std::string>> keys;  ///< of rows, by order, then arrival
    std::unordered_map<std::string, Kept> rows;            ///< by key
    void Persist(StateArchive& state) { state(keys, rows); }
    size_t HeapBytes() const { return sql::HeapBytes(keys) + sql::HeapBytes(rows); }
  };
  bool HasRoomFor(const Partition& partition) const;
  static void Remove(Partition& partition, const std::string& order, const std::string& key);
  void Put(Partition& partition);
  void TakeUnranked(Partition& partition);
  void TakeRanked(Partition& partition);
  void MoveUp(Partition& partition, const Kept& old, int64_t old_rank);
  void Enter(Partition& partition);
  int64_t RankOf(const Partition& partition, const std::string& key) const;
  /// Sends nothing for a rank that is none of from..to.
  void Send(const std::string& row, int64_t rank, RowKind kind);

  OverWindow over_;
  std::vector<size_t> key_columns_;
  int64_t from_, to_;
  bool ranked_;  ///< the rank decides what is sent
  size_t width_;
  KeyedState<Partition> partitions_;
  TurnBuilder out_;
  std::string partition_key_, key_, order_, row_;  ///< of the row that is taken
};

}  // namespace cdc::sql
