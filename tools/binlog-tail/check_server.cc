#include "tools/binlog-tail/check_server.h"

#include <time.h>

#include <algorithm>
#include <cstdlib>

#include "common/error.h"
#include "common/json_scan.h"
#include "tools/binlog-tail/binlog_dump.h"
#include "tools/binlog-tail/cascades.h"
#include "tools/binlog-tail/catalog_loader.h"
#include "tools/binlog-tail/log_time.h"
#include "tools/binlog-tail/server_info.h"
#include "tools/binlog-tail/stream_start.h"

namespace cdc::tail {
namespace {

class ServerCheck {
 public:
  ServerCheck(const Options& options, ByteOutput& output) : options_(options), output_(output) {}
  int Run();

 private:
  enum class Verdict { kPass, kWarn, kFail };
  void Say(Verdict verdict, const std::string& what, const std::string& fix = "");
  void Pass(const std::string& what) { Say(Verdict::kPass, what); }
  void Warn(const std::string& what, const std::string& fix) { Say(Verdict::kWarn, what, fix); }
  void Fails(ExitStatus status, const std::string& what, const std::string& fix);

  /// Empty where the server has no such variable.
  std::string Variable(const std::string& name);
  std::string Set(const std::string& assignment) const;
  void CheckVersion();
  void CheckLog();
  void CheckImages();
  void CheckGtids();
  void CheckGrants();
  void CheckTables();
  void CheckServerId();
  void CheckClock();
  void CheckStart();
  void CheckExpiry(const Position& start);

