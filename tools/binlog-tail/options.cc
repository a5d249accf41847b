#include "tools/binlog-tail/options.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/calendar.h"
#include "common/connector_config.h"
#include "common/connector_properties.h"
#include "common/error.h"
#include "common/log.h"
#include "common/source_properties.h"
#include "common/state_folder.h"

namespace cdc::tail {
namespace {

constexpr int64_t kLeastHeartbeatMs = 100, kHeartbeatMs = 10000;

TlsMode TlsModeOf(const std::string& name) {
  if (name == "disabled") return TlsMode::kDisabled;
  if (name == "required") return TlsMode::kRequired;
  if (name == "verify-ca" || name == "verify_ca") return TlsMode::kVerifyCa;
  if (name == "verify-identity" || name == "verify_identity") return TlsMode::kVerifyIdentity;
  return TlsMode::kPreferred;
}

/// Where the server is idle, records of heartbeats can only come with the server's own.
void TakeHeartbeat(const ConnectorConfig& config, Options* options) {
  const std::string property = "heartbeat.interval.ms";
  const int64_t interval = config.GetInteger(property, 0, 0, INT32_MAX);
  if (interval == 0) return;
  if (options->heartbeat_ms == 0)
    options->heartbeat_ms = std::clamp(interval, kLeastHeartbeatMs, kHeartbeatMs);
  else if (options->heartbeat_ms > interval)
    LogWarning(config.Where(property) + ": property \"" + property + "\" is " + std::to_string(interval) +
               ", but --heartbeat-ms " + std::to_string(options->heartbeat_ms) +
               ": while the server is idle, records of heartbeats come only so often");
}

void TakeConnector(const ConnectorConfig& config, const Options& given, Options* options) {
  CheckSourceProperties(config);
  ServerOptions& server = options->server;
  if (!given.server.given()) server.host = config.Get("database.hostname");
  if (given.server.port == ServerOptions().port)
    server.port = static_cast<uint16_t>(config.GetInteger("database.port", server.port, 1, 65535));
  if (server.user.empty()) server.user = config.Get("database.user");
  if (!server.password && config.Has("database.password")) server.password = config.Get("database.password");
  // A reader of the same slot and id takes over from the one before: one that keeps no place only looks, and is not to
  // end the capture that keeps it.
  const bool keeps_place = !given.resume_from.empty() || given.check;
  if (options->server_id == 0 && keeps_place)
    options->server_id = static_cast<uint32_t>(config.GetInteger("database.server.id", 0, 0, 4294967295));
  if (config.Has("database.ssl.mode"))
    server.tls = TlsModeOf(config.GetChoice("database.ssl.mode", "preferred",
                                            {"disabled", "preferred", "required", "verify_ca", "verify_identity"}));
  if (config.Has("connect.timeout.ms"))
    server.connect_timeout_s =
        static_cast<unsigned>((config.GetInteger("connect.timeout.ms", 30000, 1, 86400000) + 999) / 1000);
  TakeHeartbeat(config, options);
  if (options->slot.empty()) options->slot = config.name();
  options->gtid_sources = GtidSources(config);
  options->history = SchemaHistoryOf(config);
  const auto list = [&](const char* property, void (TableFilter::*take)(std::string_view, const std::string&)) {
    if (config.Has(property))
      (options->filter.*take)(config.Get(property), config.Where(property) + ": property \"" + property + "\"");
  };
  list("database.include.list", &TableFilter::IncludeDatabases);
  list("database.exclude.list", &TableFilter::ExcludeDatabases);
  if (options->filter.table_patterns().empty()) list("table.include.list", &TableFilter::IncludeTables);
  list("table.exclude.list", &TableFilter::ExcludeTables);
}

void TakeBasedOnConfiguration(const ConnectorConfig& config, SnapshotPlan* plan) {
  const BasedOnConfiguration based = ReadBasedOnConfiguration(config);
  plan->every_start = based.rows;
  plan->stream = based.stream;
  plan->when_gone = based.when_gone;
  plan->rows = based.rows || based.when_gone;
  plan->trusts_present = based.trusts_present;
}

void TakeSnapshot(const ConnectorConfig& config, const std::string& mode_given, SnapshotPlan* plan) {
  const std::string mode = ReadSnapshotMode(config);
  plan->all_statements = !config.GetFlag("schema.history.internal.store.only.captured.tables.ddl", false);
  plan->schema = (mode_given.empty() ? mode : mode_given) == "no_data" || mode == "schema_only";
  if (!mode_given.empty())
    SetSnapshotMode(mode_given, plan);
  else if (mode == "configuration_based")
    TakeBasedOnConfiguration(config, plan);
  else
    SetSnapshotMode(mode, plan);
  plan->lock_timeout_ms = config.GetInteger("snapshot.lock.timeout.ms", plan->lock_timeout_ms, 1, 86400000);
  plan->locks = ReadLocks(config);
  plan->order = ReadTableOrder(config);
  const std::string list = "snapshot.include.collection.list";
  if (config.Has(list))
    plan->tables.IncludeTables(config.Get(list), config.Where(list) + ": property \"" + list + "\"");
  plan->statements = ReadSnapshotStatements(config);
}

}  // namespace

std::optional<int64_t> InstantOf(const std::string& option, const std::string& text) {
  if (text.empty() || text[0] != '@') return std::nullopt;
  const auto instant = ParseInstant(std::string_view(text).substr(1));
  if (!instant)
    Fail(ExitStatus::kUsage, option + " cannot be \"" + Shown(text) + "\"", "",
         "@ and milliseconds since 1970, or a time in UTC: @2026-11-24T10:00:00Z");
  return instant;
}

CommandLine MakeCommandLine(Options* options, std::string* connector, std::vector<std::string>* sets) {
  ServerOptions* server = &options->server;
  const auto text = [](std::string* target) { return [target](const std::string& value) { *target = value; }; };
  const std::string connection = "Server", range = "What to read", general = "Position";
  std::vector<OptionSpec> specs = {
      {"--connector", "-c", "FILE", connection,
       "Debezium connector file (JSON or properties): server, tables, snapshot", text(connector)},
      {"--set", "", "NAME=VALUE", connection, "set or override a property of the connector file",
       [sets](const std::string& value) { sets->push_back(value); }},
      {"--host", "", "HOST", connection, "server's name or address", text(&server->host)},
      {"--port", "-P", "PORT", connection, "its port, 1 to 65535 (3306)",
       [server](const std::string& value) {
         server->port = static_cast<uint16_t>(ParseOptionInteger("--port", value, 1, 65535));
       }},
      {"--socket", "-S", "PATH", connection, "Unix socket instead of host and port", text(&server->socket)},
      {"--user", "-u", "NAME", connection, "user", text(&server->user)},
      {"--password-file", "", "FILE", connection, "first line is the password (else $MYSQL_PWD, or ~/.my.cnf)",
       [server](const std::string& value) { server->password = ReadPasswordFile(value); }},
      {"--defaults-file", "", "FILE", connection, "take user, password and the like from its [client] group",
       text(&server->defaults_file)},
      {"--tls",
       "",
       "MODE",
       connection,
       "encryption of the connection (preferred)",
       [server](const std::string& value) { server->tls = TlsModeOf(value); },
       {"disabled", "preferred", "required", "verify-ca", "verify-identity"}},
      {"--tls-ca", "", "FILE", connection, "certificates of the authorities that are trusted", text(&server->tls_ca)},
      {"--tls-cert", "", "FILE", connection, "our own certificate", text(&server->tls_cert)},
      {"--tls-key", "", "FILE", connection, "key of our own certificate", text(&server->tls_key)},
      {"--server-id", "", "N", connection, "replica id, distinct from all others, 1 to 4294967295 (made up)",
       [options](const std::string& value) {
         options->server_id = static_cast<uint32_t>(ParseOptionInteger("--server-id", value, 1, 4294967295));
       }},
      {"--view",
       "",
       "MODE",
       general,
       "lines, or short ones for people, rows alone (lines; on a terminal short)",
       text(&options->view),
       {"lines", "short"}},
      {"--heartbeat-ms", "", "N", connection, "how often the server says that there is nothing, 100 to 600000 (10000)",
       [options](const std::string& value) {
         options->heartbeat_ms = ParseOptionInteger("--heartbeat-ms", value, kLeastHeartbeatMs, 600000);
       }},
      {"--retry-seconds", "", "N", connection, "how long to try to replace a lost connection, 0 to 86400 (300)",
       [options](const std::string& value) {
         options->retry_seconds = ParseOptionInteger("--retry-seconds", value, 0, 86400);
       }},
      {"--tables", "-t", "LIST", range, "db.table expressions, comma-separated, as table.include.list",
       [options](const std::string& value) {
         options->filter.IncludeTables(value, "option --tables");
         options->filter.ExpectTables();
       }},
      {"--columns", "", "LIST", range,
       "db.table.column expressions: the columns whose values are read, beside the key's",
       [options](const std::string& value) { options->filter.IncludeColumns(value, "option --columns"); }},
      {"--exclude-columns", "", "LIST", range, "the columns whose values are left out",
       [options](const std::string& value) { options->filter.ExcludeColumns(value, "option --exclude-columns"); }},
      {"--where", "", "CONDITION", range, "only rows of which this is true before or after, as in SQL: id > 5 AND ...",
       [options](const std::string& value) {
         if (value.find_first_not_of(" \t\n") == std::string::npos)
           Fail(ExitStatus::kUsage, "--where needs a condition, not \"" + value + "\"", "",
                "conditions like: id > 5 AND (state = 'new' OR note IS NULL)");
         options->where = value;
       }},
      {"--binary",
       "",
       "FORM",
       range,
       "how bytes are written: base64, or hex as {\"@hex\":...} (base64)",
       [options](const std::string& value) { options->style.hex = value == "hex"; },
       {"base64", "hex"}},
      {"--invalid-utf8",
       "",
       "MODE",
       range,
       "text that is not valid in its character set: base64, U+FFFD (replace), or the end (stop) (base64)",
       [options](const std::string& value) {
         options->style.invalid = value == "replace" ? ValueStyle::Invalid::kReplace
                                  : value == "stop"  ? ValueStyle::Invalid::kStop
                                                     : ValueStyle::Invalid::kBase64;
       },
       {"base64", "replace", "stop"}},
      {"--snapshot",
       "",
       "MODE",
       range,
       "what tables hold already (no_data, with a connector file initial)",
       text(&options->snapshot_mode),
       {"initial", "initial_only", "always", "when_needed", "no_data", "schema_only", "schema_only_recovery",
        "recovery", "never"}},
      {"--from", "", "POSITION", general,
       "beginning, now, FILE:POS, a GTID set, @TIME, or POSITION as JSON (now; files: beginning)",
       text(&options->from)},
      {"--resume-from", "", "SINK", general, "begin where the sink stands: a target of cdc-apply, or kafka:FILE",
       text(&options->resume_from)},
      {"--until", "", "POSITION", general,
       "now, end, FILE:POS, a GTID set, @TIME (not read any more), or POSITION as JSON (files: end)",
       text(&options->until)},
      {"--count", "-n", "N", general, "stop after the transaction in which N rows are reached, from 1",
       [options](const std::string& value) {
         options->count = static_cast<uint64_t>(ParseOptionInteger("--count", value, 1, INT64_MAX));
       }},
      {"--slot", "", "NAME", general, "name under which the sink keeps the position (the connector's name)",
       text(&options->slot)},
      {"--check", "", "", general, "test what a run would need, say what mends it, and end",
       [options](const std::string&) { options->check = true; }},
      {"--state", "", "DIR", general,
       "where the definitions of tables are remembered, or none (with --resume-from ~/.local/state/cdcutils)",
       text(&options->state)},
  };
  return CommandLine("binlog-tail", "Writes the row changes of a MySQL or MariaDB server as change lines.",
                     std::move(specs),
                     {{"FILE", "binary log files to read instead of a server, - for stdin", false, true,
                       [options](const std::string& value) { options->files.push_back(value); }}});
}

void CompleteOptions(Options* options, const std::string& connector, const std::vector<std::string>& sets) {
  if (!connector.empty()) {
    ConnectorConfig config = ConnectorConfig::Load(connector);
    for (const auto& assignment : sets) config.Set(assignment);
    CheckProperties(config, PropertyOwner::kSource, "binlog-tail");
    NoteMeaningless(config);
    Options given;
    given.server = options->server;
    if (options->files.empty()) TakeSnapshot(config, options->snapshot_mode, &options->snapshot);
    TakeConnector(config, given, options);
    if (!options->files.empty()) options->server = ServerOptions();
  } else {
    SetSnapshotMode(options->snapshot_mode.empty() ? "no_data" : options->snapshot_mode, &options->snapshot);
  }
  if (connector.empty() && !sets.empty()) {
    Fail(ExitStatus::kUsage, "option --set needs --connector", "", "see binlog-tail --help");
  }
  ServerOptions& server = options->server;
  if (!options->files.empty() && server.given())
    Fail(ExitStatus::kUsage, "cannot read files and a server at once", "", "leave out --host, or the files");
  if (options->files.empty() && !server.given())
    Fail(ExitStatus::kUsage, "nothing to read: neither a server nor files are given", "",
         "--connector FILE, --host HOST, or binary log files");
  if (!options->from.empty() && !options->resume_from.empty())
    Fail(ExitStatus::kUsage, "--from and --resume-from exclude each other");
  const std::string& mode = options->snapshot_mode;
  if (!options->from.empty() && (mode == "initial" || mode == "initial_only" || mode == "always"))
    Fail(ExitStatus::kUsage, "--from and --snapshot " + mode + " exclude each other",
         "a snapshot gives the position from which the log is read",
         "leave out --from; or take the log alone: --from POSITION --snapshot no_data");
  if (options->check && !options->files.empty()) Fail(ExitStatus::kUsage, "--check is of a server, not of files");
  if (!options->files.empty() && !options->snapshot_mode.empty()) Fail(ExitStatus::kUsage, "a snapshot needs a server");
  if (options->slot.empty()) options->slot = "binlog-tail";
  if (options->heartbeat_ms == 0) options->heartbeat_ms = kHeartbeatMs;
  if (options->state == "none" || !options->files.empty())
    options->state.clear();
  else if (options->state.empty() && !options->resume_from.empty())
    options->state = StateFolder();
  if (!server.defaults_file.empty() && access(server.defaults_file.c_str(), R_OK) != 0)
    Fail(ExitStatus::kNoInput, "cannot read --defaults-file \"" + server.defaults_file + "\": " + ErrnoText(errno));
  TakeDefaultCredentials(&server);
  server.only_user_of_tls = true;
  server.credentials_hint = "--user, --password-file, MYSQL_PWD, or the connector's database.user";
  server.grant_hint = "GRANT SELECT, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT ON *.*";
  if (options->server_id == 0)
    // Distinct from the small numbers that people give to their servers.
    options->server_id = 0x80000000U | (static_cast<uint32_t>(getpid()) * 2654435761U >> 1);
}

}  // namespace cdc::tail
