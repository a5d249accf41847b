#pragma once

#include <string>

#include "tools/binlog-tail/byte_cursor.h"

namespace cdc::tail {

/// MariaDB's compressed part of an event (QUERY_COMPRESSED, *_ROWS_COMPRESSED): a byte 0x80 | algorithm << 4 | n, n
/// bytes of uncompressed length (big-endian), a zlib stream to the end. Replaces `out`.
void InflateMariadb(ByteCursor& body, std::string* out);

/// MariaDB's COMPRESSED columns: 0 and the bytes as they are; or 0x80 + n (+ 8: without zlib header), n bytes of
/// uncompressed length (big-endian), data. No bytes at all is the empty value. Replaces `out`.
void InflateMariadbColumn(std::string_view stored, std::string* out);

}  // namespace cdc::tail
