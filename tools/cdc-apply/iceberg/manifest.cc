#include "tools/cdc-apply/iceberg/manifest.h"

#include <algorithm>

#include "common/error.h"

namespace cdc::apply::iceberg {
namespace {

Json Optional(const char* name, Json type, int id) {
  return {{"name", name}, {"type", Json::array({"null", std::move(type)})}, {"default", nullptr}, {"field-id", id}};
}

Json Required(const char* name, Json type, int id) {
  return {{"name", name}, {"type", std::move(type)}, {"field-id", id}};
}

Json Record(const char* name, Json fields) {
  return {{"type", "record"}, {"name", name}, {"fields", std::move(fields)}};
}

Json EntrySchema(const PartitionSpec& spec) {
  Json fields = Json::array();
  fields.push_back(Required("content", "int", 134));
  fields.push_back(Required("file_path", "string", 100));
  fields.push_back(Required("file_format", "string", 101));
  fields.push_back(Required("partition", spec.AvroRecord(), 102));
  fields.push_back(Required("record_count", "long", 103));
  fields.push_back(Required("file_size_in_bytes", "long", 104));
  fields.push_back(Optional("equality_ids", {{"type", "array"}, {"items", "int"}, {"element-id", 136}}, 135));
  fields.push_back(Optional("sort_order_id", "int", 140));
  Json entry = Json::array();
  entry.push_back(Required("status", "int", 0));
  entry.push_back(Optional("snapshot_id", "long", 1));
  entry.push_back(Optional("sequence_number", "long", 3));
  entry.push_back(Optional("file_sequence_number", "long", 4));
  entry.push_back(Required("data_file", Record("r2", std::move(fields)), 2));
  return Record("manifest_entry", std::move(entry));
}

Json ListSchema() {
  Json summary = Json::array();
  summary.push_back(Required("contains_null", "boolean", 509));
  summary.push_back(Optional("contains_nan", "boolean", 518));
  summary.push_back(Optional("lower_bound", "bytes", 510));
  summary.push_back(Optional("upper_bound", "bytes", 511));
  Json fields = Json::array();
  fields.push_back(Required("manifest_path", "string", 500));
  fields.push_back(Required("manifest_length", "long", 501));
  fields.push_back(Required("partition_spec_id", "int", 502));
  fields.push_back(Required("content", "int", 517));
  fields.push_back(Required("sequence_number", "long", 515));
  fields.push_back(Required("min_sequence_number", "long", 516));
  fields.push_back(Required("added_snapshot_id", "long", 503));
  fields.push_back(Required("added_files_count", "int", 504));
  fields.push_back(Required("existing_files_count", "int", 505));
  fields.push_back(Required("deleted_files_count", "int", 506));
  fields.push_back(Required("added_rows_count", "long", 512));
  fields.push_back(Required("existing_rows_count", "long", 513));
  fields.push_back(Required("deleted_rows_count", "long", 514));
  fields.push_back(Optional(
      "partitions", {{"type", "array"}, {"items", Record("r508", std::move(summary))}, {"element-id", 508}}, 507));
  fields.push_back(Optional("key_metadata", "bytes", 519));
  return Record("manifest_file", std::move(fields));
}

Json EntryOf(const DataFile& file, int64_t snapshot_id, EntryStatus status) {
  const bool is_known = status != EntryStatus::kAdded;
  Json entry;
  entry["status"] = static_cast<int>(status);
  entry["snapshot_id"] = status == EntryStatus::kExisting ? file.added_by : snapshot_id;
  if (file.sequence_number) entry["sequence_number"] = *file.sequence_number;
  // The number of the file itself may be told for one that is there already only.
  if (is_known) entry["file_sequence_number"] = file.file_sequence_number.value_or(*file.sequence_number);
  Json data = {{"content", static_cast<int>(file.content)},
               {"file_path", file.location},
               {"file_format", "PARQUET"},
               {"partition", file.partition},
               {"record_count", file.records},
               {"file_size_in_bytes", file.bytes}};
  if (!file.equality_ids.empty()) data["equality_ids"] = file.equality_ids;
  entry["data_file"] = std::move(data);
  return entry;
}

int64_t NumberOr(const Json& object, const char* name, int64_t otherwise) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? otherwise : found->get<int64_t>();
}

/// Writers of version 1 and old ones of version 2 call the counts by other names.
void TakeOldNames(Json* entry) {
  static constexpr std::pair<const char*, const char*> kNames[] = {
      {"added_data_files_count", "added_files_count"},
      {"existing_data_files_count", "existing_files_count"},
      {"deleted_data_files_count", "deleted_files_count"}};
  for (const auto& [old, name] : kNames)
    if (entry->contains(old) && !entry->contains(name)) (*entry)[name] = (*entry)[old];
  for (const char* name :
       {"content", "sequence_number", "min_sequence_number", "added_files_count", "existing_files_count",
        "deleted_files_count", "added_rows_count", "existing_rows_count", "deleted_rows_count"})
    if (!entry->contains(name) || (*entry)[name].is_null()) (*entry)[name] = 0;
}

}  // namespace

int64_t Manifest::files() const {
  return entry.at("added_files_count").get<int64_t>() + entry.at("existing_files_count").get<int64_t>();
}

