#include "tools/cdc-apply/server_sink.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/background_task.h"
#include "tools/cdc-apply/fraction_limit.h"
#include "tools/cdc-apply/reshape.h"
#include "tools/cdc-apply/row_arena.h"
#include "tools/cdc-apply/slot_errors.h"
#include "tools/cdc-apply/slot_table.h"
#include "tools/cdc-apply/table_definition.h"
#include "tools/cdc-apply/table_writer.h"

namespace cdc::apply {
namespace {

// Rows of one source transaction beyond this go to the server before its mark, into the open transaction.
constexpr size_t kSpillBytes = 16 << 20;

/// Rows wait here until the commit (or until they are many): those of ended source transactions reduced to one change a
/// key, those of the one under way as they came, since they may have to be dropped.
class ServerSink : public Sink {
 public:
  explicit ServerSink(std::unique_ptr<SqlServer> server) : server_(std::move(server)), slots_(*server_) {}

  bool TakeDdlMode(DdlMode mode) override {
    ddl_ = mode;
    return true;
  }

  void AllowRounding() override { allow_rounding_ = true; }

  void CommitInBackground() override { in_background_ = true; }
  bool is_committing() override { return background_.is_under_way(); }
  void FinishCommits() override { background_.Wait(); }

  std::optional<Position> OpenSlot(const std::string& slot) override { return slots_.Open(slot); }
  std::optional<Position> ReadPosition(const std::string& slot) override { return slots_.Read(slot); }

  void Begin(const Position*) override { open_.clear(); }

  void ClearTables(const TableScope& scope) override {
    background_.Wait();
    for (const std::string& name : slots_.Tables(scope)) {
      const bool is_there = !server_->Columns(name).empty();
      slots_.Renew(name, is_there);
      if (!is_there) continue;
      open_.push_back({&TableOf(name), RowChange::Kind::kTruncate, nullptr, nullptr, false});
      LogNote("a snapshot fills table \"" + name + "\" anew");
    }
  }

  bool Delivers(const std::string& db, const std::string& table) override {
    background_.Wait();
    return slots_.Delivers(db, table);
  }

  void Apply(const RowChange& change) override {
    Table& table = TableOf(change.table->name);
    if (!table.prepared || change.table_changed) Prepare(*change.table, &table);
    if (!allow_rounding_) CheckFractions(change, table.server);
    const auto keep = [&](const std::vector<Value>& row) { return row.empty() ? nullptr : arena_.Keep(row); };
    open_.push_back({&table, change.kind, change.has_before ? keep(change.before) : nullptr, keep(change.after),
                     change.op == 'c' || change.op == 'r'});
    if (arena_.bytes() >= kSpillBytes) Spill();
  }

  void TakeTableEvent(const TableEvent& event) override {
    // The source ended its transactions at the statement; what went before is made durable before tables change.
    CommitMarked();
    background_.Wait();
    for (const auto& [name, ours] : slots_.TakeTableEvent(event)) {
      tables_.erase(name);
      if (server_->Columns(name).empty()) continue;
      if (ours)
        server_->ExecuteDdl("DROP TABLE " + server_->Name(name));
      else
        server_->Execute("DELETE FROM " + server_->Name(name));
      LogNote("the source made table " + event.db + "." + event.table + " anew: the old rows of \"" + name +
              "\" are removed");
    }
  }

  void Mark(const Position* position) override {
    TakeOpen();
    if (spilled_) Flush();
    spilled_ = false;
    marked_anything_ = true;
    if (position != nullptr) marked_ = *position;
  }

  void Commit() override { CommitMarked(); }

  bool sends_later() const override { return true; }

  uint64_t commits() const override { return commits_; }

  void RollBackToCommit() override {
    ForgetRows();
    if (in_transaction_) server_->Execute("ROLLBACK");
    in_transaction_ = spilled_ = marked_anything_ = false;
    marked_.reset();
    arena_.Reset();
  }

  void SetSavepoint() override {
    SendOpen();
    server_->Execute("SAVEPOINT refusable");
  }

  void SendAll() override { SendOpen(); }

  void RollBackToSavepoint() override {
    ForgetRows();
    server_->Execute("ROLLBACK TO SAVEPOINT refusable");
  }

  void RollBackToMark() override {
    open_.clear();
    if (!spilled_) return;
    server_->Execute("ROLLBACK TO SAVEPOINT source_transaction");
    server_->TakeRollback();
    for (auto& [name, table] : tables_) table->Forget();
    spilled_ = false;
  }

 private:
  /// Tables that were made or altered since may be as they were before.
  void ForgetRows() {
    open_.clear();
    for (auto& [name, table] : tables_) {
      table->Forget();
      table->prepared = false;
    }
    server_->TakeRollback();
  }

