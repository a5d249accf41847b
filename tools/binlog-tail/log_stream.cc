#include "tools/binlog-tail/log_stream.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "common/collation.h"
#include "common/error.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "common/stop.h"
#include "tools/binlog-tail/client_text.h"
#include "tools/binlog-tail/small_events.h"

namespace cdc::tail {
namespace {

int64_t NowMicroseconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
}

}  // namespace

bool Until::ReachedBy(const Position& now) const {
  if (!position) return false;
  const PositionOrder order = ComparePositions(*position, now);
  return order == PositionOrder::kBefore || order == PositionOrder::kEqual;
}

LogStream::LogStream(EventReader& reader, const TableFilter& filter, Catalog& catalog, StreamWriter& writer,
                     Options options)
    : reader_(reader), filter_(filter), catalog_(catalog), writer_(writer), options_(std::move(options)) {
  rows_writer_.SetCondition(options_.condition);
}

LogStream::Outcome LogStream::Run(const Until& until) {
  Until limit = until;
  if (limit.ReachedBy(position_)) {
    Start();
    return Outcome::kUntil;
  }
  until_us_ = limit.time_us;
  Event event;
  for (;;) {
    if (StopRequested()) return Outcome::kStopped;
    const EventSource::Status status = reader_.Next(&event, limit.position ? -1 : WaitMs());
    if (TakeStatusRequest()) LogStatus(StatusLine());
    switch (status) {
      case EventSource::Status::kStopped: return Outcome::kStopped;
      case EventSource::Status::kTimeout:
        if (skipped_whole_) EndSkipped();
        if (!until_us_ || limit.position || NowMicroseconds() < *until_us_ || in_transaction_) continue;
        // What was committed before the time may still be on its way.
        if (options_.log_end) limit.position = options_.log_end();
        if (!limit.position || limit.ReachedBy(position_)) {
          Start();
          return Outcome::kUntil;
        }
        continue;
      case EventSource::Status::kEnd:
        if (skipped_whole_) EndSkipped();
        if (in_transaction_)
          Fail(ExitStatus::kData, "the log ends inside the transaction that begins after " + position_.ToJson());
        Start();
        return Outcome::kEof;
      case EventSource::Status::kEvent: break;
    }
    const uint64_t before = transactions_total_;
    try {
      Handle(event);
    } catch (Failure& failure) {
      // What the server says when it is asked for a definition is no fault of the log.
      const ExitStatus end = failure.error().status;
      const bool of_log = end == ExitStatus::kData || end == ExitStatus::kNoInput;
      if (of_log && failure.error().what.find(Where(event)) == std::string::npos)
        failure.error().what = end == ExitStatus::kNoInput
                                   ? "at " + Where(event) + ": " + failure.error().what
                                   : "cannot decode the " + EventTypeName(event.header.type) + " event at " +
                                         Where(event) + ": " + failure.error().what;
      throw;
    }
    if (ended_) return Outcome::kUntil;
    if (skipped_whole_ && limit.ReachedBy(after_)) {
      EndSkipped();
      Start();
      return Outcome::kUntil;
    }
    if (limit.rows > 0 && rows_total_ >= limit.rows && !in_transaction_) return Outcome::kUntil;
    if (!in_transaction_ && (transactions_total_ != before || event.header.timestamp == 0) &&
        limit.ReachedBy(position_))
      return Outcome::kUntil;
  }
}

void LogStream::FailAt(const Event& event, const std::string& why, const std::string& hint) const {
  Fail(ExitStatus::kData, "cannot go on at " + Where(event) + ": " + why, "",
       hint.empty()
           ? "look at it with: mysqlbinlog -vv --start-position=" + std::to_string(event.begin) + " " + reader_.file()
           : hint);
}

void LogStream::Start() {
  if (!before_first_) return;
  const auto before_first = std::exchange(before_first_, nullptr);
  if (position_.file.empty()) {
    position_.file = reader_.file();
    position_.pos = 4;
  }
  before_first();
}

/// Milliseconds until the end is due though nothing is logged; negative: there is no such time.
int LogStream::WaitMs() const {
  if (!until_us_) return -1;
  const int64_t left = (*until_us_ - NowMicroseconds()) / 1000 + 1;
  return static_cast<int>(std::clamp<int64_t>(left, 1, 3600000));
}

