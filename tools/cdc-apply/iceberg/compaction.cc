#include "tools/cdc-apply/iceberg/compaction.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_set>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/iceberg/delete_index.h"
#include "tools/cdc-apply/iceberg/row_files.h"
#include "tools/cdc-apply/iceberg/snapshot.h"
#include "tools/cdc-apply/iceberg/table.h"

namespace cdc::apply::iceberg {
namespace {

constexpr int kMostPlans = 5, kMostTries = 20;

struct LiveFiles {
  std::vector<DataFile> data, deletes;
};

/// The files that are to be written anew: those that deletes may apply to, so that no delete is needed any more, and
/// small ones that may become one with another of their partition.
std::vector<DataFile> FilesToRewrite(const LiveFiles& files, const Json& metadata, int64_t file_bytes) {
  struct Group {
    std::vector<const DataFile*> deleted_from, small;
  };
  std::map<std::pair<int, std::string>, Group> groups;
  for (const DataFile& data : files.data) {
    const bool has_deletes = std::any_of(files.deletes.begin(), files.deletes.end(),
                                         [&](const DataFile& deletes) { return MayApply(data, deletes, metadata); });
    Group& group = groups[{data.spec_id, data.partition.dump(-1, ' ', false, Json::error_handler_t::replace)}];
    if (has_deletes)
      group.deleted_from.push_back(&data);
    else if (data.bytes < file_bytes / 4 * 3)
      group.small.push_back(&data);
  }
  std::vector<DataFile> chosen;
  for (const auto& [partition, group] : groups) {
    for (const DataFile* file : group.deleted_from) chosen.push_back(*file);
    if (group.deleted_from.size() + group.small.size() > 1)
      for (const DataFile* file : group.small) chosen.push_back(*file);
  }
  return chosen;
}

class Compaction {
 public:
  Compaction(Catalog& catalog, TableState state, int64_t file_bytes)
      : catalog_(catalog), state_(std::move(state)), file_bytes_(file_bytes) {}

  /// False: others have changed what was planned on.
  bool Run(CompactionReport* report);

 private:
  LiveFiles ReadLiveFiles();
  const std::vector<DataFile>& FilesOf(const Manifest& manifest);
  void Rewrite(const std::vector<DataFile>& files);
  bool Commit();
  bool CanStillReplace();
  std::vector<Manifest> ManifestsWithoutRemoved(Snapshot* snapshot);
  std::vector<Manifest> WithoutRemoved(const Manifest& manifest, Snapshot* snapshot);
  PartitionSpec SpecOf(int spec_id) const { return ReadPartitionSpec(state_.metadata, spec_id, schema_); }

