#pragma once

#include <vector>

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/run/source_partitions.h"

namespace cdc::sql {

/// Behind a table with a WATERMARK: tells what follows how far the table's time has come, after each row that brings it
/// on. Each partition of the table has a time of its own, as Flink's Kafka source has it; the least is the table's. In
/// steps the time moves at their end, so that no row of a step is late for another.
class OpWatermark : public Operator {
 public:
  OpWatermark(const PlanNode& plan, ChangeMode mode);
  void Push(size_t port, const Batch& batch) override;
  /// Of the partitions whose indices the batches have.
  void SetPartitions(const std::vector<PartitionState>& states);
  /// In steps: what the step has brought, of rows that were computed ahead up to `turn`. False if that is nothing.
  bool AdvanceTime(uint32_t turn);

 protected:
  void PersistOwn(StateArchive& state) override { state(partitions_, seen_, sent_); }

 private:
  struct Partition {
    int64_t seen = kStartOfTime;
    PartitionState state = PartitionState::kOpen;
    void Persist(StateArchive& archive) { archive(seen); }
  };
  /// A row that was read ahead: its time counts from its turn on.
  struct Ahead {
    uint32_t turn;
    size_t partition;
    int64_t millis;
  };
  void TakeAhead(const Batch& batch);
  /// True if it brings the table's time on.
  bool Take(size_t partition, int64_t millis);
  bool Raise();

  BoundExpr watermark_expr_;
  ChangeMode mode_;
  int64_t granule_;
  std::vector<Partition> partitions_;
  int64_t seen_ = kStartOfTime;
  int64_t sent_ = kStartOfTime;
  bool idle_ = false;  ///< no row came from any partition for a while
  bool told_idle_ = false;
  std::vector<Ahead> ahead_;  ///< of turns that are still to come
  size_t next_ahead_ = 0;
};

}  // namespace cdc::sql
