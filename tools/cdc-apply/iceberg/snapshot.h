#pragma once

#include <string>
#include <vector>

#include "tools/cdc-apply/iceberg/catalog.h"
#include "tools/cdc-apply/iceberg/manifest.h"

namespace cdc::apply::iceberg {

/// A name for a new manifest in the table's folder of metadata.
std::string ManifestLocation(const std::string& folder);

/// A snapshot to be. Its manifests are written once; on which one it follows is settled at each try to commit it.
class Snapshot {
 public:
  /// `files` become manifests, by kind and spec. Specs must be those that the files tell.
  Snapshot(FileStore& store, const Json& metadata, const Schema& schema, const std::vector<PartitionSpec>& specs,
           const std::vector<DataFile>& files);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  void SetSummary(const std::string& name, const std::string& value) { summary_[name] = value; }
  /// The manifests of the snapshot before that stay. Default: all.
  void KeepNone() { keeps_none_ = true; }
  void KeepOnly(std::vector<Manifest> manifests) { kept_ = std::move(manifests), keeps_some_ = true; }
  void SetOperation(const std::string& operation) { summary_["operation"] = operation; }

  /// Writes the manifest list after the current snapshot of `metadata`, and gives the updates that make it current.
  Json UpdatesAfter(const Json& metadata);
  int64_t id() const { return id_; }

  /// What was written for this snapshot, by others too: it goes where the snapshot does not come to be.
  void NoteWritten(const std::string& location) { written_.push_back(location); }
  /// Whether what was written stays when this goes: between a commit and its answer it may be in the table.
  void Keep(bool keep) { keeps_files_ = keep; }
  /// The snapshot is in the table, whose metadata this is: what earlier tries to commit it wrote goes.
  void RemoveLost(const Json& metadata);

 private:
  std::vector<Manifest> KeptManifests(const Json& metadata, const Json& parent);
  void MergeSmall(std::vector<Manifest>* manifests, const Json& metadata);
  FileStore& store_;
  Schema schema_;
  int64_t id_;
  std::string folder_;
  Json summary_;
  std::vector<Manifest> added_, kept_;
  bool keeps_none_ = false, keeps_some_ = false;
  std::vector<std::string> written_;  // manifests and their lists
  int tries_ = 0;
  bool keeps_files_ = false;
};

}  // namespace cdc::apply::iceberg
