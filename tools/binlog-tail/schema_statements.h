#pragma once

#include "common/position.h"
#include "common/stream_writer.h"
#include "tools/binlog-tail/catalog.h"

namespace cdc::tail {

/// Writes ddl lines that make what a start finds (cdc-stream.5), for those who follow definitions by statements: the
/// server's character set, then each database and table anew, all as of `said`. `last`: no rows follow, so that the
/// last of the lines is the last that a snapshot has to say.
void WriteSchemaStatements(const ServerTables& said, const Position& position, int64_t ts_us, bool last,
                           StreamWriter& writer);

}  // namespace cdc::tail
