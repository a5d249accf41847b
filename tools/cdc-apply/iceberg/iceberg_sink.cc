#include "tools/cdc-apply/iceberg/iceberg_sink.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "common/error.h"
#include "common/log.h"
#include "common/nearest.h"
#include "tools/cdc-apply/iceberg/parquet.h"
#include "tools/cdc-apply/iceberg/place.h"
#include "tools/cdc-apply/iceberg/table.h"
#include "tools/cdc-apply/reshape.h"
#include "tools/cdc-apply/slot_errors.h"

namespace cdc::apply {
namespace iceberg {
namespace {

constexpr auto kCommitAfter = std::chrono::seconds(60);
constexpr uint64_t kCommitBytes = 256 << 20;
// Rows beyond this go to files before their commit.
constexpr size_t kSpillBytes = 48 << 20;
constexpr int kMostTries = 12;

/// Rows wait until the commit, those of ended source transactions reduced to one change a key. Each commit is one
/// snapshot of each table that changed.
class IcebergSink : public Sink {
 public:
  IcebergSink(IcebergPlace place, bool read_only)
      : place_(std::move(place)), catalog_(OpenCatalog(place_, read_only)) {}

  CommitPace pace() const override { return {kCommitAfter, kCommitBytes, UINT64_MAX, false}; }
  bool wants_whole_rows() const override { return true; }
  bool can_compare_rows() const override { return false; }
  bool CanApply(ApplyMode mode) const override { return mode != ApplyMode::kVersions; }

  void TakeRowsOption(const std::string& option) override { rows_option_ = option; }

  std::optional<Position> OpenSlot(const std::string& slot) override {
    slot_ = slot;
    // Before an older copy is put out of the slot: options that are refused leave it alone.
    for (const std::string& name : catalog_->Tables()) {
      const auto state = catalog_->Load(name);
      if (!state) continue;
      if (!CurrentSnapshot(state->metadata).is_null()) had_rows_.insert(name);
      if (Property(state->metadata, "cdc.slot") == slot)
        CheckRowsOption(name, slot, Property(state->metadata, "cdc.rows-option"), rows_option_);
    }
    const auto position = catalog_->OpenSlot(slot);
    // Once more: until then the older copy may have made tables, and committed to those that were there.
    for (const std::string& name : catalog_->Tables()) {
      const auto state = catalog_->Load(name);
      if (!state || Property(state->metadata, "cdc.slot") != slot) continue;
      Entry& entry = EntryOf(name);
      entry.table.TakeState(*state);
      entry.ahead = entry.table.StoredPosition();
      // What the slot has is dropped before it comes here.
      if (position && entry.ahead && ComparePositions(*entry.ahead, *position) != PositionOrder::kAfter)
        entry.ahead.reset();
    }
    return position;
  }

  std::optional<Position> ReadPosition(const std::string& slot) override { return catalog_->ReadPosition(slot); }

  void Begin(const Position* position) override {
    open_.clear();
    for (auto& [name, entry] : entries_) {
      const auto order =
          position != nullptr && entry->ahead ? ComparePositions(*position, *entry->ahead) : PositionOrder::kAfter;
      entry->has_it = order == PositionOrder::kBefore || order == PositionOrder::kEqual;
    }
  }

  void ClearTables(const TableScope& scope) override {
    for (auto& [name, entry] : entries_) {
      const bool meant = scope.kind == TableScope::Kind::kAll ||
                         (entry->table.source_db() == scope.db && entry->table.source_table() == scope.table);
      if (!meant || entry->table.slot() != slot_) continue;
      if (entry->has_it && !scope.is_filled_anew) continue;
      open_.push_back({entry.get(), RowChange::Kind::kTruncate, nullptr, nullptr});
      if (scope.is_filled_anew) {
        entry->ahead.reset();
        entry->has_it = false;
      }
      scope.Note(name);
    }
  }

  bool Delivers(const std::string& db, const std::string& table) override {
    return std::any_of(entries_.begin(), entries_.end(), [&](const auto& named) {
      const Table& known = named.second->table;
      return known.slot() == slot_ && known.source_db() == db && (table.empty() || known.source_table() == table);
    });
  }

  void Apply(const RowChange& change) override {
    Entry& entry = EntryOf(change.table->name);
    if (entry.has_it) return;
    if (!entry.table.is_prepared() || change.table_changed) Prepare(*change.table, &entry);
    CheckCanApply(change);
    const auto keep = [&](const std::vector<Value>& row) { return row.empty() ? nullptr : arena_.Keep(row); };
    open_.push_back({&entry, change.kind, change.has_before ? keep(change.before) : nullptr, keep(change.after)});
    if (arena_.bytes() >= kSpillBytes) Spill();
  }