int64_t LogStream::LoggedTime(const Event& event) const {
  return logged_us_ > 0 ? static_cast<int64_t>(logged_us_) : int64_t{event.header.timestamp} * 1000000;
}

void LogStream::Handle(const Event& event) {
  const EventType type = event.header.type;
  if (skipping_) {
    // Only the transaction's end is looked for.
    const bool begins = type == EventType::kGtid || type == EventType::kAnonymousGtid ||
                        type == EventType::kGtidTagged || type == EventType::kMariadbGtid;
    const bool between = type == EventType::kHeartbeat || type == EventType::kHeartbeatV2 ||
                         type == EventType::kPreviousGtids || type == EventType::kMariadbGtidList;
    if (!begins && !(between && skipped_whole_)) return Pass(event);
    EndSkipped();
  }
  if (IsRowsEvent(type)) {
    HandleRows(event);
    return CountEvent(event);
  }
  if (left_) CountEvent(event);
  switch (type) {
    case EventType::kTableMap: return HandleTableMap(event);
    case EventType::kGtid:
    case EventType::kAnonymousGtid:
    case EventType::kGtidTagged: return HandleGtid(event);
    case EventType::kMariadbGtid: return HandleMariadbGtid(event);
    case EventType::kQuery:
    case EventType::kMariadbQueryCompressed: return HandleQuery(event);
    case EventType::kXid: return EndTransaction(event);
    case EventType::kXaPrepare: return HandleXaPrepare(event);
    case EventType::kRowsQuery:
    case EventType::kMariadbAnnotateRows: return TakeQueryText(event, DecodeRowsQueryEvent(type, event.body));
    case EventType::kHeartbeat:
    case EventType::kHeartbeatV2: return HandleHeartbeat(event);
    case EventType::kIncident: {
      const IncidentEvent incident = DecodeIncidentEvent(event.body);
      FailAt(event,
             "the server lost events here (incident " + std::to_string(incident.number) + ": " +
                 Shown(std::string(incident.message)) + ")",
             "the log has a gap: begin with a new snapshot");
    }
    case EventType::kExecuteLoadQuery: return HandleLoad(event);
    case EventType::kMariadbStartEncryption:
      if (options_.has_server) return;
      FailAt(event, "the rest of the log is encrypted", "read it over the network: the server decrypts what it sends");
    case EventType::kStartV3: FailAt(event, "the log is of a server older than MySQL 5.0");
    case EventType::kRotate:
    case EventType::kFormatDescription: return ForgetTablesOfOtherFile();
    case EventType::kPreviousGtids:
    case EventType::kMariadbGtidList: return TakeHead(event);
    case EventType::kTransactionPayload:  // its events follow
    case EventType::kStop:
    case EventType::kIgnorable:
    case EventType::kIntVar:  // these belong to a statement, which is judged itself
    case EventType::kRand:
    case EventType::kUserVar:
    case EventType::kBeginLoadQuery:
    case EventType::kAppendBlock:
    case EventType::kDeleteFile:
    case EventType::kTransactionContext:
    case EventType::kViewChange:
    case EventType::kMariadbBinlogCheckpoint: return;
    default:
      if ((event.header.flags & kFlagIgnorable) != 0) return;
      FailAt(event, "event " + EventTypeName(type) + " is not known and may not be passed over");
  }
}

void LogStream::ForgetTablesOfOtherFile() {
  if (tables_generation_ == reader_.file_generation()) return;
  tables_generation_ = reader_.file_generation();
  tables_.clear();
}

void LogStream::TakeQueryText(const Event&, std::string_view text) {
  query_json_.clear();
  AppendClientText(query_json_, text, client_collation_);
}

// ---- transactions

void LogStream::BeginTransaction(const Event& event, std::string gtid, uint64_t bytes, uint64_t commit_us) {
  if (in_transaction_) FailAt(event, "a transaction begins inside another");
  if (until_us_ && LoggedTime(event) >= *until_us_) {
    Start();
    ended_ = true;
    return;
  }
  in_transaction_ = true;
  transaction_begin_ = event.begin;
  begun_ = false;
  gtid_ = std::move(gtid);
  leaves_out_rows_ = options_.gtid_sources != nullptr && options_.gtid_sources->LeavesOutRows(gtid_);
  commit_us_ = gtid_.empty() ? 0 : commit_us;
  thread_ = -1;
  after_ = position_;
  after_.snapshot.clear();
  after_.xa.clear();
  after_.row = after_.event = 0;
  after_.server_id = event.header.server_id;
  if (!options_.server_uuid.empty()) after_.server_uuid = options_.server_uuid;
  if (gtid_.empty() || !done_) {
    after_.gtids.reset();
  } else {
    if (!after_.gtids) after_.gtids = done_;
    after_.gtids->Add(gtid_);
  }
  end_known_ = bytes > 0;
  after_.file = end_known_ ? reader_.file() : "";
  after_.pos = end_known_ ? event.begin + bytes : 0;
  after_.ts_sec = CommitTime(event) / 1000000;
  skipping_ = Skips(event);
  if (!skipping_) {
    skip_to_.reset();
    skip_before_us_.reset();
    Start();
  }
}

