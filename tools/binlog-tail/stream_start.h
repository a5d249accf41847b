#pragma once

#include <cstdint>
#include <optional>

#include "common/mysql/connection.h"
#include "common/position.h"
#include "tools/binlog-tail/event_source.h"
#include "tools/binlog-tail/options.h"
#include "tools/binlog-tail/server_info.h"

namespace cdc::tail {

/// Where a stream from a server begins.
struct StreamStart {
  enum class Kind {
    kSnapshot,   ///< with what the tables hold; the snapshot gives the position
    kBeginning,  ///< of the log
    kNow,        ///< the log's end, once the definitions were read
    kPosition,
    kTime,     ///< the first transaction of `time_us` or later; `position` is the head of its file
    kNothing,  ///< what was asked for is done already
  };
  Kind kind = Kind::kPosition;
  Position position;
  bool read_from_head = false;  ///< of position's file: only from there can the place be found
  int64_t time_us = 0;
};

/// Asks the sink, the options and the server. `terminal`: nobody keeps what is written. Errors: 64, 66, 78; those of
/// the connection and of the sink.
StreamStart FindStart(const Options& options, MysqlConnection& connection, const ServerInfo& info, bool terminal);

/// Of a start by file and position that could not be read: `source` gives its file from the head on. Errors: 66, with
/// the place to begin at, where the position is inside an event or a transaction.
void CheckIsBetween(EventSource& source, const Position& start);

/// The same for the same reader at each start: the server then ends an older connection of it.
std::string ReplicaUuid(const std::string& slot, uint32_t server_id);

}  // namespace cdc::tail
