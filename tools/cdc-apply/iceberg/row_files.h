#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/cdc-apply/iceberg/manifest.h"
#include "tools/cdc-apply/iceberg/parquet.h"

namespace cdc::apply::iceberg {

/// How rows of a table become files.
struct FileLayout {
  Schema schema;
  PartitionSpec spec;         ///< of data files
  PartitionSpec global_spec;  ///< without fields: its equality deletes hold in every partition
  std::vector<int> key;       ///< field ids; empty: no deletes
  std::string folder;         ///< location of data files
  int64_t file_bytes = 0;     ///< a data file is ended at this size, roughly
};

/// A data file's path and the number of a row in it, of the specification's own field ids.
std::vector<ParquetColumn> PositionDeleteColumns();

/// The data and delete files of one commit to a table. Removes what was not taken.
class RowFiles {
 public:
  RowFiles(FileStore& store, FileLayout layout) : store_(store), layout_(std::move(layout)) {}
  RowFiles(const RowFiles&) = delete;
  RowFiles& operator=(const RowFiles&) = delete;
  ~RowFiles();

  /// Where a row went.
  struct Place {
    uint32_t file = 0;
    int64_t row = 0;
  };

  /// `row`: a cell for each field of the schema.
  Place AddRow(const std::vector<Cell>& row);
  /// Older rows of the key of `row` are no more.
  void DeleteOlder(const std::vector<Cell>& row);
  /// A row of this commit is no more.
  void Delete(Place place) { deleted_.push_back(place); }

  /// Complete files. Nothing may be added after.
  const std::vector<DataFile>& Finish();
  /// They belong to a snapshot now, or it is not known whether they do.
  void Keep(bool keep = true) { kept_ = keep; }
  const FileLayout& layout() const { return layout_; }
  bool empty() const { return files_.empty(); }

 private:
  struct OpenFile {
    uint32_t index = 0;  // in files_
    std::string local_path;
    std::unique_ptr<ParquetWriter> writer;
  };
  OpenFile Open(DataFile::Content content, const Partition& partition, int spec_id,
                const std::vector<ParquetColumn>& columns);
  void Close(OpenFile* file);
  void WritePositionDeletes();
  bool KeyHoldsPartition() const;
  std::vector<Cell> SourceCells(const std::vector<Cell>& row) const;

  FileStore& store_;
  FileLayout layout_;
  std::vector<DataFile> files_;
  std::unordered_map<std::string, OpenFile> data_, deletes_;  // by the partition's path
  std::vector<Place> deleted_;
  Partition partition_;  // of the row under way
  std::vector<Cell> key_cells_;
  bool finished_ = false, kept_ = false;
};

}  // namespace cdc::apply::iceberg
