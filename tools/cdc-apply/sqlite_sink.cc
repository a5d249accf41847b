#include "tools/cdc-apply/sqlite_sink.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/sqlite_statement.h"
#include "tools/cdc-apply/sqlite_table.h"

namespace cdc::apply {
namespace {

constexpr int kFormatVersion = 1;
constexpr int kBusyTimeoutMs = 30'000;

// A position is one row a slot. `epoch` counts the copies that took the slot over: a commit that finds another than
// its own is fenced.
constexpr const char* kCreatePositionTables =
    "CREATE TABLE IF NOT EXISTS cdc_position (slot TEXT PRIMARY KEY NOT NULL, format INTEGER NOT NULL, epoch INTEGER "
    "NOT NULL, "
    "position TEXT, updated_at TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS cdc_table (slot TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (slot, name))";

class SqliteSink : public Sink {
 public:
  SqliteSink(const std::string& path, bool read_only) : path_(path) {
    const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const int code = sqlite3_open_v2(path.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(db_);
    if (code != SQLITE_OK) FailSqlite(db_, code, "could not open SQLite database \"" + path + "\"");
    sqlite3_busy_timeout(db_, kBusyTimeoutMs);
    if (read_only) return;
    // Write-ahead: readers see whole commits and do not stop the writer; position and rows are in one file, so losing
    // the last commits at a power cut (synchronous=NORMAL) loses both, and they are sent again.
    ExecuteSqlite(db_, "PRAGMA journal_mode = WAL");
    ExecuteSqlite(db_, "PRAGMA synchronous = NORMAL");
  }

  std::optional<Position> OpenSlot(const std::string& slot) override {
    slot_ = slot;
    ExecuteSqlite(db_, "BEGIN IMMEDIATE");
    ExecuteSqlite(db_, kCreatePositionTables);
    const auto position = ReadPosition(slot);
    SqliteStatement take(
        db_,
        "INSERT INTO cdc_position (slot, format, epoch, updated_at) VALUES (?1, ?2, 1, datetime('now')) "
        "ON CONFLICT (slot) DO UPDATE SET epoch = epoch + 1 RETURNING epoch");
    take.Bind(1, slot);
    take.Bind(2, int64_t{kFormatVersion});
    if (!take.Step()) Fail(ExitStatus::kIoError, "could not take slot \"" + slot + "\" in \"" + path_ + "\"");
    epoch_ = take.Integer(0);
    take.Run();
    ExecuteSqlite(db_, "COMMIT");
    return position;
  }

  std::optional<Position> ReadPosition(const std::string& slot) override {
    SqliteStatement exists(db_, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'cdc_position'");
    if (!exists.Step()) return std::nullopt;
    exists.Reset();
    SqliteStatement read(db_, "SELECT format, position FROM cdc_position WHERE slot = ?1");
    read.Bind(1, slot);
    if (!read.Step()) return std::nullopt;
    if (read.Integer(0) > kFormatVersion)
      Fail(ExitStatus::kProtocol,
           "slot \"" + slot + "\" of \"" + path_ + "\" has format version " + std::to_string(read.Integer(0)) +
               ", this tool knows " + std::to_string(kFormatVersion),
           "", "use the version of cdc-apply that wrote it, or a newer one");
    if (read.IsNull(1)) return std::nullopt;
    return Position::Parse(read.Text(1));
  }

  void Begin() override {
    if (!in_transaction_) ExecuteSqlite(db_, "BEGIN IMMEDIATE");
    in_transaction_ = true;
    // Earlier source transactions wait in the same SQLite transaction: what follows must be droppable without them.
    Savepoint("SAVEPOINT source_transaction", save_);
    open_ = true;
  }

  void ClearTables() override {
    SqliteStatement list(db_,
                         "SELECT t.name FROM cdc_table t JOIN sqlite_schema s ON s.type = 'table' AND s.name = t.name "
                         "WHERE t.slot = ?1");
    list.Bind(1, slot_);
    std::vector<std::string> names;
    while (list.Step()) names.push_back(list.Text(0));
    for (const auto& name : names) ExecuteSqlite(db_, "DELETE FROM " + SqliteName(name));
    if (!names.empty())
      LogNote("a snapshot begins: " + std::to_string(names.size()) + " tables of slot \"" + slot_ +
              "\" are filled anew");
  }

  void Apply(const RowChange& change) override {
    auto& table = tables_[change.table->name];
    if (!table || change.table_changed) {
      if (!table) table = std::make_unique<SqliteTable>(db_, change.table->name);
      table->Prepare(*change.table);
      if (!slot_.empty()) {
        SqliteStatement note(db_, "INSERT OR IGNORE INTO cdc_table (slot, name) VALUES (?1, ?2)");
        note.Bind(1, slot_);
        note.Bind(2, change.table->name);
        note.Run();
      }
    }
    table->Apply(change);
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
      if (!store_)
        store_ = SqliteStatement(db_,
                                 "UPDATE cdc_position SET position = ?1, format = ?2, updated_at = datetime('now') "
                                 "WHERE slot = ?3 AND epoch = ?4");
      const std::string text = marked_->ToJson();
      store_.Bind(1, text);
      store_.Bind(2, int64_t{kFormatVersion});
      store_.Bind(3, slot_);
      store_.Bind(4, epoch_);
      store_.Run();
      if (sqlite3_changes(db_) != 1) {
        ExecuteSqlite(db_, "ROLLBACK");
        in_transaction_ = false;
        Fail(ExitStatus::kTempFail, "slot \"" + slot_ + "\" of \"" + path_ + "\" was taken over by another cdc-apply",
             "nothing of this copy was lost or doubled");
      }
    }
    ExecuteSqlite(db_, "COMMIT");
    in_transaction_ = false;
    marked_.reset();
  }

  void RollBackToMark() override {
    if (!open_) return;
    ExecuteSqlite(db_, "ROLLBACK TO source_transaction; RELEASE source_transaction");
    open_ = false;
  }

 private:
  void Savepoint(const char* sql, SqliteStatement& statement) {
    if (!statement) statement = SqliteStatement(db_, sql);
    statement.Run();
  }

  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::string path_;
  std::string slot_;
  std::unique_ptr<sqlite3, Close> handle_;  // before the statements, which must go first
  sqlite3* db_ = nullptr;                   // the same
  int64_t epoch_ = 0;
  bool in_transaction_ = false;  // of SQLite
  bool open_ = false;            // a source transaction is under way
  std::optional<Position> marked_;
  SqliteStatement save_, release_, store_;
  std::unordered_map<std::string, std::unique_ptr<SqliteTable>> tables_;
};

}  // namespace

std::unique_ptr<Sink> OpenSqliteSink(const std::string& path, bool read_only) {
  return std::make_unique<SqliteSink>(path, read_only);
}

}  // namespace cdc::apply
