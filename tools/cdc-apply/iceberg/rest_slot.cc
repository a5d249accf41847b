#include "tools/cdc-apply/iceberg/rest_slot.h"

#include <algorithm>
#include <cstdlib>

#include "common/error.h"
#include "tools/cdc-apply/iceberg/manifest.h"
#include "tools/cdc-apply/iceberg/metadata.h"
#include "tools/cdc-apply/random_uuid.h"

namespace cdc::apply::iceberg {
namespace {

constexpr int kFormatVersion = 1;
constexpr int kMostTries = 20;

}  // namespace

bool RestSlot::Load() {
  const RestAnswer answer = client_.Get(client_.TablePath(kSlotTable));
  if (answer.status == 404) return false;
  if (!answer.body.is_object() || !answer.body.contains("metadata"))
    client_.FailAnswer(client_.TablePath(kSlotTable), answer);
  metadata_ = answer.body["metadata"];
  take_access_(answer.body);
  return true;
}

/// Another copy may be quicker, which is as good.
void RestSlot::Create() {
  Schema schema;
  schema.fields = {{1, "slot", {FieldType::Kind::kString}, false}};
  const Json request = {{"name", kSlotTable},
                        {"schema", schema.ToJson()},
                        {"properties", {{"comment", "cdc-apply: each branch's snapshot tells a slot's position"}}}};
  const std::string path = client_.NamespacePath() + "/tables";
  const RestAnswer answer = client_.Post(path, request);
  if (Load()) return;
  client_.FailAnswer(path, answer);
}

RestSlot::State RestSlot::Find(const std::string& slot) const {
  State state;
  const auto refs = metadata_.find("refs");
  if (refs == metadata_.end() || !refs->contains("slot-" + slot)) return state;
  const Json snapshot = FindSnapshot(metadata_, (*refs)["slot-" + slot].at("snapshot-id"));
  if (snapshot.is_null()) return state;
  const Json& summary = snapshot.at("summary");
  if (std::strtol(summary.value("cdc.format", "1").c_str(), nullptr, 10) > kFormatVersion)
    Fail(ExitStatus::kProtocol,
         "slot \"" + slot + "\" of the Iceberg catalog has format version " + summary.value("cdc.format", "") +
             ", this tool knows " + std::to_string(kFormatVersion),
         "", "use the version of cdc-apply that wrote it, or a newer one");
  state.snapshot = snapshot.at("snapshot-id").get<int64_t>();
  state.epoch = std::strtoll(summary.value("cdc.epoch", "0").c_str(), nullptr, 10);
  if (summary.contains("cdc.position")) state.position = Position::Parse(summary["cdc.position"].get<std::string>());
  return state;
}

/// Of no files: one for all of this copy's snapshots.
std::string RestSlot::ManifestList() {
  if (!manifest_list_.empty()) return manifest_list_;
  const std::string location =
      metadata_.at("location").get<std::string>() + "/metadata/snap-none-" + RandomUuid() + ".avro";
  WriteManifestList(files_, location, 0, nullptr, 0, {});
  return manifest_list_ = location;
}

Json RestSlot::ChangeTo(const std::optional<Position>& position, int64_t epoch) {
  next_ = NewSnapshotId(metadata_);
  Json summary = {{"operation", "append"},
                  {"cdc.format", std::to_string(kFormatVersion)},
                  {"cdc.slot", name_},
                  {"cdc.epoch", std::to_string(epoch)}};
  if (position) summary["cdc.position"] = position->ToJson();
  // It has no parent, so that slots do not wait for each other: with one, its number would have to be the highest.
  const Json snapshot = {{"snapshot-id", *next_},
                         {"sequence-number", metadata_.at("last-sequence-number").get<int64_t>() + 1},
                         {"timestamp-ms", std::max(NowMs(), metadata_.at("last-updated-ms").get<int64_t>())},
                         {"manifest-list", ManifestList()},
                         {"summary", std::move(summary)},
                         {"schema-id", metadata_.at("current-schema-id")}};
  Json updates = Json::array();
  updates.push_back({{"action", "add-snapshot"}, {"snapshot", snapshot}});
  updates.push_back(
      {{"action", "set-snapshot-ref"}, {"ref-name", Branch()}, {"type", "branch"}, {"snapshot-id", *next_}});
  if (current_) updates.push_back({{"action", "remove-snapshots"}, {"snapshot-ids", Json::array({*current_})}});
  Json requirements = Json::array();
  requirements.push_back({{"type", "assert-table-uuid"}, {"uuid", metadata_.at("table-uuid")}});
  requirements.push_back(
      {{"type", "assert-ref-snapshot-id"}, {"ref", Branch()}, {"snapshot-id", current_ ? Json(*current_) : Json()}});
  return {{"identifier", {{"namespace", client_.NamespaceJson()}, {"name", kSlotTable}}},
          {"requirements", std::move(requirements)},
          {"updates", std::move(updates)}};
}

std::optional<Position> RestSlot::Take(const std::string& slot) {
  name_ = slot;
  if (!Load()) Create();
  const std::string path = client_.TablePath(kSlotTable);
  for (int attempt = 1;; ++attempt) {
    const State state = Find(slot);
    current_ = state.snapshot;
    epoch_ = state.epoch + 1;
    const RestAnswer answer = client_.Post(path, ChangeTo(state.position, epoch_));
    const bool in_doubt = answer.status == 409 || answer.is_unknown;
    if (!answer.is_success() && (!in_doubt || attempt == kMostTries)) client_.FailAnswer(path, answer);
    // Also after success: what else is in the table has to be known.
    if (!Load()) client_.FailAnswer(path, answer);
    if (answer.is_success() || Find(slot).snapshot == next_) {
      current_ = next_;
      return state.position;
    }
  }
}

std::optional<Position> RestSlot::Read(const std::string& slot) {
  return Load() ? Find(slot).position : std::nullopt;
}

Json RestSlot::NextChange(const Position& position) {
  return ChangeTo(position, epoch_);
}

bool RestSlot::WasStored() {
  if (!Load()) FailTaken();
  const State state = Find(name_);
  if (state.epoch != epoch_) FailTaken();
  return state.snapshot == next_;
}

void RestSlot::Store(const Position& position) {
  const std::string path = client_.TablePath(kSlotTable);
  for (int attempt = 1;; ++attempt) {
    const RestAnswer answer = client_.Post(path, NextChange(position));
    const bool in_doubt = answer.status == 409 || answer.is_unknown;
    if (!answer.is_success() && (!in_doubt || attempt == kMostTries)) client_.FailAnswer(path, answer);
    if (answer.is_success() || WasStored()) {
      current_ = next_;
      return;
    }
  }
}

void RestSlot::FailTaken() const {
  Fail(ExitStatus::kTempFail, "slot \"" + name_ + "\" of the Iceberg catalog was taken over by another cdc-apply",
       "nothing of this copy was lost or doubled");
}

}  // namespace cdc::apply::iceberg
