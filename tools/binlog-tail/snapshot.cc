#include "tools/binlog-tail/snapshot.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "common/change_line.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "common/stop.h"
#include "tools/binlog-tail/schema_statements.h"
#include "tools/binlog-tail/snapshot_value.h"

namespace cdc::tail {
namespace {

constexpr unsigned kPrivilegeMissing = 1227;
constexpr unsigned kAccessDenied = 1045;

constexpr int64_t kProgressEveryMs = 5000;
constexpr uint64_t kRowsBetweenLooks = 1024;  // at the clock

/// Thrown out of the row visitor.
struct Stopped {};

std::string FullName(const TableSchema& table) {
  return QuotedName(table.db) + "." + QuotedName(table.table);
}

}  // namespace

Snapshot::Snapshot(const ServerOptions& server, const ServerInfo& info, const ServerTables& said,
                   const SnapshotPlan& plan, const TableFilter& filter)
    : connection_(server),
      server_(server),
      info_(info),
      said_(said),
      tables_(said.tables),
      plan_(plan),
      filter_(filter) {
  connection_.Execute(
      "SET SESSION time_zone = '+00:00', sql_mode = '', net_write_timeout = 3600, character_set_results = NULL");
  connection_.Execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  if (info_.is_mariadb)
    TakePositionOfView();
  else if (plan_.locks)
    TakePositionUnderLock(server);
  else
    TakePositionOfQuietMoment();
}

void Snapshot::TakePositionOfView() {
  ReadClock();
  connection_.Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
  for (const auto& row : connection_.Query("SHOW STATUS LIKE 'binlog_snapshot_%'")) {
    const std::string name = row[0].value_or(""), value = row[1].value_or("");
    if (name == "Binlog_snapshot_file") position_.file = value;
    if (name == "Binlog_snapshot_position") ParseJsonUnsigned(value, &position_.pos);
  }
  position_.gtids = GtidSet::Parse(connection_.Value("SELECT BINLOG_GTID_POS(" + connection_.Quoted(position_.file) +
                                                     ", " + std::to_string(position_.pos) + ")"));
}

namespace {

/// Statements that have run for a while: what a lock of all tables waits for, and what it makes all others wait for.
std::string LongStatements(MysqlConnection& connection) {
  std::string text;
  for (const auto& row : connection.Query(
           "SELECT ID, USER, TIME, LEFT(INFO, 100) FROM information_schema.PROCESSLIST WHERE COMMAND IN ('Query', "
           "'Execute') AND ID <> CONNECTION_ID() AND TIME > 0 ORDER BY TIME DESC LIMIT 3"))
    text += (text.empty() ? "" : "\n") + ("connection " + row[0].value_or("") + " of " + row[1].value_or("")) + ", " +
            row[2].value_or("") + " s: " + Shown(row[3].value_or(""), 80);
  return text.empty()
             ? "statements that this user may not see: GRANT PROCESS ON *.* TO " + connection.Account() + " shows them"
             : text;
}

}  // namespace

/// While the lock is waited for nobody can write: it is asked for in short attempts, with pauses between them.
void Snapshot::Lock(MysqlConnection& locker) {
  constexpr unsigned kLockWaitTimeout = 1205;
  locker.Execute("SET SESSION lock_wait_timeout = 1");
  std::string lock = "FLUSH TABLES WITH READ LOCK";
  const int64_t give_up = MonotonicMs() + plan_.lock_timeout_ms;
  for (bool told = false;;) {
    unsigned number;
    if (locker.TryExecute(lock, &number)) return;
    if ((number == kPrivilegeMissing || number == kAccessDenied) && lock[0] == 'F') {
      lock = "LOCK TABLES ";
      for (size_t i = 0; i < tables_.size(); ++i) lock += (i > 0 ? ", " : "") + FullName(*tables_[i]) + " READ";
      if (tables_.empty()) return;
      continue;
    }
    if (number != kLockWaitTimeout)
      locker.FailServer("take a short read lock for the snapshot (it needs RELOAD, or LOCK TABLES and SELECT)");
    const std::string blockers = LongStatements(connection_);
    if (MonotonicMs() >= give_up)
      Fail(ExitStatus::kTempFail,
           "server " + connection_.name() + ": no read lock for the snapshot within " +
               std::to_string(plan_.lock_timeout_ms) + " ms: statements that run hold it up",
           blockers,
           "wait for them or end them (KILL QUERY N), or raise snapshot.lock.timeout.ms in the connector file");
    if (!std::exchange(told, true)) LogWarning("the snapshot waits for its read lock, held up by " + blockers);
    pollfd stop{StopFd(), POLLIN, 0};
    poll(&stop, 1, 1000);
    if (StopRequested()) Fail(ExitStatus::kTempFail, "stopped while waiting for the read lock of the snapshot");
  }
}

void Snapshot::TakePositionUnderLock(const ServerOptions& server) {
  MysqlConnection locker(server);
  Lock(locker);
  connection_.Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
  position_ = ReadLogEnd(locker, info_);
  ReadClock();
  locker.Execute("UNLOCK TABLES");
}

/// A transaction is in the log before the tables show it, and in the set of executed ones after that; in between its
/// GTID is owned. So what the tables show is what the log holds where the log and the set are the same before and after
/// the view was made, and no GTID is owned.
void Snapshot::TakePositionOfQuietMoment() {
  if (!info_.gtid_mode)
    Fail(ExitStatus::kConfig,
         "server " + connection_.name() + ": a snapshot without a lock needs GTIDs (gtid_mode is not ON)",
         "without them nothing but a lock tells which transactions the tables show",
         "snapshot.locking.mode=minimal locks for as long as the position is taken");
  const int64_t give_up = MonotonicMs() + plan_.lock_timeout_ms;
  for (;;) {
    ReadClock();
    const Position before = ReadLogEnd(connection_, info_);
    connection_.Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
    const std::string owned = connection_.Value("SELECT @@GLOBAL.gtid_owned");
    position_ = ReadLogEnd(connection_, info_);
    const bool same = before.file == position_.file && before.pos == position_.pos && before.gtids == position_.gtids;
    if (same && owned.empty()) return;
    connection_.Execute("ROLLBACK");
    if (MonotonicMs() >= give_up)
      Fail(ExitStatus::kTempFail,
           "server " + connection_.name() + ": no moment without a commit within " +
               std::to_string(plan_.lock_timeout_ms) + " ms for a snapshot without a lock",
           owned.empty() ? "" : "transactions that are being committed: " + Shown(owned),
           "snapshot.locking.mode=minimal locks for as long as the position is taken; or raise "
           "snapshot.lock.timeout.ms in the connector file");
    if (StopRequested()) Fail(ExitStatus::kTempFail, "stopped while looking for a moment without a commit");
  }
}

void Snapshot::Progress(StreamWriter& writer, std::string_view state, const TableSchema& table, bool with_rows,
                        uint64_t rows) {
  std::string line = "{\"@cdc\":\"snapshot\",\"state\":\"";
  line += state;
  line += "\",\"db\":";
  cdc::AppendJsonString(line, table.db);
  line += ",\"table\":";
  cdc::AppendJsonString(line, table.table);
  if (with_rows) {
    line += ",\"rows\":";
    AppendInteger(line, rows);
  }
  line += '}';
  writer.Control(line);
}

bool Snapshot::Write(StreamWriter& writer, uint64_t number) {
  CheckStatements();
  WarnOfUnmatched();
  writer.Control(
      "{\"@cdc\":\"snapshot\",\"state\":\"begin\",\"tables\":" +
      std::to_string(std::count_if(tables_.begin(), tables_.end(), [&](const auto& table) { return Reads(*table); })) +
      "}");
  CDC_CHECK(ts_us_ > 0, "a snapshot has a time");
  // Of later changes logs without GTIDs tell the second only (cdc-stream.5, ts_us): none that the server itself makes
  // is to seem earlier. (Those that a replica gets have the time at which its source committed them.)
  const int64_t position_us = info_.gtid_mode && !info_.is_mariadb ? ts_us_ : ts_us_ / 1'000'000 * 1'000'000;
  writer.Begin(number, position_, ",\"snapshot\":true,\"ts_us\":" + std::to_string(position_us));
  ReadClock();
  WriteSchemaStatements(said_, position_, ts_us_, !LaterTableHasRows(static_cast<size_t>(-1)), writer);
  EstimateRows();
  OrderTables();
  while (first_read_ < tables_.size() && !Reads(*tables_[first_read_])) ++first_read_;
  for (size_t i = 0; i < tables_.size(); ++i)
    if (Reads(*tables_[i]) && !WriteTable(i, writer)) return false;
  writer.Mark(number, position_us, position_, ",\"snapshot\":true");
  connection_.Execute("COMMIT");
  writer.Control("{\"@cdc\":\"snapshot\",\"state\":\"done\"}");
  writer.Flush();
  return true;
}

/// What is selected from: the table, or the statement that stands for it.
std::string Snapshot::RowsOf(const TableSchema& table) const {
  const auto statement = plan_.statements.find(table.db + "." + table.table);
  return statement == plan_.statements.end() ? FullName(table)
                                             : "(" + statement->second + ") AS " + QuotedName(table.table);
}

/// Errors: 78 where the statement can be run, but lacks columns of the table. The connection's error stays that of the
/// statement as it is used.
void Snapshot::CheckGivesColumns(const TableSchema& table) {
  const auto gives = [&](const std::string& what) {
    MysqlConnection other(server_);
    std::vector<MysqlConnection::Row> rows;
    unsigned number;
    return other.TryQuery("SELECT " + what + " FROM " + RowsOf(table) + " LIMIT 0", &rows, &number);
  };
  if (!gives("1")) return;
  std::string missing;
  bool invisible = false;
  for (const auto& column : table.columns) {
    if (gives(QuotedName(column.name))) continue;
    missing += (missing.empty() ? "\"" : ", \"") + column.name + (column.invisible ? "\" (INVISIBLE)" : "\"");
    invisible = invisible || column.invisible;
  }
  if (missing.empty()) return;
  Fail(ExitStatus::kConfig,
       "the snapshot statement of table " + table.db + "." + table.table + " lacks columns of the table: " + missing,
       invisible ? "* stands for the visible columns only" : "", "name them in the SELECT list beside *");
}

/// Statements of the configuration give all columns of their tables.
void Snapshot::CheckStatements() {
  for (const auto& table : tables_) {
    if (plan_.statements.count(table->db + "." + table->table) == 0) continue;
    std::string select = "SELECT ";
    for (const auto& column : table->columns) select += (select.size() > 7 ? ", " : "") + QuotedName(column.name);
    std::vector<MysqlConnection::Row> rows;
    unsigned number;
    if (connection_.TryQuery(select + " FROM " + RowsOf(*table) + " LIMIT 0", &rows, &number)) continue;
    CheckGivesColumns(*table);
    try {
      connection_.FailServer("use the snapshot statement of table " + table->db + "." + table->table);
    } catch (Failure& failure) {
      if (failure.error().status == ExitStatus::kData) failure.error().status = ExitStatus::kConfig;
      throw;
    }
  }
}

/// Of the list of tables whose rows are read.
void Snapshot::WarnOfUnmatched() const {
  for (size_t i = 0; i < plan_.tables.table_patterns().size(); ++i)
    if (std::none_of(tables_.begin(), tables_.end(),
                     [&](const auto& table) { return plan_.tables.PatternMatches(i, table->db, table->table); }))
      LogWarning("no captured table matches \"" + plan_.tables.table_patterns()[i] + "\" of " +
                 plan_.tables.described() + ": the snapshot reads no rows by it");
}

/// The server's own guess, for progress and for the order of the tables.
void Snapshot::EstimateRows() {
  began_ms_ = MonotonicMs();
  next_progress_ms_ = began_ms_ + kProgressEveryMs;
  for (const auto& row :
       connection_.Query("SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES")) {
    uint64_t rows = 0;
    if (row[2]) ParseJsonUnsigned(*row[2], &rows);
    estimates_[{row[0].value_or(""), row[1].value_or("")}] = rows;
  }
  for (const auto& table : tables_)
    if (Reads(*table)) rows_expected_ += estimates_[{table->db, table->table}];
}

/// snapshot.tables.order.by.row.count; tables of as many rows stay in their order.
void Snapshot::OrderTables() {
  if (plan_.order == TableOrder::kByFilter) return;
  const auto rows = [this](const auto& table) { return estimates_[{table->db, table->table}]; };
  std::stable_sort(tables_.begin(), tables_.end(), [&](const auto& a, const auto& b) {
    return plan_.order == TableOrder::kFewestRowsFirst ? rows(a) < rows(b) : rows(a) > rows(b);
  });
}

void Snapshot::TellProgress(const TableSchema& table, uint64_t rows) {
  const int64_t now = MonotonicMs();
  if (now < next_progress_ms_) return;
  next_progress_ms_ = now + kProgressEveryMs;
  const uint64_t done = rows_total_ + rows;
  std::string text = "snapshot: " + std::to_string(done) + " of about " + std::to_string(rows_expected_) +
                     " rows, in table " + table.db + "." + table.table;
  if (done > 0 && rows_expected_ > done) {
    const auto left =
        static_cast<double>(now - began_ms_) / static_cast<double>(done) * static_cast<double>(rows_expected_ - done);
    text += ", about " + std::to_string(static_cast<int64_t>(left / 1000) + 1) + " s left";
  }
  LogNote(text);
}

void Snapshot::ReadClock() {
  uint64_t now = 0;
  ParseJsonUnsigned(connection_.Value("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED)"), &now);
  ts_us_ = static_cast<int64_t>(now);
}

bool Snapshot::LaterTableHasRows(size_t index) {
  for (size_t i = index + 1; i < tables_.size(); ++i)
    if (Reads(*tables_[i]) && !connection_.Query("SELECT 1 FROM " + RowsOf(*tables_[i]) + " LIMIT 1").empty())
      return true;
  return false;
}

void Snapshot::WritePending(StreamWriter& writer, std::string_view marker) {
  ChangeLine change;
  change.ts_us = ts_us_;
  change.file = position_.file;
  change.pos = position_.pos;
  change.snapshot = marker;
  tail_.clear();
  AppendChangeTail(tail_, change);
  if (view_ != nullptr) {
    pending_.Append(tail_);
    view_->Append(writer.buffer(), pending_.view());
  } else {
    writer.Append(pending_.view());
    writer.buffer() += tail_;
  }
  writer.RowWritten();
  pending_.Clear();
}

bool Snapshot::WriteTable(size_t index, StreamWriter& writer) {
  const TableSchema& table = *tables_[index];
  Progress(writer, "table", table, false, 0);
  std::vector<SnapshotColumn> columns;
  std::vector<bool> shown;
  bool hides = false;
  std::string select = "SELECT ";
  if (condition_ != nullptr) condition_->SetTable(tables_[index]);
  for (const auto& column : table.columns) {
    const bool shows = filter_.Shows(table, column.name);
    // The condition is of the whole row.
    const auto& named = condition_ == nullptr ? std::vector<std::string>() : condition_->columns();
    if (!shows && std::find(named.begin(), named.end(), column.name) == named.end()) continue;
    hides = hides || !shows;
    shown.push_back(shows);
    columns.emplace_back(column, style_);
    select += (columns.size() > 1 ? ", " : "") + columns.back().expression();
  }
  if (columns.empty()) select += "1";
  select += " FROM " + RowsOf(table);
  std::string head = "{\"op\":\"r\",\"db\":";
  cdc::AppendJsonString(head, table.db);
  head += ",\"table\":";
  cdc::AppendJsonString(head, table.table);
  head += ",\"after\":";
  ReadClock();

  // One row is held back: only the next one, or the end, tells whether it is the last.
  uint64_t rows = 0;
  const auto marker = [&] { return rows > 1 ? "true" : index == first_read_ ? "first" : "first_in_data_collection"; };
  try {
    connection_.Stream(select, [&](const char* const* values, const unsigned long* lengths) {
      if (StopRequested()) throw Stopped();
      if (rows % kRowsBetweenLooks == 0) TellProgress(table, rows);
      size_t start = 0;
      const auto fill = [&](bool whole) {
        row_.Clear();
        row_.Append(head);
        start = row_.size();
        for (size_t i = 0; i < columns.size(); ++i) {
          if (!whole && !shown[i]) continue;
          row_.Append(columns[i].key());
          if (values[i] == nullptr)
            row_.Append("null");
          else
            columns[i].Append(row_, std::string_view(values[i], lengths[i]));
        }
        if (row_.size() == start) row_.Push('{');
        row_.data()[start] = '{';
        row_.Push('}');
      };
      fill(true);
      if (condition_ != nullptr && !condition_->Holds(row_.ViewFrom(start))) return;
      if (hides) fill(false);
      if (rows > 0) WritePending(writer, marker());
      ++rows;
      std::swap(pending_, row_);
    });
  } catch (const Stopped&) {
    return false;
  } catch (Failure& failure) {
    if (failure.error().status == ExitStatus::kData)
      failure.error().what = "snapshot of table " + table.db + "." + table.table + ": " + failure.error().what;
    throw;
  }
  if (rows > 0) {
    const bool last = !LaterTableHasRows(index);
    WritePending(writer, last ? "last" : index == first_read_ && rows == 1 ? "first" : "last_in_data_collection");
  }
  rows_total_ += rows;
  Progress(writer, "table_done", table, true, rows);
  LogVerbose("snapshot: " + std::to_string(rows) + " rows of " + table.db + "." + table.table);
  return true;
}

}  // namespace cdc::tail
