#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {

/// A statement as the server logged it. Views point into the event.
struct QueryEvent {
  uint32_t thread_id = 0;
  uint16_t error_code = 0;
  std::string_view database;  ///< default database, UTF-8
  std::string_view sql;       ///< in the character set of `client_collation`
  std::optional<uint64_t> sql_mode;
  std::optional<uint16_t> client_collation;  ///< collation id whose character set the text is in
  std::optional<uint16_t> connection_collation;
  std::optional<uint16_t> server_collation;
  std::optional<uint16_t> database_collation;
  std::optional<std::string_view> time_zone;
  uint32_t microseconds = 0;        ///< fraction of the statement's start
  bool commits_itself = false;      ///< atomic DDL
  uint8_t mariadb_gtid_flags3 = 0;  ///< parts of an ALTER that is logged in two phases
};

/// `type`: kQuery, or kMariadbQueryCompressed, whose text is put into `inflated`. `post_header_bytes`: of the
/// FORMAT_DESCRIPTION (13).
QueryEvent DecodeQueryEvent(EventType type, ByteCursor body, size_t post_header_bytes, std::string* inflated);

}  // namespace cdc::tail