  void CheckRow(const RowChange& change) override {
    std::string scratch;
    for (const auto* row : {&change.before, &change.after})
      for (size_t i = 0; i < row->size(); ++i) {
        const TargetColumn& column = change.table->columns[i];
        if (!(*row)[i].is_absent()) CellOf((*row)[i], column, FieldTypeOf(column), &scratch);
      }
  }

  void TakeTableEvent(const TableEvent& event) override {
    using Kind = TableEvent::Kind;
    for (auto& [name, entry] : entries_) {
      Table& table = entry->table;
      if (table.slot() != slot_ || table.source_db() != event.db) continue;
      if (!event.table.empty() && table.source_table() != event.table) continue;
      if (event.kind == Kind::kDropped || event.kind == Kind::kRenamedTo) {
        table.SetDropped(event.kind == Kind::kDropped);
      } else if (event.kind == Kind::kCreated || table.is_dropped()) {
        CommitMarked();
        if (table.is_dropped()) table.SetDropped(false);
        open_.push_back({entry.get(), RowChange::Kind::kTruncate, nullptr, nullptr});
        LogNote("the source made table " + event.db + "." + event.table + " anew: the old rows of \"" + name +
                "\" are removed");
      }
    }
  }

  void TakeColumnEvents(const ColumnEvents& events) override {
    CommitMarked();
    for (auto& [name, entry] : entries_) {
      Table& table = entry->table;
      const bool is_meant =
          table.source_db() == events.db && (events.table.empty() || table.source_table() == events.table);
      if (table.slot() == slot_ && is_meant && !entry->has_it) table.TakeColumnEvents(events.events);
    }
  }

  void Mark(const Position* position) override {
    TakeOpen();
    spilled_ = false;
    marked_anything_ = true;
    if (position != nullptr) marked_ = *position;
    if (arena_.bytes() < kSpillBytes) return;
    FlushAll(true);
    arena_.Reset();
  }

  void Commit() override {
    CommitMarked();
    if (open_.empty()) arena_.Reset();
  }

  void RollBackToMark() override {
    open_.clear();
    // What was marked was committed before the first row of an open transaction went to a file.
    if (spilled_)
      for (auto& [name, entry] : entries_) entry->table.Forget();
    spilled_ = false;
  }

 private:
  struct Entry {
    Entry(Catalog& catalog, const std::string& name, TableOptions given)
        : options(std::move(given)), table(catalog, name, options) {}
    TableOptions options;
    Table table;
    std::optional<Position> ahead;  // where the table is, if a step that was interrupted has brought it past the slot
    bool has_it = false;            // the source transaction under way
  };
  struct OpenChange {
    Entry* entry;
    RowChange::Kind kind;
    const Value* before;
    const Value* after;
  };

  Entry& EntryOf(const std::string& name) {
    auto& entry = entries_[name];
    if (!entry) {
      TableOptions options;
      options.slot = slot_;
      options.rows_option = rows_option_;
      options.file_bytes = place_.file_bytes;
      if (const auto found = place_.partitions.find(name); found != place_.partitions.end())
        options.partition = found->second;
      else
        options.near_partition = NearPartition(name);
      entry = std::make_unique<Entry>(*catalog_, name, options);
    }
    return *entry;
  }

