#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdc::apply {

/// Files that are complete or not there, also after a power cut. Errors: 73, 74, 77 with the path.

/// The folder and those above it.
void MakeFolders(const std::string& path);
/// What was renamed into the folder, or made in it, stays.
void SyncFolder(const std::string& path);
/// Writes a temporary file beside `path`, and renames it.
void WriteWholeFile(const std::string& path, std::string_view bytes);
/// Nothing if there is no such file.
std::optional<std::string> ReadWholeFile(const std::string& path);
/// Names of what is in the folder.
std::vector<std::string> FilesOf(const std::string& folder);
/// False if `from` is not there.
bool MoveFile(const std::string& from, const std::string& to);

/// A file that is written from its beginning, and may be cut back to what it held before.
class GrowingFile {
 public:
  explicit GrowingFile(std::string path);
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  ~GrowingFile();

  std::string& buffer() { return buffer_; }  ///< append here, then MaybeFlush
  void MaybeFlush();
  size_t size() const { return written_ + buffer_.size(); }
  void CutTo(size_t size);
  /// Everything is on the disk, and the file is closed.
  void Finish();
  const std::string& path() const { return path_; }

 private:
  void Flush();
  std::string path_;
  int fd_;
  size_t written_ = 0;
  std::string buffer_;
};

/// An exclusive lock on a file, for as long as this lives. Waits for it; StopFailure ends that after a stop.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int fd_;
};

/// `name` as one part of a path: bytes other than letters, digits, "_", "-" and inner "." as %XX.
std::string PathPart(std::string_view name);

}  // namespace cdc::apply
