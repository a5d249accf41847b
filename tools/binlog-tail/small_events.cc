#include "tools/binlog-tail/small_events.h"

#include "tools/binlog-tail/gtid_event.h"

namespace cdc::tail {

RotateEvent DecodeRotateEvent(ByteCursor body) {
  RotateEvent event;
  event.position = body.ReadU64();
  event.file = body.TakeRest();
  return event;
}

IncidentEvent DecodeIncidentEvent(ByteCursor body) {
  IncidentEvent event;
  event.number = body.ReadU16();
  if (!body.at_end()) event.message = body.TakeText(body.ReadU8());
  return event;
}

XaPrepareEvent DecodeXaPrepareEvent(ByteCursor body) {
  XaPrepareEvent event;
  event.one_phase = body.ReadU8() != 0;
  const auto format_id = static_cast<int32_t>(body.ReadU32());
  const uint32_t gtrid = body.ReadU32();
  const uint32_t bqual = body.ReadU32();
  const std::string_view first = body.TakeText(gtrid);
  event.xid = XidText(first, body.TakeText(bqual), format_id);
  return event;
}

HeartbeatEvent DecodeHeartbeatEvent(const EventHeader& header, ByteCursor body, bool is_mariadb) {
  constexpr uint64_t kEnd = 0, kFile = 1, kPosition = 2;
  HeartbeatEvent event;
  event.position = header.log_pos;
  if (header.type == EventType::kHeartbeat) {
    // MariaDB puts a position of more than 32 bits in front of the name, and none into the header.
    if (is_mariadb && header.log_pos == 0 && body.remaining() > 8) event.position = body.ReadU64();
    event.file = body.TakeRest();
    return event;
  }
  while (!body.at_end()) {
    const uint64_t type = body.ReadPacked();
    if (type == kEnd) break;
    ByteCursor value = body.TakeCursor(body.ReadPackedLength());
    if (type == kFile) event.file = value.TakeRest();
    if (type == kPosition) event.position = value.ReadPacked();
  }
  return event;
}

std::string_view DecodeRowsQueryEvent(EventType type, ByteCursor body) {
  if (type == EventType::kRowsQuery) body.Skip(1);  // a length that is of no use beyond 255
  return body.TakeRest();
}

}  // namespace cdc::tail
