#include "tools/binlog-tail/patience.h"

#include <poll.h>

#include <algorithm>

#include "common/clock.h"
#include "common/log.h"
#include "common/stop.h"

namespace cdc::tail {

ServerOptions Retry::Hurried(ServerOptions server, int64_t since_ms, int64_t now_ms) const {
  const auto left_s = static_cast<unsigned>(std::clamp<int64_t>((LeftMs(since_ms, now_ms) + 999) / 1000, 1, 86400));
  server.connect_timeout_s = std::min(server.connect_timeout_s, left_s);
  return server;
}

ServerOptions Patience::Server() const {
  return first_ ? retry_.Hurried(server_, since_ms_, MonotonicMs()) : server_;
}

void Patience::Wait(const Failure& failure) {
  if (!MayPass(failure) || retry_.give_up_ms == 0) throw failure;
  int64_t now = MonotonicMs();
  if (!first_) {
    first_ = failure;
    since_ms_ = now;
    LogWarning(failure.error().what + "; asking again");
  } else {
    LogVerbose(failure.error().what);
  }
  const int64_t left = retry_.LeftMs(since_ms_, now);
  if (left == 0)
    Fail(first_->error().status, first_->error().what,
         "asked again for " + std::to_string(retry_.give_up_ms / 1000) + " s, at last: " + failure.error().what,
         "--retry-seconds N tries for longer");
  before_wait_();
  for (const int64_t due = now + std::min(wait_ms_, left); now < due; now = MonotonicMs()) {
    pollfd stop{StopFd(), POLLIN, 0};
    poll(&stop, 1, static_cast<int>(due - now));
    if (StopRequested()) throw StoppedWaiting();
    if (TakeStatusRequest()) LogStatus("waiting for an answer: " + failure.error().what);
  }
  wait_ms_ = std::min(wait_ms_ * 2, retry_.longest_ms);
}

}  // namespace cdc::tail
