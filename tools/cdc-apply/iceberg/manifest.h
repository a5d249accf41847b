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
  std::optional<int64_t> sequence_number;       ///< of its rows; empty: that of the snapshot which adds the file
  std::optional<int64_t> file_sequence_number;  ///< of the snapshot which added the file; when read
  int64_t added_by = 0;                         ///< snapshot that added it; when read
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

/// What a snapshot says of a file.
enum class EntryStatus { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// Writes a manifest of files that are of one spec, and all data or all deletes. Existing and deleted ones keep the
/// sequence numbers that they have. The entry's sequence numbers are null where they are those of the snapshot to come.
Manifest WriteManifest(FileStore& store, const std::string& location, const Schema& schema, const PartitionSpec& spec,
                       int64_t snapshot_id, const std::vector<DataFile>& files, EntryStatus status);

/// The files that live in it, with the sequence numbers that they inherit.
std::vector<DataFile> ReadManifest(FileStore& store, const Manifest& manifest);

/// The locations of the files that it names, also those that it tells to be deleted.
std::vector<std::string> FilesOfManifest(FileStore& store, const Manifest& manifest);

/// Of the snapshot; empty for null.
std::vector<Manifest> ReadManifestList(FileStore& store, const Json& snapshot);

/// Null sequence numbers become `sequence_number`.
void WriteManifestList(FileStore& store, const std::string& location, int64_t snapshot_id, const Json& parent_id,
                       int64_t sequence_number, std::vector<Manifest> manifests);

}  // namespace cdc::apply::iceberg
