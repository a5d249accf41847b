#include "tools/binlog-tail/held_rows.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "common/error.h"

namespace cdc::tail {
namespace {

constexpr size_t kMemoryBytes = size_t{16} << 20;
constexpr size_t kReadBytes = size_t{1} << 20;

}  // namespace

HeldRows::~HeldRows() {
  if (fd_ >= 0) close(fd_);
}

HeldRows::HeldRows(HeldRows&& other) noexcept {
  *this = std::move(other);
}

HeldRows& HeldRows::operator=(HeldRows&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(rows_, other.rows_);
  std::swap(rows_in_file_, other.rows_in_file_);
  std::swap(file_bytes_, other.file_bytes_);
  std::swap(fd_, other.fd_);
  return *this;
}

void HeldRows::TakeRows(std::string_view lines, uint64_t count) {
  memory_ += lines;
  rows_ += count;
  if (memory_.size() >= kMemoryBytes) Spill();
}

void HeldRows::Spill() {
  if (fd_ < 0) {
    const char* directory = std::getenv("TMPDIR");
    std::string path =
        std::string(directory != nullptr && *directory != 0 ? directory : "/tmp") + "/binlog-tail.XXXXXX";
    fd_ = mkostemp(path.data(), O_CLOEXEC);
    if (fd_ < 0)
      Fail(ExitStatus::kCannotCreate,
           "cannot create a temporary file in " + path.substr(0, path.rfind('/')) + ": " + ErrnoText(errno),
           "rows of a large XA transaction wait there for its commit", "set TMPDIR to a place with room");
    unlink(path.c_str());
  }
  for (size_t done = 0; done < memory_.size();) {
    const ssize_t wrote = write(fd_, memory_.data() + done, memory_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0)
      Fail(ExitStatus::kIoError, "could not write rows of an XA transaction to TMPDIR: " + ErrnoText(errno));
    done += static_cast<size_t>(wrote);
  }
  file_bytes_ += memory_.size();
  rows_in_file_ = rows_;
  memory_.clear();
}

void HeldRows::Release(RowSink& sink) {
  if (file_bytes_ > 0) {
    std::string block(kReadBytes, '\0');
    uint64_t offset = 0, handed = 0;
    std::string partial;
    while (offset < file_bytes_) {
      const ssize_t got = pread(fd_, block.data(), block.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) Fail(ExitStatus::kIoError, "could not read rows of an XA transaction back: " + ErrnoText(errno));
      offset += static_cast<uint64_t>(got);
      partial.append(block, 0, static_cast<size_t>(got));
      const size_t whole = partial.rfind('\n') + 1;  // 0 if there is none
      const auto lines = std::string_view(partial).substr(0, whole);
      const auto count = static_cast<uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
      if (count > 0) sink.TakeRows(lines, count);
      handed += count;
      partial.erase(0, whole);
    }
    CDC_CHECK(handed == rows_in_file_, "held rows came back in another number");
  }
  if (!memory_.empty()) sink.TakeRows(memory_, rows_ - rows_in_file_);
  *this = HeldRows();
}

}  // namespace cdc::tail
