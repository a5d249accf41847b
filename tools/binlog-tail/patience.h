#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>

#include "common/error.h"
#include "common/mysql/connection.h"

namespace cdc::tail {

/// How a connection that is lost is made again.
struct Retry {
  int64_t first_ms = 100;      ///< before the first attempt; each further one waits twice as long
  int64_t longest_ms = 10000;  ///< but no longer than this
  int64_t give_up_ms = 0;      ///< without an answer for so long; 0: a lost connection ends it

  int64_t LeftMs(int64_t since_ms, int64_t now_ms) const {
    return std::max<int64_t>(0, since_ms + give_up_ms - now_ms);
  }

  /// The server, with no more patience for one connection than is left of all.
  ServerOptions Hurried(ServerOptions server, int64_t since_ms, int64_t now_ms) const;
};

/// The server is away, or ended the statement (KILL QUERY, a deadlock), and may answer when it is asked again.
inline bool MayPass(const Failure& failure) {
  return failure.error().status == ExitStatus::kUnavailable || dynamic_cast<const PassingFailure*>(&failure) != nullptr;
}

/// Thrown where a stop signal comes while a server is waited for.
struct StoppedWaiting {};

/// Asks a server that may be away for a while.
class Patience {
 public:
  /// `before_wait` is called before each wait: what was written so far goes out.
  Patience(const Retry& retry, const ServerOptions& server, std::function<void()> before_wait)
      : retry_(retry), server_(server), before_wait_(std::move(before_wait)), wait_ms_(retry.first_ms) {}

  /// What `ask`, which takes the server, gives; asked again while that may help. Errors: what it fails with
  /// otherwise, and at first after give_up_ms; StoppedWaiting.
  template <typename Ask>
  auto Get(Ask ask) -> decltype(ask(ServerOptions())) {
    for (;;) {
      try {
        return ask(Server());
      } catch (const Failure& failure) {
        Wait(failure);
      }
    }
  }

 private:
  void Wait(const Failure& failure);
  ServerOptions Server() const;
  Retry retry_;
  const ServerOptions& server_;
  std::function<void()> before_wait_;
  std::optional<Failure> first_;
  int64_t since_ms_ = 0;
  int64_t wait_ms_;
};

}  // namespace cdc::tail
