#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/transform.h"

namespace cdc::encode {
namespace {

constexpr char kSuffix[] = ".Envelope";

/// An envelope's parts. What transforms in front left of it need not be whole.
struct Envelope {
  explicit Envelope(const ConnectData& data)
      : schema(ConnectSchema::Parse(data.schema)), values(SplitStruct(data.value)) {}

  struct Part {
    ConnectSchema schema;
    std::string value;
  };
  /// A struct within it, which has to be there.
  Part Row(const char* name) const {
    const size_t at = schema.Find(name);
    if (at == std::string::npos)
      Fail(ExitStatus::kData, std::string(": ExtractNewRecordState: the envelope has no field ") + name);
    return {schema.fields[at], values[at]};
  }

  ConnectSchema schema;
  std::vector<std::string> values;
};

const char* StructOf(AddedField::Part part) {
  return part == AddedField::Part::kSource ? "source" : part == AddedField::Part::kTransaction ? "transaction" : "";
}

/// ExtractNewRecordState on records: where a predicate takes some of them out, or transforms in front change them.
class Unwrap : public Transform {
 public:
  Unwrap(const UnwrapSettings& settings, HeaderForm headers, TransformOptions* options)
      : settings_(settings), headers_(headers) {
    // A null that stands for a column's default is that default here already; the original copies the null.
    for (const auto& [option, fields] :
         {std::pair{"add.fields", &settings.add_fields}, {"add.headers", &settings.add_headers}})
      for (const AddedField& field : *fields)
        if (field.part == AddedField::Part::kBefore || field.part == AddedField::Part::kAfter)
          options->Refuse(option,
                          "has a column, which is not supported by cdc-encode beside a predicate or behind "
                          "transforms of fields",
                          "name only op, clocks and members of source and transaction");
  }
  bool keeps_rows() const override { return false; }

  bool Apply(ConnectRecord* record) const override {
    if (record->value.is_null()) return TakeTombstone(record);
    if (!IsEnvelope(ConnectSchema::Parse(record->value.schema))) return true;
    const Envelope envelope(record->value);
    AddHeaders(envelope, record);
    const Envelope::Part after = envelope.Row("after");
    if (after.value != "null") {
      Route(after, record);
      TakeRow(envelope, after, "\"false\"", record);
      return true;
    }
    const Envelope::Part before = envelope.Row("before");
    if (before.value == "null") return false;  // of a truncated table
    switch (settings_.on_delete) {
      case UnwrapSettings::Delete::kDrop: return false;
      case UnwrapSettings::Delete::kNull:
        Route(before, record);
        record->value.schema = after.schema.Text();
        record->value.value = "null";
        return true;
      // The old row is taken from the record as it came, so that its topic stays.
      case UnwrapSettings::Delete::kRewrite: TakeRow(envelope, before, "\"true\"", record); return true;
    }
    return true;
  }

 private:
  bool TakeTombstone(ConnectRecord* record) const {
    if (!settings_.keep_tombstones) return false;
    const ConnectSchema text = ConnectSchema::Simple("string", false);
    for (const AddedField& added : settings_.add_headers)
      if (added.part == AddedField::Part::kOp) AddHeader(record, added.name, text, "\"d\"", headers_);
    return true;
  }

  /// Copied without its default: what was not set is null. False if the envelope has no such thing.
  static bool Find(const Envelope& envelope, const AddedField& added, ConnectSchema* schema, std::string* value) {
    const size_t part = envelope.schema.Find(StructOf(added.part));
    *value = "null";
    size_t at = std::string::npos;
    if (part != std::string::npos) {
      const ConnectSchema& whole = envelope.schema.fields[part];
      at = whole.Find(added.member);
      if (at != std::string::npos) *schema = whole.fields[at];
      if (at != std::string::npos && envelope.values[part] != "null") *value = SplitStruct(envelope.values[part])[at];
    }
    if (at == std::string::npos) {
      at = envelope.schema.Find(added.member);
      if (at == std::string::npos) return false;
      *schema = envelope.schema.fields[at];
      *value = envelope.values[at];
    }
    if (*value == schema->default_value) *value = "null";
    schema->default_value.clear();
    schema->optional = true;
    schema->field = added.name;
    return true;
  }

  void AddHeaders(const Envelope& envelope, ConnectRecord* record) const {
    const size_t before = record->headers.size();
    for (const AddedField& added : settings_.add_headers) {
      ConnectSchema schema;
      std::string value;
      if (Find(envelope, added, &schema, &value)) AddHeader(record, added.name, schema, value, headers_);
    }
    if (!record->copied)
      record->shared.assign(record->headers.begin() + static_cast<std::ptrdiff_t>(before), record->headers.end());
  }

  /// route.by.field; a value that is blank names none.
  void Route(const Envelope::Part& row, ConnectRecord* record) const {
    if (settings_.route_field.empty()) return;
    const size_t at = row.schema.Find(settings_.route_field);
    std::string topic;
    if (at == std::string::npos || row.schema.fields[at].type != "string")
      Fail(ExitStatus::kData, ": column \"" + settings_.route_field + "\" does not name a topic", "",
           "route.by.field needs a text column that each captured table has");
    const std::string json = SplitStruct(row.value)[at];
    if (json != "null") AppendUnescaped(topic, json);
    if (topic.find_first_not_of(" \t\r\n") != std::string::npos) record->topic = topic;
  }

  void TakeRow(const Envelope& envelope, const Envelope::Part& row, const char* deleted, ConnectRecord* record) const {
    ConnectSchema schema = row.schema.Basics();
    schema.fields = row.schema.fields;
    std::vector<std::string> values = SplitStruct(row.value);
    if (settings_.rewrite()) {
      schema.fields.push_back(ConnectSchema::Simple("string", true, "__deleted"));
      values.emplace_back(deleted);
    }
    for (const AddedField& added : settings_.add_fields) {
      ConnectSchema field;
      std::string value;
      if (!Find(envelope, added, &field, &value)) continue;
      schema.fields.push_back(std::move(field));
      values.push_back(std::move(value));
    }
    record->value = {schema.Text(), JoinStruct(schema, values)};
  }

  UnwrapSettings settings_;
  HeaderForm headers_;
};

}  // namespace

bool IsEnvelope(const ConnectSchema& schema) {
  const std::string_view suffix = kSuffix;
  return schema.is_struct() && schema.name.size() >= suffix.size() &&
         schema.name.compare(schema.name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

std::unique_ptr<Transform> MakeUnwrap(const UnwrapSettings& settings, HeaderForm headers, TransformOptions* options) {
  return std::make_unique<Unwrap>(settings, headers, options);
}

}  // namespace cdc::encode
