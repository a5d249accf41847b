#include "tools/binlog-tail/server_job.h"

#include <cstdio>
#include <functional>
#include <set>

#include "common/error.h"
#include "common/log.h"
#include "common/sink_position.h"
#include "tools/binlog-tail/catalog_loader.h"
#include "tools/binlog-tail/log_stream.h"
#include "tools/binlog-tail/server_info.h"
#include "tools/binlog-tail/server_source.h"
#include "tools/binlog-tail/snapshot.h"
#include "tools/binlog-tail/statement_scan.h"
#include "tools/binlog-tail/stream_frame.h"

namespace cdc::tail {
namespace {

enum class Begins { kSnapshot, kBeginning, kPosition };

/// A job against a server, step by step.
class ServerJob {
 public:
  ServerJob(const Options& options, ByteOutput& output) : options_(options), output_(output), writer_(output) {}
  int Run();

 private:
  void FindStart();
  void FindBeginning();
  Until FindEnd();
  std::string Body();
  std::string Stream(const Until& until);
  void WriteHelloAndTables();
  DumpRequest Request() const;
  void LookAhead();
  std::string PositionJson() const { return stream_ ? stream_->position().ToJson() : start_.ToJson(); }

  const Options& options_;
  ByteOutput& output_;
  StreamWriter writer_;
  std::optional<MysqlConnection> control_;
  ServerInfo info_;
  Begins begins_ = Begins::kPosition;
  Position start_;               // what is done when the stream begins
  bool read_from_head_ = false;  // the dump begins at the head of start_'s file; transactions up to start_ are skipped
  bool snapshot_only_ = false;
  uint64_t number_ = 1;
  std::vector<std::shared_ptr<const TableSchema>> tables_;
  std::set<TableKey> changed_later_;
  std::optional<Snapshot> snapshot_;
  std::optional<ServerSource> source_;
  std::optional<EventReader> reader_;
  std::optional<Catalog> catalog_;
  std::optional<LogStream> stream_;
};

/// The same for the same reader at each start: the server then ends an older connection of it.
std::string ReplicaUuid(const std::string& slot, uint32_t server_id) {
  const uint64_t high = std::hash<std::string>()(slot), low = high * 0x9E3779B97F4A7C15U + server_id;
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xFFFF), static_cast<unsigned>(high & 0xFFFF),
                static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFF));
  return text;
}

int ServerJob::Run() {
  control_.emplace(options_.server);
  LogVerbose("connected to " + control_->name() + ", version " + control_->version_text() +
             (control_->uses_tls() ? ", encrypted" : ", not encrypted"));
  info_ = ReadServerInfo(*control_);
  FindStart();
  return RunFramed(
      writer_, [this] { return Body(); }, [this] { return PositionJson(); });
}

void ServerJob::FindBeginning() {
  begins_ = Begins::kBeginning;
  const auto logs = ReadLogNames(*control_);
  if (logs.empty()) Fail(ExitStatus::kNoInput, "server " + control_->name() + " has no binary log file");
  start_.file = logs.front();
  start_.pos = 4;
  start_.server_uuid = info_.server_uuid;
}

void ServerJob::FindStart() {
  std::optional<Position> given;
  if (!options_.resume_from.empty()) {
    given = AskSinkPosition(options_.resume_from, options_.slot);
    if (given && !given->snapshot.empty()) given.reset();  // its snapshot did not come to an end
  } else if (!options_.from.empty() && options_.from != "now" && options_.from != "beginning") {
    given = Position::Parse(options_.from);
  } else if (options_.from.empty() && options_.resume_from.empty() && !output_.is_terminal()) {
    LogNote("nothing remembers the position of this run: --resume-from SINK does");
  }
  if (given) {
    *given = BeforeOpenBranches(*given);
    if (given->is_kafka()) Fail(ExitStatus::kUsage, "a position in Kafka is no position in a server's log");
    if (given->gtids && !info_.gtid_mode && given->file.empty())
      Fail(ExitStatus::kConfig,
           "server " + control_->name() + " has no GTIDs (gtid_mode is not ON): a GTID set is no position there", "",
           "give FILE:POS");
    CheckNotPurged(*control_, info_, *given);
    start_ = *given;
    if (start_.server_uuid.empty()) start_.server_uuid = info_.server_uuid;
    // A file and position do not tell which transactions came before; the head of the file does.
    read_from_head_ = !start_.gtids && info_.gtid_mode && !info_.is_mariadb;
    return;
  }
  if (options_.from == "beginning") return FindBeginning();
  const bool wants_rows = options_.snapshot != SnapshotMode::kNoData && options_.from.empty();
  if (!wants_rows) {
    start_ = ReadLogEnd(*control_, info_);
    return;
  }
  begins_ = Begins::kSnapshot;
  snapshot_only_ = options_.snapshot == SnapshotMode::kInitialOnly;
}

Until ServerJob::FindEnd() {
  Until until;
  if (options_.until.empty()) return until;
  if (options_.until == "now" || options_.until == "end")
    until.position = ReadLogEnd(*control_, info_);
  else
    until.position = Position::Parse(options_.until);
  return until;
}

