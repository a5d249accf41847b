#include "tools/binlog-tail/server_source.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mysql/library.h"
#include "common/stop.h"

namespace cdc::tail {
namespace {

// Enough to keep both threads busy; a batch that a huge event made large is given back.
constexpr size_t kBatchBytes = size_t{1} << 20;
constexpr size_t kKeepBytes = size_t{4} << 20;

unsigned ReadTimeout(const DumpRequest& request) {
  // Three heartbeats missing mean that nobody is there.
  return static_cast<unsigned>(request.heartbeat_ms * 3 / 1000 + 5);
}

}  // namespace

void ServerSource::Batch::Clear() {
  bytes.clear();
  ends.clear();
  if (bytes.capacity() > kKeepBytes) bytes = std::vector<uint8_t>();
}

ServerSource::ServerSource(const ServerOptions& server, const DumpRequest& request)
    : connection_(server, ReadTimeout(request)),
      connection_id_(mysql_thread_id(connection_.handle().raw)),
      looks_once_(request.server_id == 0),
      dump_(connection_, request),
      event_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_fd_ < 0) Fail(ExitStatus::kOsError, "could not create an event descriptor: " + ErrnoText(errno));
  thread_ = std::thread([this] { ReadLoop(); });
}

ServerSource::~ServerSource() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  room_.notify_all();
  dump_.Interrupt();
  thread_.join();
  close(event_fd_);
}

void ServerSource::ReadLoop() {
  mysql_thread_init();
  const auto wake = [this] {
    if (!waiting_) return;
    waiting_ = false;
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(event_fd_, &one, sizeof one);
  };
  try {
    const uint8_t* data;
    size_t size;
    while (dump_.Read(&data, &size)) {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return closing_ || filling_.bytes.size() < kBatchBytes; });
      if (closing_) break;
      filling_.bytes.insert(filling_.bytes.end(), data, data + size);
      filling_.ends.push_back(filling_.bytes.size());
      wake();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    wake();
  }
  mysql_thread_end();
}

/// Swaps the batches once there is something in the one being filled.
EventSource::Status ServerSource::WaitForBatch(int timeout_ms) {
  draining_.Clear();
  next_ = 0;
  bool flushed = false;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (!filling_.ends.empty()) {
        std::swap(filling_, draining_);
        room_.notify_one();
        return Status::kEvent;
      }
      if (finished_) {
        if (failure_) std::rethrow_exception(failure_);
        if (looks_once_) return Status::kEnd;
        Fail(ExitStatus::kUnavailable, "server " + connection_.name() + " ended the connection",
             "it is being shut down, or the connection was killed");
      }
      waiting_ = flushed;
    }
    if (!flushed) {
      // What was written so far goes out first; something may have come meanwhile.
      BeforeBlock();
      flushed = true;
      continue;
    }
    pollfd fds[] = {{event_fd_, POLLIN, 0}, {StopFd(), POLLIN, 0}};
    const int ready = poll(fds, 2, timeout_ms);
    if (StopRequested()) return Status::kStopped;
    if (ready == 0) return Status::kTimeout;
    if (fds[0].revents != 0) {
      uint64_t count;
      [[maybe_unused]] const ssize_t got = read(event_fd_, &count, sizeof count);
    } else if (ready > 0) {
      return Status::kTimeout;  // a status line was asked for
    }
  }
}

EventSource::Status ServerSource::Next(Bytes* bytes, int timeout_ms) {
  if (next_ == draining_.ends.size()) {
    const Status status = WaitForBatch(timeout_ms);
    if (status != Status::kEvent) return status;
  }
  const size_t begin = next_ == 0 ? 0 : draining_.ends[next_ - 1];
  *bytes = {draining_.bytes.data() + begin, draining_.ends[next_] - begin, {}, std::nullopt};
  ++next_;
  return Status::kEvent;
}

}  // namespace cdc::tail
