#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tools/cdc-apply/iceberg/manifest.h"
#include "tools/cdc-apply/iceberg/parquet.h"

namespace cdc::apply::iceberg {

/// Whether rows of both have the same partition, or one that holds all (specification, "Scan Planning").
bool IsInScope(const DataFile& data, const DataFile& deletes, const Json& metadata);
/// Whether rows of `data` may be deleted by `deletes`.
bool MayApply(const DataFile& data, const DataFile& deletes, const Json& metadata);

/// The rows that delete files take from older data files. Holds their keys and positions in memory.
class DeleteIndex {
 public:
  DeleteIndex(FileStore& store, const Schema& schema, const Json& metadata)
      : store_(store), schema_(schema), metadata_(metadata) {}

  void Add(const DataFile& deletes);
  /// Rows are asked for by IsDeleted after.
  void BeginFile(const DataFile& data);
  /// `cells`: of the schema's fields.
  bool IsDeleted(int64_t row, const Cell* cells);

 private:
  /// Keys of one kind that were deleted in one scope, each with the newest sequence number.
  struct KeySet {
    DataFile sample;  // of the scope
    std::vector<size_t> fields;
    std::unordered_map<std::string, int64_t> keys;
  };
  void AddKeys(const DataFile& deletes);
  void AddPositions(const DataFile& deletes);
  void AppendKey(const Cell* cells, const std::vector<size_t>& fields);

  FileStore& store_;
  const Schema& schema_;
  const Json& metadata_;
  std::vector<KeySet> sets_;
  std::unordered_map<std::string, std::unordered_map<int64_t, int64_t>> positions_;  // file → row → sequence number
  // Of the file under way.
  int64_t sequence_number_ = 0;
  std::vector<const KeySet*> applying_;
  const std::unordered_map<int64_t, int64_t>* rows_ = nullptr;
  std::string key_;
};

/// The files that a file of position deletes names.
std::unordered_set<std::string> FilesNamedBy(FileStore& store, const DataFile& position_deletes);

}  // namespace cdc::apply::iceberg
