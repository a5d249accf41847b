#include "common/byte_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"

namespace cdc {

bool ByteOutput::any_written_ = false;

ByteOutput::ByteOutput(int fd, std::string name) : fd_(fd), name_(std::move(name)), is_terminal_(isatty(fd) == 1) {
  buffer_.reserve(kFlushBytes + kFlushBytes / 4);
  (void)fcntl(fd, F_SETPIPE_SZ, static_cast<int>(kFlushBytes));
}

void ByteOutput::WriteAll(std::string_view text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write(fd_, text.data() + done, text.size() - done);
    if (count >= 0) {
      done += static_cast<size_t>(count);
      bytes_written_ += static_cast<uint64_t>(count);
      any_written_ = true;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      struct pollfd wait = {fd_, POLLOUT, 0};
      (void)poll(&wait, 1, -1);
      continue;
    }
    const int error_number = errno;
    buffer_.clear();
    DropHalfLine(text.substr(0, done));
    if (error_number == EPIPE) throw BrokenPipe();
    Fail(ExitStatus::kIoError, "could not write " + name_ + ": " + ErrnoText(error_number));
  }
  half_line_ = HalfLine(text);
}

/// The bytes behind the last line end of all that was written, `text` being the newest.
uint64_t ByteOutput::HalfLine(std::string_view text) const {
  const size_t end = text.rfind('\n');
  return end == std::string_view::npos ? half_line_ + text.size() : text.size() - end - 1;
}

/// A file ends with a whole line, to which others can be added once there is room again. A pipe's reader sees for
/// itself that a line is not whole.
void ByteOutput::DropHalfLine(std::string_view written) {
  half_line_ = HalfLine(written);
  struct stat status;
  if (half_line_ == 0 || fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return;
  const off_t end = lseek(fd_, 0, SEEK_CUR);
  if (end != status.st_size || end < static_cast<off_t>(half_line_)) return;
  const off_t whole = end - static_cast<off_t>(half_line_);
  if (ftruncate(fd_, whole) == 0) (void)lseek(fd_, whole, SEEK_SET);
}

void ByteOutput::CheckReader() const {
  struct pollfd look = {fd_, 0, 0};
  if (poll(&look, 1, 0) > 0 && (look.revents & POLLERR) != 0) throw BrokenPipe();
}

void ByteOutput::Flush() {
  WriteAll(buffer_);
  buffer_.clear();
}

void ByteOutput::WriteThrough(std::string_view text) {
  Flush();
  WriteAll(text);
}

void ByteOutput::Close() {
  Flush();
  if (fd_ >= 0 && close(fd_) != 0 && errno != EINTR)
    Fail(ExitStatus::kIoError, "could not close " + name_ + ": " + ErrnoText(errno));
  fd_ = -1;
}

}  // namespace cdc
