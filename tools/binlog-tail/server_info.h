#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/mysql/connection.h"
#include "common/position.h"
#include "tools/binlog-tail/gtid_sources.h"

namespace cdc::tail {

/// What a reader has to know about a server.
struct ServerInfo {
  bool is_mariadb = false;
  std::string version;
  std::string server_uuid;  ///< empty: MariaDB has none
  uint64_t server_id = 0;
  bool lower_case_names = false;
  bool gtid_mode = false;  ///< MySQL: ON or ON_PERMISSIVE; MariaDB: always
};

/// Reads it, and checks that the server's log holds rows. Errors: 78 with the SET that helps for log_bin off and
/// binlog_format not ROW.
ServerInfo ReadServerInfo(MysqlConnection& connection);

/// What is to be read is not there any more. Errors: 66, with the two ways on.
[[noreturn]] void FailPurged(const std::string& what, const std::string& detail);

/// The set of the transactions before a place in MariaDB's log; nothing where the server does not have the place.
std::optional<GtidSet> ReadMariadbGtidsBefore(MysqlConnection& connection, const Position& place);

/// Where the server's log ends now, with the set of what it holds. Errors: 77 without REPLICATION CLIENT.
Position ReadLogEnd(MysqlConnection& connection, const ServerInfo& info);

/// A GTID set as a position is one that the server can have. Errors: 78 without gtid_mode, or where the set is in the
/// form of MariaDB's and the server MySQL, or the other way round; `hint` says what to give instead.
void CheckGtidsOf(MysqlConnection& connection, const ServerInfo& info, const GtidSet& gtids, const std::string& hint);

/// Names of the log files, oldest first.
std::vector<std::string> ReadLogNames(MysqlConnection& connection);

/// Fails with 66, naming the missing range and what helps, unless the server still has all that comes after `start`, of
/// the sources that count.
void CheckNotPurged(MysqlConnection& connection, const ServerInfo& info, const Position& start,
                    const GtidSources& sources);

/// What is purged of the sources that do not count, and so passes as done: a server sends nothing to one who lacks it.
GtidSet PurgedOfOthers(MysqlConnection& connection, const GtidSources& sources);

}  // namespace cdc::tail
