#include "common/error.h"
#include "common/json_writer.h"
#include "common/log.h"
#include "tools/cdc-encode/topic_name.h"
#include "tools/cdc-encode/transform.h"

namespace cdc::encode {
namespace {

std::string Replacement(TransformOptions* options, const std::string& option, const JavaRegex& regex) {
  const std::string text = options->Get(option);
  std::string error;
  if (!regex.ReplaceFirst("", text, &error)) options->Refuse(option, "does not read: " + error);
  return text;
}

class RegexRouter : public Transform {
 public:
  explicit RegexRouter(TransformOptions* options)
      : regex_(options->GetExpression("regex")), replacement_(Replacement(options, "replacement", regex_)) {}

  bool Apply(ConnectRecord* record) const override {
    std::string error;
    if (regex_.Matches(record->topic))
      record->topic = regex_.ReplaceFirst(record->topic, replacement_, &error).value_or(record->topic);
    return true;
  }
  bool goes_before_unwrap() const override { return true; }

 private:
  JavaRegex regex_;
  std::string replacement_;
};

/// Several tables in one topic, whose keys are told apart by a field more.
class ByLogicalTableRouter : public Transform {
 public:
  explicit ByLogicalTableRouter(TransformOptions* options)
      : regex_(options->GetExpression("topic.regex")),
        replacement_(Replacement(options, "topic.replacement", regex_)),
        unique_(options->GetFlag("key.enforce.uniqueness", true)),
        key_field_(options->Get("key.field.name", "__dbz__physicalTableIdentifier")) {
    const std::string mode = options->Get("schema.name.adjustment.mode", "none");
    if (mode != "none" && mode != "avro" && mode != "avro_unicode")
      options->Refuse("schema.name.adjustment.mode", "has an unknown value: " + mode, "none, avro or avro_unicode");
    names_ = mode == "avro" ? Adjustment::kAvro : mode == "none" ? Adjustment::kNone : Adjustment::kAvroUnicode;
    options->Get("logical.table.cache.size");
    const bool rule = !options->Get("key.field.regex").empty();
    if (rule == options->Get("key.field.replacement").empty())
      options->Refuse(rule ? "key.field.regex" : "key.field.replacement",
                      "needs key.field.regex and key.field.replacement together");
    if (!rule) return;
    key_regex_ = options->GetExpression("key.field.regex");
    key_replacement_ = Replacement(options, "key.field.replacement", *key_regex_);
  }

  bool Apply(ConnectRecord* record) const override {
    std::string error;
    if (!regex_.Matches(record->topic)) return true;
    const std::string old = record->topic;
    const std::string topic = regex_.ReplaceFirst(old, replacement_, &error).value_or(old);
    if (topic.empty()) return true;
    record->topic = topic;
    const std::string name = AdjustName(topic, names_, true);
    if (!record->key.is_null()) RouteKey(name, old, &record->key);
    if (record->value.has_schema()) RenameValue(name, &record->value);
    return true;
  }
  bool goes_before_unwrap() const override { return true; }

 private:
  void RouteKey(const std::string& name, const std::string& old, ConnectData* key) const {
    ConnectSchema schema = ConnectSchema::Parse(key->schema);
    if (!schema.is_struct()) Fail(ExitStatus::kData, ": ByLogicalTableRouter: the key is no struct");
    schema.name = name + ".Key";
    if (unique_) {
      schema.fields.push_back(ConnectSchema::Simple("string", false, key_field_));
      std::string error, value = old;
      if (key_regex_ && key_regex_->Matches(old))
        value = key_regex_->ReplaceFirst(old, key_replacement_, &error).value_or(old);
      key->value.pop_back();
      if (schema.fields.size() > 1) key->value += ',';
      AppendJsonString(key->value, key_field_);
      key->value += ':';
      AppendJsonString(key->value, value);
      key->value += '}';
    }
    key->schema = schema.Text();
  }

  /// An envelope's rows have the new name too. Behind ExtractNewRecordState, which this stands in front of, the row
  /// itself is there.
  static void RenameValue(const std::string& name, ConnectData* value) {
    ConnectSchema schema = ConnectSchema::Parse(value->schema);
    const size_t before = schema.Find("before"), after = schema.Find("after");
    const bool envelope = before != std::string::npos && after != std::string::npos && schema.version == "2";
    schema.name = name + (envelope ? ".Envelope" : ".Value");
    if (envelope) schema.fields[before].name = schema.fields[after].name = name + ".Value";
    value->schema = schema.Text();
  }

  JavaRegex regex_;
  std::string replacement_;
  bool unique_;
  std::string key_field_;
  Adjustment names_ = Adjustment::kNone;
  std::optional<JavaRegex> key_regex_;
  std::string key_replacement_;
};

/// Rows of a snapshot as inserts.
class ReadToInsertEvent : public Transform {
 public:
  bool Apply(ConnectRecord* record) const override {
    if (record->value.is_null()) return true;
    const ConnectSchema schema = ConnectSchema::Parse(record->value.schema);
    const size_t op = schema.Find("op");
    if (op == std::string::npos || schema.Find("after") == std::string::npos) return true;
    std::vector<std::string> values = SplitStruct(record->value.value);
    if (values[op] != R"("r")") return true;
    values[op] = R"("c")";
    record->value.value = JoinStruct(schema, values);
    return true;
  }
};

}  // namespace

std::unique_ptr<Transform> MakeRouteTransform(const std::string& type, TransformOptions* options) {
  if (type == "org.apache.kafka.connect.transforms.RegexRouter") return std::make_unique<RegexRouter>(options);
  if (type == "io.debezium.transforms.ByLogicalTableRouter") return std::make_unique<ByLogicalTableRouter>(options);
  if (type == "io.debezium.connector.mysql.transforms.ReadToInsertEvent") return std::make_unique<ReadToInsertEvent>();
  return nullptr;
}

}  // namespace cdc::encode
