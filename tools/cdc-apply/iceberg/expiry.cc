#include "tools/cdc-apply/iceberg/expiry.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/iceberg/manifest.h"
#include "tools/cdc-apply/iceberg/metadata.h"

namespace cdc::apply::iceberg {
namespace {

constexpr int kMostTries = 20;

/// The snapshots that a branch keeps: the newest ones, and those that are young enough.
void KeepOfBranch(const Json& metadata, const Json& head, const ExpiryRule& rule, std::set<int64_t>* kept) {
  Json snapshot = FindSnapshot(metadata, head);
  for (int64_t number = 0; !snapshot.is_null(); ++number) {
    const int64_t age = NowMs() - snapshot.at("timestamp-ms").get<int64_t>();
    if (number >= rule.keep_last && age >= rule.older_than.count()) return;
    kept->insert(snapshot.at("snapshot-id").get<int64_t>());
    if (!snapshot.contains("parent-snapshot-id")) return;
    snapshot = FindSnapshot(metadata, snapshot["parent-snapshot-id"]);
  }
}

std::set<int64_t> SnapshotsToKeep(const Json& metadata, const ExpiryRule& rule) {
  std::set<int64_t> kept;
  ExpiryRule at_least_one = rule;
  at_least_one.keep_last = std::max<int64_t>(rule.keep_last, 1);
  if (const Json current = CurrentSnapshot(metadata); !current.is_null())
    KeepOfBranch(metadata, current.at("snapshot-id"), at_least_one, &kept);
  if (const auto refs = metadata.find("refs"); refs != metadata.end())
    for (const auto& [name, ref] : refs->items()) {
      if (ref.value("type", "") == "branch")
        KeepOfBranch(metadata, ref.at("snapshot-id"), at_least_one, &kept);
      else
        kept.insert(ref.at("snapshot-id").get<int64_t>());
    }
  return kept;
}

/// All files that a snapshot is made of.
struct Reached {
  std::set<std::string> lists, manifests, files;
};

/// `known`: what need not be read, since it is kept anyway.
void Reach(FileStore& store, const Json& snapshot, const Reached* known, Reached* reached) {
  const std::string list = snapshot.at("manifest-list");
  if (known != nullptr && known->lists.count(list) != 0) return;
  reached->lists.insert(list);
  for (const Manifest& manifest : ReadManifestList(store, snapshot)) {
    const std::string location = manifest.location();
    if (known != nullptr && known->manifests.count(location) != 0) continue;
    if (!reached->manifests.insert(location).second) continue;
    if (known != nullptr) {
      for (auto& file : FilesOfManifest(store, manifest)) reached->files.insert(std::move(file));
    } else {
      for (auto& file : ReadManifest(store, manifest)) reached->files.insert(std::move(file.location));
    }
  }
}

int64_t RemoveUnreached(FileStore& store, const Json& metadata, const std::set<int64_t>& kept) {
  Reached staying, going;
  for (const Json& snapshot : metadata.at("snapshots"))
    if (kept.count(snapshot.at("snapshot-id").get<int64_t>()) != 0) Reach(store, snapshot, nullptr, &staying);
  for (const Json& snapshot : metadata.at("snapshots"))
    if (kept.count(snapshot.at("snapshot-id").get<int64_t>()) == 0) Reach(store, snapshot, &staying, &going);
  int64_t removed = 0;
  // Data first: whoever dies in between leaves what tells of it.
  for (const auto* pair : {&going.files, &going.manifests, &going.lists}) {
    const auto& others = pair == &going.files       ? staying.files
                         : pair == &going.manifests ? staying.manifests
                                                    : staying.lists;
    for (const std::string& location : *pair) {
      if (others.count(location) != 0) continue;
      store.Remove(location);
      ++removed;
    }
  }
  return removed;
}

}  // namespace

ExpiryReport ExpireSnapshots(Catalog& catalog, TableState state, const ExpiryRule& rule) {
  for (int attempt = 1; attempt <= kMostTries; ++attempt) {
    const Json before = state.metadata;
    const std::set<int64_t> kept = SnapshotsToKeep(before, rule);
    Json ids = Json::array();
    if (before.contains("snapshots"))
      for (const Json& snapshot : before["snapshots"])
        if (kept.count(snapshot.at("snapshot-id").get<int64_t>()) == 0) ids.push_back(snapshot.at("snapshot-id"));
    if (ids.empty()) return {};
    std::vector<TableChange> change(1);
    change[0].base = &state;
    change[0].updates.push_back({{"action", "remove-snapshots"}, {"snapshot-ids", ids}});
    if (catalog.Commit(change, nullptr))
      return {static_cast<int64_t>(ids.size()), RemoveUnreached(catalog.files(), before, kept)};
    LogVerbose("table \"" + state.name + "\" was changed by another writer; its snapshots are looked at again");
    std::this_thread::sleep_for(std::chrono::milliseconds(10 << std::min(attempt, 6)));
    auto newest = catalog.Load(state.name);
    if (!newest) return {};
    state = std::move(*newest);
  }
  Fail(ExitStatus::kTempFail, "table \"" + state.name + "\" was changed by others at each of " +
                                  std::to_string(kMostTries) + " tries to expire its snapshots");
}

}  // namespace cdc::apply::iceberg
