#pragma once

#include <memory>

#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {

/// TRANSACTION_PAYLOAD: a whole transaction's events in one zstd frame. They are handed out one by one while the frame
/// is decompressed, so a transaction may be larger than memory. The events carry no checksums and no positions.
class PayloadReader {
 public:
  /// `body`: the event without header and checksum, which must outlive the reading.
  PayloadReader();
  ~PayloadReader();
  void Start(ByteCursor body);

  /// The next event's bytes (valid until the next call), false at the end. Errors: damaged frame, unknown compression,
  /// an event cut off.
  bool Next(const uint8_t** data, size_t* size);

 private:
  bool Fill(size_t needed);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cdc::tail