void LogStream::EnsureBegun() {
  if (begun_) return;
  begun_ = true;
  writer_.Begin(number_, after_, of_branch_ ? ",\"xa\":true" : "");
}

/// The position's member xa; empty without prepared branches.
std::string LogStream::OpenBranches() const {
  if (prepared_.empty()) return "";
  const Branch* first = nullptr;
  std::string text = "{\"open\":[";
  for (const auto& [xid, branch] : prepared_) {
    if (first != nullptr) text += ',';
    cdc::AppendJsonString(text, xid);
    if (first == nullptr || branch.order < first->order) first = &branch;
  }
  text += "],\"from\":";
  Position from = first->before;
  from.xa.clear();
  from.AppendJson(text);
  return text + "}";
}

int64_t LogStream::CommitTime(const Event& event) const {
  return commit_us_ > 0 ? static_cast<int64_t>(commit_us_) : int64_t{event.header.timestamp} * 1000000;
}

void LogStream::EndTransaction(const Event& event) {
  if (!in_transaction_) FailAt(event, "a transaction ends that did not begin");
  if (left_ && left_->events > 0) FailBeyond(event);
  EnsureBegun();
  // Inside a compressed transaction every event stands where the whole of it stands.
  if (end_known_ && after_.pos != event.end)
    FailAt(event,
           "the transaction was to end at " + std::to_string(after_.pos) + " and ends at " + std::to_string(event.end));
  after_.file = reader_.file();
  after_.pos = event.end;
  const int64_t commit = CommitTime(event);
  after_.ts_sec = commit / 1000000;
  after_.xa = OpenBranches();
  writer_.Mark(number_, commit, after_);
  ++number_;
  ++transactions_total_;
  CountDone();
  position_ = std::move(after_);
  if (options_.reached) options_.reached(position_);
  in_transaction_ = in_group_ = begun_ = holding_ = of_branch_ = mariadb_standalone_ = false;
  told_ = {};
  left_.reset();
  query_json_.clear();
}

void LogStream::TakeRows(std::string_view lines, uint64_t count) {
  if (holding_) return held_.TakeRows(lines, count);
  if (options_.view != nullptr)
    options_.view->Append(writer_.buffer(), lines);
  else
    writer_.Append(lines);
  writer_.RowWritten(count);
  rows_total_ += count;
}

void LogStream::HandleGtid(const Event& event) {
  const GtidEvent gtid = DecodeGtidEvent(event.header.type, event.body);
  if (gtid.transaction_bytes == 0)
    FailAt(event, "the log does not tell the length of its transactions",
           "logs of MySQL 8.0.2 or later, and of MariaDB, can be read");
  logged_us_ = gtid.immediate_commit_us;
  BeginTransaction(event, gtid.Text(), gtid.transaction_bytes, gtid.original_commit_us);
}

void LogStream::HandleMariadbGtid(const Event& event) {
  const MariadbGtidEvent gtid = DecodeMariadbGtidEvent(event.body);
  alters_nothing_ = gtid.alters_nothing();
  BeginTransaction(event,
                   std::to_string(gtid.domain_id) + "-" + std::to_string(event.header.server_id) + "-" +
                       std::to_string(gtid.sequence),
                   0, 0);
  if (ended_) return;
  mariadb_standalone_ = gtid.standalone();
  in_group_ = !gtid.standalone();
  if (gtid.thread_id) thread_ = *gtid.thread_id;
  if (gtid.prepares_xa()) {
    holding_ = of_branch_ = true;
    held_ = HeldRows();
  }
}

