#pragma once

#include <string>
#include <string_view>

#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {

/// ROTATE: the log goes on in another file. Views point into the event.
struct RotateEvent {
  uint64_t position = 4;
  std::string_view file;
};
RotateEvent DecodeRotateEvent(ByteCursor body);

/// INCIDENT: the server lost events; what follows does not continue what was before.
struct IncidentEvent {
  uint16_t number = 0;
  std::string_view message;
};
IncidentEvent DecodeIncidentEvent(ByteCursor body);

/// XA_PREPARE: the rows since XA START wait for XA COMMIT, or, in one phase, are committed.
struct XaPrepareEvent {
  bool one_phase = false;
  std::string xid;  ///< as in XA statements: X'67',X'62',7
};
XaPrepareEvent DecodeXaPrepareEvent(ByteCursor body);

/// HEARTBEAT and HEARTBEAT_V2: how far the server has sent, when there was nothing to send.
struct HeartbeatEvent {
  std::string_view file;
  uint64_t position = 0;  ///< low 32 bits only, in the first form
};
HeartbeatEvent DecodeHeartbeatEvent(const EventHeader& header, ByteCursor body, bool is_mariadb);

/// ROWS_QUERY and MariaDB's ANNOTATE_ROWS: the statement that made the rows, in the client's character set.
std::string_view DecodeRowsQueryEvent(EventType type, ByteCursor body);

}  // namespace cdc::tail