  /// A name that is given partitions and is nearly this one. Tables that are told apart by a number are none; neither
  /// is one that had rows before this run: what this run has made so far depends on the order of its tables.
  std::string NearPartition(const std::string& name) const {
    constexpr size_t kShortest = 4, kMostEdits = 2;
    const auto plain = [](std::string text) {
      std::string out;
      for (const char c : text)
        if (c < '0' || c > '9') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return out;
    };
    for (const auto& [given, transforms] : place_.partitions) {
      const bool is_numbered =
          plain(given) == plain(name) && given.size() == name.size() &&
          !std::equal(given.begin(), given.end(), name.begin(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
      if (had_rows_.count(given) > 0 || is_numbered || name.size() < kShortest) continue;
      if (EditDistance(plain(given), plain(name)) <= kMostEdits) return given;
    }
    return "";
  }

  void Prepare(const TargetTable& shape, Entry* entry) {
    // Rows that wait have the old shape.
    if (spilled_) {
      TakeOpen();
      entry->table.Flush(true);
    } else {
      CommitMarked();
    }
    const bool is_cleared = std::any_of(open_.begin(), open_.end(), [&](const OpenChange& change) {
      return change.entry == entry && change.kind == RowChange::Kind::kTruncate;
    });
    for (OpenChange& change : open_) {
      if (change.entry != entry) continue;
      change.before = Reshape(change.before, entry->table.shape(), shape, Value::Null(), arena_);
      change.after = Reshape(change.after, entry->table.shape(), shape, Value::Null(), arena_);
    }
    entry->table.Prepare(shape, is_cleared);
  }

  static void CheckCanApply(const RowChange& change) {
    const TargetTable& table = *change.table;
    if (change.kind == RowChange::Kind::kUpdateAll)
      Fail(ExitStatus::kConfig,
           "a truncation of table \"" + table.name + "\" cannot be kept as deleted rows in Iceberg", "",
           "--deletes hard or ignore, or --mode append");
    if (table.key.empty() &&
        (change.kind == RowChange::Kind::kDelete || (change.kind == RowChange::Kind::kUpsert && change.has_before)))
      Fail(ExitStatus::kConfig,
           "table \"" + table.name +
               "\" has no key: a row of it cannot be changed or deleted in Iceberg, which would "
               "delete all that are equal",
           "", "--mode append keeps its history");
    if (change.kind == RowChange::Kind::kUpsert && IsPartial(change.after))
      Fail(ExitStatus::kData,
           "a row of table \"" + table.name + "\" is not whole, and Iceberg needs whole rows (binlog_row_image)", "",
           "set binlog_row_image = FULL at the source");
  }

  void TakeOpen() {
    for (const OpenChange& change : open_) TakeChange(change);
    open_.clear();
  }

  void TakeChange(const OpenChange& change) {
    Table& table = change.entry->table;
    switch (change.kind) {
      case RowChange::Kind::kTruncate: return table.Clear();
      case RowChange::Kind::kDelete: return table.Delete(change.before);
      case RowChange::Kind::kUpsert: break;
      default: return;
    }
    const auto& key = table.shape().key;
    if (key.empty()) return table.Insert(change.after);
    const bool moved = KeyMoves(key, change.before, change.after);
    if (moved) table.Delete(change.before);
    table.Upsert(change.after, arena_);
  }

  /// Rows of the open source transaction go to files. All that is marked is committed before, so that the open ones can
  /// still be dropped.
  void Spill() {
    if (!spilled_) {
      std::vector<OpenChange> open;
      open.swap(open_);
      CommitMarked();
      open_.swap(open);
      spilled_ = true;
    }
    TakeOpen();
    FlushAll(true);
    arena_.Reset();
  }

  void FlushAll(bool more_follow) {
    for (auto& [name, entry] : entries_) entry->table.Flush(more_follow);
  }

  void CommitMarked() {
    if (spilled_ || !marked_anything_) return;
    FlushAll(false);
    std::vector<Table*> changed;
    for (auto& [name, entry] : entries_)
      if (entry->table.HasChanges()) changed.push_back(&entry->table);
    const Position* position = marked_ ? &*marked_ : nullptr;
    for (int attempt = 1; !TryCommit(&changed, position); ++attempt) {
      if (attempt == kMostTries)
        Fail(ExitStatus::kTempFail,
             "table \"" + changed.front()->name() + "\" was changed by others at each of " +
                 std::to_string(kMostTries) + " tries to commit to it",
             "", "start the pipeline again");
      LogVerbose("a table was changed by another writer; the commit is made anew on top of it");
      std::this_thread::sleep_for(std::chrono::milliseconds(10 << std::min(attempt, 7)));
      for (Table* table : changed) table->Reload();
    }
    marked_anything_ = false;
    marked_.reset();
  }

  /// Leaves in `changed` what is still to be committed.
  bool TryCommit(std::vector<Table*>* changed, const Position* position) {
    std::vector<TableChange> changes;
    for (Table* table : *changed) {
      try {
        changes.push_back(table->NextChange(position, catalog_->epoch()));
      } catch (const Failure& failure) {
        // Others may have expired the snapshot that this commit was to follow.
        if (failure.error().status != ExitStatus::kNoInput || !table->IsOutdated()) throw;
        return false;
      }
    }
    const bool done = catalog_->Commit(changes, position);
    std::vector<Table*> left;
    for (size_t i = 0; i < changes.size(); ++i) {
      if (changes[i].done)
        (*changed)[i]->Committed();
      else
        left.push_back((*changed)[i]);
    }
    *changed = std::move(left);
    return done;
  }

  IcebergPlace place_;
  std::unique_ptr<Catalog> catalog_;
  std::string slot_, rows_option_;
  RowArena arena_;
  std::vector<OpenChange> open_;
  std::map<std::string, std::unique_ptr<Entry>> entries_;
  std::set<std::string> had_rows_;  // tables of the catalog, when the slot was opened
  bool spilled_ = false;            // rows of the open source transaction are in files
  bool marked_anything_ = false;
  std::optional<Position> marked_;
};

}  // namespace
}  // namespace iceberg

std::unique_ptr<Sink> OpenIcebergSink(const TargetPath& target, bool read_only) {
  if (!read_only) iceberg::CheckParquetModule();
  return std::make_unique<iceberg::IcebergSink>(iceberg::ParseIcebergPlace(target), read_only);
}

bool IcebergCatalogExists(const TargetPath& target) {
  const iceberg::IcebergPlace place = iceberg::ParseIcebergPlace(target);
  return place.catalog_file.empty() || access(place.catalog_file.c_str(), F_OK) == 0;
}

}  // namespace cdc::apply
