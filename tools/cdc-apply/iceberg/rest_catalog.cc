#include "tools/cdc-apply/iceberg/rest_catalog.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"
#include "tools/cdc-apply/iceberg/rest_slot.h"

namespace cdc::apply::iceberg {
namespace {

constexpr const char* kTransactionEndpoint = "POST /v1/{prefix}/transactions/commit";
constexpr const char* kTransactionPath = "transactions/commit";

S3Properties StringsOf(const Json& object) {
  S3Properties properties;
  if (object.is_object())
    for (const auto& [name, value] : object.items())
      if (value.is_string()) properties[name] = value.get<std::string>();
  return properties;
}

/// Of the snapshot that the change adds; null if it adds none.
Json AddedSnapshotId(const TableChange& change) {
  for (const auto& update : change.updates)
    if (update.at("action") == "add-snapshot") return update.at("snapshot").at("snapshot-id");
  return nullptr;
}

/// Whether a table is as the change makes it.
bool HoldsChange(const Json& metadata, const TableChange& change) {
  const Json id = AddedSnapshotId(change);
  if (!id.is_null()) return !FindSnapshot(metadata, id).is_null();
  for (const auto& update : change.updates) {
    if (update.at("action") == "remove-snapshots") {
      for (const auto& removed : update.at("snapshot-ids"))
        if (!FindSnapshot(metadata, removed).is_null()) return false;
      continue;
    }
    if (update.at("action") != "set-properties") return false;
    for (const auto& [name, value] : update.at("updates").items())
      if (Property(metadata, name) != value.get_ref<const std::string&>()) return false;
  }
  return true;
}

Json RequirementsOf(const Json& base, const TableChange& change) {
  Json requirements = Json::array();
  requirements.push_back({{"type", "assert-table-uuid"}, {"uuid", base.at("table-uuid")}});
  const Json current = CurrentSnapshot(base);
  requirements.push_back({{"type", "assert-ref-snapshot-id"},
                          {"ref", "main"},
                          {"snapshot-id", current.is_null() ? Json() : current.at("snapshot-id")}});
  for (const auto& update : change.updates) {
    if (update.at("action") == "add-schema")
      requirements.push_back(
          {{"type", "assert-current-schema-id"}, {"current-schema-id", base.at("current-schema-id")}});
    if (update.at("action") == "add-spec")
      requirements.push_back({{"type", "assert-default-spec-id"}, {"default-spec-id", base.at("default-spec-id")}});
  }
  return requirements;
}

class RestCatalog : public Catalog {
 public:
  RestCatalog(const RestPlace& place, S3Settings s3, MultiTable multi_table, bool read_only)
      : client_(place), s3_settings_(std::move(s3)) {
    auto s3_files = MakeS3Store(S3AccessOf(s3_settings_, client_.properties()),
                                HttpSettingsOf(place.ca_file, place.request_timeout));
    s3_ = s3_files.get();
    s3_->SetRenewal([this](const std::string& location) { return RenewAccess(location); });
    files_ = MakeFileStore(std::move(s3_files));
    slot_.emplace(client_, *files_, [this](const Json& answer) { TakeAccess(kSlotTable, answer); });
    is_atomic_ = multi_table == MultiTable::kAlways ||
                 (multi_table == MultiTable::kByServer && client_.HasEndpoint(kTransactionEndpoint));
    if (!read_only) CreateNamespace();
  }

  std::vector<std::string> Tables() override {
    std::vector<std::string> names;
    std::string page;
    do {
      const std::string path =
          client_.NamespacePath() + "/tables?pageToken=" + UrlEncoded(page);  // empty: begin to give pages
      const RestAnswer answer = client_.Get(path);
      if (answer.status == 404) return names;
      if (!answer.body.is_object() || !answer.body.contains("identifiers")) client_.FailAnswer(path, answer);
      for (const auto& identifier : answer.body["identifiers"]) names.push_back(identifier.at("name"));
      const Json next = answer.body.value("next-page-token", Json());
      page = next.is_string() ? next.get<std::string>() : "";
    } while (!page.empty());
    return names;
  }

