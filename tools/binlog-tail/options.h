#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "common/mysql/server_options.h"
#include "tools/binlog-tail/gtid_sources.h"
#include "tools/binlog-tail/schema_history.h"
#include "tools/binlog-tail/snapshot_plan.h"
#include "tools/binlog-tail/table_filter.h"
#include "tools/binlog-tail/value_style.h"

namespace cdc::tail {

struct Options {
  ServerOptions server;
  std::vector<std::string> files;
  TableFilter filter;
  std::string snapshot_mode;  ///< of the command line; empty: the connector's
  SnapshotPlan snapshot;
  ValueStyle style;
  std::string view;   ///< lines, short; empty: short on a terminal
  std::string where;  ///< condition of rows; empty: none
  std::string slot;
  uint32_t server_id = 0;       ///< 0: made up
  int64_t heartbeat_ms = 0;     ///< 0: not given; CompleteOptions sets it
  int64_t retry_seconds = 300;  ///< how long a lost connection is made again; 0: not at all
  std::string from;
  std::string resume_from;
  bool check = false;
  std::string state;  ///< folder of the catalog's journal; empty: none is kept
  GtidSources gtid_sources;
  SchemaHistory history;  ///< of the connector that this run may take over
  std::string until;
  uint64_t count = 0;  ///< rows after which to stop, at the end of their transaction; 0: no limit
};

/// Microseconds since 1970 for @TIME; nothing for other words. Errors: 64.
std::optional<int64_t> InstantOf(const std::string& option, const std::string& text);

CommandLine MakeCommandLine(Options* options, std::string* connector, std::vector<std::string>* sets);

/// Takes over what the connector's file says where the command line does not, and checks that all fits together.
/// Errors: 64, 66, 78.
void CompleteOptions(Options* options, const std::string& connector, const std::vector<std::string>& sets);

}  // namespace cdc::tail
