#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/gtid_set.h"

namespace cdc {

/// Where a stream stands (cdc-stream.5, POSITION): Debezium's offset value and some members more.
struct Position {
  std::optional<int64_t> ts_sec;
  std::string file;  ///< empty: not given
  uint64_t pos = 0;
  std::optional<GtidSet> gtids;
  uint64_t row = 0;    ///< only in positions of a Debezium connector that stopped inside a transaction
  uint64_t event = 0;  ///< likewise
  uint64_t server_id = 0;
  std::string snapshot;  ///< "INITIAL" while a snapshot is under way, else empty
  std::string server_uuid;
  std::string xa;  ///< raw JSON {"open":[xid…],"from":POSITION}, where XA branches are prepared and not yet committed
  std::map<std::string, std::map<int32_t, int64_t>> kafka;  ///< topic → partition → next offset
  uint64_t end = 0;  ///< how many transactions that only the input's end has brought are done, behind all before

  bool is_kafka() const { return !kafka.empty(); }

  /// JSON, "file:pos" or a GTID set. Errors: 64, naming what is wrong.
  static Position Parse(std::string_view text);

  void AppendJson(std::string& out) const;
  std::string ToJson() const;
};

/// Where a source begins to read for what comes behind `position`: before the rows of the XA branches that are open
/// there, of which who has what lies between drops it; and without `end`, of which a source knows nothing. Errors: 64.
Position ReadingStart(const Position& position);

enum class PositionOrder { kBefore, kEqual, kAfter, kUnordered };

/// How `a` lies to `b`: by GTID sets if both have one, else by server_uuid, file and pos; Kafka by offsets. Those that
/// are equal so, by `end`.
PositionOrder ComparePositions(const Position& a, const Position& b);

/// Orders two binary log names by their number: "binlog.999999" is before "binlog.1000000".
int CompareLogNames(std::string_view a, std::string_view b);

}  // namespace cdc