  std::optional<TableState> Load(const std::string& table) override {
    const std::string path = client_.TablePath(table);
    const RestAnswer answer = client_.Get(path);
    if (answer.status == 404) return std::nullopt;
    return StateOf(table, path, answer);
  }

  TableState Create(const std::string& table, const Schema& schema, int, const PartitionSpec& spec,
                    const Json& properties) override {
    const Json request = {{"name", table},
                          {"schema", schema.ToJson()},
                          {"partition-spec", spec.ToJson()},
                          {"stage-create", false},
                          {"properties", properties}};
    const std::string path = client_.NamespacePath() + "/tables";
    const RestAnswer answer = client_.Post(path, request);
    if (answer.is_success()) return StateOf(table, path, answer);
    // Of an answer that was lost it is not known whether the table was created.
    if (answer.is_unknown || answer.status == 409)
      if (auto state = Load(table)) return std::move(*state);
    client_.FailAnswer(path, answer);
  }

  std::optional<Position> OpenSlot(const std::string& slot) override { return stored_ = slot_->Take(slot); }
  std::optional<Position> ReadPosition(const std::string& slot) override { return slot_->Read(slot); }
  int64_t epoch() const override { return slot_->epoch(); }

  bool Commit(std::vector<TableChange>& changes, const Position* position) override {
    const bool has_slot = position != nullptr && !slot_->name().empty();
    if (is_atomic_ && changes.size() + (has_slot ? 1 : 0) > 1)
      return CommitTogether(changes, has_slot ? position : nullptr);
    // Where a snapshot sets the slot back it goes first: a table that is ahead of the slot is known as such at the next
    // start, while one that is behind would miss what lies between.
    if (has_slot && stored_ && ComparePositions(*position, *stored_) == PositionOrder::kBefore) Store(*position);
    bool all = true;
    for (auto& change : changes) all = CommitOne(&change) && all;
    if (all && has_slot) Store(*position);
    return all;
  }

  FileStore& files() override { return *files_; }

 private:
  void Store(const Position& position) {
    slot_->Store(position);
    stored_ = position;
  }

  void CreateNamespace() {
    const RestAnswer found = client_.Get(client_.NamespacePath());
    if (found.is_success()) return;
    const RestAnswer answer =
        client_.Post("namespaces", {{"namespace", client_.NamespaceJson()}, {"properties", Json::object()}});
    if (!answer.is_success() && answer.status != 409) client_.FailAnswer("namespaces", answer);
  }

  TableState StateOf(const std::string& table, const std::string& path, const RestAnswer& answer) {
    if (!answer.body.is_object() || !answer.body.contains("metadata")) client_.FailAnswer(path, answer);
    TableState state{table, answer.body["metadata"], ""};
    if (const auto location = answer.body.find("metadata-location"); location != answer.body.end())
      if (location->is_string()) state.metadata_location = *location;
    if (state.metadata.at("format-version") != 2)
      Fail(ExitStatus::kConfig, "table \"" + table + "\" is of Iceberg's format version " +
                                    state.metadata["format-version"].dump() + ", and cdc-apply writes version 2");
    TakeAccess(table, answer.body);
    return state;
  }

  /// What the catalog lends for this table's files.
  void TakeAccess(const std::string& table, const Json& answer) {
    lent_to_[answer.at("metadata").at("location")] = table;
    S3Properties properties = client_.properties();
    for (const auto& [name, value] : StringsOf(answer.value("config", Json()))) properties[name] = value;
    s3_->SetAccess(answer.at("metadata").at("location"), S3AccessOf(s3_settings_, properties));
    const Json credentials = answer.value("storage-credentials", Json());
    if (!credentials.is_array()) return;
    for (const auto& credential : credentials) {
      S3Properties lent = properties;
      for (const auto& [name, value] : StringsOf(credential.value("config", Json()))) lent[name] = value;
      s3_->SetAccess(credential.at("prefix"), S3AccessOf(s3_settings_, lent));
    }
  }