  Catalog& catalog_;
  TableState state_;
  int64_t file_bytes_;
  Schema schema_;
  LiveFiles planned_;
  std::unordered_set<std::string> removed_;  // locations
  // By location, so that a try after a commit of others reads and writes what is new only.
  std::map<std::string, std::vector<DataFile>> known_files_;
  std::map<std::string, std::vector<Manifest>> without_removed_;
  std::unique_ptr<RowFiles> rows_;
};

const std::vector<DataFile>& Compaction::FilesOf(const Manifest& manifest) {
  const auto [found, is_new] = known_files_.try_emplace(manifest.location());
  if (is_new) found->second = ReadManifest(catalog_.files(), manifest);
  return found->second;
}

LiveFiles Compaction::ReadLiveFiles() {
  LiveFiles files;
  for (const Manifest& manifest : ReadManifestList(catalog_.files(), CurrentSnapshot(state_.metadata)))
    for (const DataFile& file : FilesOf(manifest))
      (file.content == DataFile::Content::kData ? files.data : files.deletes).push_back(file);
  return files;
}

bool Compaction::Run(CompactionReport* report) {
  *report = {};
  const Json snapshot = CurrentSnapshot(state_.metadata);
  if (snapshot.is_null()) return true;
  schema_ = CurrentSchema(state_.metadata);
  planned_ = ReadLiveFiles();
  const std::vector<DataFile> chosen = FilesToRewrite(planned_, state_.metadata, file_bytes_);
  if (chosen.empty() && planned_.deletes.empty()) return true;
  for (const DataFile& file : chosen) {
    removed_.insert(file.location);
    report->files_before += 1;
    report->bytes_before += file.bytes;
  }
  for (const DataFile& file : planned_.deletes) removed_.insert(file.location);
  report->delete_files = static_cast<int64_t>(planned_.deletes.size());
  Rewrite(chosen);
  if (!Commit()) return false;
  for (const DataFile& file : rows_->Finish()) {
    report->files_after += 1;
    report->bytes_after += file.bytes;
  }
  return true;
}

void Compaction::Rewrite(const std::vector<DataFile>& files) {
  FileStore& store = catalog_.files();
  FileLayout layout;
  layout.schema = schema_;
  layout.spec = SpecOf(state_.metadata.at("default-spec-id"));
  layout.folder = DataFolder(state_.metadata);
  layout.file_bytes = file_bytes_;
  rows_ = std::make_unique<RowFiles>(store, std::move(layout));
  DeleteIndex index(store, schema_, state_.metadata);
  for (const DataFile& deletes : planned_.deletes) index.Add(deletes);
  std::vector<ParquetColumn> columns;
  for (const Field& field : schema_.fields) columns.push_back({field.name, field.id, field.type, field.required});
  std::vector<Cell> row;
  for (const DataFile& file : files) {
    index.BeginFile(file);
    const std::string path = store.LocalCopyOf(file.location);
    {
      const auto reader = OpenParquetReader(path, columns);
      int64_t number = 0;
      while (const Cell* cells = reader->Next()) {
        if (index.IsDeleted(number++, cells)) continue;
        row.assign(cells, cells + columns.size());
        rows_->AddRow(row);
      }
    }
    store.FinishReading(path);
  }
}

/// What was read is still what the rows are made of: its files are there, and nobody has deleted rows of them by their
/// numbers. Deletes by key that came meanwhile hold for the new files as well, which have the old sequence number.
bool Compaction::CanStillReplace() {
  const LiveFiles now = ReadLiveFiles();
  size_t found = 0;
  for (const auto* list : {&now.data, &now.deletes})
    for (const DataFile& file : *list) found += removed_.count(file.location);
  if (found != removed_.size()) return false;
  for (const DataFile& file : now.deletes) {
    if (file.content != DataFile::Content::kPositionDeletes || removed_.count(file.location) != 0) continue;
    for (const std::string& named : FilesNamedBy(catalog_.files(), file))
      if (removed_.count(named) != 0) return false;
  }
  return true;
}

std::vector<Manifest> Compaction::WithoutRemoved(const Manifest& manifest, Snapshot* snapshot) {
  std::vector<DataFile> staying, going;
  for (const DataFile& file : FilesOf(manifest)) (removed_.count(file.location) != 0 ? going : staying).push_back(file);
  if (staying.empty() && going.empty()) return {};
  if (going.empty()) return {manifest};
  const std::string folder = state_.metadata.at("location").get<std::string>() + "/metadata";
  const PartitionSpec spec = SpecOf(manifest.spec_id());
  std::vector<Manifest> manifests;
  const auto write = [&](const std::vector<DataFile>& files, EntryStatus status) {
    if (files.empty()) return;
    manifests.push_back(
        WriteManifest(catalog_.files(), ManifestLocation(folder), schema_, spec, snapshot->id(), files, status));
    snapshot->NoteWritten(manifests.back().location());
  };
  write(staying, EntryStatus::kExisting);
  write(going, EntryStatus::kDeleted);
  return manifests;
}

std::vector<Manifest> Compaction::ManifestsWithoutRemoved(Snapshot* snapshot) {
  std::vector<Manifest> kept;
  for (const Manifest& manifest : ReadManifestList(catalog_.files(), CurrentSnapshot(state_.metadata))) {
    const auto [found, is_new] = without_removed_.try_emplace(manifest.location());
    if (is_new) found->second = WithoutRemoved(manifest, snapshot);
    kept.insert(kept.end(), found->second.begin(), found->second.end());
  }
  return kept;
}

bool Compaction::Commit() {
  std::vector<DataFile> added = rows_->Finish();
  const int64_t sequence_number = CurrentSnapshot(state_.metadata).at("sequence-number");
  for (DataFile& file : added) file.sequence_number = sequence_number;
  Snapshot snapshot(catalog_.files(), state_.metadata, schema_, {SpecOf(state_.metadata.at("default-spec-id"))}, added);
  snapshot.SetOperation("replace");
  snapshot.SetSummary("deleted-files", std::to_string(removed_.size()));
  for (int attempt = 1;; ++attempt) {
    snapshot.KeepOnly(ManifestsWithoutRemoved(&snapshot));
    std::vector<TableChange> change(1);
    change[0].base = &state_;
    change[0].updates = snapshot.UpdatesAfter(state_.metadata);
    rows_->Keep();
    snapshot.Keep(true);
    if (catalog_.Commit(change, nullptr)) {
      snapshot.RemoveLost(state_.metadata);
      return true;
    }
    rows_->Keep(false);
    snapshot.Keep(false);
    if (attempt == kMostTries) return false;
    LogVerbose("table \"" + state_.name + "\" was changed by another writer; its files are replaced on top of it");
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));  // two that collide are not to keep step
    auto state = catalog_.Load(state_.name);
    if (!state) Fail(ExitStatus::kConfig, "table \"" + state_.name + "\" was removed from the Iceberg catalog");
    state_ = std::move(*state);
    if (!CanStillReplace()) return false;
  }
}

}  // namespace

CompactionReport CompactTable(Catalog& catalog, TableState state, int64_t file_bytes) {
  const std::string name = state.name;
  CompactionReport report;
  for (int attempt = 1; attempt <= kMostPlans; ++attempt) {
    const Json planned_on = CurrentSnapshot(state.metadata);
    std::optional<Failure> missing;
    try {
      if (Compaction(catalog, std::move(state), file_bytes).Run(&report)) return report;
    } catch (const Failure& failure) {
      if (failure.error().status != ExitStatus::kNoInput) throw;
      missing = failure;
    }
    auto newest = catalog.Load(name);
    if (!newest) return {};
    state = std::move(*newest);
    // Others may have expired the snapshot that was read; else a file is truly missing.
    if (missing && CurrentSnapshot(state.metadata) == planned_on) throw *missing;
  }
  Fail(ExitStatus::kTempFail,
       "table \"" + name + "\" was changed by others again and again while its files were rewritten",
       "nothing of it was changed", "try again when it is written to less");
}

}  // namespace cdc::apply::iceberg
