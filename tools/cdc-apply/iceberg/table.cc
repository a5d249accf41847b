#include "tools/cdc-apply/iceberg/table.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-apply/added_columns.h"
#include "tools/cdc-apply/slot_errors.h"
#include "tools/cdc-apply/table_definition.h"
#include "tools/cdc-apply/type_change.h"

namespace cdc::apply::iceberg {
std::string DataFolder(const Json& metadata) {
  const std::string folder = Property(metadata, "write.data.path");
  return folder.empty() ? metadata.at("location").get<std::string>() + "/data" : folder;
}

int64_t TargetFileBytes(const Json& metadata, int64_t otherwise) {
  const std::string text = Property(metadata, "write.target-file-size-bytes");
  return text.empty() ? otherwise : std::max<int64_t>(std::strtoll(text.c_str(), nullptr, 10), 1);
}

bool Table::Load() {
  state_ = catalog_.Load(name_);
  return state_.has_value();
}

/// Whether files that are dropped from here on stay: between a commit and its answer they may be in the table.
void Table::KeepFiles(bool keep) {
  if (files_) files_->Keep(keep);
  for (const auto& older : older_files_) older->Keep(keep);
  if (snapshot_) snapshot_->Keep(keep);
}

void Table::Reload() {
  KeepFiles(false);
  const Json schema = state_->metadata.at("current-schema-id"), spec = state_->metadata.at("default-spec-id");
  const std::string position = Known("cdc.position"), epoch = Known("cdc.epoch");
  if (!Load())
    Fail(ExitStatus::kConfig,
         "table \"" + name_ + "\" was removed from the Iceberg catalog while rows were on their way");
  // A copy that does not know yet that its slot was taken over may have been quicker with what we are to add.
  if (Known("cdc.position") != position || Known("cdc.epoch") != epoch)
    Fail(ExitStatus::kTempFail, "table \"" + name_ + "\" was written to by another cdc-apply of the same slot",
         "nothing of this copy was lost or doubled", "start the pipeline again, once");
  if (state_->metadata.at("current-schema-id") != schema || state_->metadata.at("default-spec-id") != spec)
    Fail(ExitStatus::kTempFail, "table \"" + name_ + "\" was altered by others while rows were on their way",
         "nothing of these rows was lost or doubled", "start the pipeline again");
}

bool Table::IsOutdated() {
  const auto newest = catalog_.Load(name_);
  return newest && CurrentSnapshot(newest->metadata) != CurrentSnapshot(state_->metadata);
}

std::string Table::Known(const char* property) const {
  const auto changed = new_properties_.find(property);
  if (changed != new_properties_.end()) return changed->get<std::string>();
  return state_ ? Property(state_->metadata, property) : "";
}

void Table::SetKnown(const char* property, const std::string& value) {
  if (Known(property) != value) new_properties_[property] = value;
}

std::optional<Position> Table::StoredPosition() const {
  if (!state_) return std::nullopt;
  if (const std::string known = Property(state_->metadata, "cdc.position"); !known.empty())
    return Position::Parse(known);
  // Older versions of cdc-apply told it in the snapshots only.
  Json snapshot = CurrentSnapshot(state_->metadata);
  while (!snapshot.is_null()) {
    const auto summary = snapshot.find("summary");
    if (summary != snapshot.end() && summary->value("cdc.slot", "") == options_.slot &&
        summary->contains("cdc.position"))
      return Position::Parse((*summary)["cdc.position"].get<std::string>());
    if (!snapshot.contains("parent-snapshot-id")) break;
    snapshot = FindSnapshot(state_->metadata, snapshot["parent-snapshot-id"]);
  }
  return std::nullopt;
}

void Table::Prepare(const TargetTable& shape, bool is_cleared) {
  shape_ = shape;
  if (!state_) Load();
  if (!state_) {
    // A table that has rows is not partitioned any more.
    if (!options_.near_partition.empty())
      Fail(ExitStatus::kUsage,
           "table \"" + name_ + "\" is made, and the target has partition." + options_.near_partition +
               ", of which there was no table with rows before",
           "",
           "did you mean partition." + name_ + "? Where there will be such a table, partition." + name_ +
               "= leaves this one without partitions");
    FittedSchema fitted = FitSchema(nullptr, 0, shape, {}, true);
    PartitionSpec spec = MakePartitionSpec(options_.partition, fitted.schema, name_);
    Json properties = {{"write.parquet.compression-codec", "zstd"},
                       {"write.metadata.delete-after-commit.enabled", "true"},
                       {"write.target-file-size-bytes", std::to_string(options_.file_bytes)}};
    if (!options_.slot.empty()) {
      properties["cdc.slot"] = options_.slot;
      properties["cdc.source-db"] = shape.source_db;
      properties["cdc.source-table"] = shape.source_table;
      properties["cdc.rows-option"] = options_.rows_option;
    }
    state_ = catalog_.Create(name_, fitted.schema, fitted.last_column_id, spec, properties);
  }
  if (!options_.slot.empty()) {
    if (!slot().empty() && slot() != options_.slot)
      FailShared(name_, name_, slot(), "take the property cdc.slot from the table");
    SetKnown("cdc.slot", options_.slot);
    SetKnown("cdc.source-db", shape.source_db);
    SetKnown("cdc.source-table", shape.source_table);
    SetKnown("cdc.rows-option", options_.rows_option);
  }
  schema_ = CurrentSchema(state_->metadata);
  KnownTable known;
  known.noted = known.created = true;
  known.shape = Known("cdc.source-types");
  FittedSchema fitted =
      FitSchema(&schema_, state_->metadata.at("last-column-id"), shape, known, is_cleared || !MayHoldRows());
  CheckPartitions(fitted.schema);
  if (fitted.changed) AddSchema(std::move(fitted));
  if (!is_cleared && MayHoldRows()) TellTypes();
  if (!options_.slot.empty())
    SetKnown("cdc.source-types", ShapeText(shape, std::vector<std::string>(shape.columns.size())));
  spec_ = ReadPartitionSpec(state_->metadata, state_->metadata.at("default-spec-id"), schema_);
  global_spec_ = FindGlobalSpec();
  columns_.clear();
  for (const auto& field : schema_.fields) {
    const size_t column = shape_.Find(field.name);
    columns_.push_back(column < shape_.columns.size() ? static_cast<int>(column) : -1);
  }
  net_.SetKey(shape_.key, shape_.columns.size());
  scratch_.resize(schema_.fields.size());
  cells_.resize(schema_.fields.size());
  is_prepared_ = true;
}

/// The column that a table is partitioned by stays.
void Table::CheckPartitions(const Schema& next) const {
  for (const auto& field : ReadPartitionSpec(state_->metadata, state_->metadata.at("default-spec-id"), schema_).fields)
    if (next.FindId(field.source.id) == nullptr)
      Fail(ExitStatus::kConfig,
           "table \"" + name_ + "\" is partitioned by column \"" + field.source.name +
               "\", which the source has dropped and added anew",
           "", "remove the table from the catalog, then: " + std::string(kSnapshotHint));
}

void Table::TakeColumnEvents(const std::vector<ColumnEvent>& events) {
  SetKnown("cdc.source-types", ShapeAfter(Known("cdc.source-types"), events));
  is_prepared_ = false;
}

/// Files are not written anew where the source's types change and the fields' do not. A history holds what was.
void Table::TellTypes() const {
  const std::string before = Known("cdc.source-types");
  if (before.empty() || options_.rows_option.rfind("--mode append", 0) == 0) return;
  for (const auto& column : shape_.columns) {
    const std::string from = StoredColumnOf(before, column.name).source_type;
    if (from.empty() || column.mysql_type.empty() || KeepsValues(from, column.mysql_type)) continue;
    WarnOfConversion(name_, column.name, {from, column.mysql_type, {}, {}, {}, {}});
  }
}

void Table::AddSchema(FittedSchema fitted) {
  int id = -1;
  for (const auto& known : state_->metadata.at("schemas")) id = std::max(id, known.at("schema-id").get<int>());
  fitted.schema.id = id + 1;
  schema_ = std::move(fitted.schema);
  schema_updates_ = Json::array();
  schema_updates_.push_back(
      {{"action", "add-schema"}, {"schema", schema_.ToJson()}, {"last-column-id", fitted.last_column_id}});
  schema_updates_.push_back({{"action", "set-current-schema"}, {"schema-id", -1}});
}

/// The spec without fields; one is added where a table lacks it and deletes need it.
const PartitionSpec& Table::FindGlobalSpec() {
  if (spec_.fields.empty()) return spec_;
  int id = -1;
  for (const auto& known : state_->metadata.at("partition-specs")) {
    id = std::max(id, known.at("spec-id").get<int>());
    if (!known.at("fields").empty()) continue;
    global_spec_ = {};
    global_spec_.id = known.at("spec-id");
    return global_spec_;
  }
  global_spec_ = {};
  global_spec_.id = id + 1;
  schema_updates_.push_back({{"action", "add-spec"}, {"spec", global_spec_.ToJson()}});
  return global_spec_;
}

bool Table::MayHoldRows() const {
  if (clear_) return false;
  const Json snapshot = CurrentSnapshot(state_->metadata);
  if (snapshot.is_null()) return false;
  // Our own snapshots tell; another writer's may not.
  return snapshot.at("summary").value("total-data-files", "") != "0";
}

bool Table::HasChanges() const {
  return clear_ || !net_.empty() || !inserted_.empty() || files_ || !older_files_.empty() || !new_properties_.empty();
}

void Table::Clear() {
  net_.Clear();
  inserted_.clear();
  files_.reset();
  older_files_.clear();
  written_.clear();
  clear_ = true;
}

void Table::Forget() {
  Clear();
  clear_ = false;
  new_properties_ = Json::object();
  snapshot_.reset();
}

FileLayout Table::Layout() const {
  FileLayout layout;
  layout.schema = schema_;
  layout.spec = spec_;
  layout.global_spec = global_spec_;
  for (const size_t column : shape_.key) layout.key.push_back(schema_.Find(shape_.columns[column].name)->id);
  layout.folder = DataFolder(state_->metadata);
  layout.file_bytes = TargetFileBytes(state_->metadata, options_.file_bytes);
  return layout;
}

void Table::FillCells(const Value* row, bool key_only) {
  for (size_t i = 0; i < cells_.size(); ++i) {
    const int column = columns_[i];
    const bool wanted = column >= 0 && (!key_only || std::find(shape_.key.begin(), shape_.key.end(),
                                                               static_cast<size_t>(column)) != shape_.key.end());
    cells_[i] =
        wanted ? CellOf(row[column], shape_.columns[static_cast<size_t>(column)], schema_.fields[i].type, &scratch_[i])
               : Cell();
  }
}

/// The row of this key goes, wherever it is. cells_ hold at least the key.
void Table::DeleteKey(const Value* row) {
  if (may_hold_rows_) files_->DeleteOlder(cells_);
  if (written_.empty()) return;
  key_bytes_.clear();
  for (const size_t column : shape_.key) AppendKeyBytes(key_bytes_, row[column]);
  const auto found = written_.find(key_bytes_);
  if (found == written_.end()) return;
  files_->Delete(found->second);
  written_.erase(found);
}

void Table::WriteRow(const Value* row, bool more_follow) {
  FillCells(row, false);
  if (!shape_.key.empty()) DeleteKey(row);
  const RowFiles::Place place = files_->AddRow(cells_);
  if (!more_follow || shape_.key.empty()) return;
  key_bytes_.clear();
  for (const size_t column : shape_.key) AppendKeyBytes(key_bytes_, row[column]);
  written_[key_bytes_] = place;
}

void Table::Flush(bool more_follow) {
  if (net_.empty() && inserted_.empty()) return;
  may_hold_rows_ = MayHoldRows();
  const FileLayout layout = Layout();
  if (files_ && files_->layout().schema.fields != layout.schema.fields) {
    // Rows of an older shape within the same commit: the same source transaction changed nothing of them, since its
    // statement ended it.
    written_.clear();
    older_files_.push_back(std::move(files_));
  }
  if (!files_) files_ = std::make_unique<RowFiles>(catalog_.files(), layout);
  try {
    for (const auto& change : net_.changes()) {
      if (!change.is_delete) {
        WriteRow(change.row, more_follow);
        continue;
      }
      FillCells(change.row, true);
      DeleteKey(change.row);
    }
    for (const Value* row : inserted_) WriteRow(row, more_follow);
  } catch (Failure& failure) {
    failure.error().what = "table \"" + name_ + "\": " + failure.error().what;
    throw;
  }
  net_.Clear();
  inserted_.clear();
}

TableChange Table::NextChange(const Position* position, int64_t epoch) {
  std::vector<DataFile> files;
  for (const auto& older : older_files_)
    for (const auto& file : older->Finish()) files.push_back(file);
  if (files_)
    for (const auto& file : files_->Finish()) files.push_back(file);
  KeepFiles(true);
  const bool makes_snapshot = !files.empty() || clear_;
  if (makes_snapshot && !snapshot_) {
    snapshot_ = std::make_unique<Snapshot>(catalog_.files(), state_->metadata, schema_,
                                           std::vector{spec_, global_spec_}, files);
    if (clear_) {
      snapshot_->KeepNone();
      snapshot_->SetOperation(files.empty() ? "delete" : "overwrite");
    }
  }
  TableChange change;
  change.base = &*state_;
  change.updates = schema_updates_;
  Json properties = new_properties_;
  if (makes_snapshot && position != nullptr) {
    properties["cdc.position"] = position->ToJson();
    properties["cdc.epoch"] = std::to_string(epoch);
  }
  if (!properties.empty()) change.updates.push_back({{"action", "set-properties"}, {"updates", properties}});
  if (!makes_snapshot) return change;
  if (position != nullptr) {
    snapshot_->SetSummary("cdc.slot", options_.slot);
    snapshot_->SetSummary("cdc.position", position->ToJson());
    snapshot_->SetSummary("cdc.epoch", std::to_string(epoch));
  }
  for (auto& update : snapshot_->UpdatesAfter(state_->metadata)) change.updates.push_back(std::move(update));
  snapshot_->Keep(true);
  return change;
}

void Table::Committed() {
  KeepFiles(true);
  if (snapshot_) snapshot_->RemoveLost(state_->metadata);
  files_.reset();
  older_files_.clear();
  written_.clear();
  snapshot_.reset();
  clear_ = false;
  schema_updates_ = Json::array();
  new_properties_ = Json::object();
}

}  // namespace cdc::apply::iceberg