void LogStream::HandleHeartbeat(const Event& event) {
  if (in_transaction_) return;
  // On the way to where the stream begins: what is here is no position of the stream.
  if (skip_to_ && ComparePositions(position_, *skip_to_) == PositionOrder::kBefore) return;
  Start();
  const HeartbeatEvent heartbeat = DecodeHeartbeatEvent(event.header, event.body, reader_.format().is_mariadb);
  // What is told is where the server stands; in a GTID stream that may be ahead of what the set says, which decides.
  constexpr uint64_t kLow = 0xFFFFFFFF;
  if (heartbeat.file == reader_.file() && (heartbeat.position & kLow) == (reader_.position() & kLow)) {
    position_.file = reader_.file();
    position_.pos = reader_.position();
  }
  // A dump by GTID set begins with a heartbeat where it skips what is done.
  Start();
  std::string line = "{\"@cdc\":\"heartbeat\",\"ts_us\":";
  AppendInteger(line, NowMicroseconds());
  line += ",\"pos\":";
  position_.AppendJson(line);
  line += '}';
  writer_.Control(line);
}

// ---- rows

ChangeLine LogStream::Around(const Event& event) const {
  ChangeLine change;
  change.ts_us = CommitTime(event);
  change.gtid = gtid_;
  change.file = reader_.file();
  change.pos = event.begin;
  change.server_id = event.header.server_id;
  change.thread = thread_;
  change.query = query_json_;
  return change;
}

void LogStream::Announce(const std::shared_ptr<const TableSchema>& schema, const char* at) {
  if (options_.view != nullptr) options_.view->Learn(*schema);
  const TableSchema*& announced = announced_[{schema->db, schema->table}];
  if (!options_.announce_tables || announced == schema.get()) return;
  filter_.CheckColumns(*schema, options_.has_server || announced != nullptr);
  EnsureBegun();
  std::string line;
  AppendTableLine(line, *schema, at);
  line.pop_back();
  writer_.Control(line);
  announced = schema.get();
  kept_.push_back(schema);
}

void LogStream::HandleTableMap(const Event& event) {
  ForgetTablesOfOtherFile();
  ByteCursor body = event.body;
  const std::string_view bytes = body.TakeRest();
  const uint64_t table_id = RowsEventTableId(event.body);
  CachedTable& cached = tables_[table_id];
  if (cached.map_bytes == bytes && cached.catalog_version == catalog_.version()) return;
  cached.map_bytes = bytes;
  cached.catalog_version = catalog_.version();
  cached.plan = nullptr;
  const TableMapHead head = DecodeTableMapHead(event.body);
  if (options_.expected != nullptr) options_.expected->Saw(head.database, head.table);
  if (!filter_.Captures(head.database, head.table)) return;
  const TableMap map = DecodeTableMap(event.body, reader_.format().is_mariadb);
  if (reader_.format().is_mariadb && catalog_.IsOfSequence(map)) return;
  const char* at = "map";
  const auto schema = catalog_.Resolve(map, PlaceOf(event), &at);
  Announce(schema, at);
  if (options_.condition != nullptr) options_.condition->SetTable(schema);
  cached.plan = CompileTablePlan(
      map, schema, [&](const std::string& column) { return filter_.Shows(*schema, column); }, options_.style);
}

void LogStream::HandleRows(const Event& event) {
  constexpr uint64_t kDummyTable = 0x00FFFFFF;
  const uint64_t table_id = RowsEventTableId(event.body);
  const auto found = tables_.find(table_id);
  if (found == tables_.end()) {
    if (table_id == kDummyTable) return;
    FailAt(event, "rows of table number " + std::to_string(table_id) + " stand without its table map",
           "begin at the start of a transaction");
  }
  if (!in_transaction_) FailAt(event, "rows stand outside a transaction", "begin at the start of a transaction");
  if (found->second.plan == nullptr || leaves_out_rows_) return;
  if (left_ && left_->events > 0) return;
  EnsureBegun();
  const RowsEvent rows = DecodeRowsEvent(event.header.type, event.body, reader_.format(), &inflated_);
  const uint64_t first = left_ ? left_->rows : 0;
  if (rows_writer_.Write(rows, *found->second.plan, Around(event), *this, first) < first) FailBeyond(event);
}

std::string LogStream::StatusLine() const {
  return std::to_string(rows_total_) + " rows of " + std::to_string(transactions_total_) +
         " transactions written, at " + position_.ToJson();
}

}  // namespace cdc::tail