  /// What is lent is lent for a time.
  bool RenewAccess(const std::string& location) {
    const auto found = std::find_if(lent_to_.begin(), lent_to_.end(),
                                    [&](const auto& table) { return location.rfind(table.first + "/", 0) == 0; });
    if (found == lent_to_.end()) return false;
    LogVerbose("the access to \"" + found->first + "\" has expired; the catalog is asked for another");
    const RestAnswer answer = client_.Get(client_.TablePath(found->second));
    if (!answer.is_success()) return false;
    TakeAccess(std::string(found->second), answer.body);
    return true;
  }

  Json RequestOf(const TableChange& change) const {
    return {{"identifier", {{"namespace", client_.NamespaceJson()}, {"name", change.base->name}}},
            {"requirements", RequirementsOf(change.base->metadata, change)},
            {"updates", change.updates}};
  }

  /// What became of a change; a conflict and an answer that never came look alike until the table is read.
  bool Settle(TableChange* change) {
    auto state = Load(change->base->name);
    if (!state)
      Fail(ExitStatus::kConfig,
           "table \"" + change->base->name + "\" was removed from the Iceberg catalog while rows were on their way");
    if (!HoldsChange(state->metadata, *change)) return false;
    *change->base = std::move(*state);
    return change->done = true;
  }

  bool CommitOne(TableChange* change) {
    const std::string path = client_.TablePath(change->base->name);
    const RestAnswer answer = client_.Post(path, RequestOf(*change));
    if (answer.is_success() && answer.body.is_object() && answer.body.contains("metadata")) {
      change->base->metadata = answer.body["metadata"];
      change->base->metadata_location = answer.body.value("metadata-location", "");
      return change->done = true;
    }
    if (!answer.is_success() && !answer.is_unknown && answer.status != 409) client_.FailAnswer(path, answer);
    if (answer.is_unknown) LogVerbose("a commit was not answered; the table tells whether it was made");
    if (Settle(change)) return true;
    if (answer.is_unknown && answer.status == 0) client_.FailAnswer(path, answer);
    return false;
  }

  bool CommitTogether(std::vector<TableChange>& changes, const Position* position) {
    Json list = Json::array();
    for (const auto& change : changes) list.push_back(RequestOf(change));
    if (position != nullptr) list.push_back(slot_->NextChange(*position));
    const RestAnswer answer = client_.Post(kTransactionPath, {{"table-changes", std::move(list)}});
    if (!answer.is_success() && !answer.is_unknown && answer.status != 409)
      client_.FailAnswer(kTransactionPath, answer);
    if (answer.is_unknown) LogVerbose("a commit was not answered; the tables tell whether it was made");
    bool all = true;
    for (auto& change : changes) all = Settle(&change) && all;
    if (position == nullptr) return all;
    if (answer.is_success()) {
      slot_->TakeNext();
      return all;
    }
    // Also tells if the slot was taken over. A server that answers so and has made a part of it is made good for here.
    const bool stored = slot_->WasStored();
    if (stored)
      slot_->TakeNext();
    else if (all)
      slot_->Store(*position);
    return all;
  }

  RestClient client_;
  S3Settings s3_settings_;
  S3Files* s3_ = nullptr;  // in files_
  std::unique_ptr<FileStore> files_;
  std::map<std::string, std::string> lent_to_;  // tables by their locations
  std::optional<RestSlot> slot_;
  std::optional<Position> stored_;  // of the slot, where tables are committed one by one
  bool is_atomic_ = false;
};

}  // namespace

std::unique_ptr<Catalog> OpenRestCatalog(const RestPlace& place, const S3Settings& s3, MultiTable multi_table,
                                         bool read_only) {
  return std::make_unique<RestCatalog>(place, s3, multi_table, read_only);
}

}  // namespace cdc::apply::iceberg
