#include "tools/binlog-tail/server_job.h"

#include "common/error.h"
#include "common/log.h"
#include "tools/binlog-tail/definitions.h"
#include "tools/binlog-tail/log_stream.h"
#include "tools/binlog-tail/log_time.h"
#include "tools/binlog-tail/patience.h"
#include "tools/binlog-tail/schema_statements.h"
#include "tools/binlog-tail/server_info.h"
#include "tools/binlog-tail/server_source.h"
#include "tools/binlog-tail/snapshot.h"
#include "tools/binlog-tail/statement_scan.h"
#include "tools/binlog-tail/steady_source.h"
#include "tools/binlog-tail/stream_frame.h"
#include "tools/binlog-tail/stream_start.h"

namespace cdc::tail {
namespace {

/// A job against a server, step by step.
class ServerJob {
  using Kind = StreamStart::Kind;

 public:
  ServerJob(const Options& options, ByteOutput& output) : options_(options), output_(output), writer_(output) {}
  int Run();

 private:
  Until FindEnd();
  std::string Body();
  std::string Stream(const Until& until);
  void EndDump();
  void WriteHelloAndTables();
  void WriteSchema();
  DumpRequest Request() const;
  LoadPlan Plan() const;
  void LoadTheDefinitions();
  void OpenSnapshot();
  template <typename Ask>
  auto Steadily(Ask ask) -> decltype(ask(ServerOptions()));
  Retry HowToRetry() const { return {.give_up_ms = options_.retry_seconds * 1000}; }
  CatalogServer AsCatalogServer();
  TableChanges ChangesBetween(const ServerOptions& server, const Position& from, const Position& to);
  DumpRequest Resume(const ServerOptions& server);
  bool HasJournal();
  bool RecallTables();
  std::vector<CatalogJournal::Entry> ReadHistory();
  void PrepareCatalog();
  std::string PositionJson() const { return stream_ ? stream_->position().ToJson() : start_.ToJson(); }