  const Options& options_;
  ByteOutput& output_;
  std::optional<MysqlConnection> connection_;
  bool has_log_ = true;  // and may look at it
  int status_ = 0;
};

void ServerCheck::Say(Verdict verdict, const std::string& what, const std::string& fix) {
  const char* word = verdict == Verdict::kPass ? "pass  " : verdict == Verdict::kWarn ? "warn  " : "fail  ";
  std::string text = word + what + "\n";
  if (!fix.empty()) text += "      fix: " + fix + "\n";
  output_.buffer() += text;
}

void ServerCheck::Fails(ExitStatus status, const std::string& what, const std::string& fix) {
  Say(Verdict::kFail, what, fix);
  if (status_ == 0) status_ = static_cast<int>(status);
}

std::string ServerCheck::Variable(const std::string& name) {
  const auto rows = connection_->Query("SHOW GLOBAL VARIABLES WHERE Variable_name = " + connection_->Quoted(name));
  return rows.empty() ? "" : rows[0][1].value_or("");
}

std::string ServerCheck::Set(const std::string& assignment) const {
  return connection_->is_mariadb() ? "SET GLOBAL " + assignment + " (and in my.cnf, for the next start)"
                                   : "SET PERSIST " + assignment;
}

void ServerCheck::CheckVersion() {
  constexpr unsigned long kOldestMysql = 80002, kOldestMariadb = 100500;
  const unsigned long oldest = connection_->is_mariadb() ? kOldestMariadb : kOldestMysql;
  const std::string what = "version: " + connection_->version_text();
  if (connection_->version() >= oldest)
    Pass(what);
  else
    Fails(ExitStatus::kConfig, what + ", too old", "MySQL 8.0.2 or later, MariaDB 10.5 or later");
  if (connection_->uses_tls())
    Pass("tls: the connection is encrypted");
  else
    Warn("tls: the connection is not encrypted", "--tls required, and a server with certificates");
}

void ServerCheck::CheckLog() {
  if (Variable("log_bin") != "ON") {
    has_log_ = false;
    return Fails(ExitStatus::kConfig, "log_bin: the server writes no binary log",
                 "start it with log-bin, and a server-id of its own");
  }
  Pass("log_bin: ON");
  const std::string format = Variable("binlog_format");
  if (format.empty() || format == "ROW")
    Pass("binlog_format: ROW");
  else
    Fails(ExitStatus::kConfig, "binlog_format: " + format, Set("binlog_format = ROW"));
  const bool logs_replicated = Variable("log_replica_updates") == "ON" || Variable("log_slave_updates") == "ON";
  if (!logs_replicated)
    Warn("log_replica_updates: OFF, a replica's log lacks what it replicates", "start it with log-replica-updates");
}

void ServerCheck::CheckImages() {
  const std::string image = Variable("binlog_row_image");
  if (image.empty() || image == "FULL")
    Pass("binlog_row_image: FULL");
  else
    Warn("binlog_row_image: " + image + ", rows come without the columns that did not change",
         Set("binlog_row_image = FULL"));
  const std::string metadata = Variable("binlog_row_metadata");
  if (metadata == "FULL")
    Pass("binlog_row_metadata: FULL");
  else
    Warn("binlog_row_metadata: " + (metadata.empty() ? "none" : metadata) +
             ", a start in the past may be refused where tables changed since",
         Set("binlog_row_metadata = FULL"));
}

void ServerCheck::CheckGtids() {
  if (connection_->is_mariadb()) return Pass("gtid: MariaDB's own");
  const std::string mode = Variable("gtid_mode");
  if (mode == "ON")
    Pass("gtid_mode: ON");
  else
    Warn("gtid_mode: " + mode + ", positions hold on this server only: no failover",
         "SET PERSIST enforce_gtid_consistency = ON; then gtid_mode OFF_PERMISSIVE, ON_PERMISSIVE, ON");
}

void ServerCheck::CheckGrants() {
  const std::string role = connection_->Value("SELECT CURRENT_ROLE()");
  const bool with_roles = !connection_->is_mariadb() && !role.empty() && role != "NONE";
  std::string all;
  for (const auto& row :
       connection_->Query(with_roles ? "SHOW GRANTS FOR CURRENT_USER() USING " + role : "SHOW GRANTS")) {
    const std::string grant = row[0].value_or("");
    const size_t on = grant.find(" ON *.* TO ");
    if (on != std::string::npos) all += ", " + grant.substr(grant.find(' ') + 1, on - grant.find(' ') - 1) + ",";
  }
  const auto have = [&](std::string_view privilege) {
    return all.find(", ALL PRIVILEGES,") != std::string::npos ||
           all.find(", " + std::string(privilege) + ",") != std::string::npos;
  };
  std::string missing;
  const auto need = [&](std::initializer_list<const char*> any) {
    if (std::none_of(any.begin(), any.end(), have))
      missing += (missing.empty() ? "" : ", ") + std::string(*any.begin());
  };
  if (!MayReadTables(*connection_)) missing = "SELECT";
  need({"REPLICATION SLAVE"});
  if (connection_->is_mariadb())
    need({"BINLOG MONITOR", "REPLICATION CLIENT"});
  else
    need({"REPLICATION CLIENT"});
  if (options_.snapshot.rows && options_.snapshot.locks && !connection_->is_mariadb())
    need({"RELOAD", "FLUSH_TABLES", "LOCK TABLES"});
  if (missing.empty()) return Pass("grants: replication" + std::string(options_.snapshot.rows ? ", snapshot" : ""));
  if (missing.find("CLIENT") != std::string::npos || missing.find("MONITOR") != std::string::npos) has_log_ = false;
  Fails(ExitStatus::kNoPermission, "grants: " + missing + " missing",
        "GRANT " + missing + " ON *.* TO " + connection_->Account());
}

void ServerCheck::CheckTables() {
  try {
    const ServerTables said = LoadTables(*connection_, {&options_.filter, true});
    CascadeWarnings(*connection_).Tell(said);
    if (said.tables.empty() && options_.snapshot.rows) FailNoTables(*connection_, options_.filter);
    std::string denied;
    for (const auto& table : said.tables) {
      std::vector<MysqlConnection::Row> rows;
      unsigned refused;
      const std::string name = QuotedName(table->db) + "." + QuotedName(table->table);
      if (connection_->TryQuery("SELECT 1 FROM " + name + " LIMIT 0", &rows, &refused)) continue;
      if (options_.snapshot.rows && denied.empty()) denied = name;
    }
    if (!denied.empty())
      return Fails(ExitStatus::kNoPermission, "tables: " + denied + " may not be read",
                   "GRANT SELECT ON " + denied + " TO " + connection_->Account());
    const std::string count = std::to_string(said.tables.size()) + (said.tables.size() == 1 ? " table" : " tables");
    if (said.tables.empty())
      Warn("tables: none is captured", "--tables, table.include.list; GRANT SELECT makes tables visible");
    else
      Pass("tables: " + count);
  } catch (const Failure& failure) {
    Fails(failure.error().status, "tables: " + failure.error().what, failure.error().hint);
  }
}

void ServerCheck::CheckServerId() {
  const std::string own = Variable("server_id");
  if (own == std::to_string(options_.server_id))
    return Fails(ExitStatus::kConfig, "server id: " + own + " is the server's own", "--server-id N, another one");
  const std::string lock = connection_->Quoted(ServerIdLock(options_.server_id));
  if (!connection_->Value("SELECT IS_USED_LOCK(" + lock + ")").empty()) {
    const std::string what = "server id: another binlog-tail reads with " + std::to_string(options_.server_id);
    if (connection_->is_mariadb()) return Fails(ExitStatus::kConfig, what, "--server-id N, another one");
    return Warn(what + "; with the same slot it would be ended", "--server-id N, another one");
  }
  const bool renamed = !connection_->is_mariadb() && connection_->version() >= 80022;
  std::vector<MysqlConnection::Row> replicas;
  unsigned refused;
  if (!connection_->TryQuery(renamed ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS", &replicas, &refused))
    return Warn("server id: " + std::to_string(options_.server_id) + "; which ids replicas have may not be seen",
                std::string("GRANT REPLICATION ") + (connection_->is_mariadb() ? "MASTER ADMIN" : "SLAVE") +
                    " ON *.* TO " + connection_->Account());
  for (const auto& row : replicas) {
    if (row.empty() || row[0].value_or("") != std::to_string(options_.server_id)) continue;
    return Fails(ExitStatus::kConfig, "server id: a replica has " + std::to_string(options_.server_id) + " already",
                 "--server-id N, another one");
  }
  Pass("server id: " + std::to_string(options_.server_id) + ", no other replica has it");
}

void ServerCheck::CheckClock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t difference = ServerTime(*connection_) / 1000000 - int64_t{now.tv_sec};
  const std::string zone =
      Variable("time_zone") + (Variable("time_zone") == "SYSTEM" ? " (" + Variable("system_time_zone") + ")" : "");
  const std::string what = "time zone: " + zone + "; what is captured does not depend on it";
  if (std::abs(difference) <= 2) return Pass(what);
  Warn(what + "; its clock is " + std::to_string(difference) + " s from ours", "run a time service on both machines");
}

void ServerCheck::CheckExpiry(const Position& start) {
  std::string text = Variable("binlog_expire_logs_seconds");
  uint64_t seconds = 0;
  ParseJsonUnsigned(text, &seconds);
  if (seconds == 0) {
    uint64_t days = 0;
    ParseJsonUnsigned(Variable("expire_logs_days"), &days);
    seconds = days * 86400;
  }
  if (seconds == 0 || Variable("binlog_expire_logs_auto_purge") == "OFF")
    return Pass("expiry: log files are kept until they are purged");
  const std::string time = seconds < 7200 ? std::to_string(seconds) + " s" : std::to_string(seconds / 3600) + " h";
  const std::string what = "expiry: log files are kept for " + time;
  const std::string longer = Set("binlog_expire_logs_seconds = 604800");
  const int64_t lag = start.ts_sec ? ServerTime(*connection_) / 1000000 - *start.ts_sec : 0;
  if (lag > static_cast<int64_t>(seconds / 2))
    return Warn(what + ", the start lies " + std::to_string(lag / 3600) + " h back", longer);
  if (seconds < 86400) return Warn(what, longer);
  Pass(what + (lag > 0 ? ", the start lies " + std::to_string(lag) + " s back" : ""));
}

void ServerCheck::CheckStart() {
  if (!has_log_) return;
  try {
    const StreamStart start = FindStart(options_, *connection_, ReadServerInfo(*connection_), true);
    using Kind = StreamStart::Kind;
    Pass("start: " + std::string(start.kind == Kind::kSnapshot    ? "a snapshot"
                                 : start.kind == Kind::kBeginning ? "the beginning of the log"
                                 : start.kind == Kind::kNow       ? "the end of the log"
                                 : start.kind == Kind::kNothing   ? "nothing is left to do"
                                                                  : start.position.ToJson() + ", the log is there"));
    CheckExpiry(start.position);
  } catch (const Failure& failure) {
    std::string hint = failure.error().hint;
    std::replace(hint.begin(), hint.end(), '\n', ';');
    Fails(failure.error().status, "start: " + failure.error().what, hint);
  }
}

int ServerCheck::Run() {
  try {
    connection_.emplace(options_.server);
  } catch (const Failure& failure) {
    Fails(failure.error().status, "connection: " + failure.error().what, failure.error().hint);
    output_.Flush();
    return status_;
  }
  Pass("connection: " + connection_->name() + " as " + connection_->Value("SELECT CURRENT_USER()"));
  CheckVersion();
  CheckLog();
  CheckImages();
  CheckGtids();
  CheckGrants();
  CheckTables();
  CheckServerId();
  CheckClock();
  CheckStart();
  output_.Flush();
  return status_;
}

}  // namespace

int CheckServer(const Options& options, ByteOutput& output) {
  return ServerCheck(options, output).Run();
}

}  // namespace cdc::tail
