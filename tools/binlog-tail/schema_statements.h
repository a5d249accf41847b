#pragma once

#include <memory>
#include <vector>

#include "common/mysql/connection.h"
#include "common/position.h"
#include "common/stream_writer.h"
#include "common/table_schema.h"

namespace cdc::tail {

/// Writes ddl lines that make what a start finds (cdc-stream.5), for those who follow definitions by statements: the
/// server's character set, then each database and table anew. `last`: no rows follow, so that the last of the lines is
/// the last that a snapshot has to say. `all`: the tables that are not captured as well, as far as they are visible.
void WriteSchemaStatements(MysqlConnection& connection, const std::vector<std::shared_ptr<const TableSchema>>& tables,
                           bool all, const Position& position, int64_t ts_us, bool last, StreamWriter& writer);

}  // namespace cdc::tail