  struct Table {
    bool prepared = false;
    bool clear = false;  // remove what the target holds, before the changes
    ServerTable server;
    NetChanges net;
    std::vector<NetChanges::Change> keyless;    // in order
    bool is_versioned = false;                  // --mode scd2
    std::unordered_set<std::string> versioned;  // keys of the source that wait in `net`
    bool empty() const { return !clear && net.empty() && keyless.empty(); }
    void Forget() {
      clear = false;
      versioned.clear();
      net.Clear();
      keyless.clear();
    }
  };
  struct OpenChange {
    Table* table;
    RowChange::Kind kind;
    const Value* before;
    const Value* after;
    bool is_insert;  // at the source
  };

  Table& TableOf(const std::string& name) {
    auto& table = tables_[name];
    if (!table) {
      table = std::make_unique<Table>();
      table->server.shape.name = name;
    }
    return *table;
  }

  /// The table's rows that wait have the old shape, so they go first. (Those of the open source transaction have it
  /// only where it was spilled: the source ends its transactions when it alters a table.)
  void Prepare(const TargetTable& shape, Table* table) {
    if (spilled_) {
      TakeOpen();
      FlushTable(table);
    } else {
      CommitMarked();
      background_.Wait();
    }
    KnownTable known = slots_.Known(shape.name);
    const auto clears = [&](const OpenChange& change) {
      return change.table == table && change.kind == RowChange::Kind::kTruncate;
    };
    const bool is_cleared = table->clear || std::any_of(open_.begin(), open_.end(), clears);
    if (is_cleared && ddl_ == DdlMode::kApply && known.created && known.shape != ShapeText(*server_, shape)) {
      // Rows that are about to go need not fit the new shape.
      server_->ExecuteDdl("DROP TABLE " + server_->Name(shape.name));
      known = {};
      table->clear = false;
      open_.erase(std::remove_if(open_.begin(), open_.end(), clears), open_.end());
    }
    if (known.noted && server_->Columns(shape.name).empty()) FailRemoved(shape.name, slots_.slot());
    ServerTable ready = PrepareTable(*server_, shape, ddl_, &known);
    slots_.Note(shape, known);
    // Rows of the open source transaction: where the rows themselves tell the columns, the next one may have others.
    for (OpenChange& change : open_) {
      if (change.table != table) continue;
      change.before = Reshape(change.before, table->server.shape, shape, Value(), arena_);
      change.after = Reshape(change.after, table->server.shape, shape, Value(), arena_);
    }
    table->server = std::move(ready);
    table->net.SetKey(shape.key, shape.columns.size());
    table->is_versioned = shape.is_versioned;
    table->prepared = true;
  }

  /// What came since Begin joins what is to be sent.
  void TakeOpen() {
    for (const OpenChange& change : open_) TakeChange(change);
    open_.clear();
  }

  void TakeChange(const OpenChange& change) {
    Table& table = *change.table;
    switch (change.kind) {
      case RowChange::Kind::kNone: return;
      case RowChange::Kind::kTruncate:
        table.Forget();
        table.clear = true;
        return;
      case RowChange::Kind::kUpdateAll:
        StartTransaction();
        FlushTable(&table);
        return TableWriter(*server_, table.server).UpdateAll(change.after);
      case RowChange::Kind::kEndVersion: return EndVersion(table, change);
      case RowChange::Kind::kDelete:
        if (table.server.shape.key.empty())
          table.keyless.push_back({change.before, true});
        else
          table.net.Delete(change.before);
        return;
      case RowChange::Kind::kUpsert: TakeUpsert(table, change);
    }
  }

  /// Of a row whose newest version waits here that version is sent first; others need not be.
  void EndVersion(Table& table, const OpenChange& change) {
    StartTransaction();
    const auto& key = table.server.shape.key;
    if (change.before[key[0]].is_absent() || table.versioned.count(VersionKey(table, change.before)) > 0)
      FlushTable(&table);
    TableWriter(*server_, table.server).EndVersion(change.before, change.after);
  }

  /// The source's key: that of the target is this and when the version began.
  static std::string VersionKey(const Table& table, const Value* row) {
    std::string bytes;
    const auto& key = table.server.shape.key;
    for (size_t i = 0; i + 1 < key.size(); ++i) AppendKeyBytes(bytes, row[key[i]]);
    return bytes;
  }

  void TakeUpsert(Table& table, const OpenChange& change) {
    const auto& key = table.server.shape.key;
    if (table.is_versioned) table.versioned.insert(VersionKey(table, change.after));
    if (key.empty()) {
      if (change.before != nullptr) table.keyless.push_back({change.before, true});
      table.keyless.push_back({change.after, false});
      return;
    }
    const bool moved = change.before != nullptr && std::any_of(key.begin(), key.end(), [&](size_t column) {
                         return !change.before[column].is_absent() && !(change.before[column] == change.after[column]);
                       });
    if (!moved) return table.net.Upsert(change.after, arena_, change.is_insert && change.before == nullptr);
    const size_t columns = table.server.shape.columns.size();
    const bool whole =
        std::none_of(change.after, change.after + columns, [](const Value& value) { return value.is_absent(); });
    if (whole) {
      table.net.Delete(change.before);
      return table.net.Upsert(change.after, arena_);
    }
    // Columns that the change does not carry stay with the row, which only the server has.
    StartTransaction();
    FlushTable(&table);
    TableWriter writer(*server_, table.server);
    writer.Write({{change.after, true}});
    if (!writer.Move(change.before, change.after)) table.net.Upsert(change.after, arena_);
  }