Manifest WriteManifest(FileStore& store, const std::string& location, const Schema& schema, const PartitionSpec& spec,
                       int64_t snapshot_id, const std::vector<DataFile>& files, EntryStatus status) {
  const bool deletes = files.front().content != DataFile::Content::kData;
  AvroFile avro;
  avro.schema = EntrySchema(spec);
  avro.metadata = {{"schema", schema.ToJson().dump()},
                   {"schema-id", std::to_string(schema.id)},
                   {"partition-spec", spec.FieldsJson().dump()},
                   {"partition-spec-id", std::to_string(spec.id)},
                   {"format-version", "2"},
                   {"content", deletes ? "deletes" : "data"}};
  int64_t rows = 0;
  Json least;
  for (const auto& file : files) {
    avro.records.push_back(EntryOf(file, snapshot_id, status));
    rows += file.records;
    if (file.sequence_number && (least.is_null() || *file.sequence_number < least.get<int64_t>()))
      least = *file.sequence_number;
  }
  const std::string bytes = EncodeAvro(avro);
  store.Write(location, bytes);
  const auto counted = [&](EntryStatus of, auto number) { return status == of ? static_cast<int64_t>(number) : 0; };
  Manifest manifest;
  manifest.entry = {{"manifest_path", location},
                    {"manifest_length", bytes.size()},
                    {"partition_spec_id", spec.id},
                    {"content", deletes ? 1 : 0},
                    {"sequence_number", nullptr},
                    {"min_sequence_number", least},
                    {"added_snapshot_id", snapshot_id},
                    {"added_files_count", counted(EntryStatus::kAdded, files.size())},
                    {"existing_files_count", counted(EntryStatus::kExisting, files.size())},
                    {"deleted_files_count", counted(EntryStatus::kDeleted, files.size())},
                    {"added_rows_count", counted(EntryStatus::kAdded, rows)},
                    {"existing_rows_count", counted(EntryStatus::kExisting, rows)},
                    {"deleted_rows_count", counted(EntryStatus::kDeleted, rows)}};
  return manifest;
}

std::vector<DataFile> ReadManifest(FileStore& store, const Manifest& manifest) {
  const std::string location = manifest.location();
  const AvroFile avro = DecodeAvro(store.Read(location), "\"" + location + "\"");
  std::vector<DataFile> files;
  for (const auto& entry : avro.records) {
    if (entry.at("status") == static_cast<int>(EntryStatus::kDeleted)) continue;
    const Json& data = entry.at("data_file");
    DataFile file;
    file.content = static_cast<DataFile::Content>(NumberOr(data, "content", 0));
    file.location = data.at("file_path");
    if (data.at("file_format") != "PARQUET" && data.at("file_format") != "parquet")
      Fail(ExitStatus::kConfig, "\"" + file.location + "\" is no Parquet file: cdc-apply reads no other");
    file.partition = data.at("partition");
    file.spec_id = manifest.spec_id();
    file.records = data.at("record_count");
    file.bytes = data.at("file_size_in_bytes");
    if (data.contains("equality_ids") && !data["equality_ids"].is_null())
      file.equality_ids = data["equality_ids"].get<std::vector<int>>();
    file.sequence_number = NumberOr(entry, "sequence_number", manifest.sequence_number());
    file.file_sequence_number = NumberOr(entry, "file_sequence_number", manifest.sequence_number());
    file.added_by = NumberOr(entry, "snapshot_id", manifest.entry.at("added_snapshot_id").get<int64_t>());
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<std::string> FilesOfManifest(FileStore& store, const Manifest& manifest) {
  const std::string location = manifest.location();
  std::vector<std::string> files;
  for (const auto& entry : DecodeAvro(store.Read(location), "\"" + location + "\"").records)
    files.push_back(entry.at("data_file").at("file_path"));
  return files;
}

std::vector<Manifest> ReadManifestList(FileStore& store, const Json& snapshot) {
  std::vector<Manifest> manifests;
  if (snapshot.is_null()) return manifests;
  const std::string location = snapshot.at("manifest-list");
  for (Json& entry : DecodeAvro(store.Read(location), "\"" + location + "\"").records) {
    TakeOldNames(&entry);
    manifests.push_back({std::move(entry)});
  }
  return manifests;
}

void WriteManifestList(FileStore& store, const std::string& location, int64_t snapshot_id, const Json& parent_id,
                       int64_t sequence_number, std::vector<Manifest> manifests) {
  AvroFile avro;
  avro.schema = ListSchema();
  avro.metadata = {{"snapshot-id", std::to_string(snapshot_id)},
                   {"parent-snapshot-id", parent_id.is_null() ? "null" : parent_id.dump()},
                   {"sequence-number", std::to_string(sequence_number)},
                   {"format-version", "2"}};
  for (auto& manifest : manifests) {
    for (const char* name : {"sequence_number", "min_sequence_number"})
      if (manifest.entry.at(name).is_null()) manifest.entry[name] = sequence_number;
    avro.records.push_back(std::move(manifest.entry));
  }
  store.Write(location, EncodeAvro(avro));
}

}  // namespace cdc::apply::iceberg
