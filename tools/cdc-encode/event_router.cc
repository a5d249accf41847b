#include <algorithm>
#include <map>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "tools/cdc-encode/json_expander.h"
#include "tools/cdc-encode/transform.h"

namespace cdc::encode {
namespace {

[[noreturn]] void Stop(const std::string& why) {
  Fail(ExitStatus::kData, ": EventRouter: " + why, "", "a predicate can keep the transform from other tables");
}

/// A row of the outbox table. A null shows its column's default, as Struct.get gives it.
class OutboxRow {
 public:
  OutboxRow(ConnectSchema schema, const std::string& json) : schema_(std::move(schema)), values_(SplitStruct(json)) {
    for (size_t i = 0; i < values_.size(); ++i)
      if (values_[i] == "null" && !schema_.fields[i].default_value.empty())
        values_[i] = schema_.fields[i].default_value;
  }

  bool Has(const std::string& field) const { return schema_.Find(field) != std::string::npos; }
  const ConnectSchema& SchemaOf(const std::string& field) const { return schema_.fields[Place(field)]; }
  const std::string& ValueOf(const std::string& field) const { return values_[Place(field)]; }
  /// A field that has to be of a type.
  const std::string& ValueOf(const std::string& field, const char* type) const {
    if (SchemaOf(field).type != type)
      Stop("the field " + field + " is of type " + SchemaOf(field).type + ", not " + type);
    return ValueOf(field);
  }
  const std::string& name() const { return schema_.name; }

 private:
  size_t Place(const std::string& field) const {
    const size_t at = schema_.Find(field);
    if (at == std::string::npos) Stop("the row has no field " + field);
    return at;
  }
  ConnectSchema schema_;
  std::vector<std::string> values_;
};

/// Rows of an outbox table as the events that they hold.
class EventRouter : public Transform {
 public:
  EventRouter(HeaderForm headers, TransformOptions* options)
      : headers_(headers),
        id_(options->Get("table.field.event.id", "id")),
        key_(options->Get("table.field.event.key", "aggregateid")),
        payload_(options->Get("table.field.event.payload", "payload")),
        timestamp_(options->Get("table.field.event.timestamp")),
        version_(options->Get("table.field.event.schema.version")),
        route_(options->Get("route.by.field", "aggregatetype")),
        tombstones_(options->GetFlag("route.tombstone.on.empty.payload", false)),
        missing_stops_(options->GetFlag("table.fields.additional.error.on.missing", true)),
        expand_(options->GetFlag("table.expand.json.payload", false)) {
    options->Get("table.field.event.type");  // the original knows it, and does nothing with it
    const std::string nulls = options->Get("table.json.payload.null.behavior", "ignore");
    if (nulls != "ignore" && nulls != "optional_bytes")
      options->Refuse("table.json.payload.null.behavior", "has an unknown value: " + nulls, "ignore or optional_bytes");
    expander_ = JsonExpander(nulls == "optional_bytes");
    invalid_ = options->Get("table.op.invalid.behavior", "warn");
    if (invalid_ != "warn" && invalid_ != "error" && invalid_ != "fatal")
      options->Refuse("table.op.invalid.behavior", "has an unknown value: " + invalid_, "warn, error or fatal");
    regex_ = options->GetExpression("route.topic.regex", "(?<routedByValue>.*)");
    replacement_ = options->Get("route.topic.replacement", "outbox.event.${routedByValue}");
    std::string error;
    if (!regex_.ReplaceFirst("", replacement_, &error))
      options->Refuse("route.topic.replacement", "does not read: " + error);
    for (const std::string& item : options->GetList("table.fields.additional.placement")) AddPlacement(item, options);
  }
  bool keeps_rows() const override { return false; }

