#pragma once

#include <zlib.h>

#include <string>
#include <vector>

#include "bytes.h"
#include "tools/binlog-tail/event_header.h"
#include "tools/binlog-tail/event_source.h"

namespace cdc::tail {

/// Events from memory. Positions are not told, as by a server.
class MemorySource : public EventSource {
 public:
  explicit MemorySource(std::vector<std::string> events) : events_(std::move(events)) {}
  Status Next(Bytes* bytes, int) override {
    if (next_ == events_.size()) return Status::kEnd;
    const std::string& event = events_[next_++];
    bytes->data = reinterpret_cast<const uint8_t*>(event.data());
    bytes->size = event.size();
    bytes->file = {};
    bytes->offset.reset();
    return Status::kEvent;
  }

 private:
  std::vector<std::string> events_;
  size_t next_ = 0;
};

inline std::vector<std::string> EventsFromHex(std::initializer_list<const char*> hexes) {
  std::vector<std::string> events;
  for (const char* hex : hexes) events.push_back(FromHex(hex));
  return events;
}

/// An event made up, with header and checksum.
inline std::string MakeEvent(EventType type, const std::string& body, uint16_t flags = 0) {
  std::string event;
  const auto append = [&](uint64_t value, size_t size) { event.append(reinterpret_cast<const char*>(&value), size); };
  append(1795331519, 4);
  append(static_cast<uint64_t>(type), 1);
  append(3397, 4);
  append(body.size() + 23, 4);
  append(0, 4);
  append(flags, 2);
  event += body;
  append(crc32_z(0, reinterpret_cast<const Bytef*>(event.data()), event.size()), 4);
  return event;
}

/// The event without its place in the log (as MariaDB writes it), so that it can stand anywhere.
inline std::string Unplaced(std::string event) {
  event.replace(13, 4, 4, '\0');
  const uint32_t crc =
      static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(event.data()), event.size() - 4));
  event.replace(event.size() - 4, 4, reinterpret_cast<const char*>(&crc), 4);
  return event;
}

/// The GTID event in front of `rest`, which it gives the length of.
inline std::string MakeGtid(uint64_t gno, const std::vector<std::string>& rest) {
  const std::string head = FromHex("00 7baa778ce63b11f1a83e02fc00000001");
  uint64_t bytes = head.size() + 8 + 17 + 7 + 9 + 23;
  for (const auto& event : rest) bytes += event.size();
  std::string body = head;
  body.append(reinterpret_cast<const char*>(&gno), 8);
  body += std::string(1, 2) + std::string(16, 0);
  body += FromHex("c0ab7a31d86006");
  body += static_cast<char>(254);
  body.append(reinterpret_cast<const char*>(&bytes), 8);
  return MakeEvent(EventType::kGtid, body);
}

/// An event's body: without its 19 bytes of header and 4 of checksum.
inline std::string BodyOf(const char* hex) {
  const std::string event = FromHex(hex);
  return event.substr(19, event.size() - 23);
}

}  // namespace cdc::tail
