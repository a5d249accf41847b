#include "tools/binlog-tail/server_info.h"

#include "common/error.h"
#include "common/json_scan.h"

namespace cdc::tail {
void FailPurged(const std::string& what, const std::string& detail) {
  Fail(ExitStatus::kNoInput, what, detail,
       "take a new snapshot: --snapshot initial, with an empty target\nor go on with a gap: --from beginning");
}

ServerInfo ReadServerInfo(MysqlConnection& connection) {
  ServerInfo info;
  info.is_mariadb = connection.is_mariadb();
  info.version = connection.version_text();
  const auto rows = connection.Query(
      "SELECT @@global.log_bin, @@global.binlog_format, @@global.server_id, @@global.lower_case_table_names");
  const auto value = [&](size_t i) { return rows[0][i].value_or(""); };
  ParseJsonUnsigned(value(2), &info.server_id);
  const std::string server = "server " + connection.name();
  if (value(0) == "0")
    Fail(ExitStatus::kConfig, server + " writes no binary log (log_bin is OFF)", "",
         "start it with log-bin and binlog-format=ROW, and a server-id of its own");
  if (value(1) != "ROW")
    Fail(ExitStatus::kConfig, server + " has binlog_format=" + value(1) + ", need ROW", "",
         std::string(info.is_mariadb ? "SET GLOBAL" : "SET PERSIST") +
             " binlog_format = ROW (sessions that are connected keep the old one)");
  info.lower_case_names = value(3) != "0";
  if (info.is_mariadb) {
    info.gtid_mode = true;
    return info;
  }
  info.server_uuid = connection.Value("SELECT @@global.server_uuid");
  const std::string mode = connection.Value("SELECT @@global.gtid_mode");
  info.gtid_mode = mode == "ON";
  return info;
}

std::optional<GtidSet> ReadMariadbGtidsBefore(MysqlConnection& connection, const Position& place) {
  const auto rows = connection.Query("SELECT BINLOG_GTID_POS(" + connection.Quoted(place.file) + ", " +
                                     std::to_string(place.pos) + ")");
  if (rows.empty() || !rows[0][0]) return std::nullopt;
  return GtidSet::Parse(*rows[0][0]);
}

Position ReadLogEnd(MysqlConnection& connection, const ServerInfo& info) {
  constexpr unsigned long kNewStatement = 80200;
  const bool renamed = !info.is_mariadb && connection.version() >= kNewStatement;
  const auto rows = connection.Query(renamed ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS");
  if (rows.empty() || rows[0].size() < 2)
    Fail(ExitStatus::kConfig, "server " + connection.name() + " does not say where its binary log ends", "",
         "is log_bin ON?");
  Position end;
  end.file = rows[0][0].value_or("");
  ParseJsonUnsigned(rows[0][1].value_or(""), &end.pos);
  end.server_uuid = info.server_uuid;
  if (info.is_mariadb)
    end.gtids = ReadMariadbGtidsBefore(connection, end);
  else if (info.gtid_mode && rows[0].size() > 4)
    end.gtids = GtidSet::Parse(rows[0][4].value_or(""));
  return end;
}

void CheckGtidsOf(MysqlConnection& connection, const ServerInfo& info, const GtidSet& gtids, const std::string& hint) {
  const std::string server = "server " + connection.name();
  if (!info.gtid_mode)
    Fail(ExitStatus::kConfig, server + " has no GTIDs (gtid_mode is not ON): a GTID set is no position there", "",
         hint);
  if (!gtids.empty() && gtids.is_mariadb() != info.is_mariadb)
    Fail(ExitStatus::kConfig,
         server + " is " +
             (info.is_mariadb ? "MariaDB, and the GTID set MySQL's: " : "MySQL, and the GTID set MariaDB's: ") +
             Shown(gtids.ToString()),
         "", hint);
}

std::vector<std::string> ReadLogNames(MysqlConnection& connection) {
  std::vector<std::string> names;
  for (const auto& row : connection.Query("SHOW BINARY LOGS")) names.push_back(row[0].value_or(""));
  return names;
}

GtidSet PurgedOfOthers(MysqlConnection& connection, const GtidSources& sources) {
  if (sources.all()) return {};
  return sources.Others(GtidSet::Parse(connection.Value("SELECT @@global.gtid_purged")));
}

void CheckNotPurged(MysqlConnection& connection, const ServerInfo& info, const Position& start,
                    const GtidSources& sources) {
  const std::string server = "server " + connection.name();
  if (start.gtids && !info.is_mariadb && info.gtid_mode) {
    const GtidSet purged = GtidSet::Parse(connection.Value("SELECT @@global.gtid_purged"));
    const GtidSet missing = sources.Counting(purged.Minus(*start.gtids));
    if (!missing.empty())
      FailPurged(server + " has purged transactions that come after the position: " + missing.ToString(),
                 "asked for all that is not in " + start.gtids->ToString());
    const GtidSet executed = GtidSet::Parse(connection.Value("SELECT @@global.gtid_executed"));
    const GtidSet errant = sources.Counting(start.gtids->Minus(executed));
    if (!errant.empty())
      FailPurged(server + " does not have all transactions of the position: " + errant.ToString() + " are not there",
                 "it is another server, was set back to an older state, or lags behind");
    return;
  }
  if (start.file.empty() || (start.gtids && info.is_mariadb)) return;
  if (!start.server_uuid.empty() && !info.server_uuid.empty() && start.server_uuid != info.server_uuid)
    FailPurged(server + " is not the one that the position is of: a file and position count on one server only",
               "its server_uuid is " + info.server_uuid + ", the position's " + start.server_uuid);
  const auto logs = connection.Query("SHOW BINARY LOGS");
  for (const auto& row : logs) {
    if (row[0].value_or("") != start.file) continue;
    uint64_t size = 0;
    ParseJsonUnsigned(row[1].value_or(""), &size);
    if (start.pos > size)
      FailPurged("position " + std::to_string(start.pos) + " is beyond the end of " + start.file + " on " + server,
                 "the file has " + std::to_string(size) + " bytes");
    return;
  }
  FailPurged(server + " does not have log file " + start.file + " any more",
             logs.empty() ? "" : "it has " + logs.front()[0].value_or("") + " to " + logs.back()[0].value_or(""));
}

}  // namespace cdc::tail
