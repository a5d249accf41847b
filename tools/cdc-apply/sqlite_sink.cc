#include "tools/cdc-apply/sqlite_sink.h"

#include <sqlite3.h>

#include <sys/stat.h>

#include <chrono>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/added_columns.h"
#include "tools/cdc-apply/older_rows.h"
#include "tools/cdc-apply/slot_errors.h"
#include "tools/cdc-apply/sqlite_functions.h"
#include "tools/cdc-apply/sqlite_slot.h"
#include "tools/cdc-apply/sqlite_statement.h"
#include "tools/cdc-apply/sqlite_table.h"
#include "tools/cdc-apply/table_definition.h"
#include "tools/cdc-apply/version_columns.h"

namespace cdc::apply {
namespace {

constexpr int kBusyTimeoutMs = 30'000;

constexpr const char* kCreateTableList =
    "CREATE TABLE IF NOT EXISTS cdc_table (slot TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (slot, name))";

// What came to cdc_table later: the source's names, whether cdc-apply created the table, whether the source has dropped
// it since, of which --mode its rows are, and what types the columns have.
constexpr const char* kTableColumns[] = {
    "source_db TEXT",   "source_table TEXT", "created INTEGER NOT NULL DEFAULT 0", "dropped INTEGER NOT NULL DEFAULT 0",
    "rows_option TEXT", "shape TEXT"};

class SqliteSink : public Sink {
 public:
  SqliteSink(const std::string& path, bool read_only) : path_(path) {
    // Nobody asks how much memory is in use, which each allocation would lock a counter for.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    // Also what is only read is opened for writing where it may be: a writer that was killed may have left a journal
    // that has to be rolled back.
    const int flags = SQLITE_OPEN_READWRITE | (read_only ? 0 : SQLITE_OPEN_CREATE);
    const int code = sqlite3_open_v2(path.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(db_);
    if (code != SQLITE_OK) FailSqlite(db_, code, "could not open SQLite database \"" + path + "\"");
    sqlite3_busy_timeout(db_, kBusyTimeoutMs);
    slot_.emplace(db_, path_);
    if (read_only) return;
    AddSqliteFunctions(db_);
    // Write-ahead: readers see whole commits and do not stop the writer; position and rows are in one file, so losing
    // the last commits at a power cut (synchronous=NORMAL) loses both, and they are sent again.
    EnterWriteAheadMode();
    ExecuteSqlite(db_, "PRAGMA synchronous = NORMAL");
  }

  bool needs_old_rows() const override { return false; }
  void AllowRounding() override { allow_rounding_ = true; }
  void TakeRowsOption(const std::string& option) override { rows_option_ = option; }
  bool TakeDdlMode(DdlMode mode) override {
    ddl_.Set(mode);
    return true;
  }

  std::optional<Position> OpenSlot(const std::string& slot) override {
    ExecuteSqlite(db_, "BEGIN IMMEDIATE");
    ExecuteSqlite(db_, SqliteSlot::kCreateTable);
    ExecuteSqlite(db_, kCreateTableList);
    for (const std::string column : kTableColumns) {
      SqliteStatement has(db_, "SELECT 1 FROM pragma_table_info('cdc_table') WHERE name = ?1");
      const std::string name = column.substr(0, column.find(' '));
      has.Bind(1, name);
      const bool is_there = has.Step();
      has.Reset();
      if (!is_there) ExecuteSqlite(db_, "ALTER TABLE cdc_table ADD COLUMN " + column);
    }
    const auto position = slot_->Take(slot);
    SqliteStatement known(db_, "SELECT name, coalesce(rows_option, '') FROM cdc_table WHERE slot = ?1");
    known.Bind(1, slot);
    while (known.Step()) CheckRowsOption(known.Text(0), slot, known.Text(1), rows_option_);
    known.Reset();
    ExecuteSqlite(db_, "COMMIT");
    return position;
  }

  std::optional<Position> ReadPosition(const std::string& slot) override { return slot_->Read(slot); }

  void Begin(const Position*) override {
    if (!in_transaction_) ExecuteSqlite(db_, "BEGIN IMMEDIATE");
    in_transaction_ = true;
    // Earlier source transactions wait in the same SQLite transaction: what follows must be droppable without them.
    Savepoint("SAVEPOINT source_transaction", save_);
    open_ = true;
  }

  void ClearTables(const TableScope& scope) override {
    // One that the user removed is made anew, since nothing that it held is missed now.
    SqliteStatement list(db_,
                         "SELECT t.name, s.name FROM cdc_table t LEFT JOIN sqlite_schema s ON s.type = 'table' AND "
                         "s.name = t.name WHERE t.slot = ?1 AND (?2 OR (coalesce(t.source_db, '') = ?3 AND "
                         "coalesce(t.source_table, '') = ?4))");
    list.Bind(1, slot_->name());
    list.Bind(2, int64_t{scope.kind == TableScope::Kind::kAll});
    list.Bind(3, scope.db);
    list.Bind(4, scope.table);
    std::vector<std::pair<std::string, bool>> tables;
    while (list.Step()) tables.emplace_back(list.Text(0), !list.IsNull(1));
    list.Reset();
    for (const auto& [name, is_there] : tables) {
      if (is_there && scope.versions_end.empty()) ExecuteSqlite(db_, "DELETE FROM " + SqliteName(name));
      if (is_there && !scope.versions_end.empty()) EndVersions(name, scope.versions_end);
      SqliteStatement renew(db_, is_there ? "UPDATE cdc_table SET dropped = 0 WHERE slot = ?1 AND name = ?2"
                                          : "DELETE FROM cdc_table WHERE slot = ?1 AND name = ?2");
      renew.Bind(1, slot_->name());
      renew.Bind(2, name);
      renew.Run();
      if (is_there) scope.Note(name);
    }
  }

  bool Delivers(const std::string& db, const std::string& table) override {
    if (slot_->name().empty()) return false;
    SqliteStatement ask(
        db_, "SELECT 1 FROM cdc_table WHERE slot = ?1 AND source_db = ?2 AND (source_table = ?3 OR ?3 = '')");
    BindSource(db, table, &ask);
    return ask.Step();
  }

  void Apply(const RowChange& change) override {
    auto& table = tables_[change.table->name];
    if (!table || change.table_changed) {
      if (!table) table = std::make_unique<SqliteTable>(db_, change.table->name);
      CheckIsThere(change.table->name);
      prepared_.push_back(change.table->name);
      KnownTable known = Known(change.table->name);
      const bool was_ours = known.created;
      table->Prepare(*change.table, ddl_, &known);
      if (!slot_->name().empty()) NoteTable(*change.table, known.created && !was_ours, known.shape);
    }
    if (!allow_rounding_) CheckLimits(change, table->limits());
    table->Apply(change);
  }

  void TakeTableEvent(const TableEvent& event) override {
    using Kind = TableEvent::Kind;
    if (event.kind == Kind::kDropped || event.kind == Kind::kRenamedTo) {
      SqliteStatement mark(db_,
                           "UPDATE cdc_table SET dropped = ?4 WHERE slot = ?1 AND source_db = ?2 AND (source_table = "
                           "?3 OR ?3 = '')");
      BindSource(event.db, event.table, &mark);
      mark.Bind(4, int64_t{event.kind == Kind::kDropped});
      return mark.Run();
    }
    SqliteStatement list(db_,
                         "SELECT name, created FROM cdc_table WHERE slot = ?1 AND source_db = ?2 AND source_table = ?3 "
                         "AND (dropped OR ?4)");
    BindSource(event.db, event.table, &list);
    list.Bind(4, int64_t{event.kind == Kind::kCreated});
    std::vector<std::pair<std::string, bool>> names;
    while (list.Step()) names.emplace_back(list.Text(0), list.Integer(1) != 0);
    list.Reset();
    for (const auto& [name, ours] : names) RemoveTable(name, ours, event);
  }

  void TakeColumnEvents(const ColumnEvents& events) override {
    if (slot_->name().empty()) return;
    SqliteStatement list(db_,
                         "SELECT name, shape FROM cdc_table WHERE slot = ?1 AND source_db = ?2 AND (source_table = ?3 "
                         "OR ?3 = '')");
    BindSource(events.db, events.table, &list);
    std::vector<std::pair<std::string, std::string>> shapes;
    while (list.Step())
      // Nothing is remembered of a table of the user's own.
      if (list.Text(1).empty())
        WarnOfStaleColumns(list.Text(0), events.events);
      else
        shapes.emplace_back(list.Text(0), list.Text(1));
    list.Reset();
    for (const auto& [name, before] : shapes) {
      const std::string shape = ShapeAfter(before, events.events);
      if (shape == before) continue;
      SqliteStatement remember(db_, "UPDATE cdc_table SET shape = ?1 WHERE slot = ?2 AND name = ?3");
      remember.Bind(1, shape);
      remember.Bind(2, slot_->name());
      remember.Bind(3, name);
      remember.Run();
      // The table's definition may be what it was: its next row makes it ready all the same.
      tables_.erase(name);
    }
  }

  void Mark(const Position* position) override {
    if (open_) Savepoint("RELEASE source_transaction", release_);
    open_ = false;
    if (position != nullptr) {
      if (!in_transaction_) ExecuteSqlite(db_, "BEGIN IMMEDIATE");
      in_transaction_ = true;
      marked_ = *position;
    }
  }

  void Commit() override {
    if (!in_transaction_) return;
    if (marked_) {
      if (!slot_->Store(*marked_)) {
        ExecuteSqlite(db_, "ROLLBACK");
        in_transaction_ = false;
        slot_->FailTaken();
      }
    }
    ExecuteSqlite(db_, "COMMIT");
    in_transaction_ = false;
    marked_.reset();
  }

  void SetSavepoint() override {
    prepared_.clear();
    ExecuteSqlite(db_, "SAVEPOINT refusable");
  }
  void SendAll() override { ExecuteSqlite(db_, "RELEASE refusable"); }
  void RollBackToSavepoint() override {
    ExecuteSqlite(db_, "ROLLBACK TO refusable; RELEASE refusable");
    // The table may be gone that the refused row was the first of.
    for (const std::string& name : prepared_) tables_.erase(name);
  }

  void RollBackToMark() override {
    if (!open_) return;
    ExecuteSqlite(db_, "ROLLBACK TO source_transaction; RELEASE source_transaction");
    open_ = false;
  }

 private:
  /// The first three parameters of a statement about tables of the slot by their names at the source.
  void BindSource(const std::string& db, const std::string& table, SqliteStatement* statement) const {
    statement->Bind(1, slot_->name());
    statement->Bind(2, db);
    statement->Bind(3, table);
  }

  /// All that are valid; none ends before it began.
  void EndVersions(const std::string& table, const std::string& time) {
    SqliteStatement end(db_, "UPDATE " + SqliteName(table) + " SET " + kValidTo + " = max(" + kValidFrom +
                                 ", ?1) WHERE " + kValidTo + " IS NULL");
    end.Bind(1, time);
    end.Run();
  }

  /// SQLite does not wait for others to take this step: it is waited for the moment when nobody has the database.
  void EnterWriteAheadMode() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyTimeoutMs);
    for (;;) {
      const int code = sqlite3_exec(db_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
      if (code == SQLITE_OK) return;
      if ((code & 0xFF) != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline)
        FailSqlite(db_, code, "could not put \"" + path_ + "\" into write-ahead mode");
      ExecuteSqlite(db_, "BEGIN EXCLUSIVE");
      ExecuteSqlite(db_, "COMMIT");
    }
  }

