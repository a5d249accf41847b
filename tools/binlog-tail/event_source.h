#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tools/binlog-tail/byte_cursor.h"

namespace cdc::tail {

/// Where events come from: a file, or a server.
class EventSource {
 public:
  virtual ~EventSource() = default;

  enum class Status { kEvent, kEnd, kStopped, kTimeout };

  struct Bytes {
    const uint8_t* data = nullptr;
    size_t size = 0;
    std::string_view file;           ///< of a file: its base name; empty: ROTATE events tell
    std::optional<uint64_t> offset;  ///< of a file: where the event begins
  };

  /// The next event's bytes, valid until the next call. Waits at most `timeout_ms` (negative: for ever).
  virtual Status Next(Bytes* bytes, int timeout_ms) = 0;

  /// Called when Next is about to wait: where output is flushed.
  void SetBeforeBlock(std::function<void()> before_block) { before_block_ = std::move(before_block); }

 protected:
  void BeforeBlock() {
    if (before_block_) before_block_();
  }

 private:
  std::function<void()> before_block_;
};

}  // namespace cdc::tail
