#include "tools/cdc-sql/state/spill_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "common/error.h"
#include "common/log.h"

namespace cdc::sql {

namespace {

constexpr const char* kPrefix = "cdc-sql-spill-";

/// A lock on a folder; -1 if another process has it, or it cannot be had.
int LockFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  close(fd);
  return -1;
}

/// Between its making and its lock a folder may have been taken for one that was left behind.
bool IsStill(const std::string& path, int fd) {
  struct stat named {
  }, held{};
  return stat(path.c_str(), &named) == 0 && fstat(fd, &held) == 0 && named.st_ino == held.st_ino &&
         named.st_dev == held.st_dev;
}

void RemoveLeft(const std::string& parent) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    if (entry.path().filename().string().rfind(kPrefix, 0) != 0) continue;
    struct stat status {};
    if (lstat(entry.path().c_str(), &status) != 0 || status.st_uid != geteuid()) continue;
    const int fd = LockFolder(entry.path().string());
    if (fd < 0) continue;
    std::filesystem::remove_all(entry.path(), error);
    close(fd);
    LogVerbose("removed " + entry.path().string() + ", which a run that was killed left behind");
  }
}

[[noreturn]] void FailFolder(const std::string& parent, int error_number) {
  Fail(ExitStatus::kCannotCreate, "cannot create a folder for state in " + parent + ": " + ErrnoText(error_number), "",
       "--spill DIR names a folder on a disk with room, and without it TMPDIR");
}

}  // namespace

std::string SpillFolder::DefaultParent() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != 0 ? folder : "/tmp";
}

void SpillFolder::Prepare(const std::string& parent) {
  struct stat status {};
  if (stat(parent.c_str(), &status) != 0) FailFolder(parent, errno);
  if (!S_ISDIR(status.st_mode)) FailFolder(parent, ENOTDIR);
  if (access(parent.c_str(), W_OK | X_OK) != 0) FailFolder(parent, errno);
  RemoveLeft(parent);
}

SpillFolder::SpillFolder(const std::string& parent) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    path_ = parent + "/" + kPrefix + "XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) FailFolder(parent, errno);
    lock_ = LockFolder(path_);
    if (lock_ >= 0 && IsStill(path_, lock_)) return;
    if (lock_ >= 0) close(lock_);
    lock_ = -1;
  }
  FailFolder(parent, EAGAIN);
}

SpillFolder::~SpillFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) LogWarning("could not remove " + path_ + ": " + error.message());
  if (lock_ >= 0) close(lock_);
}

}  // namespace cdc::sql
