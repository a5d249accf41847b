#pragma once

#include <string>

namespace cdc::sql {

/// A folder for what a run puts on disk, gone with it. The run holds a lock on it, which tells it from one that a run
/// that was killed left behind.
class SpillFolder {
 public:
  /// In `parent`, which is there. Errors: 73.
  explicit SpillFolder(const std::string& parent);
  ~SpillFolder();
  SpillFolder(const SpillFolder&) = delete;
  SpillFolder& operator=(const SpillFolder&) = delete;

  const std::string& path() const { return path_; }

  /// $TMPDIR, else /tmp.
  static std::string DefaultParent();
  /// Removes what runs that were killed left in it. Errors: 73 if folders cannot be made in it.
  static void Prepare(const std::string& parent);

 private:
  std::string path_;
  int lock_ = -1;
};

}  // namespace cdc::sql
