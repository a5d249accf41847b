#pragma once

#include <map>

#include "tools/cdc-sql/functions/accumulators.h"
#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/run/turns.h"
#include "tools/cdc-sql/state/spill_index.h"

namespace cdc::sql {

/// GROUP BY and DISTINCT. Keeps per group its row count and the accumulators. A group comes with its first row (+I),
/// goes with its last (-D); a result that does not change is not sent. Taking a row out of a group that is not there is
/// ignored.
class OpAggregate : public Operator, public TurnTaker, private SpillableGroups {
 public:
  /// `turns_are_steps`: where rows have turns, each of these is a step.
  OpAggregate(const PlanNode& plan, ChangeMode mode, bool turns_are_steps);
  void Push(size_t port, const Batch& batch) override;
  void EndStep() override;
  void TakeTurns() override {
    if (turns_are_steps_) EndStep();
  }
  void UseSpill(Spill& spill) override { index_.UseSpill(spill); }

 protected:
  void OnWatermark(int64_t millis) override;
  void PersistOwn(StateArchive& state) override;

 private:
  static constexpr uint32_t kNoRow = UINT32_MAX;
  struct Touched {
    uint32_t group;
    uint32_t old_row;  ///< in old_, kNoRow if the group was not there
  };
  uint32_t GroupOf(const Batch& batch, size_t row);
  void AppendResult(uint32_t group, BatchBuilder& out, RowKind kind);
  std::string PartsOf(uint32_t group) const;
  void PushTraced(uint32_t group, const Batch& batch, size_t row);
  void Touch(uint32_t group);
  void DropUntil(int64_t millis);
  void FlushTouched(const Touched& touched);
  void FlushStep();

  void MakeRoom(size_t groups) override;
  void PersistGroup(StateArchive& state, uint32_t group) override;
  void ResetGroup(uint32_t group) override;
  size_t GroupBytes(uint32_t group) const override;
  bool MaySpill(uint32_t group) const override { return touched_at_[group] == 0; }

  std::vector<size_t> keys_;
  bool sends_same_;
  std::optional<size_t> fires_by_;
  TimeZone zone_;
  ChangeMode mode_;
  bool turns_are_steps_;
  uint32_t turn_ = kNoTurn;
  SpillIndex index_{*this};
  std::vector<int64_t> counts_;
  std::vector<uint32_t> touched_at_;  ///< place in touched_ plus 1, by group
  Accumulators accumulators_;
  std::map<int64_t, std::vector<std::string>> ends_;  ///< with fires_by_: last moment → groups by their keys
  std::vector<Touched> touched_;
  TurnBuilder out_;
  BatchBuilder old_;
  std::string key_;
};

}  // namespace cdc::sql
