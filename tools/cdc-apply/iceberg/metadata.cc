#include "tools/cdc-apply/iceberg/metadata.h"

#include <sys/random.h>

#include <algorithm>
#include <chrono>

#include "common/error.h"
#include "tools/cdc-apply/iceberg/file_store.h"
#include "tools/cdc-apply/random_uuid.h"

namespace cdc::apply::iceberg {
namespace {

constexpr size_t kMostOldMetadata = 100;
constexpr int kLastPartitionIdOfNone = 999;

void AddSnapshot(Json* metadata, const Json& snapshot) {
  (*metadata)["snapshots"].push_back(snapshot);
  (*metadata)["last-sequence-number"] = snapshot.at("sequence-number");
  (*metadata)["last-updated-ms"] = snapshot.at("timestamp-ms");
}

void SetRef(Json* metadata, const Json& update) {
  const Json& id = update.at("snapshot-id");
  (*metadata)["refs"][update.at("ref-name").get<std::string>()] = {{"snapshot-id", id}, {"type", update.at("type")}};
  if (update.at("ref-name") != "main") return;
  (*metadata)["current-snapshot-id"] = id;
  (*metadata)["snapshot-log"].push_back({{"timestamp-ms", (*metadata)["last-updated-ms"]}, {"snapshot-id", id}});
}

void RemoveSnapshots(Json* metadata, const Json& ids) {
  const auto is_removed = [&](const Json& id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); };
  for (const char* list : {"snapshots", "snapshot-log"}) {
    Json kept = Json::array();
    for (const auto& entry : (*metadata)[list])
      if (!is_removed(entry.at("snapshot-id"))) kept.push_back(entry);
    (*metadata)[list] = std::move(kept);
  }
}

void ApplyUpdate(Json* metadata, const Json& update) {
  const std::string action = update.at("action");
  if (action == "add-schema") {
    (*metadata)["schemas"].push_back(update.at("schema"));
    (*metadata)["last-column-id"] = update.at("last-column-id");
  } else if (action == "set-current-schema") {
    (*metadata)["current-schema-id"] = (*metadata)["schemas"].back().at("schema-id");
  } else if (action == "add-spec") {
    (*metadata)["partition-specs"].push_back(update.at("spec"));
  } else if (action == "set-properties") {
    for (const auto& [name, value] : update.at("updates").items()) (*metadata)["properties"][name] = value;
  } else if (action == "add-snapshot") {
    AddSnapshot(metadata, update.at("snapshot"));
  } else if (action == "set-snapshot-ref") {
    SetRef(metadata, update);
  } else {
    CDC_CHECK(action == "remove-snapshots", "a metadata update of ours has a known action");
    RemoveSnapshots(metadata, update.at("snapshot-ids"));
  }
}

}  // namespace

Json NewMetadata(const std::string& location, const Schema& schema, int last_column_id, const PartitionSpec& spec,
                 const Json& properties) {
  Json metadata;
  metadata["format-version"] = 2;
  metadata["table-uuid"] = RandomUuid();
  metadata["location"] = location;
  metadata["last-sequence-number"] = 0;
  metadata["last-updated-ms"] = NowMs();
  metadata["last-column-id"] = last_column_id;
  metadata["current-schema-id"] = schema.id;
  metadata["schemas"] = Json::array({schema.ToJson()});
  metadata["default-spec-id"] = spec.id;
  metadata["partition-specs"] = Json::array({spec.ToJson()});
  metadata["last-partition-id"] = spec.fields.empty() ? kLastPartitionIdOfNone : spec.fields.back().field_id;
  metadata["default-sort-order-id"] = 0;
  metadata["sort-orders"] = Json::array({{{"order-id", 0}, {"fields", Json::array()}}});
  metadata["properties"] = properties;
  metadata["refs"] = Json::object();
  metadata["snapshots"] = Json::array();
  metadata["snapshot-log"] = Json::array();
  metadata["metadata-log"] = Json::array();
  return metadata;
}

void ApplyUpdates(Json* metadata, const Json& updates, const std::string& metadata_location) {
  for (const char* name : {"snapshots", "snapshot-log", "metadata-log"})
    if (!metadata->contains(name)) (*metadata)[name] = Json::array();
  if (!metadata_location.empty()) {
    Json& log = (*metadata)["metadata-log"];
    log.push_back({{"timestamp-ms", metadata->at("last-updated-ms")}, {"metadata-file", metadata_location}});
    while (log.size() > kMostOldMetadata) log.erase(log.begin());
  }
  (*metadata)["last-updated-ms"] = std::max(NowMs(), metadata->at("last-updated-ms").get<int64_t>());
  for (const auto& update : updates) ApplyUpdate(metadata, update);
}

Json FindSnapshot(const Json& metadata, const Json& id) {
  if (metadata.contains("snapshots"))
    for (const auto& snapshot : metadata["snapshots"])
      if (snapshot.at("snapshot-id") == id) return snapshot;
  return nullptr;
}

Json CurrentSnapshot(const Json& metadata) {
  const auto current = metadata.find("current-snapshot-id");
  return current == metadata.end() ? Json() : FindSnapshot(metadata, *current);
}

std::string Property(const Json& metadata, const std::string& name) {
  const auto properties = metadata.find("properties");
  if (properties == metadata.end()) return "";
  const auto found = properties->find(name);
  return found == properties->end() ? "" : found->get<std::string>();
}

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t NewSnapshotId(const Json& metadata) {
  for (;;) {
    uint64_t bits;
    if (getrandom(&bits, sizeof bits, 0) != sizeof bits) Fail(ExitStatus::kOsError, "no random bytes");
    const auto id = static_cast<int64_t>(bits >> 1);
    if (id > 0 && FindSnapshot(metadata, id).is_null()) return id;
  }
}

}  // namespace cdc::apply::iceberg
