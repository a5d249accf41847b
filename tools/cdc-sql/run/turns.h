#pragma once

#include "tools/cdc-sql/run/operator.h"

namespace cdc::sql {

/// A row that is taken as it comes.
inline constexpr uint32_t kNoTurn = UINT32_MAX;

/// An operator that holds something of the turns of a batch which it takes together.
class TurnTaker {
 public:
  /// All that comes before it has taken the turns: what is held of them is due.
  virtual void TakeTurns() = 0;
  /// Rows with turns wait in it until then: it needs no gate.
  virtual bool HoldsTurns() const { return false; }

 protected:
  ~TurnTaker() = default;
};

/// A batch under construction whose rows have turns, if those have them that it is made of.
class TurnBuilder : public BatchBuilder {
 public:
  using BatchBuilder::BatchBuilder;

  /// Rows that follow have the turn of a row of `batch`.
  void SetTurnOf(const Batch& batch, size_t row) { SetTurn(batch.turns.empty() ? kNoTurn : batch.turns[row]); }
  void SetTurn(uint32_t turn) {
    NoteTurns();
    turn_ = turn;
  }
  Batch Take() {
    NoteTurns();
    Batch batch = BatchBuilder::Take();
    batch.turns = std::move(turns_);
    turns_.clear();
    return batch;
  }

 private:
  void NoteTurns() {
    if (turn_ != kNoTurn) turns_.resize(rows(), turn_);
  }

  std::vector<uint32_t> turns_;
  uint32_t turn_ = kNoTurn;
};

}  // namespace cdc::sql
