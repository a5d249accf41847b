#include "tools/cdc-apply/iceberg/delete_index.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-apply/iceberg/row_files.h"

namespace cdc::apply::iceberg {
namespace {

bool HasFields(const Json& metadata, int spec_id) {
  for (const auto& spec : metadata.at("partition-specs"))
    if (spec.at("spec-id") == spec_id) return !spec.at("fields").empty();
  return true;
}

/// A file to read, given back at the end.
class LocalFile {
 public:
  LocalFile(FileStore& store, const std::string& location) : store_(store), path_(store.LocalCopyOf(location)) {}
  LocalFile(const LocalFile&) = delete;
  LocalFile& operator=(const LocalFile&) = delete;
  ~LocalFile() { store_.FinishReading(path_); }
  const std::string& path() const { return path_; }

 private:
  FileStore& store_;
  std::string path_;
};

/// `take` gets each row's cells: the path of the file and the number of the row in it.
template <typename Take>
void ReadPositions(FileStore& store, const DataFile& deletes, const Take& take) {
  const LocalFile file(store, deletes.location);
  const auto reader = OpenParquetReader(file.path(), PositionDeleteColumns());
  while (const Cell* cells = reader->Next()) take(cells[0].text, cells[1].integer);
}

}  // namespace

bool IsInScope(const DataFile& data, const DataFile& deletes, const Json& metadata) {
  const bool is_global =
      deletes.content == DataFile::Content::kEqualityDeletes && !HasFields(metadata, deletes.spec_id);
  return is_global || (data.spec_id == deletes.spec_id && data.partition == deletes.partition);
}

bool MayApply(const DataFile& data, const DataFile& deletes, const Json& metadata) {
  const bool is_older = deletes.content == DataFile::Content::kPositionDeletes
                            ? *data.sequence_number <= *deletes.sequence_number
                            : *data.sequence_number < *deletes.sequence_number;
  return is_older && IsInScope(data, deletes, metadata);
}

void DeleteIndex::Add(const DataFile& deletes) {
  if (deletes.content == DataFile::Content::kPositionDeletes)
    AddPositions(deletes);
  else
    AddKeys(deletes);
}

void DeleteIndex::AddPositions(const DataFile& deletes) {
  ReadPositions(store_, deletes, [&](std::string_view path, int64_t row) {
    int64_t& newest = positions_[std::string(path)].try_emplace(row, 0).first->second;
    newest = std::max(newest, *deletes.sequence_number);
  });
}

void DeleteIndex::AddKeys(const DataFile& deletes) {
  std::vector<size_t> fields;
  std::vector<ParquetColumn> columns;
  for (const int id : deletes.equality_ids) {
    const Field* field = schema_.FindId(id);
    if (field == nullptr)
      Fail(ExitStatus::kConfig,
           "\"" + deletes.location + "\" deletes by field " + std::to_string(id) + ", which the table has no more");
    fields.push_back(static_cast<size_t>(field - schema_.fields.data()));
    columns.push_back({field->name, field->id, field->type, false});
  }
  auto set = std::find_if(sets_.begin(), sets_.end(), [&](const KeySet& known) {
    return known.fields == fields && known.sample.spec_id == deletes.spec_id &&
           known.sample.partition == deletes.partition;
  });
  if (set == sets_.end()) {
    sets_.push_back({deletes, fields, {}});
    set = sets_.end() - 1;
  }
  const LocalFile file(store_, deletes.location);
  const auto reader = OpenParquetReader(file.path(), columns);
  std::vector<Cell> row(schema_.fields.size());
  while (const Cell* cells = reader->Next()) {
    for (size_t i = 0; i < fields.size(); ++i) row[fields[i]] = cells[i];
    AppendKey(row.data(), fields);
    int64_t& newest = set->keys.try_emplace(key_, 0).first->second;
    newest = std::max(newest, *deletes.sequence_number);
  }
}

void DeleteIndex::AppendKey(const Cell* cells, const std::vector<size_t>& fields) {
  key_.clear();
  for (const size_t field : fields) {
    const Cell& cell = cells[field];
    key_ += cell.is_null ? '0' : '1';
    if (cell.is_null) continue;
    const std::string bytes = SerializedCell(cell, schema_.fields[field].type);
    key_ += std::to_string(bytes.size()) + ":" + bytes;
  }
}

void DeleteIndex::BeginFile(const DataFile& data) {
  sequence_number_ = *data.sequence_number;
  applying_.clear();
  for (const auto& set : sets_)
    if (IsInScope(data, set.sample, metadata_)) applying_.push_back(&set);
  const auto found = positions_.find(data.location);
  rows_ = found == positions_.end() ? nullptr : &found->second;
}

bool DeleteIndex::IsDeleted(int64_t row, const Cell* cells) {
  if (rows_ != nullptr) {
    const auto found = rows_->find(row);
    if (found != rows_->end() && found->second >= sequence_number_) return true;
  }
  for (const KeySet* set : applying_) {
    AppendKey(cells, set->fields);
    const auto found = set->keys.find(key_);
    if (found != set->keys.end() && found->second > sequence_number_) return true;
  }
  return false;
}

std::unordered_set<std::string> FilesNamedBy(FileStore& store, const DataFile& position_deletes) {
  std::unordered_set<std::string> files;
  ReadPositions(store, position_deletes, [&](std::string_view path, int64_t) { files.emplace(path); });
  return files;
}

}  // namespace cdc::apply::iceberg
