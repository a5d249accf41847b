#pragma once

#include <map>

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/keyed_state.h"

namespace cdc::sql {

/// The first row of each partition by event time, of rows that never go: sent, and never changed, when time has come
/// to it. Rows that come after their time are left out. Keeps one row a partition until it is sent, then its key.
class OpFirstRow : public Operator {
 public:
  explicit OpFirstRow(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;
  void UseSpill(Spill& spill) override { waiting_.UseSpill(spill); }

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override { state(waiting_, due_); }

 private:
  struct Waiting {
    int64_t time = kEndOfTime;  ///< milliseconds
    bool sent = false;
    uint32_t due = 0;  ///< how often it is in due_
    std::string row;
    void Persist(StateArchive& state) { state(time, sent, due, row); }
    size_t HeapBytes() const { return sql::HeapBytes(row); }
    bool MaySpill() const { return due == 0; }
  };

  OverWindow over_;
  size_t width_;
  KeyedState<Waiting> waiting_;                   ///< by partition
  std::map<int64_t, std::vector<uint32_t>> due_;  ///< partitions, by time; those that have an earlier row by now too
  BatchBuilder out_;
  std::string key_;
};

}  // namespace cdc::sql
