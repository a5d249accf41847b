#pragma once

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// Where rows that were read and computed ahead, those of many records in a batch, wait until it is their record's
/// turn: between operators that take each row by itself and those that keep state or write.
class OpGate : public Operator {
 public:
  /// Before `next`. A gate that holds rows adds itself to `waiting`.
  OpGate(const std::vector<PlanColumn>& columns, const Operator& next, std::vector<OpGate*>& waiting)
      : next_operator_(next), waiting_(waiting), row_(columns) {}
  void Push(size_t port, const Batch& batch) override;
  /// Sends the rows of a turn on; false if there are none. Turns come in order.
  bool Release(uint32_t turn);
  /// Sends all rows on, with their turns.
  void ReleaseAll();
  bool IsBefore(const Operator& op) const { return &op == &next_operator_; }
  void Drop();

 private:
  const Operator& next_operator_;
  std::vector<OpGate*>& waiting_;
  Batch held_;
  size_t next_ = 0;
  BatchBuilder row_;
};

}  // namespace cdc::sql
