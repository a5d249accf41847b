#include "tools/binlog-tail/event_reader.h"

#include <zlib.h>

#include <cstdio>

#include "common/error.h"
#include "tools/binlog-tail/small_events.h"

namespace cdc::tail {
namespace {

uint32_t Crc32(const uint8_t* data, size_t size) {
  return static_cast<uint32_t>(crc32_z(0, data, size));
}

constexpr uint64_t kFirstEvent = 4;  // behind the four bytes that mark a log

/// FORMAT_DESCRIPTION's checksum does not cover the in-use flag, which the server clears in place.
uint32_t Crc32InUseCleared(const uint8_t* data, size_t size) {
  constexpr size_t kFlagsOffset = 17;
  const uint8_t flags = data[kFlagsOffset] & static_cast<uint8_t>(~kFlagBinlogInUse);
  uLong crc = crc32_z(0, data, kFlagsOffset);
  crc = crc32_z(crc, &flags, 1);
  return static_cast<uint32_t>(crc32_z(crc, data + kFlagsOffset + 1, size - kFlagsOffset - 1));
}

/// Made up by the server for the connection, not part of the log.
bool IsFabricated(const EventHeader& header) {
  return (header.flags & kFlagArtificial) != 0 || (header.type == EventType::kRotate && header.timestamp == 0);
}

}  // namespace

void EventReader::SetStart(std::string file, uint64_t position) {
  file_ = std::move(file);
  position_ = position;
}

EventSource::Status EventReader::Next(Event* event, int timeout_ms) {
  if (in_payload_) {
    const uint8_t* data;
    size_t size;
    try {
      if (payload_.Next(&data, &size)) {
        *event = payload_event_;
        event->in_payload = true;
        ByteCursor cursor(data, size, payload_event_.begin);
        event->header = DecodeEventHeader(cursor);
        event->body = cursor;
        return EventSource::Status::kEvent;
      }
    } catch (Failure& failure) {
      failure.error().what =
          "cannot read the compressed transaction at " + Where(payload_event_) + ": " + failure.error().what;
      throw;
    }
    in_payload_ = false;
  }
  EventSource::Bytes bytes;
  const EventSource::Status status = source_.Next(&bytes, timeout_ms);
  if (status != EventSource::Status::kEvent) return status;
  TakeEvent(bytes, event);
  return status;
}

void EventReader::TakeEvent(const EventSource::Bytes& bytes, Event* event) {
  const uint64_t near = bytes.offset.value_or(position_);
  if (!bytes.file.empty() && bytes.file != file_) {
    file_ = bytes.file;
    ++generation_;
    format_known_ = false;
  }
  try {
    ByteCursor cursor(bytes.data, bytes.size, near);
    event->header = DecodeEventHeader(cursor);
    event->in_payload = false;
    if (event->header.event_size != bytes.size)
      cursor.FailHere("an event of " + std::to_string(event->header.event_size) + " bytes came in " +
                      std::to_string(bytes.size));
    Locate(bytes, event);
    const EventType type = event->header.type;
    const bool is_format = type == EventType::kFormatDescription;
    if (is_format) {
      TakeFormatDescription(cursor, event->begin == event->end);
      // A relay log has a second one behind its own: that of the server which the events are of.
      if (event->begin == kFirstEvent) is_relay_log_ = (event->header.flags & kFlagRelayLog) != 0;
    }
    if (!format_known_ && type != EventType::kRotate && type != EventType::kHeartbeat &&
        type != EventType::kHeartbeatV2)
      cursor.FailHere("the log does not begin with a format description");
    // Before the format is known comes a fabricated ROTATE, with a checksum or without as the server pleases.
    const bool has_checksum =
        format_known_ ? format_.has_checksums() : type == EventType::kRotate && ChecksumFits(bytes);
    if (has_checksum) CheckChecksum(bytes, event->header);
    const size_t tail = is_format || has_checksum ? kChecksumBytes : 0;
    if (cursor.remaining() < tail) cursor.FailHere("an event is too short for its checksum");
    event->body = ByteCursor(cursor.position(), cursor.remaining() - tail, cursor.offset());
    // The log's own ROTATE says nothing yet: a server sends a fabricated one after it, and files have names.
    if (type == EventType::kRotate && !bytes.offset && IsFabricated(event->header)) TakeRotate(*event);
    if (type == EventType::kTransactionPayload) {
      payload_.Start(event->body);
      payload_event_ = *event;
      in_payload_ = true;
    }
  } catch (Failure& failure) {
    failure.error().what =
        "cannot read the event at " + file_ + ":" + std::to_string(near) + ": " + failure.error().what;
    throw;
  }
}

bool EventReader::ChecksumFits(const EventSource::Bytes& bytes) {
  if (bytes.size < kEventHeaderBytes + kChecksumBytes) return false;
  uint32_t stored;
  std::memcpy(&stored, bytes.data + bytes.size - kChecksumBytes, sizeof stored);
  return stored == Crc32(bytes.data, bytes.size - kChecksumBytes);
}

void EventReader::CheckChecksum(const EventSource::Bytes& bytes, const EventHeader& header) const {
  if (bytes.size < kEventHeaderBytes + kChecksumBytes) Fail(ExitStatus::kData, "it is too short for its checksum");
  const size_t covered = bytes.size - kChecksumBytes;
  uint32_t stored;
  std::memcpy(&stored, bytes.data + covered, sizeof stored);
  const uint32_t computed = header.type == EventType::kFormatDescription ? Crc32InUseCleared(bytes.data, covered)
                                                                         : Crc32(bytes.data, covered);
  if (stored == computed) return;
  char text[64];
  std::snprintf(text, sizeof text, "its checksum is %08x, computed %08x", stored, computed);
  Fail(ExitStatus::kData, text, "the log is damaged on disk or on its way",
       "compare with: mysqlbinlog --verify-binlog-checksum");
}

void EventReader::Locate(const EventSource::Bytes& bytes, Event* event) {
  const EventHeader& header = event->header;
  if (bytes.offset) {
    event->begin = *bytes.offset;
    event->end = event->begin + bytes.size;
    position_ = event->end;
    return;
  }
  const bool heartbeat = header.type == EventType::kHeartbeat || header.type == EventType::kHeartbeatV2;
  // A format description is sent again wherever a dump begins; it is part of the log only at the file's beginning.
  const bool repeated = header.type == EventType::kFormatDescription && position_ != 4;
  event->begin = event->end = position_;
  if (heartbeat || IsFabricated(header) || repeated) return;
  uint64_t end = position_ + bytes.size;
  // 32 bits of the end are told (not by MariaDB inside a transaction). They differ from the sum where the server
  // skipped transactions that we have.
  if (header.log_pos != 0 && static_cast<uint32_t>(end) != header.log_pos) {
    constexpr uint64_t kWrap = uint64_t{1} << 32;
    end = (position_ & ~(kWrap - 1)) | header.log_pos;
    if (end < position_) end += kWrap;
  }
  event->begin = end - bytes.size;
  event->end = end;
  position_ = end;
}

/// `repeated`: in the midst of a file, where the connection is another one; its table numbers go on.
void EventReader::TakeFormatDescription(ByteCursor body, bool repeated) {
  format_ = DecodeFormatDescription(body);
  if (!repeated || !format_known_) ++generation_;
  format_known_ = true;
}

void EventReader::TakeRotate(const Event& event) {
  const RotateEvent rotate = DecodeRotateEvent(event.body);
  if (rotate.file != file_) ++generation_;
  file_ = rotate.file;
  position_ = rotate.position;
}

}  // namespace cdc::tail