  void StartTransaction() {
    if (in_transaction_) return;
    background_.Wait();
    slots_.Lock();
    in_transaction_ = true;
  }

  void Spill() {
    SendOpen();
    arena_.Reset();
  }

  /// What is ended is sent as it is; what is open goes behind a savepoint.
  void SendOpen() {
    StartTransaction();
    if (!spilled_) {
      std::vector<OpenChange> open;
      open.swap(open_);
      Flush(false);
      server_->Execute("SAVEPOINT source_transaction");
      spilled_ = true;
      open_.swap(open);
    }
    TakeOpen();
    Flush(false);
  }

  /// `all`: also tables that are only to be cleared. Before the end of a transaction these wait: the source's next rows
  /// may be theirs, with a shape that the table has yet to get.
  void Flush(bool all = true) {
    for (auto& [name, table] : tables_) {
      const bool only_clear = table->net.empty() && table->keyless.empty();
      if (table->empty() || (only_clear && !all)) continue;
      StartTransaction();
      FlushTable(table.get());
    }
  }

  void FlushTable(Table* table) {
    if (table->empty()) return;
    StartTransaction();
    Write({table, table->clear, table->net.Take(), std::move(table->keyless)});
    table->Forget();
  }

  /// The changes of a table on their way to the server.
  struct Sending {
    Table* table;
    bool clear;
    std::vector<NetChanges::Change> changes, keyless;
  };

  void Write(const Sending& sending) {
    const ServerTable& table = sending.table->server;
    try {
      if (sending.clear) server_->Execute("DELETE FROM " + server_->Name(table.shape.name));
      TableWriter writer(*server_, table);
      writer.Write(sending.changes);
      WriteKeyless(writer, sending.keyless);
    } catch (Failure& failure) {
      failure.error().what = "table \"" + table.shape.name + "\": " + failure.error().what;
      throw;
    }
  }

  static void WriteKeyless(TableWriter& writer, const std::vector<NetChanges::Change>& changes) {
    std::vector<const Value*> inserted;
    for (const auto& change : changes) {
      if (!change.is_delete) {
        inserted.push_back(change.row);
        continue;
      }
      writer.Insert(inserted);
      inserted.clear();
      writer.DeleteRow(change.row);
    }
    writer.Insert(inserted);
  }

  void CommitMarked() {
    // With rows of an open source transaction on the server there is no commit before its mark.
    if (spilled_ || !marked_anything_) return;
    if (in_background_ && !in_transaction_ && open_.empty()) return SendMarked();
    background_.Wait();
    Flush();
    if (marked_) {
      StartTransaction();
      slots_.Store(*marked_);
    }
    if (in_transaction_) server_->Execute("COMMIT");
    in_transaction_ = false;
    NoteCommit();
    if (open_.empty()) arena_.Reset();
  }

  void NoteCommit() {
    ++commits_;
    marked_anything_ = false;
    marked_.reset();
  }

  /// The commit as a whole, by another thread, which has the server to itself until background_.Wait(): the next rows
  /// are read meanwhile.
  void SendMarked() {
    background_.Wait();
    sent_arena_.Reset();
    std::swap(arena_, sent_arena_);
    std::vector<Sending> all;
    for (auto& [name, table] : tables_) {
      if (table->empty()) continue;
      all.push_back({table.get(), table->clear, table->net.Take(), std::move(table->keyless)});
      table->Forget();
    }
    background_.Start([this, all = std::move(all), position = marked_] {
      slots_.Lock();
      for (const Sending& sending : all) Write(sending);
      if (position) slots_.Store(*position);
      server_->Execute("COMMIT");
    });
    NoteCommit();
  }

  std::unique_ptr<SqlServer> server_;
  SlotTable slots_;
  DdlMode ddl_ = DdlMode::kApply;
  bool allow_rounding_ = false;
  RowArena arena_, sent_arena_;  // the second one: of the commit under way
  std::vector<OpenChange> open_;
  std::unordered_map<std::string, std::unique_ptr<Table>> tables_;
  bool in_transaction_ = false;  // of the server
  bool spilled_ = false;         // rows of the open source transaction are on the server
  bool marked_anything_ = false;
  std::optional<Position> marked_;
  uint64_t commits_ = 0;
  bool in_background_ = false;
  BackgroundTask background_;  // the last member, since it uses the others
};

}  // namespace

std::unique_ptr<Sink> MakeServerSink(std::unique_ptr<SqlServer> server) {
  return std::make_unique<ServerSink>(std::move(server));
}

}  // namespace cdc::apply
