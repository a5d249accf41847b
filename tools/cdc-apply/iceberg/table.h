#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/cdc-apply/iceberg/catalog.h"
#include "tools/cdc-apply/iceberg/row_files.h"
#include "tools/cdc-apply/iceberg/snapshot.h"
#include "tools/cdc-apply/net_changes.h"
#include "tools/cdc-apply/source_statement.h"

namespace cdc::apply::iceberg {

/// Where a table's data files are.
std::string DataFolder(const Json& metadata);
/// At which a data file of the table is ended: as its properties tell, else `otherwise`.
int64_t TargetFileBytes(const Json& metadata, int64_t otherwise);

struct TableOptions {
  std::string slot;
  std::string rows_option;     ///< of which --mode the rows are
  std::string partition;       ///< for a table that is created
  std::string near_partition;  ///< of no table so far, and perhaps meant for this one; empty: none
  int64_t file_bytes = int64_t{512} << 20;
};

/// A table of the slot and what is to become of it in the next commit: changes of ended source transactions, reduced to
/// one a key, and the files that some of them are in already.
class Table {
 public:
  Table(Catalog& catalog, std::string name, const TableOptions& options)
      : catalog_(catalog), name_(std::move(name)), options_(options) {}

  /// As the catalog has it; false if it has none.
  bool Load();
  void TakeState(TableState state) { state_ = std::move(state); }
  const std::string& name() const { return name_; }

  // What the slot knows of it, which stands in the table's properties.
  std::string source_db() const { return Known("cdc.source-db"); }
  std::string source_table() const { return Known("cdc.source-table"); }
  std::string slot() const { return Known("cdc.slot"); }
  bool is_dropped() const { return Known("cdc.dropped") == "true"; }
  /// They are remembered with the next commit.
  void TakeColumnEvents(const std::vector<ColumnEvent>& events);
  void SetDropped(bool dropped) { new_properties_["cdc.dropped"] = dropped ? "true" : "false"; }
  /// Up to where the slot has brought this table; nothing if nowhere.
  std::optional<Position> StoredPosition() const;

  /// Creates the table, or makes its schema that of `shape`. What waits was flushed. `is_cleared`: its rows are to go.
  void Prepare(const TargetTable& shape, bool is_cleared);
  bool is_prepared() const { return is_prepared_; }
  const TargetTable& shape() const { return shape_; }

  void Clear();
  void Upsert(const Value* row, RowArena& arena) { net_.Upsert(row, arena); }
  void Delete(const Value* row) { net_.Delete(row); }
  void Insert(const Value* row) { inserted_.push_back(row); }
  bool HasChanges() const;

  /// Puts the rows that wait into files; they may be gone then. `more_follow`: within the same commit.
  void Flush(bool more_follow);
  /// Drops all that is not committed.
  void Forget();

  /// What makes the changes; to be asked for again if the table was changed by others meanwhile. Flush comes before.
  TableChange NextChange(const Position* position, int64_t epoch);
  /// The change was committed.
  void Committed();
  void Reload();
  /// Whether others have changed the table since it was read: what was its newest snapshot may have no files any more.
  bool IsOutdated();

 private:
  std::string Known(const char* property) const;
  FileLayout Layout() const;
  void AddSchema(FittedSchema fitted);
  void TellTypes() const;
  void CheckPartitions(const Schema& next) const;
  void SetKnown(const char* property, const std::string& value);
  const PartitionSpec& FindGlobalSpec();
  void WriteRow(const Value* row, bool more_follow);
  void DeleteKey(const Value* row);
  bool MayHoldRows() const;
  void FillCells(const Value* row, bool key_only);
  void KeepFiles(bool keep);

  Catalog& catalog_;
  std::string name_;
  const TableOptions& options_;
  std::optional<TableState> state_;
  bool is_prepared_ = false;
  TargetTable shape_;
  Schema schema_;
  std::vector<int> columns_;  // of each field of the schema: column of shape_, or -1
  PartitionSpec spec_, global_spec_;
  Json schema_updates_ = Json::array();
  Json new_properties_ = Json::object();

  bool clear_ = false;
  bool may_hold_rows_ = true;  // older snapshots do
  NetChanges net_;
  std::vector<const Value*> inserted_;
  std::unique_ptr<RowFiles> files_;
  std::vector<std::unique_ptr<RowFiles>> older_files_;        // of this commit, with another schema
  std::unordered_map<std::string, RowFiles::Place> written_;  // keys of rows in files_, while more may follow
  std::unique_ptr<Snapshot> snapshot_;

  std::vector<Cell> cells_;
  std::vector<std::string> scratch_;
  std::string key_bytes_;
};

}  // namespace cdc::apply::iceberg
