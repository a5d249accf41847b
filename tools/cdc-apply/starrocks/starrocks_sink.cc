#include "tools/cdc-apply/starrocks/starrocks_sink.h"

#include <algorithm>
#include <unordered_map>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/added_columns.h"
#include "tools/cdc-apply/ddl_mode.h"
#include "tools/cdc-apply/older_rows.h"
#include "tools/cdc-apply/reshape.h"
#include "tools/cdc-apply/row_arena.h"
#include "tools/cdc-apply/slot_errors.h"
#include "tools/cdc-apply/starrocks/columns.h"
#include "tools/cdc-apply/starrocks/frontend.h"
#include "tools/cdc-apply/starrocks/load_transaction.h"
#include "tools/cdc-apply/starrocks/place.h"
#include "tools/cdc-apply/starrocks/table_rows.h"
#include "tools/cdc-apply/table_definition.h"

namespace cdc::apply {
namespace starrocks {
namespace {

// Each commit is a version of each of its tables, which StarRocks merges later: its own clients commit so often at
// most.
constexpr CommitPace kPace = {std::chrono::milliseconds(1000), 32 << 20, UINT64_MAX, false};
// Rows of one source transaction beyond this are loaded before its mark, into an open load transaction.
constexpr size_t kSpillBytes = 32 << 20;

// A shape in which statements are remembered, of this run only.
constexpr const char* kNothingTold = R"({"columns":[],"key":[]})";

/// Columns, types and key, to see changes.
std::string ShapeOf(const TargetTable& table) {
  std::string shape;
  for (size_t i = 0; i < table.columns.size(); ++i)
    shape += ColumnName(table.columns[i]) + " " + ColumnType(table.columns[i], IsInKey(table, i)) + ", ";
  shape += "key";
  for (const size_t column : table.key) shape += " " + ColumnName(table.columns[column]);
  return shape;
}

class StarrocksSink : public Sink {
 public:
  explicit StarrocksSink(const TargetUrl& url)
      : place_(ParsePlace(url)), frontend_(place_), client_(place_), multi_(frontend_.has_multi_table_transactions()) {}

  CommitPace pace() const override { return kPace; }
  bool wants_whole_rows() const override { return true; }
  bool can_compare_rows() const override { return false; }
  bool CanApply(ApplyMode mode) const override { return mode != ApplyMode::kVersions; }

  bool TakeDdlMode(DdlMode mode) override {
    if (mode == DdlMode::kIgnore)
      Fail(ExitStatus::kUsage, "target starrocks: cannot take --ddl ignore", "", "--ddl stop, or add the columns");
    ddl_.Set(mode);
    return true;
  }

  void TakeRowsOption(const std::string& option) override { rows_option_ = option; }

  std::optional<Position> OpenSlot(const std::string& slot) override {
    slot_.slot = slot.empty() ? "unmarked" : slot;
    nonce_ = frontend_.EnsurePositions();
    for (;;) {
      const auto stored = frontend_.ReadSlot(slot_.slot);
      SlotRow next;
      next.slot = slot_.slot;
      if (stored) {
        for (const auto& [name, table] : stored->tables) CheckRowsOption(name, slot_.slot, table.rows, rows_option_);
        FinishPending(client_, *stored);
        next = *stored;
      }
      next.pending.clear();
      ++next.epoch;
      ++next.sequence;
      const std::string label = LabelOf(nonce_, next.slot, next.sequence);
      if (TakeNumber(client_, multi_, label, next)) {
        slot_ = std::move(next);
        opened_ = true;
        return slot_.position;
      }
      const auto now = frontend_.ReadSlot(slot_.slot);
      if (now && now->sequence >= next.sequence) continue;  // another copy was faster
      Fail(ExitStatus::kConfig,
           "label \"" + label + "\" of slot \"" + slot_.slot + "\" was used before its row in cdc_position came to it",
           "the row was removed or put back by hand", "begin anew under another --slot");
    }
  }

  std::optional<Position> ReadPosition(const std::string& slot) override {
    if (!frontend_.HasPositions()) return std::nullopt;
    const auto stored = frontend_.ReadSlot(slot);
    return stored ? stored->position : std::nullopt;
  }

  void Begin(const Position*) override {
    if (!opened_) OpenSlot("");
    open_.clear();
  }

  void ClearTables(const TableScope& scope) override {
    for (auto& [name, state] : slot_.tables) {
      const bool in_scope =
          scope.kind == TableScope::Kind::kAll || (state.source_db == scope.db && state.source_table == scope.table);
      if (!in_scope) continue;
      state.dropped = false;
      open_.push_back({&TableOf(name), RowChange::Kind::kTruncate, nullptr});
      scope.Note(name);
    }
  }

