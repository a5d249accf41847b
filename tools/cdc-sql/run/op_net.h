#pragma once

#include <array>
#include <unordered_map>

#include "tools/cdc-sql/run/operator.h"
#include "tools/cdc-sql/run/turns.h"

namespace cdc::sql {

/// Holds the changes of a step back until its end and sends the difference that they make: rows that come and go within
/// the step vanish. With a key, the two images of a changed row stand together (-U, +U) and deletions of a key come
/// before its insertions; without one, the images that came together stay together.
class OpNet : public Operator, public TurnTaker {
 public:
  /// `turns_are_steps`: where rows have turns, each of these is a step.
  OpNet(const std::vector<PlanColumn>& columns, std::vector<size_t> key, bool has_key, bool turns_are_steps)
      : rows_(columns), out_(columns), key_(std::move(key)), has_key_(has_key), turns_are_steps_(turns_are_steps) {}
  void Push(size_t port, const Batch& batch) override;
  void EndStep() override;
  void TakeTurns() override {
    if (turns_are_steps_) EndStep();
  }

 private:
  struct Entry {
    int64_t weight = 0;
    size_t partner = SIZE_MAX;  ///< the +U that came right after this -U
  };
  /// Rows begin..end are of the step that is open.
  void TakeRows(const Batch& batch, size_t begin, size_t end);
  void PushTurns(const Batch& batch);
  /// The difference that one or two rows make, which are a step of their own.
  void TakeSmallStep(const Batch& batch, size_t begin, size_t end);
  bool SameValue(const Batch& batch, size_t column, size_t a, size_t b) const;
  void SendSmallSteps(const Batch& batch);
  /// The entry of a row; a new one if there is none yet.
  size_t EntryOf(const Batch& batch, size_t row);
  void Take(size_t entry, RowKind kind);
  void EndKeyed();
  void EndUnkeyed();

  BatchBuilder rows_;  ///< one row an entry
  BatchBuilder out_;
  std::vector<size_t> key_;
  bool has_key_;
  bool turns_are_steps_;
  uint32_t turn_ = kNoTurn;            ///< of the step that is open
  std::vector<uint32_t> small_steps_;  ///< rows of a batch that make the difference
  std::vector<RowKind> small_kinds_;
  std::vector<Entry> entries_;
  static constexpr size_t kScanEntries = 8;
  std::array<std::string, kScanEntries> encoded_;   ///< rows of the first entries
  std::unordered_map<std::string, size_t> places_;  ///< of all entries, if they are more
  std::string bytes_;
};

}  // namespace cdc::sql