  bool Apply(ConnectRecord* record) const override {
    if (record->value.is_null()) return false;
    const ConnectSchema envelope = ConnectSchema::Parse(record->value.schema);
    if (!IsEnvelope(envelope)) return true;
    const std::vector<std::string> parts = SplitStruct(record->value.value);
    const auto part = [&](const char* name) {
      const size_t at = envelope.Find(name);
      if (at == std::string::npos) Stop(std::string("the envelope has no field ") + name);
      return at;
    };
    const std::string& op = parts[part("op")];
    if (op == "\"d\"") return false;
    if (op == "\"u\"") return TakeUpdate(record->key);
    if (parts[part("after")] == "null") Stop("a record holds no row, as of a table that was truncated");
    const OutboxRow row(envelope.fields[part("after")], parts[part("after")]);
    const size_t clock = envelope.Find("ts_ms");
    record->ts_ms = Timestamp(row, clock == std::string::npos ? "null" : parts[clock]);
    AddHeader(record, id_, "id", row);
    ConnectData payload = Payload(row);
    const bool empty = IsEmpty(row, payload);
    record->partition.reset();
    record->value = InEnvelope(Place(row, payload, record), row);
    if (empty && tombstones_) record->value = {};
    ConnectSchema key = row.SchemaOf(key_);
    record->key = {key.Text(), row.ValueOf(key_)};
    Route(row, record);
    return true;
  }

 private:
  enum class Placement { kHeader, kEnvelope, kPartition };
  struct Additional {
    std::string field;
    Placement placement;
    std::string alias;
  };
  /// A struct's fields and their values, or, without fields, a single value.
  struct Body {
    ConnectData payload;
    std::vector<ConnectSchema> fields;
    std::vector<std::string> values;
  };

  void AddPlacement(const std::string& item, TransformOptions* options) {
    const size_t colon = item.find(':'), second = item.find(':', colon + 1);
    const std::string field = item.substr(0, colon);
    const std::string where = colon == std::string::npos
                                  ? ""
                                  : item.substr(colon + 1, second == std::string::npos ? second : second - colon - 1);
    const std::string alias =
        colon == std::string::npos || second == std::string::npos ? field : item.substr(second + 1);
    if (field.empty() || alias.empty() || alias.find(':') != std::string::npos ||
        (where != "header" && where != "envelope" && where != "partition"))
      options->Refuse("table.fields.additional.placement", "has an item that does not read: " + item,
                      "column:header, column:envelope or column:partition, each with :alias behind it if wanted");
    const Placement placement = where == "header"     ? Placement::kHeader
                                : where == "envelope" ? Placement::kEnvelope
                                                      : Placement::kPartition;
    additional_.push_back({field, placement, alias});
    in_envelope_ = in_envelope_ || placement == Placement::kEnvelope;
  }

  /// An outbox is only ever written to. What becomes of a row that is changed.
  bool TakeUpdate(const ConnectData& key) const {
    const std::string what = "EventRouter: a row of the outbox was changed, key " + key.value;
    if (invalid_ == "fatal") Fail(ExitStatus::kData, ": " + what, "", "table.op.invalid.behavior can be warn");
    LogWarning(what + "; passed over");
    return false;
  }

  void AddHeader(ConnectRecord* record, const std::string& field, const std::string& alias,
                 const OutboxRow& row) const {
    ConnectSchema schema = row.SchemaOf(field);
    schema.field.clear();
    encode::AddHeader(record, alias, schema, row.ValueOf(field), headers_);
  }

  std::optional<int64_t> Timestamp(const OutboxRow& row, const std::string& processed) const {
    int64_t value = 0;
    const std::string* json = timestamp_.empty() ? &processed : &row.ValueOf(timestamp_, "int64");
    const bool processing = timestamp_.empty() || *json == "null";
    if (!ParseJsonInteger(processing ? processed : *json, &value)) return std::nullopt;
    if (processing) return value;
    const std::string& name = row.SchemaOf(timestamp_).name;
    if (name == "io.debezium.time.Timestamp") return value;
    if (name == "io.debezium.time.MicroTimestamp") return value / 1000;
    if (name == "io.debezium.time.NanoTimestamp") return value / 1000000;
    Stop("the field " + timestamp_ + " holds no time of an event" + (name.empty() ? "" : ", but " + name));
  }