  bool Delivers(const std::string& db, const std::string& table) override {
    return std::any_of(slot_.tables.begin(), slot_.tables.end(), [&](const auto& entry) {
      return entry.second.source_db == db && (table.empty() || entry.second.source_table == table);
    });
  }

  void Apply(const RowChange& change) override {
    Table& table = TableOf(change.table->name);
    if (!table.prepared || change.table_changed) Prepare(*change.table, &table);
    switch (change.kind) {
      case RowChange::Kind::kNone:
      case RowChange::Kind::kEndVersion: return;
      case RowChange::Kind::kUpdateAll:
        Fail(ExitStatus::kData, "StarRocks cannot mark all rows of table \"" + change.table->name + "\" as deleted", "",
             "--deletes hard or ignore");
      case RowChange::Kind::kTruncate: open_.push_back({&table, change.kind, nullptr}); break;
      case RowChange::Kind::kDelete: TakeDelete(change, &table); break;
      case RowChange::Kind::kUpsert: TakeUpsert(change, &table); break;
    }
    if (arena_.bytes() >= kSpillBytes) Spill();
  }

  void CheckRow(const RowChange& change) override {
    std::string unused;
    for (const auto* row : {&change.before, &change.after})
      for (size_t i = 0; i < row->size(); ++i) {
        unused.clear();
        AppendValue(unused, change.table->columns[i], IsInKey(*change.table, i), (*row)[i]);
      }
  }

  void TakeTableEvent(const TableEvent& event) override {
    CommitMarked();
    using Kind = TableEvent::Kind;
    for (auto at = slot_.tables.begin(); at != slot_.tables.end();) {
      const auto& [name, state] = *at;
      const bool is_meant = state.source_db == event.db && (event.table.empty() || state.source_table == event.table);
      if (!is_meant) {
        ++at;
      } else if (event.kind == Kind::kDropped || event.kind == Kind::kRenamedTo) {
        at++->second.dropped = event.kind == Kind::kDropped;
      } else if (event.kind == Kind::kCreated || state.dropped) {
        MakeAnew(event, name, state.created);
        at = slot_.tables.erase(at);
      } else {
        ++at;
      }
    }
  }

  void TakeColumnEvents(const ColumnEvents& events) override {
    CommitMarked();
    for (const auto& [name, state] : slot_.tables) {
      if (state.source_db != events.db || (!events.table.empty() && state.source_table != events.table)) continue;
      Table& table = TableOf(name);
      table.told = ShapeAfter(table.told, events.events);
      table.prepared = false;
    }
  }

  void Mark(const Position* position) override {
    TakeOpen();
    if (spilled_) SendAll();
    spilled_ = false;
    marked_anything_ = true;
    if (position != nullptr) slot_.position = *position;
  }

  void Commit() override { CommitMarked(); }

  void RollBackToMark() override {
    open_.clear();
    if (!spilled_) return;
    // What was ended before is committed: the open load holds rows of this source transaction only.
    transaction_->Rollback();
    transaction_.reset();
    for (auto& [name, table] : tables_) table->Forget();
    spilled_ = false;
  }

 private:
  struct Table {
    bool prepared = false;
    bool clear = false;  // remove what the target holds, before the changes
    TargetTable shape;
    std::string told = kNothingTold;  // by statements, since it was prepared
    NetChanges net;
    std::vector<const Value*> keyless;  // in order
    bool empty() const { return !clear && net.empty() && keyless.empty(); }
    void Forget() {
      clear = false;
      net.Clear();
      keyless.clear();
    }
  };
  struct OpenChange {
    Table* table;
    RowChange::Kind kind;
    const Value* row;
  };

  Table& TableOf(const std::string& name) {
    auto& table = tables_[name];
    if (!table) {
      table = std::make_unique<Table>();
      table->shape.name = name;
    }
    return *table;
  }

  void TakeDelete(const RowChange& change, Table* table) {
    if (table->shape.key.empty()) FailKeyless(change.table->name);
    open_.push_back({table, RowChange::Kind::kDelete, arena_.Keep(change.before)});
  }

  void TakeUpsert(const RowChange& change, Table* table) {
    const auto& key = table->shape.key;
    if (std::any_of(change.after.begin(), change.after.end(), [](const Value& value) { return value.is_absent(); }))
      Fail(ExitStatus::kData, "StarRocks needs whole rows, and the source writes partial ones (binlog_row_image)", "",
           "set binlog_row_image = FULL at the source");
    if (key.empty() && change.has_before) FailKeyless(change.table->name);
    const bool moves = KeyMoves(key, change);
    if (moves) open_.push_back({table, RowChange::Kind::kDelete, arena_.Keep(change.before)});
    open_.push_back({table, RowChange::Kind::kUpsert, arena_.Keep(change.after)});
  }

  [[noreturn]] static void FailKeyless(const std::string& table) {
    Fail(ExitStatus::kData, "a row of table \"" + table + "\", which has no key, is to be changed", "",
         "StarRocks finds rows by a primary key only: --mode append");
  }