  /// One that we created for this slot we may make anew.
  KnownTable Known(const std::string& name) {
    KnownTable known;
    if (slot_->name().empty()) return known;
    SqliteStatement ask(db_, "SELECT created, shape FROM cdc_table WHERE slot = ?1 AND name = ?2");
    ask.Bind(1, slot_->name());
    ask.Bind(2, name);
    if (!ask.Step()) return known;
    known.noted = true;
    known.created = ask.Integer(0) != 0;
    if (!ask.IsNull(1)) known.shape = ask.Text(1);
    return known;
  }

  /// A table that was delivered before, and that somebody removed since, would hold the later rows only.
  void CheckIsThere(const std::string& name) {
    if (slot_->name().empty()) return;
    SqliteStatement ask(db_,
                        "SELECT 1 FROM cdc_table WHERE slot = ?1 AND name = ?2 AND name NOT IN (SELECT name FROM "
                        "sqlite_schema WHERE type = 'table')");
    ask.Bind(1, slot_->name());
    ask.Bind(2, name);
    if (ask.Step()) FailRemoved(name, slot_->name());
  }

  void NoteTable(const TargetTable& table, bool created, const std::string& shape) {
    SqliteStatement other(db_,
                          "SELECT slot, name FROM cdc_table WHERE name = ?2 COLLATE NOCASE AND (slot <> ?1 OR name <> "
                          "?2) LIMIT 1");
    other.Bind(1, slot_->name());
    other.Bind(2, table.name);
    if (other.Step()) FailShared(table.name, other.Text(1), other.Text(0));
    other.Reset();
    SqliteStatement note(
        db_,
        "INSERT INTO cdc_table (slot, name, source_db, source_table, created, rows_option, shape) VALUES (?1, ?2, ?3, "
        "?4, ?5, ?6, ?7) ON CONFLICT (slot, name) DO UPDATE SET source_db = ?3, source_table = ?4, created = "
        "max(created, ?5), rows_option = ?6, shape = ?7");
    note.Bind(1, slot_->name());
    note.Bind(2, table.name);
    note.Bind(3, table.source_db);
    note.Bind(4, table.source_table);
    note.Bind(5, int64_t{created});
    note.Bind(6, rows_option_);
    note.Bind(7, shape);
    note.Run();
  }

