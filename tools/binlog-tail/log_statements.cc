#include "common/collation.h"
#include "common/error.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "common/stop.h"
#include "tools/binlog-tail/client_text.h"
#include "tools/binlog-tail/log_stream.h"
#include "tools/binlog-tail/row_statement.h"
#include "tools/binlog-tail/small_events.h"

namespace cdc::tail {
namespace {

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

void LogStream::HandleQuery(const Event& event) {
  const size_t post_header = reader_.format().PostHeaderLength(EventType::kQuery, 13);
  const QueryEvent query = DecodeQueryEvent(event.header.type, event.body, post_header, &inflated_);
  if (query.sql == "BEGIN") {
    if (!in_transaction_) FailAt(event, "a transaction begins without a GTID event");
    in_group_ = true;
    thread_ = query.thread_id;
    client_collation_ = query.client_collation;
    if (told_.events > 0 || told_.rows > 0) left_ = told_;
    return CountEvent(event);
  }
  if (query.sql == "ROLLBACK" && in_transaction_ && writer_.rows_since_begin() > 0 && begun_)
    FailAt(event, "a transaction is rolled back after its rows were logged");
  if (query.sql == "COMMIT" || (query.sql == "ROLLBACK" && in_transaction_)) return EndTransaction(event);
  if (StartsWith(query.sql, "XA ")) return HandleXaStatement(event, query);
  if (in_group_ && StartsWith(query.sql, "SAVEPOINT ")) return;
  if (in_group_ && StartsWith(query.sql, "ROLLBACK TO "))
    FailAt(event, "part of a transaction is rolled back after its rows were logged");
  HandleStatement(event, query);
}

void LogStream::HandleXaStatement(const Event& event, const QueryEvent& query) {
  const auto xid_after = [&](std::string_view verb) { return std::string(query.sql.substr(verb.size())); };
  if (StartsWith(query.sql, "XA START ")) {
    in_group_ = true;
    thread_ = query.thread_id;
    client_collation_ = query.client_collation;
    holding_ = of_branch_ = true;
    held_ = HeldRows();
    return;
  }
  if (StartsWith(query.sql, "XA END ")) return;
  const bool commits = StartsWith(query.sql, "XA COMMIT ");
  if (!commits && !StartsWith(query.sql, "XA ROLLBACK "))
    FailAt(event, "unknown statement " + Shown(std::string(query.sql)));
  std::string xid = xid_after(commits ? "XA COMMIT " : "XA ROLLBACK ");
  if (const size_t blank = xid.find(' '); blank != std::string::npos) xid.resize(blank);
  const auto branch = prepared_.find(xid);
  if (branch == prepared_.end()) {
    if (commits)
      FailAt(
          event,
          "XA transaction " + xid + " is committed, but its rows were logged before the position where reading began",
          "begin at a position before its XA PREPARE, or with a new snapshot");
  } else {
    holding_ = false;
    of_branch_ = true;
    EnsureBegun();
    if (commits) branch->second.rows.Release(*this);
    prepared_.erase(branch);
  }
  EndTransaction(event);
}

void LogStream::HandleXaPrepare(const Event& event) {
  const XaPrepareEvent prepare = DecodeXaPrepareEvent(event.body);
  if (!in_transaction_) FailAt(event, "an XA transaction is prepared that did not begin");
  holding_ = false;
  EnsureBegun();
  if (prepare.one_phase)
    held_.Release(*this);
  else
    prepared_[prepare.xid] = {std::move(held_), position_, number_};
  held_ = HeldRows();
  EndTransaction(event);
}

void LogStream::HandleStatement(const Event& event, const QueryEvent& query) {
  if (!in_transaction_) FailAt(event, "a statement stands without a GTID event");
  if (alters_nothing_) return EndTransaction(event);
  const LoggedStatement logged = ReadStatement(TextOf(query), options_.lower_case_names);
  SawTables(logged);
  const ddl::StatementKind kind = logged.statement.kind;
  if (logged.parsed && (kind == ddl::StatementKind::kTransaction || logged.changes_rows)) {
    if (in_group_ && logged.changes_rows) PassRowStatement(event, logged);
  } else {
    if (logged.parsed && kind == ddl::StatementKind::kCreateTable) CheckNoRows(event, logged);
    EnsureBegun();
    if (thread_ < 0) thread_ = query.thread_id;
    WriteDdl(event, query);
    catalog_.Apply(logged, PlaceOf(event));
    if (options_.cascades != nullptr) options_.cascades->Tell(logged, filter_);
    if (logged.parsed && kind == ddl::StatementKind::kTruncateTable) WriteTruncated(event, logged.statement, query);
  }
  if (!in_group_) EndTransaction(event);
}

void LogStream::HandleLoad(const Event& event) {
  const size_t post_header = reader_.format().PostHeaderLength(EventType::kExecuteLoadQuery, 26);
  const QueryEvent query = DecodeQueryEvent(event.header.type, event.body, post_header, &inflated_);
  PassRowStatement(event, ReadStatement(TextOf(query), options_.lower_case_names));
}

/// Rows changed by a statement that was logged as text. One that writes tables only that are not captured says nothing
/// to those who read; of any other the rows are not to be had.
void LogStream::PassRowStatement(const Event& event, const LoggedStatement& logged) {
  if (leaves_out_rows_) return;
  const auto table =
      OnlyWrites(logged, [this](const std::string& db, const std::string& name) { return filter_.Captures(db, name); });
  const bool known = table && passed_.count(*table) > 0;
  const bool further = table && !known && options_.reaches_further && options_.reaches_further(*table);
  if (!table || further) {
    const std::string why = "rows were changed by a statement that was logged as text: " + Shown(logged.text.sql) +
                            (further ? "; its table is a view, or has triggers or cascades" : "");
    FailAt(event, why,
           "set binlog_format=ROW on the server, for all sessions\nthen begin with a new snapshot" + GoOnBehind(event));
  }
  const uint64_t count = ++passed_[*table];
  uint64_t round = 1;
  while (round < count) round *= 10;
  if (round == count)
    LogWarning(std::to_string(count) + (count == 1 ? " statement was" : " statements were") +
               " logged as text and passed over, of table \"" + table->first + "." + table->second +
               "\", which is not captured; at " + Where(event));
}

/// The advice to go on behind the transaction under way. Where its head does not tell its length it is read to its end,
/// which is in the log as well: a transaction is logged as a whole. Empty: its end is not to be had.
std::string LogStream::GoOnBehind(const Event& event) {
  Position behind;
  behind.file = reader_.file();
  behind.pos = end_known_ ? after_.pos : event.end;
  bool ended = end_known_ || !in_group_;
  for (Event next; !ended;) {
    const EventSource::Status status = reader_.Next(&next, -1);
    if (status == EventSource::Status::kTimeout && !StopRequested()) continue;
    if (status != EventSource::Status::kEvent || reader_.file() != behind.file) return "";
    const EventType type = next.header.type;
    behind.pos = next.end;
    ended = type == EventType::kXid || type == EventType::kXaPrepare;
    if (type != EventType::kQuery && type != EventType::kMariadbQueryCompressed) continue;
    const size_t post_header = reader_.format().PostHeaderLength(EventType::kQuery, 13);
    const QueryEvent query = DecodeQueryEvent(type, next.body, post_header, &inflated_);
    ended = query.sql == "COMMIT" || query.sql == "ROLLBACK";
  }
  return ", or go on behind its transaction, without the changes of all of it: --from '" + behind.ToJson() + "'";
}

/// CREATE TABLE … SELECT is logged as that only in the format STATEMENT: then its rows are nowhere.
void LogStream::CheckNoRows(const Event& event, const LoggedStatement& logged) {
  const ddl::TableName& name = logged.statement.create_table.name;
  const std::string& db = name.database.empty() ? logged.text.database : name.database;
  if (!logged.statement.create_table.as_select || logged.statement.temporary || leaves_out_rows_ ||
      !filter_.Captures(db, name.table))
    return;
  FailAt(event, "the rows of a new table were logged as text: " + Shown(logged.text.sql),
         "set binlog_format=ROW on the server, for all sessions\nthen begin with a new snapshot");
}

/// Of a transaction that is skipped: what it says of tables holds behind it as well. True: it ends the transaction.
bool LogStream::PassStatement(const Event& event) {
  const size_t post_header = reader_.format().PostHeaderLength(EventType::kQuery, 13);
  const QueryEvent query = DecodeQueryEvent(event.header.type, event.body, post_header, &inflated_);
  if (query.sql == "BEGIN") return false;
  if (query.sql == "COMMIT") return true;
  const LogPlace place = PlaceOf(event);
  const bool known = options_.statements_from && IsBeforeStart(place, *options_.statements_from).value_or(true);
  if (!known && !alters_nothing_) {
    const LoggedStatement logged = ReadStatement(TextOf(query), options_.lower_case_names);
    SawTables(logged);
    catalog_.Apply(logged, place);
  }
  return !in_group_;
}

void LogStream::SawTables(const LoggedStatement& logged) {
  if (options_.expected == nullptr) return;
  for (const auto& [database, table] : TablesDefinedBy(logged)) options_.expected->Saw(database, table);
}

LogPlace LogStream::PlaceOf(const Event& event) const {
  LogPlace place;
  place.position.file = reader_.file();
  place.position.pos = event.begin;
  place.position.server_uuid = options_.server_uuid;
  place.gtid = gtid_;
  return place;
}

void LogStream::WriteDdl(const Event& event, const QueryEvent& query) {
  std::string line = "{\"@cdc\":\"ddl\",\"query\":";
  AppendClientText(line, query.sql, query.client_collation);
  line += ",\"db\":";
  AppendJsonStringLossy(line, query.database);
  const CollationInfo* client = query.client_collation ? FindCollation(*query.client_collation) : nullptr;
  const CollationInfo* connection = query.connection_collation ? FindCollation(*query.connection_collation) : nullptr;
  if (client != nullptr) line += std::string(",\"charset\":\"") + client->charset + "\"";
  if (connection != nullptr) line += std::string(",\"collation\":\"") + connection->name + "\"";
  if (query.sql_mode) {
    line += ",\"sql_mode\":";
    AppendInteger(line, *query.sql_mode);
  }
  if (query.time_zone) {
    line += ",\"time_zone\":";
    AppendJsonStringLossy(line, *query.time_zone);
  }
  line += ",\"ts_us\":";
  AppendInteger(line, CommitTime(event));
  if (!gtid_.empty()) line += ",\"gtid\":\"" + gtid_ + "\"";
  line += ",\"thread\":";
  AppendInteger(line, query.thread_id);
  line += ",\"server_id\":";
  AppendInteger(line, event.header.server_id);
  line += ",\"file\":";
  cdc::AppendJsonString(line, reader_.file());
  line += ",\"pos\":";
  AppendInteger(line, event.begin);
  line += ",\"before\":";
  position_.AppendJson(line);
  line += ",\"after\":";
  Position after = after_;
  if (!end_known_) {
    after.file = reader_.file();
    after.pos = event.end;
  }
  after.AppendJson(line);
  line += '}';
  writer_.Control(line);
}

void LogStream::WriteTruncated(const Event& event, const ddl::Statement& statement, const QueryEvent& query) {
  for (const auto& name : statement.tables) {
    const std::string db = name.database.empty() ? std::string(query.database) : name.database;
    if (!filter_.Captures(db, name.table)) continue;
    if (const auto schema = catalog_.DefinitionOf({db, name.table}, PlaceOf(event))) Announce(schema, "change");
    std::string line = "{\"op\":\"t\",\"db\":";
    AppendJsonStringLossy(line, db);
    line += ",\"table\":";
    AppendJsonStringLossy(line, name.table);
    AppendChangeTail(line, Around(event));
    TakeRows(line, 1);
  }
}

}  // namespace cdc::tail
