#include <algorithm>
#include <map>

#include "common/error.h"
#include "common/java_number.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/transform.h"

namespace cdc::encode {
namespace {

/// What all transforms of fields have: the part of the record that they work on.
class PartTransform : public Transform {
 public:
  PartTransform(const char* name, RecordPart part) : name_(name), part_(part) {}
  bool keeps_rows() const override { return false; }

 protected:
  ConnectData* PartOf(ConnectRecord* record) const { return part_ == RecordPart::kKey ? &record->key : &record->value; }
  /// The schema of a struct; anything else stops a transform of fields.
  ConnectSchema StructOf(const ConnectData& data) const {
    ConnectSchema schema = ConnectSchema::Parse(data.schema);
    if (!schema.is_struct()) Stop(std::string(side()) + " is no struct");
    return schema;
  }
  const char* side() const { return part_ == RecordPart::kKey ? "the key" : "the value"; }
  [[noreturn]] void Stop(const std::string& why) const {
    Fail(ExitStatus::kData, ": " + std::string(name_) + ": " + why, "",
         "a predicate can keep the transform from such a record");
  }

 private:
  const char* name_;
  RecordPart part_;
};

void Put(ConnectData* data, const ConnectSchema& schema, const std::vector<std::string>& values) {
  data->schema = schema.Text();
  data->value = JoinStruct(schema, values);
}

class InsertField : public PartTransform {
 public:
  InsertField(RecordPart part, TransformOptions* options) : PartTransform("InsertField", part) {
    const std::string text = options->Get("static.field");
    for (const auto& [option, from] : {std::pair{"topic.field", From::kTopic},
                                       {"partition.field", From::kPartition},
                                       {"timestamp.field", From::kTimestamp},
                                       {"static.field", From::kStatic}}) {
      std::string name = options->Get(option);
      if (name.empty()) continue;
      Insertion insertion{from, true, name};
      if (name.back() == '?' || name.back() == '!') {
        insertion.optional = name.back() == '?';
        insertion.field.pop_back();
      }
      insertions_.push_back(std::move(insertion));
    }
    if (insertions_.empty()) options->Refuse("type", "is told of no field to insert");
    if (!text.empty()) static_ = options->Required("static.value");
    options->GetFlag("replace.null.with.default", true);
  }

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record);
    if (data->is_null()) return true;
    const ConnectSchema old = StructOf(*data);
    ConnectSchema schema = old.Basics();
    schema.fields = old.fields;
    std::vector<std::string> values = SplitStruct(data->value);
    for (const Insertion& insertion : insertions_) {
      const bool number = insertion.from == From::kPartition, clock = insertion.from == From::kTimestamp;
      ConnectSchema field = ConnectSchema::Simple(number  ? "int32"
                                                  : clock ? "int64"
                                                          : "string",
                                                  insertion.optional, insertion.field);
      if (clock) {
        field.name = "org.apache.kafka.connect.data.Timestamp";
        field.version = "1";
      }
      schema.fields.push_back(std::move(field));
      values.push_back(ValueOf(insertion, *record));
      if (values.back() == "null" && !insertion.optional)
        Stop("a record has no " + std::string(number ? "partition" : "timestamp") + " for the required field " +
             insertion.field);
    }
    Put(data, schema, values);
    return true;
  }

 private:
  enum class From { kTopic, kPartition, kTimestamp, kStatic };
  struct Insertion {
    From from;
    bool optional;
    std::string field;
  };
  /// The connector's records have no timestamp of their own, and those of rows no partition; an EventRouter gives both.
  std::string ValueOf(const Insertion& insertion, const ConnectRecord& record) const {
    std::string json;
    switch (insertion.from) {
      case From::kTopic: AppendJsonString(json, record.topic); return json;
      case From::kStatic: AppendJsonString(json, static_); return json;
      case From::kPartition: return record.partition ? std::to_string(*record.partition) : "null";
      case From::kTimestamp: return record.ts_ms ? std::to_string(*record.ts_ms) : "null";
    }
    return "null";
  }
  std::vector<Insertion> insertions_;
  std::string static_;
};

class ReplaceField : public PartTransform {
 public:
  ReplaceField(RecordPart part, TransformOptions* options)
      : PartTransform("ReplaceField", part),
        include_(options->GetList(options->Has("whitelist") ? "whitelist" : "include")),
        exclude_(options->GetList(options->Has("blacklist") ? "blacklist" : "exclude")) {
    for (const std::string& pair : options->GetList("renames")) {
      const size_t colon = pair.find(':');
      if (colon == std::string::npos || colon == 0 || colon + 1 == pair.size())
        options->Refuse("renames", "has an item that is not old:new: " + pair);
      renames_[pair.substr(0, colon)] = pair.substr(colon + 1);
    }
    options->GetFlag("replace.null.with.default", true);
  }

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record);
    if (data->is_null()) return true;
    const ConnectSchema old = StructOf(*data);
    ConnectSchema schema = old.Basics();
    const std::vector<std::string> all = SplitStruct(data->value);
    std::vector<std::string> values;
    for (size_t i = 0; i < old.fields.size(); ++i) {
      const std::string& name = old.fields[i].field;
      if (Holds(exclude_, name) || (!include_.empty() && !Holds(include_, name))) continue;
      schema.fields.push_back(old.fields[i]);
      const auto renamed = renames_.find(name);
      if (renamed != renames_.end()) schema.fields.back().field = renamed->second;
      values.push_back(all[i]);
    }
    Put(data, schema, values);
    return true;
  }

 private:
  static bool Holds(const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  }
  std::vector<std::string> include_, exclude_;
  std::map<std::string, std::string> renames_;
};

