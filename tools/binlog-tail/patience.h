#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "common/error.h"

namespace cdc::tail {

/// How a connection that is lost is made again.
struct Retry {
  int64_t first_ms = 100;      ///< before the first attempt; each further one waits twice as long
  int64_t longest_ms = 10000;  ///< but no longer than this
  int64_t give_up_ms = 0;      ///< without an answer for so long; 0: a lost connection ends it
};

/// Thrown where a stop signal comes while a server is waited for.
struct StoppedWaiting {};

/// Asks a server that may be away for a while.
class Patience {
 public:
  /// `before_wait` is called before each wait: what was written so far goes out.
  Patience(const Retry& retry, std::function<void()> before_wait)
      : retry_(retry), before_wait_(std::move(before_wait)), wait_ms_(retry.first_ms) {}

  /// What `ask` gives, asked again while the server cannot be reached. Errors: what it fails with otherwise; 69 after
  /// give_up_ms; StoppedWaiting.
  template <typename Ask>
  auto Get(Ask ask) -> decltype(ask()) {
    for (;;) {
      try {
        return ask();
      } catch (const Failure& failure) {
        Wait(failure);
      }
    }
  }

 private:
  void Wait(const Failure& failure);
  Retry retry_;
  std::function<void()> before_wait_;
  std::optional<Failure> first_;
  int64_t since_ms_ = 0;
  int64_t wait_ms_;
};

}  // namespace cdc::tail