void ServerJob::WriteHelloAndTables() {
  Hello hello;
  hello.slot = options_.slot;
  hello.kind = info_.is_mariadb ? "mariadb" : "mysql";
  hello.version = info_.version;
  hello.server_uuid = info_.server_uuid;
  hello.server_id = info_.server_id;
  hello.gtid_mode = info_.gtid_mode ? 1 : 0;
  hello.begins = begins_ == Begins::kSnapshot ? "snapshot" : begins_ == Begins::kBeginning ? "beginning" : "position";
  hello.resumed = !options_.resume_from.empty() && begins_ == Begins::kPosition;
  hello.position = stream_ ? stream_->position() : start_;
  WriteHello(writer_, hello);
  for (const auto& table : tables_) {
    // As it is now it is not where the stream begins: it is announced when its rows come.
    if (changed_later_.count({table->db, table->table}) > 0) continue;
    std::string line;
    AppendTableLine(line, *table, "start");
    line.pop_back();
    writer_.Control(line);
    if (stream_) stream_->MarkAnnounced(*table);
  }
}

std::string ServerJob::Body() {
  const Until until = FindEnd();
  tables_ = LoadTables(*control_, options_.filter);
  if (begins_ == Begins::kSnapshot) {
    snapshot_.emplace(options_.server, info_, tables_);
    start_ = snapshot_->position();
    WriteHelloAndTables();
    if (!snapshot_->Write(writer_, number_++)) return "signal";
    snapshot_.reset();
    if (snapshot_only_) return "until";
  }
  return Stream(until);
}

DumpRequest ServerJob::Request() const {
  DumpRequest request;
  request.server_id = options_.server_id;
  request.replica_uuid = ReplicaUuid(options_.slot, options_.server_id);
  request.heartbeat_ms = options_.heartbeat_ms;
  if (info_.gtid_mode && start_.gtids) {
    request.gtids = start_.gtids;
    return request;
  }
  request.file = start_.file;
  request.pos = read_from_head_ ? 4 : start_.pos;
  if (request.pos > UINT32_MAX)
    Fail(ExitStatus::kData,
         "position " + start_.file + ":" + std::to_string(start_.pos) +
             " is beyond 4 GiB, which a server without GTIDs cannot be asked for",
         "", "begin at the head of the file: " + start_.file + ":4");
  return request;
}

/// Counts the statements between the start and now that change captured tables, where the start lies in the past.
void ServerJob::LookAhead() {
  if (begins_ == Begins::kSnapshot) return;
  const Position now = ReadLogEnd(*control_, info_);
  const PositionOrder order = ComparePositions(start_, now);
  if (order == PositionOrder::kEqual || order == PositionOrder::kAfter) return;
  DumpRequest request = Request();
  request.replica_uuid = ReplicaUuid(options_.slot + " looking ahead", options_.server_id);
  request.heartbeat_ms = 500;
  ServerSource source(options_.server, request);
  for (const auto& [table, count] :
       CountTableStatements(source, request.file, request.pos, start_, now, options_.filter)) {
    catalog_->ChangesLater(table, count);
    changed_later_.insert(table);
    LogVerbose("table " + table.first + "." + table.second + " is changed by " + std::to_string(count) +
               " statements between the start and now");
  }
}

std::string ServerJob::Stream(const Until& until) {
  const DumpRequest request = Request();
  catalog_.emplace([this](const std::string& db, const std::string& table) {
    MysqlConnection connection(options_.server);
    return LoadTable(connection, db, table);
  });
  for (const auto& table : tables_) catalog_->Put(table);
  LookAhead();
  control_.reset();
  source_.emplace(options_.server, request);
  source_->SetBeforeBlock([this] { output_.Flush(); });
  reader_.emplace(*source_);
  reader_->SetStart(request.file, request.pos);
  LogStream::Options stream_options;
  stream_options.server_uuid = info_.server_uuid;
  stream_options.has_server = true;
  stream_options.is_mariadb = info_.is_mariadb;
  stream_.emplace(*reader_, options_.filter, *catalog_, writer_, stream_options);
  stream_->SetNextNumber(number_);
  const bool announced = begins_ == Begins::kSnapshot;
  if (announced)
    for (const auto& table : tables_) stream_->MarkAnnounced(*table);
  else
    stream_->SetBeforeFirst([this] { WriteHelloAndTables(); });
  if (read_from_head_) {
    stream_->SkipTo(start_);
    Position head = start_;
    head.pos = 4;
    stream_->SetPosition(head);
  } else {
    stream_->SetPosition(start_);
  }
  switch (stream_->Run(until)) {
    case LogStream::Outcome::kUntil: return "until";
    case LogStream::Outcome::kStopped: return "signal";
    case LogStream::Outcome::kEof: break;
  }
  Fail(ExitStatus::kUnavailable, "server " + options_.server.Name() + " ended its log");
}

}  // namespace

int RunServerJob(const Options& options, ByteOutput& output) {
  return ServerJob(options, output).Run();
}

}  // namespace cdc::tail
