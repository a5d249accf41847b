#pragma once

#include <functional>
#include <map>

#include "tools/binlog-tail/catalog.h"
#include "tools/binlog-tail/event_source.h"
#include "tools/binlog-tail/log_stream.h"

namespace cdc::tail {

/// Reads a log from `file`, `pos` (which may lie before `start`) up to `until` for its statements alone, and counts for
/// each captured table how many of them make, change, rename or drop it. What the server says of such a table now need
/// not hold where the stream begins.
std::map<TableKey, uint64_t> CountTableStatements(EventSource& source, const std::string& file, uint64_t pos,
                                                  const Position& start, const Position& until,
                                                  const TableFilter& filter);

}  // namespace cdc::tail
