#include "tools/binlog-tail/binlog_file.h"

#include <algorithm>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/log.h"
#include "common/stop.h"
#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {
namespace {

constexpr size_t kStepBytes = size_t{1} << 20;
constexpr size_t kMagicBytes = 4;
constexpr std::string_view kMagic(
    "\xfe"
    "bin",
    4);
constexpr std::string_view kMagicEncrypted(
    "\xfd"
    "bin",
    4);

}  // namespace

std::string BinlogFiles::BaseName(const std::string& path) {
  if (path == "-") return "stdin";
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

BinlogFiles::BinlogFiles(std::vector<std::string> paths, const std::string& start_file)
    : paths_(std::move(paths)), buffer_(kStepBytes) {
  if (start_file.empty()) return;
  while (next_path_ < paths_.size() && BaseName(paths_[next_path_]) != start_file) ++next_path_;
  if (next_path_ == paths_.size())
    Fail(ExitStatus::kNoInput, "none of the files given is \"" + start_file + "\", where to begin");
}

BinlogFiles::~BinlogFiles() {
  if (fd_ > STDIN_FILENO) close(fd_);
}

bool BinlogFiles::OpenNext() {
  if (next_path_ == paths_.size()) return false;
  const std::string& path = paths_[next_path_++];
  if (fd_ > STDIN_FILENO) close(fd_);
  name_ = BaseName(path);
  path_ = path == "-" ? name_ : path;
  fd_ = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) Fail(ExitStatus::kNoInput, "cannot open binary log \"" + path + "\": " + ErrnoText(errno));
  struct stat status {};
  may_block_ = fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode);
  begin_ = end_ = 0;
  offset_ = 0;
  at_end_ = false;
  return true;
}

EventSource::Status BinlogFiles::WaitReadable(int timeout_ms) {
  if (StopRequested()) return Status::kStopped;
  if (!may_block_) return Status::kEvent;
  pollfd fds[] = {{fd_, POLLIN, 0}, {StopFd(), POLLIN, 0}};
  if (poll(fds, 1, 0) == 1) return Status::kEvent;
  BeforeBlock();
  for (;;) {
    const int ready = poll(fds, 2, timeout_ms);
    if (StopRequested()) return Status::kStopped;
    if (ready == 0) return Status::kTimeout;
    if (fds[0].revents != 0) return Status::kEvent;
    if (ready > 0) return Status::kTimeout;  // a status line was asked for
  }
}

/// At least `needed` bytes in the buffer; false at the file's end (what is there stays).
bool BinlogFiles::Fill(size_t needed) {
  while (end_ - begin_ < needed) {
    if (at_end_) return false;
    if (begin_ > 0 && (begin_ == end_ || buffer_.size() - begin_ < std::max(needed, kStepBytes / 2))) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (buffer_.size() < begin_ + needed) buffer_.resize(begin_ + needed);
    const ssize_t got = read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) Fail(ExitStatus::kIoError, "could not read binary log \"" + path_ + "\": " + ErrnoText(errno));
    if (got == 0) at_end_ = true;
    end_ += static_cast<size_t>(got);
  }
  return true;
}

EventSource::Status BinlogFiles::Next(Bytes* bytes, int timeout_ms) {
  for (;;) {
    if (fd_ < 0 || (at_end_ && begin_ == end_)) {
      if (!OpenNext()) return Status::kEnd;
      if (!Fill(kMagicBytes))
        Fail(ExitStatus::kData, "\"" + path_ + "\" is no binary log: it is shorter than four bytes");
      const std::string_view magic(reinterpret_cast<const char*>(buffer_.data()), kMagicBytes);
      if (magic == kMagicEncrypted)
        Fail(ExitStatus::kData, "binary log \"" + path_ + "\" is encrypted", "",
             "read it over the network: the server decrypts what it sends");
      if (magic != kMagic)
        Fail(ExitStatus::kData, "\"" + path_ + "\" is no binary log: it does not begin with FE 62 69 6E");
      begin_ = kMagicBytes;
      offset_ = kMagicBytes;
    }
    if (end_ - begin_ < kEventHeaderBytes) {
      const Status ready = WaitReadable(timeout_ms);
      if (ready != Status::kEvent) return ready;
    }
    if (!Fill(1)) {
      if (offset_ == kMagicBytes) LogWarning("binary log \"" + path_ + "\" holds nothing but its mark of four bytes");
      continue;
    }
    const auto cut_off = [&] {
      Fail(ExitStatus::kData,
           "binary log \"" + path_ + "\" ends in the middle of the event at " + std::to_string(offset_),
           "the server stopped while writing, or the copy is not whole");
    };
    if (!Fill(kEventHeaderBytes)) cut_off();
    ByteCursor cursor(buffer_.data() + begin_, kEventHeaderBytes, offset_);
    const uint32_t size = DecodeEventHeader(cursor).event_size;
    if (!Fill(size)) cut_off();
    *bytes = {buffer_.data() + begin_, size, name_, offset_};
    begin_ += size;
    offset_ += size;
    return Status::kEvent;
  }
}

}  // namespace cdc::tail
