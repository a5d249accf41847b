#include "tools/cdc-apply/target.h"

#include <unistd.h>

#include "common/error.h"
#include "common/shown_sink.h"
#include "tools/cdc-apply/batch_sink.h"
#include "tools/cdc-apply/file_sink.h"
#include "tools/cdc-apply/iceberg/iceberg_sink.h"
#include "tools/cdc-apply/laned_sink.h"
#include "tools/cdc-apply/mysql_server.h"
#include "tools/cdc-apply/print_sink.h"
#include "tools/cdc-apply/server_sink.h"
#include "tools/cdc-apply/sqlite_sink.h"
#include "tools/cdc-apply/target_url.h"
#include "tools/cdc-apply/verify/sides.h"
#ifdef CDC_WITH_HTTP
#include "tools/cdc-apply/starrocks/starrocks_sink.h"
#endif
#ifdef CDC_WITH_POSTGRESQL
#include "tools/cdc-apply/postgresql_server.h"
#endif

namespace cdc::apply {
namespace {

std::unique_ptr<SqlServer> OpenPostgresql([[maybe_unused]] const std::string& url) {
#ifdef CDC_WITH_POSTGRESQL
  return ConnectPostgresql(url);
#else
  Fail(ExitStatus::kConfig, "this cdc-apply was built without PostgreSQL", "",
       "install libpq-dev (make deps does) and build anew");
#endif
}

std::unique_ptr<Sink> OpenStarrocks([[maybe_unused]] const std::string& url) {
#ifdef CDC_WITH_HTTP
  return OpenStarrocksSink(ParseTargetUrl(url));
#else
  Fail(ExitStatus::kConfig, "this cdc-apply was built without StarRocks", "",
       "install libcurl4-openssl-dev (make deps does) and build anew");
#endif
}

/// Null: `target` is not one of a server.
std::unique_ptr<SqlServer> ConnectServer(const std::string& target) {
  const std::string scheme = target.substr(0, target.find(':'));
  if (scheme == "mysql") return ConnectMysql(ParseTargetUrl(target));
  if (scheme == "postgresql" || scheme == "postgres") return OpenPostgresql(target);
  return nullptr;
}

bool StartsWith(const std::string& target, std::string_view scheme) {
  return target.rfind(scheme, 0) == 0;
}

bool IsHttp(const std::string& target) {
  return StartsWith(target, "http://") || StartsWith(target, "https://");
}

std::unique_ptr<BatchTaker> OpenHttp([[maybe_unused]] const std::string& url) {
#ifdef CDC_WITH_HTTP
  return MakeHttpTaker(url);
#else
  Fail(ExitStatus::kConfig, "this cdc-apply was built without HTTP", "",
       "install libcurl4-openssl-dev (make deps does) and build anew");
#endif
}

/// A target that takes batches, or null.
std::unique_ptr<Sink> OpenBatches(const std::string& target) {
  constexpr std::string_view kExec = "exec:";
  // A slot is that of the URL, whatever parameters are given to it.
  if (IsHttp(target)) return MakeBatchSink(std::string(WithoutHookParameters(target)), OpenHttp(target));
  if (!StartsWith(target, kExec)) return nullptr;
  const std::string command = target.substr(kExec.size());
  if (command.empty()) Fail(ExitStatus::kUsage, "target \"exec:\" needs a command");
  return MakeBatchSink(target, MakeCommandTaker(command));
}

std::unique_ptr<Sink> OpenServer(const std::string& target) {
  if (StartsWith(target, "starrocks:")) return OpenStarrocks(target);
  if (auto batches = OpenBatches(target)) return batches;
  auto server = ConnectServer(target);
  return server ? std::make_unique<ServerSink>(std::move(server)) : nullptr;
}

/// The file of "sqlite:FILE"; empty: `target` is not of that kind.
std::string SqliteFile(const std::string& target) {
  constexpr std::string_view kScheme = "sqlite:";
  return target.rfind(kScheme, 0) == 0 ? target.substr(kScheme.size()) : "";
}

[[noreturn]] void FailUnknown(const std::string& target) {
  if (target == "sqlite:") Fail(ExitStatus::kUsage, "target \"sqlite:\" needs a file", "", "sqlite:FILE");
  Fail(ExitStatus::kUsage, "unknown target \"" + ShownSink(target) + "\"",
       "sqlite:FILE, mysql://HOST/DATABASE, postgresql://HOST/DATABASE, starrocks://HOST/DATABASE, iceberg:PLACE, "
       "file:FOLDER, http://HOST/PATH, exec:COMMAND and - are known",
       target.find(':') == std::string::npos ? "a SQLite database in that file: sqlite:" + Shown(target) : "");
}

/// A target of files, or null.
std::unique_ptr<Sink> OpenFiles(const std::string& target, bool read_only) {
  if (target.rfind("file:", 0) == 0) return OpenFileSink(ParseTargetPath(target));
  if (target.rfind("iceberg:", 0) == 0) return OpenIcebergSink(ParseTargetPath(target), read_only);
  return nullptr;
}

}  // namespace

std::unique_ptr<Sink> OpenTarget(const std::string& target, ByteOutput& output) {
  if (target == "-") return MakePrintSink(output);
  if (const std::string file = SqliteFile(target); !file.empty()) return OpenSqliteSink(file, false);
  if (auto files = OpenFiles(target, false)) return files;
  if (auto server = OpenServer(target)) return server;
  FailUnknown(target);
}

std::unique_ptr<Sink> OpenTargetWithLanes(const std::string& target, int64_t lanes) {
  const auto open = [&] {
    auto server = ConnectServer(target);
    if (server == nullptr)
      Fail(ExitStatus::kUsage, "target \"" + ShownSink(target) + "\" has no --lanes", "",
           "mysql: and postgresql: have");
    return std::make_unique<ServerSink>(std::move(server));
  };
  auto lead = open();
  std::vector<std::unique_ptr<ServerSink>> others;
  for (int64_t i = 0; i < lanes; ++i) others.push_back(open());
  return MakeLanedSink(std::move(lead), std::move(others));
}

ApplyMode DefaultModeOf(const std::string& target) {
  const bool is_history = StartsWith(target, "file:") || StartsWith(target, "exec:") || IsHttp(target);
  return is_history ? ApplyMode::kAppend : ApplyMode::kUpsert;
}

bool CanTargetApply(const std::string& target, ApplyMode mode) {
  if (DefaultModeOf(target) == ApplyMode::kAppend) return mode == ApplyMode::kAppend;
  const bool changes_rows = target.rfind("iceberg:", 0) != 0 && target.rfind("starrocks:", 0) != 0;
  return changes_rows || mode != ApplyMode::kVersions;
}

std::unique_ptr<TargetSide> OpenTargetSide(const std::string& target) {
  if (const std::string file = SqliteFile(target); !file.empty()) return MakeSqliteSide(file);
  if (auto server = ConnectServer(target)) return MakeServerSide(std::move(server));
  Fail(ExitStatus::kUsage, "target \"" + ShownSink(target) + "\" cannot be verified", "",
       "sqlite:, mysql: and postgresql: can");
}

std::optional<Position> ReadTargetPosition(const std::string& target, const std::string& slot) {
  if (target == "-") Fail(ExitStatus::kUsage, "target \"-\" holds no position");
  if (const std::string file = SqliteFile(target); !file.empty()) {
    if (access(file.c_str(), F_OK) != 0) return std::nullopt;
    return OpenSqliteSink(file, true)->ReadPosition(slot);
  }
  if (target.rfind("iceberg:", 0) == 0 && !IcebergCatalogExists(ParseTargetPath(target))) return std::nullopt;
  if (auto files = OpenFiles(target, true)) return files->ReadPosition(slot);
  if (auto server = OpenServer(target)) return server->ReadPosition(slot);
  FailUnknown(target);
}

}  // namespace cdc::apply
