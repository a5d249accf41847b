#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tools/cdc-apply/background_task.h"
#include "tools/cdc-apply/ddl_mode.h"
#include "tools/cdc-apply/net_changes.h"
#include "tools/cdc-apply/row_arena.h"
#include "tools/cdc-apply/sink.h"
#include "tools/cdc-apply/slot_table.h"
#include "tools/cdc-apply/sql_server.h"

namespace cdc::apply {

class TableWriter;

/// A sink into a database server: rows, and the position of the slot, in the same transactions (tables cdc_position and
/// cdc_table of the session's database). See cdc-apply(1).
///
/// Rows wait here until the commit (or until they are many): those of ended source transactions reduced to one change a
/// key, those of the one under way as they came, since they may have to be dropped.
class ServerSink : public Sink {
 public:
  explicit ServerSink(std::unique_ptr<SqlServer> server) : server_(std::move(server)), slots_(*server_) {}

  bool needs_old_rows() const override { return false; }
  bool TakeDdlMode(DdlMode mode) override;
  void AllowRounding() override { allow_rounding_ = true; }
  void TakeRowsOption(const std::string& option) override { slots_.SetRowsOption(option); }
  void CommitInBackground() override { in_background_ = true; }
  bool is_committing() override { return background_.is_under_way(); }
  void FinishCommits() override { background_.Wait(); }
  std::optional<Position> OpenSlot(const std::string& slot) override { return slots_.Open(slot); }
  std::optional<Position> ReadPosition(const std::string& slot) override { return slots_.Read(slot); }
  void Begin(const Position* position) override;
  void ClearTables(const TableScope& scope) override;
  bool Delivers(const std::string& db, const std::string& table) override;
  void Apply(const RowChange& change) override;
  void TakeTableEvent(const TableEvent& event) override;
  void TakeColumnEvents(const ColumnEvents& events) override;
  void Mark(const Position* position) override;
  void Commit() override { CommitMarked(); }
  bool sends_later() const override { return true; }
  uint64_t commits() const override { return commits_; }
  void RollBackToCommit() override;
  void SetSavepoint() override;
  void SendAll() override { SendOpen(); }
  void RollBackToSavepoint() override;
  void RollBackToMark() override;

  // For sinks that work together on one slot, each with a session of its own (LanedSink).

  /// The slot may be locked by the others at the same time. `before_commit`: is called, by whatever thread commits,
  /// before rows that wait are sent for a commit.
  void ShareSlot(std::function<void()> before_commit);
  /// Works under the slot that the other one has opened, without a position of its own.
  void JoinSlot(const ServerSink& lead);
  /// Makes the table ready for rows of this shape; what waits has been committed.
  const ServerTable& MakeReady(const TargetTable& shape);
  /// Takes the table as the other one has made it ready.
  void TakeReady(const ServerTable& ready);
  /// All tables have to be made ready again.
  void ForgetTables();
  /// Changes of the open source transaction that wait here.
  size_t open_rows() const { return open_.size(); }
  /// Some of its changes are on the server, and with them all that was marked before; nothing is committed until its
  /// mark.
  bool is_partly_sent() const { return spilled_; }

 private:
  struct Table {
    bool prepared = false;
    bool clear = false;        // remove what the target holds, before the changes
    std::string versions_end;  // --mode scd2: those that are valid end then, before the changes; empty: they do not
    ServerTable server;
    NetChanges net;
    std::vector<NetChanges::Change> keyless;    // in order
    bool is_versioned = false;                  // --mode scd2
    std::unordered_set<std::string> versioned;  // keys of the source that wait in `net`
    bool has_rows() const { return !net.empty() || !keyless.empty(); }
    bool empty() const { return !clear && versions_end.empty() && !has_rows(); }
    void Forget();
  };
  struct OpenChange {
    Table* table;
    RowChange::Kind kind;
    const Value* before;
    const Value* after;
    bool is_insert;  // at the source
    bool checks_old_row = false, keeps_old_row = false;
  };
  /// The changes of a table on their way to the server.
  struct Sending {
    Table* table;
    bool clear;
    std::string versions_end;
    std::vector<NetChanges::Change> changes, keyless;
  };

  Table& TableOf(const std::string& name);
  void ForgetRows();
  void Prepare(const TargetTable& shape, Table* table);
  void Adopt(ServerTable ready, Table* table);
  void TakeOpen();
  void TakeChange(const OpenChange& change);
  void EndVersion(Table& table, const OpenChange& change);
  void EndVersions(Table& table, const std::string& time);
  static std::string VersionKey(const Table& table, const Value* row);
  void TakeUpsert(Table& table, const OpenChange& change);
  void DeleteIfSame(Table& table, const Value* row);
  void StartTransaction();
  void Spill();
  void SendOpen();
  void Flush(bool all = true);
  void FlushTable(Table* table);
  static Sending Take(Table* table);
  void Write(const Sending& sending);
  static void WriteKeyless(TableWriter& writer, const std::vector<NetChanges::Change>& changes);
  void CommitMarked();
  void NoteCommit();
  void SendMarked();
  void SendBatch(const std::vector<Sending>& batch, const std::optional<Position>& position);

  std::unique_ptr<SqlServer> server_;
  SlotTable slots_;
  DdlRule ddl_;
  bool allow_rounding_ = false;
  RowArena arena_, sent_arena_;  // the second one: of the commit under way
  std::vector<OpenChange> open_;
  std::unordered_map<std::string, std::unique_ptr<Table>> tables_;
  // What tables that had no rows yet waited for when the savepoint was set: to be cleared, or their versions to end.
  std::unordered_map<Table*, std::pair<bool, std::string>> at_savepoint_;
  bool in_transaction_ = false;  // of the server
  bool spilled_ = false;         // rows of the open source transaction are on the server
  bool marked_anything_ = false;
  std::optional<Position> marked_;
  uint64_t commits_ = 0;
  bool in_background_ = false;
  bool shares_slot_ = false;
  std::function<void()> before_commit_;
  BackgroundTask background_;  // the last member, since it uses the others
};

}  // namespace cdc::apply