  ConnectData Payload(const OutboxRow& row) const {
    ConnectSchema schema = row.SchemaOf(payload_);
    schema.field.clear();
    const std::string& value = row.ValueOf(payload_);
    if (!expand_) return {schema.Text(), value};
    std::string text, why = "it is no text";
    if (value[0] == '"' && schema.type == "string" && AppendUnescaped(text, value))
      if (std::optional<ConnectData> expanded = expander_.Expand(payload_, text, &why)) return *expanded;
    LogWarning("EventRouter: the payload of event " + row.ValueOf(id_) + " stays as it is: " + why);
    return {schema.Text(), value};
  }

  bool IsEmpty(const OutboxRow& row, const ConnectData& payload) const {
    std::string text;
    if (payload.value == "null") return true;
    if (row.SchemaOf(payload_).type != "string" || payload.value[0] != '"') return false;
    AppendUnescaped(text, payload.value);
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' '; });
  }

  /// Puts additional fields in their places.
  Body Place(const OutboxRow& row, const ConnectData& payload, ConnectRecord* record) const {
    Body body{payload, {}, {}};
    if (in_envelope_) {
      body.fields.push_back(ConnectSchema::Parse(payload.schema));
      body.fields[0].field = "payload";
      body.values.push_back(payload.value);
    }
    for (const Additional& added : additional_) {
      if (!missing_stops_ && !row.Has(added.field)) continue;
      if (added.placement == Placement::kHeader) AddHeader(record, added.field, added.alias, row);
      if (added.placement == Placement::kEnvelope) {
        body.fields.push_back(row.SchemaOf(added.field));
        body.fields.back().field = added.alias;
        body.values.push_back(row.ValueOf(added.field));
      }
      int64_t number = 0;
      if (added.placement == Placement::kPartition && ParseJsonInteger(row.ValueOf(added.field, "int32"), &number))
        record->partition = static_cast<int>(number);
    }
    return body;
  }

  /// The schema's name has the route of the first event that needed it, as the original keeps schemas.
  ConnectData InEnvelope(const Body& body, const OutboxRow& row) const {
    if (!in_envelope_) return body.payload;
    const std::string version = version_.empty() ? "" : row.ValueOf(version_, "int32");
    ConnectSchema schema = ConnectSchema::Simple("struct", false);
    schema.fields = body.fields;
    const std::string key = version_.empty() ? body.payload.schema : version;
    const auto [kept, fresh] = schemas_.emplace(key, std::string());
    if (fresh) {
      std::string route;
      AppendUnescaped(route, row.ValueOf(route_, "string"));
      const size_t dot = row.name().rfind('.') + 1;
      schema.name = row.name().substr(0, dot) + route + "." + row.name().substr(dot);
      schema.version = version == "null" ? "" : version;
      kept->second = schema.Text();
    }
    return {kept->second, JoinStruct(ConnectSchema::Parse(kept->second), body.values)};
  }

  void Route(const OutboxRow& row, ConnectRecord* record) const {
    std::string error, topic;
    const std::string& json = row.ValueOf(route_, "string");
    if (json == "null") Stop("the field " + route_ + " is null, which routes to no topic");
    AppendUnescaped(topic, json);
    record->topic = regex_.Matches(topic) ? regex_.ReplaceFirst(topic, replacement_, &error).value_or(topic) : topic;
  }

  HeaderForm headers_;
  std::string id_, key_, payload_, timestamp_, version_, route_;
  bool tombstones_, missing_stops_, expand_;
  JsonExpander expander_{false};
  std::string invalid_;
  JavaRegex regex_;
  std::string replacement_;
  std::vector<Additional> additional_;
  bool in_envelope_ = false;
  mutable std::map<std::string, std::string> schemas_;
};

}  // namespace

std::unique_ptr<Transform> MakeEventRouter(const std::string& type, HeaderForm headers, TransformOptions* options) {
  if (type == "io.debezium.transforms.outbox.EventRouter") return std::make_unique<EventRouter>(headers, options);
  return nullptr;
}

}  // namespace cdc::encode
