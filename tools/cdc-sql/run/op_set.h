#pragma once

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/state/keyed_state.h"

namespace cdc::sql {

/// INTERSECT [ALL] and EXCEPT [ALL]. Keeps for each row how often it is in either input; NULLs are equal here.
class OpSet : public Operator {
 public:
  explicit OpSet(const PlanNode& plan) : intersect_(plan.set_intersect), all_(plan.set_all), out_(plan.columns) {}
  void Push(size_t port, const Batch& batch) override;
  void UseSpill(Spill& spill) override { counts_.UseSpill(spill); }

 protected:
  void PersistOwn(StateArchive& state) override { state(counts_); }

 private:
  struct Counts {
    int64_t side[2] = {0, 0};
    void Persist(StateArchive& state) { state(side[0], side[1]); }
    size_t HeapBytes() const { return 0; }
  };
  int64_t Result(const Counts& counts) const;

  bool intersect_;
  bool all_;
  KeyedState<Counts> counts_;
  BatchBuilder out_;
  std::string row_;
};

}  // namespace cdc::sql
