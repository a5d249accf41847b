#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {

std::string EventTypeName(EventType type) {
  switch (type) {
#define CDC_EVENT_TYPE_NAME(name, number) \
  case EventType::k##name: return #name;
    CDC_EVENT_TYPES(CDC_EVENT_TYPE_NAME)
#undef CDC_EVENT_TYPE_NAME
  }
  return "type " + std::to_string(static_cast<int>(type));
}

EventHeader DecodeEventHeader(ByteCursor& cursor) {
  EventHeader header;
  header.timestamp = cursor.ReadU32();
  header.type = static_cast<EventType>(cursor.ReadU8());
  header.server_id = cursor.ReadU32();
  header.event_size = cursor.ReadU32();
  header.log_pos = cursor.ReadU32();
  header.flags = cursor.ReadU16();
  if (header.event_size < kEventHeaderBytes || header.event_size > kMaxEventBytes)
    cursor.FailHere("an event cannot be " + std::to_string(header.event_size) + " bytes long");
  return header;
}

}  // namespace cdc::tail
