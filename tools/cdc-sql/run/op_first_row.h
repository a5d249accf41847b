#pragma once

#include <map>

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/key_index.h"

namespace cdc::sql {

/// The first row of each partition by event time, of rows that never go: sent, and never changed, when time has come
/// to it. Rows that come after their time are left out. Keeps one row a partition until it is sent, then its key.
class OpFirstRow : public Operator {
 public:
  explicit OpFirstRow(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override;

 private:
  struct Waiting {
    int64_t time = kEndOfTime;  ///< milliseconds
    bool sent = false;
    std::string row;
    void Persist(StateArchive& state) { state(time, sent, row); }
  };

  OverWindow over_;
  size_t width_;
  KeyIndex index_;
  std::vector<Waiting> waiting_;                  ///< by the number of the partition
  std::map<int64_t, std::vector<uint32_t>> due_;  ///< partitions, by time; those that have an earlier row by now too
  BatchBuilder out_;
  std::string key_;
};

}  // namespace cdc::sql