  void MakeAnew(const TableEvent& event, const std::string& name, bool created) {
    tables_.erase(name);
    if (frontend_.Columns(name).empty()) return;
    if (created)
      frontend_.DropTable(name);
    else
      frontend_.RemoveAllRows(name);
    LogNote("the source made table " + event.db + "." + event.table + " anew: the old rows of \"" + name +
            "\" are removed");
  }

  /// The table's rows that wait have the old shape, so they go first.
  void Prepare(const TargetTable& shape, Table* table) {
    if (spilled_) {
      TakeOpen();
      SendTable(table);
    } else {
      CommitMarked();
    }
    for (OpenChange& change : open_)
      if (change.table == table) change.row = Reshape(change.row, table->shape, shape, Value::Null(), arena_);
    SlotTableState& state = slot_.tables[shape.name];
    const std::string wanted = ShapeOf(shape);
    auto present = frontend_.Columns(shape.name);
    const auto clears = [&](const OpenChange& change) {
      return change.table == table && change.kind == RowChange::Kind::kTruncate;
    };
    const bool is_cleared = table->clear || std::any_of(open_.begin(), open_.end(), clears);
    if (is_cleared && ddl_.applies() && state.created && state.shape != wanted && !present.empty()) {
      // Rows that are about to go need not fit the new shape.
      frontend_.DropTable(shape.name);
      present.clear();
    }
    if (present.empty()) {
      ddl_.CheckMayCreate(shape.name, "");
      frontend_.CreateTable(shape);
      state.created = true;
      table->clear = false;
      open_.erase(std::remove_if(open_.begin(), open_.end(), clears), open_.end());
    } else {
      FollowShape(shape, state, wanted, present, table->told);
    }
    state.shape = wanted;
    state.rows = rows_option_;
    state.source_db = shape.source_db;
    state.source_table = shape.source_table;
    state.dropped = false;
    table->shape = shape;
    table->told = kNothingTold;
    table->net.SetKey(shape.key, shape.columns.size());
    table->prepared = true;
  }

  void FollowShape(const TargetTable& shape, const SlotTableState& state, const std::string& wanted,
                   const std::vector<Frontend::Column>& present, const std::string& told) {
    KnownTable known;
    known.shape = told;
    std::vector<size_t> missing;
    size_t keys = 0;
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      const std::string name = ColumnName(shape.columns[i]);
      const auto found = std::find_if(present.begin(), present.end(), [&](const auto& c) { return c.name == name; });
      if (found == present.end())
        missing.push_back(i);
      else if (IsMadeAnew(shape.columns[i], known, shape))
        WarnOfStaleRows(shape.name, shape.columns[i].name);
      if (IsInKey(shape, i) != (found != present.end() && found->is_key))
        FailShape(shape, "it has not that primary key");
      if (IsInKey(shape, i)) ++keys;
      const std::string column = name + " " + ColumnType(shape.columns[i], IsInKey(shape, i)) + ", ";
      const bool is_known = (", " + state.shape).find(", " + name + " ") != std::string::npos;
      if (state.created && is_known && (", " + state.shape).find(", " + column) == std::string::npos)
        FailShape(shape, "the source has made column \"" + name + "\" " + ColumnType(shape.columns[i], false));
    }
    const auto is_key = [](const Frontend::Column& column) { return column.is_key; };
    if (keys != static_cast<size_t>(std::count_if(present.begin(), present.end(), is_key)))
      FailShape(shape, "it has not that primary key");
    if (missing.empty()) return;
    std::vector<MissingColumn> columns;
    for (const size_t i : missing) columns.push_back({ColumnName(shape.columns[i]), false, "add it, or: --ddl apply"});
    ddl_.LeavesOut(shape.name, columns);
    frontend_.AddColumns(shape, missing);
    for (const size_t i : missing)
      if (OlderRowsIn(shape.columns[i], known, shape).kind != OlderRows::Kind::kNull)
        WarnOfOlderRows(shape.name, shape.columns[i].name);
    LogNote("table \"" + shape.name + "\" has " + std::to_string(missing.size()) + " columns more: " + wanted);
  }

  [[noreturn]] static void FailShape(const TargetTable& shape, const std::string& why) {
    std::string key;
    for (const size_t column : shape.key) key += (key.empty() ? "" : ", ") + shape.columns[column].name;
    Fail(ExitStatus::kConfig, "table \"" + shape.name + "\" of the target does not fit: " + why,
         "the source's key is (" + key + ")",
         "a new snapshot makes it anew: once binlog-tail --snapshot initial without --resume-from, into the same slot");
  }

