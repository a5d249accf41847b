#pragma once

#include <string>

#include "common/gtid_set.h"
#include "tools/binlog-tail/byte_cursor.h"

namespace cdc::tail {

/// The binary form of a GTID set, in PREVIOUS_GTIDS and in COM_BINLOG_DUMP_GTID: a count, then for each source 16 bytes
/// of UUID, (tagged form only: the tag,) a count of intervals, and intervals whose end is not included.
GtidSet DecodeGtidSet(ByteCursor body);

/// `set` must be MySQL's. Uses the tagged form only if there is a tag (servers before 8.3 do not know it).
void AppendGtidSetBinary(std::string& out, const GtidSet& set);

/// MariaDB's GTID_LIST: the last GTID of each domain and server in the files before.
GtidSet DecodeMariadbGtidList(ByteCursor body);

}  // namespace cdc::tail
