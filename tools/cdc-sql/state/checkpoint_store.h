#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/cdc-sql/state/checkpoint_file.h"

namespace cdc::sql {

/// A folder of checkpoints (--checkpoint DIR): checkpoint-<n>, n growing; journal-<n>, the steps after checkpoint n
/// where a replay would not give them by itself (StepJournal); sink, who asked for its position last; rebuild, there
/// after --rebuild until the first checkpoint is made; lock.
class CheckpointStore {
 public:
  struct Entry {
    CheckpointHead head;
    std::string path;
  };

  explicit CheckpointStore(std::string folder) : folder_(std::move(folder)) {}
  ~CheckpointStore();
  CheckpointStore(const CheckpointStore&) = delete;
  CheckpointStore& operator=(const CheckpointStore&) = delete;

  /// Creates the folder where it is missing, and keeps others out until this process ends. Errors: 73, 75.
  void Lock();
  /// In a child that goes on with the folder: the lock stays with the parent.
  void LeaveLockToParent();

  const std::string& folder() const { return folder_; }
  std::string PathOf(uint64_t number) const;
  std::string JournalOf(uint64_t number) const;

  /// All checkpoints, the oldest first. One whose head cannot be read is left out with a warning. Errors: 78 a newer
  /// format.
  std::vector<Entry> List() const;
  /// Numbers of the journals that are there, in order.
  std::vector<uint64_t> Journals() const;
  /// Whether the file is whole; else a warning that says why not.
  static bool IsWhole(const Entry& entry);

  /// The newest whole checkpoint that is not ahead of `sink`; of all of them without one.
  std::optional<Entry> Choose(const std::optional<Position>& sink) const;

  /// Removes the checkpoint files of these numbers, and journals before `oldest_journal`.
  void Remove(const std::vector<Entry>& entries, uint64_t oldest_journal) const;
  /// Removes all checkpoints and journals, and the word of --rebuild if `and_mark`.
  void Clear(bool and_mark) const;
  /// Removes what is not needed any more: keeps the `keep` newest, and the newest that is not ahead of the sink, which
  /// is asked if it is known. Where it cannot be asked nothing is removed.
  void Prune(size_t keep) const;

  bool rebuild_asked() const;
  void AskRebuild() const;

  /// The sink that asked for a position last, with its slot.
  void RememberSink(const std::string& sink, const std::string& slot) const;

 private:
  std::string folder_;
  int lock_ = -1;
};

/// Errors: 78 if `sink` holds results of a reading of Kafka's topics, which another reading would not replace.
void CheckTakesRebuild(const std::string& sink, const std::string& slot);

/// Where the source has to begin so that `sink` gets all that it lacks: the position of the checkpoint that will be
/// loaded; nothing: at its beginning. An empty `sink`: without one, the newest checkpoint counts. Errors: 66 if the
/// sink's results are from before all checkpoints, 78.
std::optional<Position> CheckpointPosition(const CheckpointStore& store, const std::string& sink,
                                           const std::string& slot);

}  // namespace cdc::sql
