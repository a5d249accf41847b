#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/ddl/ast.h"
#include "common/stream_writer.h"
#include "tools/binlog-tail/cascades.h"
#include "tools/binlog-tail/catalog.h"
#include "tools/binlog-tail/event_reader.h"
#include "tools/binlog-tail/expected_tables.h"
#include "tools/binlog-tail/gtid_event.h"
#include "tools/binlog-tail/gtid_sources.h"
#include "tools/binlog-tail/held_rows.h"
#include "tools/binlog-tail/query_event.h"
#include "tools/binlog-tail/row_view.h"
#include "tools/binlog-tail/rows_writer.h"
#include "tools/binlog-tail/table_filter.h"

namespace cdc::tail {

/// Where to stop: after the first transaction that reaches it.
struct Until {
  std::optional<Position> position;
  std::optional<int64_t> time_us;  ///< before the first transaction that is committed then or later
  uint64_t rows = 0;               ///< 0: no limit

  /// `end` of `now` is reached.
  bool ReachedBy(const Position& now) const;
};

/// Turns the events of a log into lines: begin, rows, ddl and table lines, mark.
class LogStream : private RowSink {
 public:
  struct Options {
    std::string server_uuid;  ///< goes into positions; empty: not known
    bool has_server = false;
    bool is_mariadb = false;
    bool lower_case_names = false;                 ///< of databases and tables, as the server has them
    ValueStyle style;                              ///< how values are written
    RowView* view = nullptr;                       ///< rows are written for people; null: as they are
    const GtidSources* gtid_sources = nullptr;     ///< whose rows are written; null: of all
    RowCondition* condition = nullptr;             ///< of the rows that are written; null: all are
    std::function<void(const Position&)> reached;  ///< called after each transaction; may be empty
    /// Statements that are skipped count for the catalog from here on; empty: all.
    std::optional<Position> statements_from;
    /// Where the log ends now, asked when the time of Until passes while nothing comes; empty: it ends where it was
    /// read.
    std::function<Position()> log_end;
    /// Whether a change of the table may change others too: it is a view, has triggers, or keys that refer to it
    /// cascade. Empty: nobody can tell.
    std::function<bool(const TableKey&)> reaches_further;
    CascadeWarnings* cascades = nullptr;  ///< told of the statements that go by; null: nobody asks
    GtidSet purged;                       ///< done before, and in none of the log's files, whatever their heads tell
    ExpectedTables* expected = nullptr;   ///< told of the tables that the log names; null: nobody asks
    bool announce_tables = true;          ///< write a table line before the first row of each table
  };

  LogStream(EventReader& reader, const TableFilter& filter, Catalog& catalog, StreamWriter& writer, Options options);

  /// Where reading begins; `done` is the set of all transactions before, nothing: not known. The position may do
  /// without it, and must where it may be no place between transactions.
  void SetPosition(Position position, std::optional<GtidSet> done) {
    position_ = std::move(position);
    done_ = std::move(done);
  }

  /// Passes over the transactions that `start` has already, with its GTID set or by file and position: the source may
  /// begin before it. The transactions passed over are added to the position's set.
  void SkipTo(Position start) { skip_to_ = std::move(start); }

  /// Passes over the transactions that were committed before this time, in microseconds since 1970.
  void SkipBefore(int64_t time_us) { skip_before_us_ = time_us; }

  /// Of the first transaction that is not skipped a Debezium connector has told `events` events, from its BEGIN on, and
  /// `rows` rows of the next one.
  void SkipTold(uint64_t events, uint64_t rows) { told_ = {events, rows}; }

  /// Called once, before the first line and after the log's head was read: writes hello, and what else comes first.
  void SetBeforeFirst(std::function<void()> before_first) { before_first_ = std::move(before_first); }
  const Position& position() const { return position_; }

  /// The same at once, where the stream is known to begin at the position it was given.
  void StartHere() {
    if (!in_transaction_ && !skip_to_) Start();
  }

  /// Within a transaction reading can only go on in the same log, event by event.
  bool in_transaction() const { return in_transaction_; }
  void SetServerUuid(const std::string& uuid) { options_.server_uuid = uuid; }

  enum class Outcome { kUntil, kEof, kStopped };

  /// Reads until `until`, the end of the source, or a stop signal (then at once, also inside a transaction, which has
  /// no mark then). Errors: 65 for what cannot be decoded, with file and position; the source's own.
  Outcome Run(const Until& until);

  /// A definition was announced already (at the start).
  void MarkAnnounced(const TableSchema& schema) { announced_[{schema.db, schema.table}] = &schema; }

  uint64_t rows_total() const { return rows_total_; }
  uint64_t next_number() const { return number_; }
  void SetNextNumber(uint64_t number) { number_ = number; }

  /// One line about the state, for SIGUSR1.
  std::string StatusLine() const;

 private:
  struct CachedTable {
    std::string map_bytes;                  ///< the TABLE_MAP's body, to see whether the next one is the same
    std::shared_ptr<const TablePlan> plan;  ///< null: not captured
    uint64_t catalog_version = 0;
  };

