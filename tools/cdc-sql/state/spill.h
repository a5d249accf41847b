#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/state/spill_copy.h"
#include "tools/cdc-sql/state/spill_store.h"
#include "tools/cdc-sql/state/state_archive.h"

namespace cdc::sql {

class SpillIndex;

/// State beyond a limit: the account of what all operators of a run keep in memory, and the store that takes what was
/// not touched for long. Which groups those are a clock tells: its hand goes round over all groups, passes those that
/// were touched since it was there last, and puts away the others.
///
/// The store holds what the memory does not, and of some groups an older state than the memory has; it is no copy that
/// lasts. Checkpoints are made of both.
class Spill {
 public:
  using OpenStore = std::function<std::unique_ptr<SpillStore>()>;
  /// `limit`: bytes. The store is opened when it is needed first.
  Spill(size_t limit, OpenStore open);
  Spill(const Spill&) = delete;
  Spill& operator=(const Spill&) = delete;

  /// Between two batches, when no operator is at work on a group. Errors: 74.
  void KeepLimit() {
    if (used_ > limit_ && (used_ > tolerated_ || touches_ >= patience_)) PutAway();
  }
  /// The store has failed: what groups it has is lost, and with them all results from now on.
  bool failed() const { return failed_; }

  /// A checkpoint that another process writes (fork) gets the groups of the store as they are at BeginCopy: its
  /// ForEach reads what a thread of this one sends.
  void BeginCopy();
  void SendCopy();

  // For SpillIndex. Each has a number, `space`, given in the order in which they save their state.
  uint16_t Add(SpillIndex* index);
  void Account(size_t before, size_t now) { used_ += now - before; }
  void CountTouch() { ++touches_; }
  bool Fetch(std::string_view key, std::string* value);
  void Forget(std::string_view key);
  /// A group of a checkpoint that goes to the store as it is; FlushStored ends a series of them.
  void Store(std::string key, std::string value);
  void FlushStored();
  /// Begins to read all groups of the store, for ForEach of each space in order.
  void BeginReading();
  void ForEach(uint16_t space, const std::function<void(std::string_view key, std::string_view value)>& take);

 private:
  void PutAway();
  /// False if no group may go.
  bool PutSome(size_t wanted);
  /// The hand goes on until groups of `wanted` bytes are in chosen_, those that have to be written in stored_ too.
  void Choose(size_t wanted);
  SpillStore& store();
  void Check(const std::string& error);

  size_t limit_;
  size_t used_ = 0;
  // Where groups are held or too large the hand goes round in vain. It is worth its while again when there is much
  // more of them, or many were touched.
  size_t tolerated_ = 0;
  size_t patience_ = 0;
  size_t touches_ = 0;
  OpenStore open_;
  std::unique_ptr<SpillStore> store_;
  bool failed_ = false;
  std::vector<SpillIndex*> indexes_;
  size_t turn_ = 0;  ///< the hand: an index, and a group of it
  uint32_t hand_ = 0;
  std::vector<std::pair<SpillIndex*, uint32_t>> chosen_;
  std::vector<SpillStore::Entry> stored_;
  size_t stored_bytes_ = 0;

  std::unique_ptr<SpillStore::Cursor> reader_;
  bool reader_has_ = false;
  std::string_view read_key_, read_value_;
  SpillCopy copy_;  ///< last: its thread reads the store
};

}  // namespace cdc::sql