  /// The rows are those of a table that the source has no more. A table of the user's own making stays, empty.
  void RemoveTable(const std::string& name, bool ours, const TableEvent& event) {
    tables_.erase(name);
    SqliteStatement forget(db_, ours ? "DELETE FROM cdc_table WHERE slot = ?1 AND name = ?2"
                                     : "UPDATE cdc_table SET dropped = 0 WHERE slot = ?1 AND name = ?2");
    forget.Bind(1, slot_->name());
    forget.Bind(2, name);
    forget.Run();
    SqliteStatement exists(db_, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
    exists.Bind(1, name);
    const bool is_there = exists.Step();
    exists.Reset();
    if (is_there) ExecuteSqlite(db_, (ours ? "DROP TABLE " : "DELETE FROM ") + SqliteName(name));
    LogNote("the source made table " + event.db + "." + event.table + " anew: the old rows of \"" + name +
            "\" are removed");
  }

  void Savepoint(const char* sql, SqliteStatement& statement) {
    if (!statement) statement = SqliteStatement(db_, sql);
    statement.Run();
  }

  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;  // before the statements, which must go first
  sqlite3* db_ = nullptr;                   // the same
  DdlRule ddl_;
  bool allow_rounding_ = false;
  std::string rows_option_;
  bool in_transaction_ = false;  // of SQLite
  bool open_ = false;            // a source transaction is under way
  std::optional<Position> marked_;
  std::optional<SqliteSlot> slot_;
  SqliteStatement save_, release_;
  std::unordered_map<std::string, std::unique_ptr<SqliteTable>> tables_;
  std::vector<std::string> prepared_;  // tables, since the savepoint
};

}  // namespace

std::unique_ptr<Sink> OpenSqliteSink(const std::string& path, bool read_only) {
  return std::make_unique<SqliteSink>(path, read_only);
}

}  // namespace cdc::apply