class MaskField : public PartTransform {
 public:
  MaskField(RecordPart part, TransformOptions* options)
      : PartTransform("MaskField", part),
        fields_(options->GetList("fields")),
        replacement_(options->Get("replacement")) {
    if (fields_.empty()) options->Required("fields");
    options->GetFlag("replace.null.with.default", true);
  }

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record);
    if (data->is_null()) return true;
    const ConnectSchema schema = StructOf(*data);
    std::vector<std::string> values = SplitStruct(data->value);
    for (size_t i = 0; i < values.size(); ++i)
      if (values[i] != "null" && std::find(fields_.begin(), fields_.end(), schema.fields[i].field) != fields_.end())
        values[i] = Masked(schema.fields[i]);
    data->value = JoinStruct(schema, values);
    return true;
  }

 private:
  /// Zero, or what stands for it, in the value's own type.
  std::string Masked(const ConnectSchema& field) const {
    const bool number = field.type.rfind("int", 0) == 0, real = field.type == "float" || field.type == "double";
    if (!number && !real && field.type != "string" && field.type != "boolean" && field.type != "array")
      Stop("cannot mask the field " + field.field + ", which is of type " + field.type);
    if (replacement_.empty())
      return number ? "0" : real ? "0.0" : field.type == "boolean" ? "false" : field.type == "array" ? "[]" : "\"\"";
    std::string json;
    int64_t integer;
    double value;
    if (number && ParseJsonInteger(replacement_, &integer)) return replacement_;
    if (field.type == "string") {
      AppendJsonString(json, replacement_);
    } else if (real && ParseReal(replacement_, &value)) {
      field.type == "float" ? AppendJavaFloat(json, static_cast<float>(value)) : AppendJavaDouble(json, value);
    } else {
      Stop("the replacement " + replacement_ + " is no value for the field " + field.field + " of type " + field.type);
    }
    return json;
  }
  std::vector<std::string> fields_;
  std::string replacement_;
};

class HoistField : public PartTransform {
 public:
  HoistField(RecordPart part, TransformOptions* options)
      : PartTransform("HoistField", part), field_(options->Required("field")) {}

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record);
    ConnectSchema schema = ConnectSchema::Simple("struct", false);
    // Without a schema a null is put into a map, which has none either.
    schema.fields.push_back(data->has_schema() ? ConnectSchema::Parse(data->schema) : ConnectSchema());
    schema.fields[0].field = field_;
    data->value = JoinStruct(schema, {data->value});
    if (data->has_schema()) data->schema = schema.Text();
    return true;
  }

 private:
  std::string field_;
};

class ExtractField : public PartTransform {
 public:
  ExtractField(RecordPart part, TransformOptions* options)
      : PartTransform("ExtractField", part), field_(options->Required("field")) {
    if (options->Get("field.syntax.version", "V1") != "V1")
      options->Refuse("field.syntax.version", "has a value that cdc-encode does not support", "only V1 is possible");
  }

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record);
    if (!data->has_schema()) return true;
    const ConnectSchema schema = StructOf(*data);
    const size_t at = schema.Find(field_);
    if (at == std::string::npos) Stop("there is no field " + field_ + " in " + side());
    if (!data->is_null()) data->value = SplitStruct(data->value)[at];
    data->schema = schema.fields[at].Text();
    return true;
  }

 private:
  std::string field_;
};

class ValueToKey : public Transform {
 public:
  explicit ValueToKey(TransformOptions* options) : fields_(options->GetList("fields")) {
    if (fields_.empty()) options->Required("fields");
    options->GetFlag("replace.null.with.default", true);
  }
  bool keeps_rows() const override { return false; }

  bool Apply(ConnectRecord* record) const override {
    const ConnectSchema old = ConnectSchema::Parse(record->value.schema);
    if (record->value.is_null() || !old.is_struct())
      Fail(ExitStatus::kData, ": ValueToKey: the value is no struct", "",
           "a predicate can keep the transform from tombstones");
    const std::vector<std::string> all = SplitStruct(record->value.value);
    ConnectSchema schema = ConnectSchema::Simple("struct", false);
    std::vector<std::string> values;
    for (const std::string& name : fields_) {
      const size_t at = old.Find(name);
      if (at == std::string::npos) Fail(ExitStatus::kData, ": ValueToKey: there is no field " + name + " in the value");
      schema.fields.push_back(old.fields[at]);
      values.push_back(all[at]);
    }
    Put(&record->key, schema, values);
    return true;
  }

