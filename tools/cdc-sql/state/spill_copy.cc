#include "tools/cdc-sql/state/spill_copy.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "common/error.h"

namespace cdc::sql {

namespace {

constexpr size_t kBlock = size_t{1} << 18;
/// Instead of the length of a key: the end, without which entries are missing.
constexpr uint32_t kEnd = UINT32_MAX;

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;  // the reader is gone, and says why itself
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void AppendSize(std::string* bytes, uint64_t size) {
  const auto number = static_cast<uint32_t>(size);
  bytes->append(reinterpret_cast<const char*>(&number), sizeof number);
}

void SendAll(SpillStore::Cursor& entries, int fd) {
  std::string block;
  std::string_view key, value;
  while (entries.Next(&key, &value)) {
    AppendSize(&block, key.size());
    AppendSize(&block, value.size());
    block.append(key).append(value);
    if (block.size() < kBlock) continue;
    if (!WriteAll(fd, block)) return;
    block.clear();
  }
  if (entries.Error().empty()) AppendSize(&block, kEnd);
  WriteAll(fd, block);
}

class PipeCursor : public SpillStore::Cursor {
 public:
  explicit PipeCursor(int fd) : fd_(fd) {}
  ~PipeCursor() override { close(fd_); }
  PipeCursor(const PipeCursor&) = delete;
  PipeCursor& operator=(const PipeCursor&) = delete;

  bool Next(std::string_view* key, std::string_view* value) override {
    uint32_t sizes[2];
    if (!Need(sizeof sizes[0])) return false;
    std::memcpy(sizes, buffer_.data() + at_, sizeof sizes[0]);
    if (sizes[0] == kEnd || !Need(sizeof sizes)) return false;
    std::memcpy(sizes, buffer_.data() + at_, sizeof sizes);
    at_ += sizeof sizes;
    if (!Need(size_t{sizes[0]} + sizes[1])) return false;
    *key = std::string_view(buffer_).substr(at_, sizes[0]);
    *value = std::string_view(buffer_).substr(at_ + sizes[0], sizes[1]);
    at_ += size_t{sizes[0]} + sizes[1];
    return true;
  }
  std::string Error() const override { return error_; }

 private:
  /// Makes the next `size` bytes lie at at_.
  bool Need(size_t size) {
    if (buffer_.size() - at_ >= size) return true;
    buffer_.erase(0, std::exchange(at_, 0));
    while (buffer_.size() < size) {
      const size_t before = buffer_.size();
      buffer_.resize(before + kBlock);
      ssize_t count;
      do {
        count = read(fd_, buffer_.data() + before, kBlock);
      } while (count < 0 && errno == EINTR);
      buffer_.resize(before + static_cast<size_t>(count > 0 ? count : 0));
      if (count > 0) continue;
      error_ = count < 0 ? ErrnoText(errno) : "the store could not be read to its end";
      return false;
    }
    return true;
  }
  int fd_;
  std::string buffer_;
  size_t at_ = 0;
  std::string error_;
};

}  // namespace

SpillCopy::~SpillCopy() {
  Join();
}

void SpillCopy::Join() {
  if (sender_.joinable()) sender_.join();
  for (int& fd : pipe_)
    if (fd >= 0) close(std::exchange(fd, -1));
  entries_.reset();
}

void SpillCopy::Begin(std::unique_ptr<SpillStore::Cursor> entries) {
  Join();
  owner_ = getpid();
  entries_ = std::move(entries);
  if (pipe2(pipe_, O_CLOEXEC) != 0)
    Fail(ExitStatus::kOsError, "could not create a pipe for a checkpoint: " + ErrnoText(errno));
}

void SpillCopy::Send() {
  close(std::exchange(pipe_[0], -1));
  // Signals are for the thread that waits for them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  sender_ = std::thread([this] {
    SendAll(*entries_, pipe_[1]);
    close(std::exchange(pipe_[1], -1));
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool SpillCopy::IsCopy() const {
  return owner_ != 0 && owner_ != getpid();
}

std::unique_ptr<SpillStore::Cursor> SpillCopy::Receive() {
  close(std::exchange(pipe_[1], -1));
  return std::make_unique<PipeCursor>(std::exchange(pipe_[0], -1));
}

}  // namespace cdc::sql
