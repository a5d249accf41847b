#include "tools/cdc-apply/iceberg/row_files.h"

#include <algorithm>
#include <map>

#include "common/error.h"
#include "tools/cdc-apply/random_uuid.h"

namespace cdc::apply::iceberg {
namespace {

// A writer that is open holds rows in memory.
constexpr size_t kMostOpenFiles = 32;

// Reserved ids of the specification.
constexpr int kFilePathId = 2147483546, kPositionId = 2147483545;

ParquetColumn ColumnOf(const Field& field) {
  return {field.name, field.id, field.type, field.required};
}

}  // namespace

std::vector<ParquetColumn> PositionDeleteColumns() {
  return {{"file_path", kFilePathId, {FieldType::Kind::kString}, true},
          {"pos", kPositionId, {FieldType::Kind::kLong}, true}};
}

RowFiles::~RowFiles() {
  if (kept_) return;
  data_.clear();
  deletes_.clear();
  try {
    for (const auto& file : files_) store_.Remove(file.location);
  } catch (const Failure&) {
    // A file of no snapshot does no harm.
  }
}

std::vector<Cell> RowFiles::SourceCells(const std::vector<Cell>& row) const {
  std::vector<Cell> cells;
  for (const auto& field : layout_.spec.fields)
    for (size_t i = 0; i < row.size(); ++i)
      if (layout_.schema.fields[i].id == field.source.id) cells.push_back(row[i]);
  return cells;
}

RowFiles::OpenFile RowFiles::Open(DataFile::Content content, const Partition& partition, int spec_id,
                                  const std::vector<ParquetColumn>& columns) {
  static constexpr const char* kSuffixes[] = {"", "-position-deletes", "-deletes"};
  DataFile file;
  file.content = content;
  file.partition = partition.values;
  file.spec_id = spec_id;
  file.location =
      layout_.folder + "/" + partition.path + RandomUuid() + kSuffixes[static_cast<int>(content)] + ".parquet";
  OpenFile open;
  open.index = static_cast<uint32_t>(files_.size());
  open.local_path = store_.LocalPathFor(file.location);
  open.writer = OpenParquetWriter(open.local_path, columns);
  files_.push_back(std::move(file));
  return open;
}

void RowFiles::Close(OpenFile* file) {
  file->writer->Finish();
  files_[file->index].records = file->writer->rows();
  file->writer.reset();
  files_[file->index].bytes = store_.Publish(file->local_path, files_[file->index].location);
}

RowFiles::Place RowFiles::AddRow(const std::vector<Cell>& row) {
  static const Partition kNone;
  const Partition& partition =
      layout_.spec.fields.empty() ? kNone : (partition_ = PartitionOf(layout_.spec, SourceCells(row)));
  auto found = data_.find(partition.path);
  if (found == data_.end()) {
    if (data_.size() >= kMostOpenFiles) {
      for (auto& [path, file] : data_) Close(&file);
      data_.clear();
    }
    std::vector<ParquetColumn> columns;
    for (const auto& field : layout_.schema.fields) columns.push_back(ColumnOf(field));
    found = data_.emplace(partition.path, Open(DataFile::Content::kData, partition, layout_.spec.id, columns)).first;
  }
  OpenFile& file = found->second;
  const Place place{file.index, file.writer->rows()};
  file.writer->Add(row.data());
  if (file.writer->bytes() >= layout_.file_bytes) {
    Close(&file);
    data_.erase(found);
  }
  return place;
}

/// Then the partition of all rows of a key is the same, and is known from the key.
bool RowFiles::KeyHoldsPartition() const {
  return std::all_of(layout_.spec.fields.begin(), layout_.spec.fields.end(), [&](const PartitionField& field) {
    return std::find(layout_.key.begin(), layout_.key.end(), field.source.id) != layout_.key.end();
  });
}

void RowFiles::DeleteOlder(const std::vector<Cell>& row) {
  static const Partition kNone;
  const bool local = KeyHoldsPartition();
  const Partition& partition =
      local && !layout_.spec.fields.empty() ? (partition_ = PartitionOf(layout_.spec, SourceCells(row))) : kNone;
  auto found = deletes_.find(partition.path);
  if (found == deletes_.end()) {
    if (deletes_.size() >= kMostOpenFiles) {
      for (auto& [path, file] : deletes_) Close(&file);
      deletes_.clear();
    }
    std::vector<ParquetColumn> columns;
    for (const auto& field : layout_.schema.fields)
      if (std::find(layout_.key.begin(), layout_.key.end(), field.id) != layout_.key.end())
        columns.push_back(ColumnOf(field));
    const int spec_id = local ? layout_.spec.id : layout_.global_spec.id;
    found =
        deletes_.emplace(partition.path, Open(DataFile::Content::kEqualityDeletes, partition, spec_id, columns)).first;
    files_.back().equality_ids = layout_.key;
  }
  key_cells_.clear();
  for (size_t i = 0; i < row.size(); ++i)
    if (std::find(layout_.key.begin(), layout_.key.end(), layout_.schema.fields[i].id) != layout_.key.end())
      key_cells_.push_back(row[i]);
  found->second.writer->Add(key_cells_.data());
}

/// One file a partition, sorted by file and row, as the specification asks for.
void RowFiles::WritePositionDeletes() {
  std::map<std::string, std::vector<std::pair<std::string, int64_t>>> by_partition;
  std::map<std::string, Json> partitions;
  for (const Place& place : deleted_) {
    const DataFile& file = files_[place.file];
    const std::string key = file.partition.dump(-1, ' ', false, Json::error_handler_t::replace);
    by_partition[key].emplace_back(file.location, place.row);
    partitions[key] = file.partition;
  }
  const std::vector<ParquetColumn> columns = PositionDeleteColumns();
  for (auto& [key, rows] : by_partition) {
    std::sort(rows.begin(), rows.end());
    OpenFile file = Open(DataFile::Content::kPositionDeletes, {partitions[key], ""}, layout_.spec.id, columns);
    for (const auto& [location, row] : rows) {
      Cell cells[2];
      cells[0].is_null = cells[1].is_null = false;
      cells[0].text = location;
      cells[1].integer = row;
      file.writer->Add(cells);
    }
    Close(&file);
  }
}

const std::vector<DataFile>& RowFiles::Finish() {
  if (finished_) return files_;
  for (auto* open : {&data_, &deletes_}) {
    for (auto& [path, file] : *open) Close(&file);
    open->clear();
  }
  WritePositionDeletes();
  finished_ = true;
  return files_;
}

}  // namespace cdc::apply::iceberg