 private:
  std::vector<std::string> fields_;
};

class Flatten : public PartTransform {
 public:
  Flatten(RecordPart part, TransformOptions* options)
      : PartTransform("Flatten", part), delimiter_(options->Get("delimiter", ".")) {}

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record);
    if (data->is_null()) return true;
    const ConnectSchema old = StructOf(*data);
    ConnectSchema schema = old.Basics();
    std::vector<std::string> values;
    Add(old, data->value, "", old.optional, &schema, &values);
    Put(data, schema, values);
    return true;
  }

 private:
  /// The fields of a struct that may be null may be so too; where it is, each shows its default.
  void Add(const ConnectSchema& from, const std::string& json, const std::string& prefix, bool optional,
           ConnectSchema* schema, std::vector<std::string>* values) const {
    const std::vector<std::string> members = json == "null" ? std::vector<std::string>() : SplitStruct(json);
    for (size_t i = 0; i < from.fields.size(); ++i) {
      ConnectSchema field = from.fields[i];
      field.field = prefix.empty() ? field.field : prefix + delimiter_ + field.field;
      const std::string value = !members.empty() ? members[i] : "null";
      if (field.is_struct()) {
        Add(field, value, field.field, optional || field.optional, schema, values);
        continue;
      }
      field.optional = optional || field.optional;
      values->push_back(members.empty() && !field.default_value.empty() ? field.default_value : value);
      schema->fields.push_back(std::move(field));
    }
  }
  std::string delimiter_;
};

class SetSchemaMetadata : public PartTransform {
 public:
  SetSchemaMetadata(RecordPart part, TransformOptions* options)
      : PartTransform("SetSchemaMetadata", part),
        name_(options->Get("schema.name")),
        version_(options->Get("schema.version")) {
    int64_t number;
    if (!version_.empty() && !ParseJsonInteger(version_, &number))
      options->Refuse("schema.version", "is no whole number: " + version_);
    if (name_.empty() && version_.empty()) options->Refuse("type", "needs schema.name or schema.version");
    options->GetFlag("replace.null.with.default", true);
  }
  bool keeps_rows() const override { return true; }

  bool Apply(ConnectRecord* record) const override {
    ConnectData* data = PartOf(record);
    if (!data->has_schema()) {
      if (!data->is_null()) Stop(std::string(side()) + " has no schema");
      return true;
    }
    ConnectSchema schema = ConnectSchema::Parse(data->schema);
    if (!name_.empty()) schema.name = name_;
    if (!version_.empty()) schema.version = version_;
    data->schema = schema.Text();
    return true;
  }

 private:
  std::string name_, version_;
};

class InsertHeader : public Transform {
 public:
  InsertHeader(bool json_headers, TransformOptions* options)
      : header_(options->Required("header")), value_(options->Required("value.literal")) {
    // A literal is of the type that it looks like.
    if (json_headers)
      options->Refuse("type", "is not supported by cdc-encode beside a header.converter that writes types",
                      "SimpleHeaderConverter will do");
  }
  bool Apply(ConnectRecord* record) const override {
    std::string json;
    AppendJsonString(json, value_);
    record->headers.emplace_back(header_, json);
    return true;
  }

 private:
  std::string header_, value_;
};

class DropHeaders : public Transform {
 public:
  explicit DropHeaders(TransformOptions* options) : headers_(options->GetList("headers")) {
    if (headers_.empty()) options->Required("headers");
  }
  bool Apply(ConnectRecord* record) const override {
    std::erase_if(record->headers, [this](const auto& entry) {
      return std::find(headers_.begin(), headers_.end(), entry.first) != headers_.end();
    });
    return true;
  }

 private:
  std::vector<std::string> headers_;
};

}  // namespace

std::unique_ptr<Transform> MakeFieldTransform(const std::string& name, RecordPart part, TransformOptions* options) {
  if (name == "InsertField") return std::make_unique<InsertField>(part, options);
  if (name == "ReplaceField") return std::make_unique<ReplaceField>(part, options);
  if (name == "MaskField") return std::make_unique<MaskField>(part, options);
  if (name == "HoistField") return std::make_unique<HoistField>(part, options);
  if (name == "ExtractField") return std::make_unique<ExtractField>(part, options);
  if (name == "Flatten") return std::make_unique<Flatten>(part, options);
  if (name == "SetSchemaMetadata") return std::make_unique<SetSchemaMetadata>(part, options);
  return nullptr;
}

std::unique_ptr<Transform> MakeHeaderTransform(const std::string& type, bool json_headers, TransformOptions* options) {
  const std::string package = "org.apache.kafka.connect.transforms.";
  if (type == package + "ValueToKey") return std::make_unique<ValueToKey>(options);
  if (type == package + "InsertHeader") return std::make_unique<InsertHeader>(json_headers, options);
  if (type == package + "DropHeaders") return std::make_unique<DropHeaders>(options);
  return nullptr;
}

}  // namespace cdc::encode
