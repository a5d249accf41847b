#include "tools/cdc-apply/durable_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include "common/error.h"
#include "common/stop.h"
#include "tools/cdc-apply/stop_failure.h"

namespace cdc::apply {
namespace {

constexpr size_t kFlushBytes = 1 << 20;

using Clock = std::chrono::steady_clock;
constexpr auto kWaitAfterStop = std::chrono::milliseconds(900), kFirstLockPoll = std::chrono::milliseconds(1),
               kLockPoll = std::chrono::milliseconds(20);

[[noreturn]] void FailPath(const char* what, const std::string& path) {
  const int number = errno;
  const bool denied = number == EACCES || number == EPERM || number == EROFS;
  Fail(denied ? ExitStatus::kNoPermission : ExitStatus::kIoError,
       std::string("could not ") + what + " \"" + path + "\": " + ErrnoText(number));
}

void WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) FailPath("write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

int OpenNew(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) FailPath("create", path);
  return fd;
}

void SyncAndClose(int fd, const std::string& path) {
  if (fsync(fd) != 0) FailPath("write", path);
  if (close(fd) != 0) FailPath("write", path);
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

void MakeFolders(const std::string& path) {
  for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (mkdir(part.c_str(), 0777) == 0)
      SyncFolder(FolderOf(part));
    else if (errno != EEXIST)
      FailPath("create folder", part);
    if (at == std::string::npos) return;
  }
}

void SyncFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) FailPath("open folder", path);
  // Some file systems have nothing to do here, and say so.
  if (fsync(fd) != 0 && errno != EINVAL) FailPath("write folder", path);
  close(fd);
}

void WriteWholeFile(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp" + std::to_string(getpid());
  const int fd = OpenNew(temporary);
  WriteAll(fd, bytes, temporary);
  SyncAndClose(fd, temporary);
  if (!MoveFile(temporary, path)) FailPath("rename", temporary);
  SyncFolder(FolderOf(path));
}

std::optional<std::string> ReadWholeFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (fd < 0) FailPath("open", path);
  std::string bytes;
  for (;;) {
    const size_t size = bytes.size();
    bytes.resize(size + kFlushBytes);
    const ssize_t count = read(fd, bytes.data() + size, kFlushBytes);
    if (count < 0 && errno != EINTR) FailPath("read", path);
    bytes.resize(size + static_cast<size_t>(count < 0 ? 0 : count));
    if (count == 0) break;
  }
  close(fd);
  return bytes;
}

std::vector<std::string> FilesOf(const std::string& folder) {
  DIR* entries = opendir(folder.c_str());
  if (entries == nullptr && errno != ENOENT) FailPath("read folder", folder);
  std::vector<std::string> names;
  if (entries == nullptr) return names;
  while (const dirent* entry = readdir(entries)) names.emplace_back(entry->d_name);
  closedir(entries);
  return names;
}

bool MoveFile(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return true;
  if (errno == ENOENT && access(from.c_str(), F_OK) != 0) return false;
  FailPath("rename", from);
}

GrowingFile::GrowingFile(std::string path) : path_(std::move(path)), fd_(OpenNew(path_)) {}

GrowingFile::~GrowingFile() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(path_.c_str());
}

void GrowingFile::MaybeFlush() {
  if (buffer_.size() >= kFlushBytes) Flush();
}

void GrowingFile::Flush() {
  WriteAll(fd_, buffer_, path_);
  written_ += buffer_.size();
  buffer_.clear();
}

void GrowingFile::CutTo(size_t size) {
  if (size >= written_) {
    buffer_.resize(size - written_);
    return;
  }
  buffer_.clear();
  written_ = size;
  if (ftruncate(fd_, static_cast<off_t>(size)) != 0 || lseek(fd_, static_cast<off_t>(size), SEEK_SET) < 0)
    FailPath("cut", path_);
}

void GrowingFile::Finish() {
  Flush();
  SyncAndClose(fd_, path_);
  fd_ = -1;
}

FileLock::FileLock(const std::string& path) : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) FailPath("open", path);
  // Asked for again and again: a call that waits would miss a stop that comes just before it, and a lock that becomes
  // free gives no sign.
  std::optional<Clock::time_point> stopped;
  for (auto pause = kFirstLockPoll; flock(fd_, LOCK_EX | LOCK_NB) != 0; pause = std::min(2 * pause, kLockPoll)) {
    if (errno != EINTR && errno != EWOULDBLOCK) FailPath("lock", path);
    if (StopRequested() && !stopped) stopped = Clock::now();
    if (stopped && Clock::now() - *stopped > kWaitAfterStop) {
      close(fd_);
      throw StopFailure("another cdc-apply had not left \"" + path + "\" when the stop was asked for");
    }
    std::this_thread::sleep_for(pause);
  }
}

FileLock::~FileLock() {
  close(fd_);
}

std::string PathPart(std::string_view name) {
  std::string part;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       c == '-' || (c == '.' && i > 0);
    if (plain) {
      part += static_cast<char>(c);
      continue;
    }
    constexpr char kHex[] = "0123456789ABCDEF";
    part += '%';
    part += kHex[c >> 4];
    part += kHex[c & 15];
  }
  return part;
}

}  // namespace cdc::apply
