#pragma once

#include "tools/cdc-sql/run/kept_row.h"
#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/run/turns.h"
#include "tools/cdc-sql/state/arrangement.h"

namespace cdc::sql {

/// JOIN on equal keys: inner, left, right and full. Keeps both inputs by key; a change of one side meets what the other
/// side holds. Rows whose key holds NULL meet nothing.
///
/// Inner: the rows of the result go on with the kind of the change. Outer: a row of an outer side that meets nothing is
/// there with NULLs for the other side; such rows come and go as +I and -D.
class OpJoin : public Operator, public TurnTaker {
 public:
  explicit OpJoin(const PlanNode& plan);
  void Push(size_t port, const Batch& batch) override;
  /// Batches of `port` that have turns come while those of the other one are held, in several parts.
  void SetStreamed(size_t port) { streamed_ = port; }
  void TakeTurns() override;
  bool HoldsTurns() const override { return true; }
  void UseSpill(Spill& spill) override {
    for (Arrangement& side : sides_) side.UseSpill(spill);
  }

 protected:
  void PersistOwn(StateArchive& state) override { state(sides_[0], sides_[1]); }

 private:
  using Entry = Arrangement::Entry;
  void TakeRow(size_t port, const Batch& batch, size_t row);
  /// What follows knows by batches which rows of a turn came together.
  void SendIfOtherPort(size_t port, uint32_t turn);
  /// Takes the rows that are held of an input, up to a turn.
  void TakeHeld(size_t port, uint32_t before);
  void PushInner(size_t port, const Batch& batch, size_t row);
  void PushOuter(size_t port, const Batch& batch, size_t row, bool null_key);
  /// The entries of the other side that the row meets.
  void FindPartners(size_t port, const Batch& batch, size_t row);
  void AppendPair(size_t port, const Batch& batch, size_t row, const Entry& partner, RowKind kind, BatchBuilder& out);
  /// The row of the change, with NULLs for the other side.
  void AppendAlone(size_t port, const Batch& batch, size_t row, RowKind kind);
  /// An entry of side `side`, with NULLs for the other one, as often as it is there.
  void AppendEntryAlone(size_t side, const Entry& entry, RowKind kind);
  void AppendNulls(size_t side);
  void AppendSide(size_t side, const Batch& batch, size_t row, BatchBuilder& out) const;
  void AppendEntry(size_t side, const Entry& entry, BatchBuilder& out) const;
  bool IsFull(RowKind last) const;
  void Send();

  std::vector<size_t> keys_[2];
  size_t widths_[2];
  bool outer_[2];
  Arrangement sides_[2];
  KeptRow kept_[2];
  TurnBuilder out_;
  BatchBuilder pairs_;
  bool has_residual_;
  BoundExpr residual_;
  std::vector<uint8_t> null_safe_;  ///< by key: NULL equals NULL
  std::vector<Entry*> partners_;
  std::string key_;
  std::string row_;

  // Of rows with turns:
  std::optional<size_t> streamed_;
  Batch held_[2];
  size_t next_[2] = {0, 0};  ///< row of what is held
  size_t first_ = 0;         ///< the input that came first: in each turn its rows are first
  uint32_t last_turn_ = kNoTurn;
  size_t last_port_ = 0;
};

}  // namespace cdc::sql