  /// What came since Begin joins what is to be sent.
  void TakeOpen() {
    for (const OpenChange& change : open_) {
      Table& table = *change.table;
      if (change.kind == RowChange::Kind::kTruncate) {
        table.Forget();
        table.clear = true;
      } else if (table.shape.key.empty()) {
        table.keyless.push_back(change.row);
      } else if (change.kind == RowChange::Kind::kDelete) {
        table.net.Delete(change.row);
      } else {
        table.net.Upsert(change.row, arena_);
      }
    }
    open_.clear();
  }

  /// What is ended is committed; what is open goes into a load transaction of its own.
  void Spill() {
    if (!spilled_) {
      std::vector<OpenChange> open;
      open.swap(open_);
      CommitMarked(true);
      open_.swap(open);
      spilled_ = true;
    }
    TakeOpen();
    for (auto& [name, table] : tables_)
      if (!table->net.empty() || !table->keyless.empty()) SendTable(table.get());
    arena_.Reset();
  }

  LoadTransaction& Transaction() {
    if (transaction_) return *transaction_;
    CheckOwner();
    transaction_ = std::make_unique<LoadTransaction>(client_, multi_, LabelOf(nonce_, slot_.slot, slot_.sequence + 1));
    return *transaction_;
  }

  /// StarRocks forgets labels after some days; a copy that slept for longer must see it by the row.
  void CheckOwner() {
    const auto stored = frontend_.ReadSlot(slot_.slot);
    if (stored && stored->epoch == slot_.epoch && stored->sequence == slot_.sequence) return;
    Fail(ExitStatus::kTempFail,
         "slot \"" + slot_.slot + "\" of " + place_.name + " was taken over by another cdc-apply",
         "nothing of this copy was lost or doubled");
  }

  void SendAll() {
    for (auto& [name, table] : tables_) SendTable(table.get());
  }

  void SendTable(Table* table) {
    if (table->empty()) return;
    const TargetTable& shape = table->shape;
    try {
      if (!table->prepared) return ClearUnseen(table);
      TableRows rows(shape, [this](const LoadRows& body) { Transaction().Load(body); });
      if (table->clear) Clear(shape, &rows);
      for (const auto& change : table->net.changes()) rows.Add(change.row, change.is_delete);
      for (const Value* row : table->keyless) rows.Add(row, false);
      rows.Finish();
    } catch (Failure& failure) {
      failure.error().what = "table \"" + shape.name + "\": " + failure.error().what;
      if (transaction_ && transaction_->is_open()) AbandonTransaction();
      throw;
    }
    table->Forget();
  }

  /// The first failure is the one to be shown.
  void AbandonTransaction() {
    try {
      transaction_->Rollback();
    } catch (const Failure&) {
    }
    transaction_.reset();
  }

  void Clear(const TargetTable& shape, TableRows* rows) {
    if (shape.key.empty()) return frontend_.RemoveAllRows(shape.name);
    frontend_.VisitKeys(shape, [&](const std::vector<std::string_view>& key) { rows->AddDelete(key); });
    rows->Finish();
  }

  /// A table of an earlier run that a snapshot empties and has no row for.
  void ClearUnseen(Table* table) {
    TargetTable shape;
    shape.name = table->shape.name;
    for (const auto& column : frontend_.Columns(shape.name)) {
      if (!column.is_key) continue;
      shape.key.push_back(shape.columns.size());
      shape.columns.emplace_back().name = column.name;
    }
    TableRows rows(shape, [this](const LoadRows& body) { Transaction().Load(body); });
    if (!shape.key.empty() || !frontend_.Columns(shape.name).empty()) Clear(shape, &rows);
    table->Forget();
  }

  /// `keep_rows`: there are open ones elsewhere than in open_.
  void CommitMarked(bool keep_rows = false) {
    // With rows of an open source transaction in the load there is no commit before its mark.
    if (spilled_ || !marked_anything_) return;
    SendAll();
    LoadTransaction& transaction = Transaction();
    ++slot_.sequence;
    transaction.Commit(&slot_);
    transaction_.reset();
    marked_anything_ = false;
    if (open_.empty() && !keep_rows) arena_.Reset();
  }

  Place place_;
  Frontend frontend_;
  LoadClient client_;
  bool multi_;
  DdlRule ddl_;
  std::string rows_option_;
  std::string nonce_;
  SlotRow slot_;
  RowArena arena_;
  std::vector<OpenChange> open_;
  std::unordered_map<std::string, std::unique_ptr<Table>> tables_;
  std::unique_ptr<LoadTransaction> transaction_;
  bool opened_ = false;
  bool spilled_ = false;  // rows of the open source transaction are loaded
  bool marked_anything_ = false;
};

}  // namespace
}  // namespace starrocks

std::unique_ptr<Sink> OpenStarrocksSink(const TargetUrl& url) {
  return std::make_unique<starrocks::StarrocksSink>(url);
}

}  // namespace cdc::apply