  const Options& options_;
  ByteOutput& output_;
  StreamWriter writer_;
  std::optional<MysqlConnection> control_;
  ServerInfo info_;
  std::optional<CascadeWarnings> cascades_;
  StreamStart begin_;
  Position start_;                           // what is done when the stream begins
  Position dump_from_;                       // where the log is read from; what comes before the start is skipped
  std::optional<Position> statements_from_;  // what is known holds from here on
  uint64_t number_ = 1;
  ServerTables said_;           // what the server says of the captured tables
  bool said_at_start_ = false;  // it holds where the stream begins
  std::optional<RowCondition> condition_;
  std::optional<RowView> view_;
  std::optional<Snapshot> snapshot_;
  std::optional<SteadySource> source_;
  std::optional<EventReader> reader_;
  std::optional<CatalogJournal> journal_;
  std::optional<Catalog> catalog_;
  std::optional<LogStream> stream_;
};

int ServerJob::Run() {
  if (!options_.where.empty()) condition_.emplace(options_.where);
  view_ = ViewOf(options_, output_);
  if (view_) writer_.LeaveOutControlLines();
  control_.emplace(options_.server);
  LogVerbose("connected to " + control_->name() + ", version " + control_->version_text() +
             (control_->uses_tls() ? ", encrypted" : ", not encrypted"));
  info_ = ReadServerInfo(*control_);
  cascades_.emplace(*control_);
  if (options_.server_id == info_.server_id)
    Fail(ExitStatus::kConfig,
         "server " + control_->name() + ": " + std::to_string(info_.server_id) + " is the server's own id", "",
         "--server-id N, one that no other server or reader has");
  begin_ = FindStart(options_, *control_, info_, output_.is_terminal());
  start_ = begin_.position;
  return RunFramed(
      writer_, [this] { return Body(); }, [this] { return PositionJson(); });
}

Until ServerJob::FindEnd() {
  Until until;
  until.rows = options_.count;
  if (options_.until.empty()) return until;
  until.time_us = InstantOf("--until", options_.until);
  if (until.time_us) {
    // What is committed from now on is later than a time that is past.
    if (*until.time_us <= ServerTime(*control_)) until.position = ReadLogEnd(*control_, info_);
    return until;
  }
  if (options_.until == "now" || options_.until == "end")
    until.position = ReadLogEnd(*control_, info_);
  else
    until.position = Position::Parse(options_.until);
  if (until.position) until.position->end = 0;  // what comes behind it at this place is not the log's
  if (until.position && until.position->gtids && until.position->file.empty())
    CheckGtidsOf(*control_, info_, *until.position->gtids, "--until now, FILE:POS or @TIME ends there");
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
  hello.begins = begin_.kind == Kind::kSnapshot    ? "snapshot"
                 : begin_.kind == Kind::kBeginning ? "beginning"
                                                   : "position";
  hello.resumed = !options_.resume_from.empty() && begin_.kind != Kind::kSnapshot;
  hello.position = stream_ ? stream_->position() : start_;
  WriteHello(writer_, hello);
  // As the server has them now they may not be where the stream begins: then they are announced when their rows come.
  if (!said_at_start_) return;
  for (const auto& table : said_.tables) {
    std::string line;
    AppendTableLine(line, *table, "start");
    line.pop_back();
    writer_.Control(line);
    if (stream_) stream_->MarkAnnounced(*table);
  }
}

/// snapshot.mode=no_data and its like: what the tables are, without their rows, as a transaction of its own.
void ServerJob::WriteSchema() {
  if (!options_.snapshot.schema || begin_.kind != Kind::kNow || !said_at_start_) return;
  MysqlConnection connection(options_.server);
  const int64_t now = ServerTime(connection);
  writer_.Begin(number_, start_);
  WriteSchemaStatements(said_, start_, now, true, writer_);
  writer_.Mark(number_, now, start_);
  stream_->SetNextNumber(++number_);
}

LoadPlan ServerJob::Plan() const {
  // What is captured from the past may be gone by now.
  const bool snapshot = begin_.kind == Kind::kSnapshot, now = begin_.kind == Kind::kNow;
  const bool statements = snapshot || (now && options_.snapshot.schema);
  return {&options_.filter, snapshot || now, statements && options_.snapshot.all_statements};
}

void ServerJob::LoadTheDefinitions() {
  said_ = LoadDefinitions(*control_, info_, Plan(), AsCatalogServer().changes);
  cascades_->Tell(said_);
  // An empty snapshot would tell the sink that there is nothing, and it would throw away what it has.
  if (begin_.kind == Kind::kSnapshot && said_.tables.empty()) FailNoTables(*control_, options_.filter);
  if (begin_.kind == Kind::kNow) start_ = said_.as_of;
  // What is read from the past may be another table of the name.
  if (Plan().must_exist)
    for (const auto& table : said_.tables) {
      if (condition_) condition_->SetTable(table);
      options_.filter.CheckColumns(*table, false);
    }
  const PositionOrder order = ComparePositions(start_, said_.as_of);
  said_at_start_ = begin_.kind != Kind::kSnapshot && (order == PositionOrder::kEqual || order == PositionOrder::kAfter);
}

/// The definitions are those of the snapshot's position. A table that changes after that cannot be read in it any more,
/// so what is read then is of that moment or ends in an error.
void ServerJob::OpenSnapshot() {
  const auto read_changes = AsCatalogServer().changes;
  snapshot_.emplace(options_.server, info_, said_, options_.snapshot, options_.filter);
  for (int again = 0; !StillHolds(said_, Plan(), read_changes, snapshot_->position()); ++again) {
    constexpr int kMost = 10;
    if (again == kMost) FailRestless(*control_);
    snapshot_.reset();
    FollowDefinitions(*control_, info_, Plan(), read_changes, &said_);
    snapshot_.emplace(options_.server, info_, said_, options_.snapshot, options_.filter);
  }
  cascades_->Tell(said_);
  snapshot_->SetStyle(options_.style);
  if (view_) snapshot_->SetView(&*view_);
  if (condition_) snapshot_->SetCondition(&*condition_);
  start_ = snapshot_->position();
  said_at_start_ = true;
}

std::string ServerJob::Body() {
  const Until until = FindEnd();
  LoadTheDefinitions();
  if (begin_.kind == Kind::kNothing) {
    LogNote("the snapshot was taken before");
    WriteHelloAndTables();
    return "until";
  }
  if (begin_.kind == Kind::kSnapshot) {
    OpenSnapshot();
    WriteHelloAndTables();
    if (!snapshot_->Write(writer_, number_++)) return "signal";
    snapshot_.reset();
    if (!options_.snapshot.stream) return "until";
  }
  return Stream(until);
}

DumpRequest ServerJob::Request() const {
  DumpRequest request;
  request.server_id = options_.server_id;
  request.replica_uuid = ReplicaUuid(options_.slot, options_.server_id);
  request.heartbeat_ms = options_.heartbeat_ms;
  if (info_.gtid_mode && dump_from_.gtids) {
    request.gtids = dump_from_.gtids;
    return request;
  }
  request.file = dump_from_.file;
  request.pos = dump_from_.pos;
  if (request.pos > UINT32_MAX)
    Fail(ExitStatus::kData,
         "position " + request.file + ":" + std::to_string(request.pos) +
             " is beyond 4 GiB, which a server without GTIDs cannot be asked for",
         "", "begin at the head of the file: " + request.file + ":4");
  return request;
}

/// In the midst of the stream a server that does not answer is asked again, as a lost connection is made again; at the
/// start it is an error.
template <typename Ask>
auto ServerJob::Steadily(Ask ask) -> decltype(ask(ServerOptions())) {
  if (!source_) return ask(options_.server);
  return Patience(HowToRetry(), options_.server, [this] { output_.Flush(); }).Get(ask);
}

CatalogServer ServerJob::AsCatalogServer() {
  CatalogServer server;
  if (info_.is_mariadb) {
    server.set_for_good = "SET GLOBAL";
    server.set_also = " (and in my.cnf, for the next start)";
  }
  server.load = [this](const std::string& db, const std::string& table) {
    return Steadily([&](const ServerOptions& to_reach) {
      MysqlConnection connection(to_reach);
      return LoadDefinition(connection, info_, {db, table},
                            [&](const auto& from, const auto& to) { return ChangesBetween(to_reach, from, to); });
    });
  };
  server.is_sequence = [this](const std::string& db, const std::string& table) {
    return Steadily([&](const ServerOptions& to_reach) {
      MysqlConnection connection(to_reach);
      return IsSequence(connection, db, table);
    });
  };
  server.changes = [this](const Position& from, const Position& to) {
    return Steadily([&](const ServerOptions& to_reach) { return ChangesBetween(to_reach, from, to); });
  };
  return server;
}

TableChanges ServerJob::ChangesBetween(const ServerOptions& server, const Position& from, const Position& to) {
  LogVerbose("looking for statements about tables from " + from.file + ":" + std::to_string(from.pos) + " to " +
             to.file + ":" + std::to_string(to.pos));
  DumpRequest request;
  request.heartbeat_ms = options_.heartbeat_ms;
  Position begin = from;
  if (begin.pos > UINT32_MAX) begin.pos = 4;
  request.file = begin.file;
  request.pos = begin.pos;
  ServerSource source(server, request);
  return ReadTableChanges(source, begin, to, info_.lower_case_names);
}

/// False: another process has the journal of this slot.
bool ServerJob::HasJournal() {
  if (options_.state.empty()) return false;
  journal_.emplace();
  if (journal_->Open(options_.state, options_.slot)) return true;
  LogWarning("another binlog-tail keeps the tables of slot \"" + options_.slot + "\" in " + options_.state +
             "; this one goes without");
  journal_.reset();
  return false;
}

/// What an earlier run of the slot knew about tables, where it reaches back to the start. The log between it and the
/// start is read as well. False: there is nothing of use.
bool ServerJob::RecallTables() {
  try {
    std::optional<Position> reached;
    const auto entries = journal_->Load(start_, &reached);
    if (!entries) return false;
    if (reached) {
      CheckNotPurged(*control_, info_, *reached, options_.gtid_sources);
      dump_from_ = *reached;
    }
    catalog_->Replay(*entries, info_.lower_case_names);
    statements_from_ = reached ? *reached : start_;
    return true;
  } catch (const Failure& failure) {
    if (failure.error().status == ExitStatus::kConfig || failure.error().status == ExitStatus::kIoError) throw;
    if (failure.error().status == ExitStatus::kData) {
      LogWarning(std::string("what is remembered about tables does not read: ") + failure.what() + "; it is kept as " +
                 journal_->SetAside() +
                 ", and remembering begins anew. If tables of the start are not known now, mend "
                 "or take out that line, and give the file its name back");
      return false;
    }
    LogWarning(std::string("what is remembered about tables is of no use: ") + failure.what());
    return false;
  }
}

/// What a Debezium connector knew about tables at the start; nothing where it knew none, or it cannot be read.
std::vector<CatalogJournal::Entry> ServerJob::ReadHistory() {
  if (!options_.history.is_known()) return {};
  try {
    auto entries = ReadSchemaHistory(options_.history, start_);
    if (entries)
      LogVerbose("definitions of tables are those of the connector's schema history, " +
                 std::to_string(entries->size()) + " statements");
    return entries.value_or(std::vector<CatalogJournal::Entry>());
  } catch (const Failure& failure) {
    if (failure.error().status == ExitStatus::kOsError) throw;
    LogWarning(std::string("the connector's schema history is of no use: ") + failure.what());
    return {};
  }
}

/// Tells the catalog what is known, best first: the server's word of the start's own moment, or what an earlier run
/// left, or a connector's schema history; else what the server says holds later.
void ServerJob::PrepareCatalog() {
  catalog_.emplace(AsCatalogServer());
  const bool keeps = HasJournal();
  if (said_at_start_) statements_from_ = start_;
  const bool recalled = keeps && !said_at_start_ && !options_.snapshot.needs_position && RecallTables();
  std::vector<CatalogJournal::Entry> history;
  if (!recalled && !said_at_start_ && !options_.snapshot.needs_position) history = ReadHistory();
  if (!history.empty()) {
    catalog_->Replay(history, info_.lower_case_names);
    statements_from_ = start_;
  }
  if (!recalled && history.empty() && options_.snapshot.trusts_present && !said_at_start_) {
    LogWarning("definitions of tables are taken to be at the start as they are now");
    said_at_start_ = true;
    statements_from_ = start_;
  }
  if (keeps && !recalled) {
    journal_->Begin(start_);
    for (const auto& entry : history) journal_->Append(entry.statement, {start_, ""});
  }
  if (keeps) catalog_->SetJournal(&*journal_, start_);
  catalog_->Take(said_, said_at_start_);
}

/// What to ask for when the connection was lost. The same server goes on behind the last event; another one has to have
/// all transactions that are done, and can only go on between transactions.
DumpRequest ServerJob::Resume(const ServerOptions& server) {
  MysqlConnection connection(server, server.connect_timeout_s);
  const ServerInfo info = ReadServerInfo(connection);
  const bool another = info.server_uuid != info_.server_uuid;
  if (another && stream_->in_transaction())
    Fail(ExitStatus::kTempFail, "another server answers at " + connection.name() + ", in the midst of a transaction",
         "", "start again from the sink's position");
  const Position& done = stream_->position();
  const bool by_gtid = info.gtid_mode && !info.is_mariadb && done.gtids && !stream_->in_transaction();
  if (another || by_gtid) CheckNotPurged(connection, info, done, options_.gtid_sources);
  if (another) {
    LogWarning("another server answers at " + connection.name() + ": " + info.server_uuid + " instead of " +
               info_.server_uuid + "; it has all transactions that are done");
    catalog_->ForgetServer();
    stream_->SetServerUuid(info.server_uuid);
    info_ = info;
  }
  if (by_gtid) {
    dump_from_ = done;
    dump_from_.gtids->Union(PurgedOfOthers(connection, options_.gtid_sources));
  } else {
    dump_from_ = Position();
    dump_from_.file = reader_->file();
    dump_from_.pos = reader_->position();
    CheckNotPurged(connection, info, dump_from_, options_.gtid_sources);
  }
  return Request();
}

std::string ServerJob::Stream(const Until& until) {
  dump_from_ = start_;
  if (begin_.read_from_head) dump_from_.pos = 4;
  PrepareCatalog();
  const DumpRequest request = Request();
  // In the midst of a file nothing tells which transactions came before.
  std::optional<GtidSet> before = dump_from_.gtids;
  if (info_.is_mariadb && !before && dump_from_.pos > 4) before = ReadMariadbGtidsBefore(*control_, dump_from_);
  LogStream::Options stream_options;
  // A server that was made of a copy has done what no file of its log tells of.
  if (!info_.is_mariadb && !dump_from_.gtids)
    stream_options.purged = GtidSet::Parse(control_->Value("SELECT @@global.gtid_purged"));
  control_.reset();
  source_.emplace(options_.server, request, HowToRetry(),
                  [this](const ServerOptions& server) { return Resume(server); });
  source_->SetBeforeBlock([this] {
    // The place is known: whoever reads us need not wait for the first event to know it too.
    if (stream_ && begin_.kind == Kind::kNow) stream_->StartHere();
    output_.Flush();
  });
  reader_.emplace(*source_);
  reader_->SetStart(request.file, request.pos);
  stream_options.server_uuid = info_.server_uuid;
  stream_options.has_server = true;
  stream_options.style = options_.style;
  if (view_) stream_options.view = &*view_;
  if (condition_) stream_options.condition = &*condition_;
  stream_options.cascades = &*cascades_;
  stream_options.statements_from = statements_from_;
  if (journal_) stream_options.reached = [this](const Position& position) { journal_->Reached(position); };
  stream_options.gtid_sources = &options_.gtid_sources;
  stream_options.is_mariadb = info_.is_mariadb;
  stream_options.lower_case_names = info_.lower_case_names;
  stream_options.reaches_further = [this](const TableKey& table) {
    return Steadily([&](const ServerOptions& server) {
      MysqlConnection connection(server);
      return ReachesFurther(connection, table.first, table.second);
    });
  };
  stream_options.log_end = [this] {
    return Steadily([&](const ServerOptions& server) {
      MysqlConnection now(server);
      return ReadLogEnd(now, info_);
    });
  };
  stream_.emplace(*reader_, options_.filter, *catalog_, writer_, stream_options);
  stream_->SetNextNumber(number_);
  const bool announced = begin_.kind == Kind::kSnapshot;
  if (announced)
    for (const auto& table : said_.tables) stream_->MarkAnnounced(*table);
  else
    stream_->SetBeforeFirst([this] {
      WriteHelloAndTables();
      WriteSchema();
    });
  if (ComparePositions(dump_from_, start_) != PositionOrder::kEqual) stream_->SkipTo(start_);
  stream_->SkipTold(start_.event, start_.row);
  if (begin_.kind == Kind::kTime) stream_->SkipBefore(begin_.time_us);
  stream_->SetPosition(dump_from_, before);
  LogStream::Outcome outcome = LogStream::Outcome::kStopped;
  try {
    outcome = stream_->Run(until);
  } catch (const StoppedWaiting&) {
  } catch (const Failure& failure) {
    // What looks like a damaged log may be a place where no event begins.
    const bool at_start = stream_->next_number() == number_ && !request.file.empty() && request.pos > 4;
    if (!at_start || failure.error().status != ExitStatus::kData) throw;
    DumpRequest whole = request;
    whole.server_id = 0;
    whole.pos = 4;
    ServerSource file(options_.server, whole);
    CheckIsBetween(file, start_);
    throw;
  }
  if (journal_) journal_->WriteReached(stream_->position());
  switch (outcome) {
    case LogStream::Outcome::kUntil: EndDump(); return "until";
    case LogStream::Outcome::kStopped: return "signal";
    case LogStream::Outcome::kEof: break;
  }
  Fail(ExitStatus::kUnavailable, "server " + options_.server.Name() + " ended its log");
}

/// The server would see that nobody reads any more when it next sends something, a heartbeat perhaps; until then the
/// replica id would look taken.
void ServerJob::EndDump() {
  const uint64_t connection_id = source_->connection_id();
  if (connection_id == 0) return;
  try {
    MysqlConnection connection(options_.server);
    unsigned refused;
    if (!connection.TryExecute("KILL " + std::to_string(connection_id), &refused))
      LogVerbose("the server did not end connection " + std::to_string(connection_id) + ": error " +
                 std::to_string(refused));
  } catch (const Failure& failure) {
    LogVerbose(failure.error().what + "; it ends the dump when it sees that nobody reads it");
  }
}

}  // namespace

int RunServerJob(const Options& options, ByteOutput& output) {
  return ServerJob(options, output).Run();
}

}  // namespace cdc::tail
