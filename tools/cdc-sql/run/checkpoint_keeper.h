#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "common/control_line.h"
#include "tools/cdc-sql/state/checkpoint_store.h"

namespace cdc::sql {

/// Decides when a checkpoint is made and which one a run begins with. All but the first of a new state are written by
/// a child, a copy of this process as it is at that moment, so that the stream goes on meanwhile.
class CheckpointKeeper {
 public:
  struct Settings {
    std::string folder;
    int64_t interval_ms = 10'000;
    size_t keep = 3;
    std::string query;     ///< fingerprint
    bool rebuild = false;  ///< what is there is not to be used
  };

  /// Takes the folder. Errors: 73, 75.
  explicit CheckpointKeeper(Settings settings);
  ~CheckpointKeeper();
  CheckpointKeeper(const CheckpointKeeper&) = delete;
  CheckpointKeeper& operator=(const CheckpointKeeper&) = delete;

  /// The checkpoint that the stream goes on from; nothing where it begins, and the state with it. Errors: 78 if the
  /// stream goes on from elsewhere, or the checkpoint is of another query.
  std::optional<CheckpointStore::Entry> Match(const ControlLine& hello);
  /// The run goes on from this one: newer ones are of no use any more. `last_journal`: the last number in use.
  void GoOnFrom(const CheckpointStore::Entry& entry, uint64_t last_journal);

  /// A new state begins: what is in the folder goes, and the first checkpoint is there when this returns.
  void BeginLife(CheckpointHead head, const PersistFunction& persist);
  bool in_life() const { return in_life_; }
  /// Of the checkpoint that was begun last.
  uint64_t last_number() const { return next_number_ - 1; }

  /// Whether the time for a checkpoint has come; `idle`: nothing but the position has changed since the last one.
  bool IsDue(bool idle);
  /// Begins to write one. Its number is returned. `wait`: it is there when this returns.
  uint64_t Write(CheckpointHead head, const PersistFunction& persist, bool wait);
  /// A child is at it.
  bool is_writing() const { return child_ > 0; }
  /// Waits for one that is being written. Errors: as its child's.
  void Finish();

  const CheckpointStore& store() const { return store_; }

 private:
  using Clock = std::chrono::steady_clock;
  void WriteNow(const CheckpointHead& head, const PersistFunction& persist);
  [[noreturn]] void RunChild(const CheckpointHead& head, const PersistFunction& persist);
  /// True if no child is at work any more.
  bool Reap(bool wait);

  Settings settings_;
  CheckpointStore store_;
  uint64_t next_number_ = 1;
  bool in_life_ = false;
  pid_t child_ = -1;
  Clock::time_point begun_, next_, looked_, pruned_;
  bool prunes_ = false;  ///< after the checkpoint that is being written old ones are removed
};

}  // namespace cdc::sql
