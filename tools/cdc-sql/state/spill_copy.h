#pragma once

#include <sys/types.h>

#include <memory>
#include <thread>

#include "tools/cdc-sql/state/spill_store.h"

namespace cdc::sql {

/// Brings the entries of a store to a copy of this process (fork), which cannot use the store itself: a thread here
/// writes them into a pipe, the copy reads them.
class SpillCopy {
 public:
  SpillCopy() = default;
  ~SpillCopy();
  SpillCopy(const SpillCopy&) = delete;
  SpillCopy& operator=(const SpillCopy&) = delete;

  /// Before the fork. Errors: 71.
  void Begin(std::unique_ptr<SpillStore::Cursor> entries);
  /// After it, in this process.
  void Send();
  /// Whether this process is the copy.
  bool IsCopy() const;
  /// In the copy: the entries.
  std::unique_ptr<SpillStore::Cursor> Receive();

 private:
  void Join();
  pid_t owner_ = 0;
  int pipe_[2] = {-1, -1};
  std::unique_ptr<SpillStore::Cursor> entries_;
  std::thread sender_;
};

}  // namespace cdc::sql
