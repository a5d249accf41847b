#include "tools/binlog-tail/steady_source.h"

#include <poll.h>

#include <algorithm>

#include "common/clock.h"
#include "common/error.h"
#include "common/log.h"
#include "common/stop.h"

namespace cdc::tail {

SteadySource::SteadySource(const ServerOptions& server, const DumpRequest& request, const Retry& retry, Resume resume)
    : server_(server), retry_(retry), resume_(std::move(resume)) {
  Open(server_, request);
}

void SteadySource::Open(const ServerOptions& server, const DumpRequest& request) {
  source_ = std::make_unique<ServerSource>(server, request);
  source_->SetBeforeBlock([this] { BeforeBlock(); });
}

/// A connection that is gone is made again; what else the server refuses it will refuse again.
void SteadySource::Lost(const Failure& failure) {
  if (!MayPass(failure) || retry_.give_up_ms == 0) throw failure;
  if (source_) lost_connection_ = source_->connection_id();
  source_.reset();
  const int64_t now = MonotonicMs();
  if (!lost_) {
    lost_ = failure;
    lost_ms_ = now;
    wait_ms_ = retry_.first_ms;
    LogWarning(failure.error().what + "; connecting again");
  } else {
    LogVerbose(failure.error().what);
    wait_ms_ = std::min(wait_ms_ * 2, retry_.longest_ms);
  }
  const int64_t left = retry_.LeftMs(lost_ms_, now);
  if (left == 0)
    Fail(lost_->error().status, lost_->error().what,
         "tried to connect again for " + std::to_string(retry_.give_up_ms / 1000) +
             " s, at last: " + failure.error().what,
         "--retry-seconds N tries for longer");
  next_ms_ = now + std::min(wait_ms_, left);
}

EventSource::Status SteadySource::Reconnect(int timeout_ms) {
  BeforeBlock();
  const int64_t left = std::max<int64_t>(0, next_ms_ - MonotonicMs());
  const bool due = timeout_ms < 0 || left <= timeout_ms;
  pollfd stop{StopFd(), POLLIN, 0};
  const int ready = poll(&stop, 1, static_cast<int>(due ? left : timeout_ms));
  if (StopRequested()) return Status::kStopped;
  if (ready > 0 || !due) return Status::kTimeout;
  try {
    const auto server = [this] { return retry_.Hurried(server_, lost_ms_, MonotonicMs()); };
    DumpRequest request = resume_(server());
    request.lost_connection = lost_connection_;
    Open(server(), request);
  } catch (const Failure& failure) {
    Lost(failure);
  }
  return Status::kTimeout;
}

EventSource::Status SteadySource::Next(Bytes* bytes, int timeout_ms) {
  if (!source_) return Reconnect(timeout_ms);
  try {
    const Status status = source_->Next(bytes, timeout_ms);
    if (status == Status::kEvent && lost_) {
      LogNote("connected to " + server_.Name() + " again");
      lost_.reset();
    }
    return status;
  } catch (const Failure& failure) {
    Lost(failure);
    return Status::kTimeout;
  }
}

}  // namespace cdc::tail
