#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "common/mysql/connection.h"
#include "tools/binlog-tail/binlog_dump.h"

namespace cdc::tail {

/// The last of `count` files, in order, that begins before the time looked for; 0 if none does. `begins_before` is
/// asked for the logarithm of their number.
size_t LastBefore(size_t count, const std::function<bool(size_t)>& begins_before);

/// When the log file at whose head the dump begins was begun, in seconds since 1970. Errors: 65.
int64_t ReadFileTime(BinlogDump& dump);

/// The server's clock, in microseconds since 1970.
int64_t ServerTime(MysqlConnection& connection);

}  // namespace cdc::tail
