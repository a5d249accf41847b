#include "tools/binlog-tail/patience.h"

#include <poll.h>

#include <algorithm>

#include "common/clock.h"
#include "common/log.h"
#include "common/stop.h"

namespace cdc::tail {

void Patience::Wait(const Failure& failure) {
  if (failure.error().status != ExitStatus::kUnavailable || retry_.give_up_ms == 0) throw failure;
  int64_t now = MonotonicMs();
  if (!first_) {
    first_ = failure;
    since_ms_ = now;
    LogWarning(failure.error().what + "; asking again");
  } else {
    LogVerbose(failure.error().what);
  }
  if (now - since_ms_ > retry_.give_up_ms)
    Fail(ExitStatus::kUnavailable, first_->error().what,
         "asked again for " + std::to_string(retry_.give_up_ms / 1000) + " s, at last: " + failure.error().what,
         "--retry-seconds N tries for longer");
  before_wait_();
  for (const int64_t due = now + wait_ms_; now < due; now = MonotonicMs()) {
    pollfd stop{StopFd(), POLLIN, 0};
    poll(&stop, 1, static_cast<int>(due - now));
    if (StopRequested()) throw StoppedWaiting();
    if (TakeStatusRequest()) LogStatus("waiting for an answer: " + failure.error().what);
  }
  wait_ms_ = std::min(wait_ms_ * 2, retry_.longest_ms);
}

}  // namespace cdc::tail