  void Handle(const Event& event);
  void HandleQuery(const Event& event);
  void HandleStatement(const Event& event, const QueryEvent& query);
  void HandleLoad(const Event& event);
  void PassRowStatement(const Event& event, const LoggedStatement& logged);
  std::string GoOnBehind(const Event& event);
  void CheckNoRows(const Event& event, const LoggedStatement& logged);
  void HandleXaStatement(const Event& event, const QueryEvent& query);
  void Announce(const std::shared_ptr<const TableSchema>& schema, const char* at);
  void HandleTableMap(const Event& event);
  void HandleRows(const Event& event);
  void SawTables(const LoggedStatement& logged);
  void HandleGtid(const Event& event);
  void HandleMariadbGtid(const Event& event);
  void HandleHeartbeat(const Event& event);
  void CountEvent(const Event& event);
  void HandleXaPrepare(const Event& event);
  void TakeHead(const Event& event);
  void CheckDone(const Event& event, const GtidSet& before, const GtidSet& done) const;
  void Start();
  bool Skips(const Event& event) const;

  void BeginTransaction(const Event& event, std::string gtid, uint64_t bytes, uint64_t commit_us);
  int64_t LoggedTime(const Event& event) const;
  int WaitMs() const;
  void EnsureBegun();
  std::string OpenBranches() const;
  void EndTransaction(const Event& event);
  void TakeRows(std::string_view lines, uint64_t count) override;
  bool TakesPieces() const override { return !holding_ && options_.view == nullptr; }
  void TakePiece(std::string_view piece) override {
    writer_.Append(piece);
    writer_.RowWritten(0);
  }
  void WriteDdl(const Event& event, const QueryEvent& query);
  void WriteTruncated(const Event& event, const ddl::Statement& statement, const QueryEvent& query);
  ChangeLine Around(const Event& event) const;
  int64_t CommitTime(const Event& event) const;
  void ForgetTablesOfOtherFile();
  void TakeQueryText(const Event& event, std::string_view text);
  void Pass(const Event& event);
  bool PassStatement(const Event& event);
  void EndSkipped();
  void CountDone();
  void CheckNotInside(uint64_t begin, uint64_t end) const;
  LogPlace PlaceOf(const Event& event) const;
  std::string Where(const Event& event) const { return reader_.Where(event); }
  [[noreturn]] void FailBeyond(const Event& event) const;
  [[noreturn]] void FailAt(const Event& event, const std::string& why, const std::string& hint = "") const;

  EventReader& reader_;
  const TableFilter& filter_;
  Catalog& catalog_;
  StreamWriter& writer_;
  Options options_;
  RowsWriter rows_writer_;
  std::string inflated_;

  std::unordered_map<uint64_t, CachedTable> tables_;
  uint64_t tables_generation_ = 0;
  std::map<TableKey, const TableSchema*> announced_;
  std::vector<std::shared_ptr<const TableSchema>> kept_;  // announced definitions stay alive, so addresses are unique

  // After the last whole transaction. It has a set of GTIDs only where that is of all transactions before, not only of
  // those that were read; and not behind a transaction without a GTID, where the set would say what it says before it.
  Position position_;
  std::optional<GtidSet> done_;  // of all transactions before position_; nothing: not known
  uint64_t number_ = 1;          // of the next transaction
  uint64_t rows_total_ = 0;
  uint64_t transactions_total_ = 0;

  std::optional<Position> skip_to_;
  std::optional<int64_t> skip_before_us_;
  std::optional<int64_t> until_us_;
  bool ended_ = false;  // a transaction of until_us_ or later was met
  std::function<void()> before_first_;

  // The transaction under way.
  struct Told {
    uint64_t events = 0, rows = 0;
  };
  Told told_;                     // before the stream: of the transaction it begins in
  std::optional<Told> left_;      // of the transaction at hand: what is still passed over; from its BEGIN on
  bool skipping_ = false;         // it lies before the start
  bool leaves_out_rows_ = false;  // of this transaction: its source does not count
  bool skipped_whole_ = false;    // and all of it was read
  bool in_transaction_ = false;   // a GTID event, or BEGIN, was seen
  bool in_group_ = false;         // BEGIN was seen, COMMIT not yet
  bool begun_ = false;            // the begin line is written
  Position after_;                // where the transaction ends, as far as it is known
  bool end_known_ = false;
  uint64_t transaction_begin_ = 0;  // in reader_.file()
  std::string gtid_;
  uint64_t commit_us_ = 0;  // 0: the header's time counts
  uint64_t logged_us_ = 0;  // when it was committed on this server; 0: the header's time counts
  int64_t thread_ = -1;
  std::string query_json_;
  std::optional<uint16_t> client_collation_;
  bool mariadb_standalone_ = false;
  bool alters_nothing_ = false;  // its statement is not in force

  std::map<TableKey, uint64_t> passed_;  // statements of rows, by the table that they write

  // XA.
  bool holding_ = false;    // rows go to held_
  bool of_branch_ = false;  // the transaction is that of an XA branch
  HeldRows held_;
  struct Branch {
    HeldRows rows;
    Position before;  ///< where reading must begin to see them
    uint64_t order = 0;
  };
  std::map<std::string, Branch> prepared_;  // by xid
};

}  // namespace cdc::tail
