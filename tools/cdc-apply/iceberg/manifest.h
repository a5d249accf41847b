#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/cdc-apply/iceberg/file_store.h"
#include "tools/cdc-apply/iceberg/partition.h"

namespace cdc::apply::iceberg {

/// What a manifest says of one data or delete file (specification, "Manifests").
struct DataFile {
  enum class Content { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };
  Content content = Content::kData;
  std::string location;
  Json partition = Json::object();
  int spec_id = 0;
  int64_t records = 0, bytes = 0;
  std::vector<int> equality_ids;
  std::optional<int64_t> sequence_number;  ///< empty: that of the snapshot which adds the file
  int64_t added_by = 0;                    ///< snapshot that added it; when read
};

/// An entry of a manifest list, in its own form, so that what other writers say of a manifest is passed on.
struct Manifest {
  Json entry;
  std::string location() const { return entry.at("manifest_path"); }
  bool holds_deletes() const { return entry.at("content") == 1; }
  int spec_id() const { return entry.at("partition_spec_id"); }
  int64_t sequence_number() const { return entry.at("sequence_number"); }
  int64_t files() const;
};

/// Writes a manifest of files that are of one spec, and all data or all deletes. `are_existing`: they keep the sequence
/// numbers that they have. The entry's sequence numbers are null where they are those of the snapshot to come.
Manifest WriteManifest(FileStore& store, const std::string& location, const Schema& schema, const PartitionSpec& spec,
                       int64_t snapshot_id, const std::vector<DataFile>& files, bool are_existing);

/// The files that live in it, with the sequence numbers that they inherit.
std::vector<DataFile> ReadManifest(FileStore& store, const Manifest& manifest);

/// Of the snapshot; empty for null.
std::vector<Manifest> ReadManifestList(FileStore& store, const Json& snapshot);

/// Null sequence numbers become `sequence_number`.
void WriteManifestList(FileStore& store, const std::string& location, int64_t snapshot_id, const Json& parent_id,
                       int64_t sequence_number, std::vector<Manifest> manifests);

}  // namespace cdc::apply::iceberg
