#pragma once

#include <cstdint>

#include "tools/binlog-tail/byte_cursor.h"
#include "tools/binlog-tail/event_type.h"

namespace cdc::tail {

inline constexpr size_t kEventHeaderBytes = 19;
inline constexpr size_t kChecksumBytes = 4;
/// The largest event a server writes: max_allowed_packet (1 GiB) and some slack for headers.
inline constexpr uint32_t kMaxEventBytes = (uint32_t{1} << 30) + (uint32_t{1} << 20);

inline constexpr uint16_t kFlagBinlogInUse = 0x0001;
inline constexpr uint16_t kFlagArtificial = 0x0020;
inline constexpr uint16_t kFlagRelayLog = 0x0040;
inline constexpr uint16_t kFlagIgnorable = 0x0080;

/// The 19 bytes in front of every event.
struct EventHeader {
  uint32_t timestamp = 0;  ///< seconds since 1970, start of the statement; 0 in fabricated events
  EventType type = EventType::kUnknown;
  uint32_t server_id = 0;
  uint32_t event_size = 0;  ///< header, body and checksum
  uint32_t log_pos = 0;     ///< end of the event in its file, low 32 bits; 0 where the server does not say
  uint16_t flags = 0;
};

/// Errors: fewer than 19 bytes; a size below 19 or beyond the largest event.
EventHeader DecodeEventHeader(ByteCursor& cursor);

}  // namespace cdc::tail
