#include "tools/cdc-apply/iceberg/snapshot.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/random_uuid.h"

namespace cdc::apply::iceberg {
namespace {

// A commit reads the list of manifests, and a reader each of them: from so many of a kind on they are made one.
constexpr size_t kMostManifests = 100;

}  // namespace

std::string ManifestLocation(const std::string& folder) {
  return folder + "/" + RandomUuid() + "-m.avro";
}

Snapshot::Snapshot(FileStore& store, const Json& metadata, const Schema& schema,
                   const std::vector<PartitionSpec>& specs, const std::vector<DataFile>& files)
    : store_(store),
      schema_(schema),
      id_(NewSnapshotId(metadata)),
      folder_(metadata.at("location").get<std::string>() + "/metadata") {
  std::map<std::pair<bool, int>, std::vector<DataFile>> groups;
  static constexpr const char* kCounts[][2] = {{"added-data-files", "added-records"},
                                               {"added-position-delete-files", "added-position-deletes"},
                                               {"added-equality-delete-files", "added-equality-deletes"}};
  int64_t counts[3][2] = {};
  for (const auto& file : files) {
    groups[{file.content != DataFile::Content::kData, file.spec_id}].push_back(file);
    counts[static_cast<int>(file.content)][0] += 1;
    counts[static_cast<int>(file.content)][1] += file.records;
  }
  const bool has_deletes = counts[1][0] + counts[2][0] > 0;
  summary_["operation"] = has_deletes ? "overwrite" : "append";
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 2; ++j)
      if (counts[i][j] > 0) summary_[kCounts[i][j]] = std::to_string(counts[i][j]);
  if (has_deletes) summary_["added-delete-files"] = std::to_string(counts[1][0] + counts[2][0]);
  for (const auto& [kind, group] : groups) {
    const auto spec = std::find_if(specs.begin(), specs.end(),
                                   [&](const PartitionSpec& other) { return other.id == group.front().spec_id; });
    CDC_CHECK(spec != specs.end(), "a file's spec is one of those given");
    added_.push_back(WriteManifest(store_, ManifestLocation(folder_), schema_, *spec, id_, group, EntryStatus::kAdded));
    NoteWritten(added_.back().location());
  }
}

Snapshot::~Snapshot() {
  if (keeps_files_) return;
  try {
    for (const std::string& location : written_) store_.Remove(location);
  } catch (const Failure& failure) {
    LogVerbose("files of a commit that was not made are left: " + failure.error().what);
  }
}

void Snapshot::RemoveLost(const Json& metadata) {
  keeps_files_ = true;
  if (tries_ < 2) return;
  const Json snapshot = FindSnapshot(metadata, id_);
  if (snapshot.is_null()) return;  // others have expired it already
  // The commit is made: what cannot be tidied up is no error of it.
  try {
    std::set<std::string> used = {snapshot.at("manifest-list").get<std::string>()};
    for (const Manifest& manifest : ReadManifestList(store_, snapshot)) used.insert(manifest.location());
    for (const std::string& location : written_)
      if (used.count(location) == 0) store_.Remove(location);
  } catch (const Failure& failure) {
    LogVerbose("files of earlier tries of a commit are left: " + failure.error().what);
  }
}

std::vector<Manifest> Snapshot::KeptManifests(const Json& metadata, const Json& parent) {
  if (keeps_none_) return {};
  if (keeps_some_) return kept_;
  std::vector<Manifest> manifests = ReadManifestList(store_, parent);
  // One without a living file tells only what its own snapshot removed.
  manifests.erase(std::remove_if(manifests.begin(), manifests.end(), [](const Manifest& m) { return m.files() == 0; }),
                  manifests.end());
  MergeSmall(&manifests, metadata);
  return manifests;
}

void Snapshot::MergeSmall(std::vector<Manifest>* manifests, const Json& metadata) {
  std::map<std::pair<bool, int>, std::vector<size_t>> groups;
  for (size_t i = 0; i < manifests->size(); ++i)
    groups[{(*manifests)[i].holds_deletes(), (*manifests)[i].spec_id()}].push_back(i);
  std::vector<Manifest> merged;
  std::vector<bool> gone(manifests->size());
  for (const auto& [kind, members] : groups) {
    if (members.size() < kMostManifests) continue;
    std::vector<DataFile> files;
    for (const size_t i : members) {
      for (auto& file : ReadManifest(store_, (*manifests)[i])) files.push_back(std::move(file));
      gone[i] = true;
    }
    merged.push_back(WriteManifest(store_, ManifestLocation(folder_), schema_,
                                   ReadPartitionSpec(metadata, kind.second, schema_), id_, files,
                                   EntryStatus::kExisting));
    NoteWritten(merged.back().location());
  }
  for (size_t i = 0; i < manifests->size(); ++i)
    if (!gone[i]) merged.push_back(std::move((*manifests)[i]));
  *manifests = std::move(merged);
}

Json Snapshot::UpdatesAfter(const Json& metadata) {
  const Json parent = CurrentSnapshot(metadata);
  const int64_t sequence_number = metadata.at("last-sequence-number").get<int64_t>() + 1;
  std::vector<Manifest> manifests = added_;
  for (auto& manifest : KeptManifests(metadata, parent)) manifests.push_back(std::move(manifest));
  const std::string list = folder_ + "/snap-" + std::to_string(id_) + "-" + RandomUuid() + ".avro";
  const Json parent_id = parent.is_null() ? Json() : parent.at("snapshot-id");
  int64_t files = 0;
  for (const auto& manifest : manifests)
    if (!manifest.holds_deletes()) files += manifest.files();
  summary_["total-data-files"] = std::to_string(files);
  ++tries_;
  NoteWritten(list);
  WriteManifestList(store_, list, id_, parent_id, sequence_number, std::move(manifests));
  Json snapshot = {{"snapshot-id", id_}};
  if (!parent_id.is_null()) snapshot["parent-snapshot-id"] = parent_id;
  snapshot["sequence-number"] = sequence_number;
  snapshot["timestamp-ms"] = std::max(NowMs(), metadata.at("last-updated-ms").get<int64_t>());
  snapshot["manifest-list"] = list;
  snapshot["summary"] = summary_;
  snapshot["schema-id"] = schema_.id;
  Json updates = Json::array();
  updates.push_back({{"action", "add-snapshot"}, {"snapshot", std::move(snapshot)}});
  updates.push_back({{"action", "set-snapshot-ref"}, {"ref-name", "main"}, {"type", "branch"}, {"snapshot-id", id_}});
  return updates;
}

}  // namespace cdc::apply::iceberg
