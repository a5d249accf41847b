#include "common/line_input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "common/byte_output.h"
#include "common/error.h"
#include "common/stop.h"

namespace cdc {

static constexpr size_t kReadBytes = size_t{1} << 20;

LineInput::LineInput(int fd, std::string name, size_t max_line_bytes)
    : fd_(fd), name_(std::move(name)), max_line_bytes_(max_line_bytes) {
  Resize(kReadBytes);
  // A larger pipe means fewer switches between the stages; not every kernel or user limit allows it.
  (void)fcntl(fd, F_SETPIPE_SZ, static_cast<int>(kReadBytes));
  struct stat status {};
  from_program_ = fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

void LineInput::Resize(size_t capacity) {
  char* moved = static_cast<char*>(std::realloc(buffer_.get(), capacity + kPadding));
  if (moved == nullptr) throw std::bad_alloc();
  static_cast<void>(buffer_.release());
  buffer_.reset(moved);
  // The padding is read, but means nothing.
  std::memset(moved + capacity, 0, kPadding);
  capacity_ = capacity;
}

std::string LineInput::Where() const {
  return name_ + " line " + std::to_string(line_number_);
}

bool LineInput::HasBufferedLine() const {
  return at_end_ || std::memchr(buffer_.get() + scanned_, '\n', end_ - scanned_) != nullptr;
}

LineInput::Status LineInput::Next(std::string_view* line, int timeout_ms) {
  for (;;) {
    const char* found = static_cast<const char*>(std::memchr(buffer_.get() + scanned_, '\n', end_ - scanned_));
    if (found != nullptr || (at_end_ && begin_ < end_)) {
      const size_t stop = found != nullptr ? static_cast<size_t>(found - buffer_.get()) : end_;
      unterminated_ = found == nullptr;
      *line = std::string_view(buffer_.get() + begin_, stop - begin_);
      line_offset_ = next_offset_;
      ++line_number_;
      const size_t next = found != nullptr ? stop + 1 : stop;
      next_offset_ += next - begin_;
      begin_ = scanned_ = next;
      return Status::kLine;
    }
    scanned_ = end_;
    if (at_end_) return Status::kEnd;
    switch (Fill(timeout_ms)) {
      case Filled::kData: break;
      case Filled::kEnd: at_end_ = true; break;
      case Filled::kStopped: return Status::kStopped;
      case Filled::kTimeout: return Status::kTimeout;
    }
  }
}

void LineInput::SetOutput(const ByteOutput& output) {
  struct stat status;
  if (fstat(output.fd(), &status) == 0 && S_ISFIFO(status.st_mode)) output_pipe_ = output.fd();
}

LineInput::Filled LineInput::WaitReadable(int timeout_ms) {
  struct pollfd fds[3] = {{fd_, POLLIN, 0}, {StopFd(), POLLIN, 0}, {output_pipe_, 0, 0}};
  int ready = poll(fds, 1, 0);
  if (ready == 0) {
    if (StopRequested()) return Filled::kStopped;
    if (before_block_) before_block_();
    ready = poll(fds, 3, timeout_ms);
  }
  if (ready < 0 && errno != EINTR) Fail(ExitStatus::kIoError, "could not wait for " + name_ + ": " + ErrnoText(errno));
  // A stop comes before what else there is to read: with the signal often comes the end of the input.
  if (StopRequested()) return Filled::kStopped;
  if (ready > 0 && fds[0].revents != 0) return Filled::kData;
  if (ready > 0 && (fds[2].revents & POLLERR) != 0) throw BrokenPipe();
  // Woken by a signal or a request for a status line: the caller looks, and calls again.
  return Filled::kTimeout;
}

LineInput::Filled LineInput::Fill(int timeout_ms) {
  if (StopRequested()) return Filled::kStopped;
  const Filled waited = WaitReadable(timeout_ms);
  if (waited != Filled::kData) return waited;
  // What was read of the next line goes to the front, once a line: behind a large one it would need room of its own.
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
    // What a huge line took is given back.
    if (end_ < kReadBytes && capacity_ > 4 * kReadBytes) Resize(4 * kReadBytes);
  }
  if (end_ - begin_ > max_line_bytes_)
    Fail(ExitStatus::kData, name_ + " line " + std::to_string(line_number_ + 1) + " is longer than " +
                                std::to_string(max_line_bytes_) + " bytes");
  if (capacity_ - end_ < kReadBytes / 4) Resize(capacity_ * 2);
  for (;;) {
    // Not all that there is room for: behind a large line that would be as much again.
    const ssize_t count = read(fd_, buffer_.get() + end_, std::min(capacity_ - end_, kReadBytes));
    if (count > 0) {
      end_ += static_cast<size_t>(count);
      bytes_read_ += static_cast<uint64_t>(count);
      return Filled::kData;
    }
    if (count == 0) return Filled::kEnd;
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return WaitReadable(timeout_ms) == Filled::kStopped ? Filled::kStopped : Filled::kTimeout;
    Fail(ExitStatus::kIoError, "could not read " + name_ + ": " + ErrnoText(errno));
  }
}

}  // namespace cdc
