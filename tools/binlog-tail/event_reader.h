#pragma once

#include <string>

#include "tools/binlog-tail/event_source.h"
#include "tools/binlog-tail/format_description_event.h"
#include "tools/binlog-tail/transaction_payload_event.h"

namespace cdc::tail {

/// One event, checked.
struct Event {
  EventHeader header;
  ByteCursor body;     ///< without header and checksum
  uint64_t begin = 0;  ///< position in `EventReader::file()`; inside a compressed transaction: of the event around it
  uint64_t end = 0;
  bool in_payload = false;
};

/// Reads events from a source: follows the format description, verifies every checksum, keeps track of file and
/// position, and opens compressed transactions.
class EventReader {
 public:
  explicit EventReader(EventSource& source) : source_(source) {}

  /// What the server is asked for: events without offset count from here.
  void SetStart(std::string file, uint64_t position);

  /// kEvent fills `event`; its bytes stay valid until the next call. Errors: 65 with file and position.
  EventSource::Status Next(Event* event, int timeout_ms);

  const FormatDescription& format() const { return format_; }
  const std::string& file() const { return file_; }
  uint64_t position() const { return position_; }  ///< end of the last event that is part of the log

  /// Rotations and format descriptions seen: table numbers mean something only within one.
  uint64_t file_generation() const { return generation_; }

  /// The file is a replica's relay log: what it holds was fetched from another server, perhaps not all of it.
  bool is_relay_log() const { return is_relay_log_; }

  /// "binlog.000003:1234"
  std::string Where(const Event& event) const { return file_ + ":" + std::to_string(event.begin); }

 private:
  void TakeEvent(const EventSource::Bytes& bytes, Event* event);
  static bool ChecksumFits(const EventSource::Bytes& bytes);
  void CheckChecksum(const EventSource::Bytes& bytes, const EventHeader& header) const;
  void Locate(const EventSource::Bytes& bytes, Event* event);
  void TakeFormatDescription(ByteCursor body, bool repeated);
  void TakeRotate(const Event& event);

  EventSource& source_;
  FormatDescription format_;
  bool format_known_ = false;
  bool is_relay_log_ = false;
  std::string file_;
  uint64_t position_ = 4;
  uint64_t generation_ = 0;
  PayloadReader payload_;
  bool in_payload_ = false;
  Event payload_event_;
};

}  // namespace cdc::tail
