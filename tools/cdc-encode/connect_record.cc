#include "tools/cdc-encode/connect_record.h"

#include <charconv>

#include "common/json_scan.h"
#include "common/json_writer.h"

namespace cdc::encode {

ConnectSchema ConnectSchema::Parse(std::string_view json) {
  ConnectSchema schema;
  JsonMembers members(json);
  while (members.Next()) {
    const std::string_view name = members.name(), value = members.value();
    if (name == "type")
      AppendUnescaped(schema.type, value);
    else if (name == "fields") {
      JsonElements fields(value);
      while (fields.Next()) schema.fields.push_back(Parse(fields.value()));
    } else if (name == "items")
      schema.items = value;
    else if (name == "keys")
      schema.keys = value;
    else if (name == "values")
      schema.values = value;
    else if (name == "optional")
      schema.optional = value == "true";
    else if (name == "name")
      AppendUnescaped(schema.name, value);
    else if (name == "version")
      schema.version = value;
    else if (name == "doc")
      schema.doc = value;
    else if (name == "parameters")
      schema.parameters = value;
    else if (name == "default")
      schema.default_value = value;
    else if (name == "field")
      AppendUnescaped(schema.field, value);
  }
  return schema;
}

void ConnectSchema::Append(std::string& out, bool with_field) const {
  const auto member = [&](const char* head, const std::string& json) {
    if (json.empty()) return;
    out += head;
    out += json;
  };
  out += "{\"type\":\"" + type + '"';
  if (is_struct()) {
    out += ",\"fields\":[";
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += ',';
      fields[i].Append(out, true);
    }
    out += ']';
  }
  member(",\"items\":", items);
  member(",\"keys\":", keys);
  member(",\"values\":", values);
  out += optional ? ",\"optional\":true" : ",\"optional\":false";
  if (!name.empty()) {
    out += ",\"name\":";
    AppendJsonString(out, name);
  }
  member(",\"version\":", version);
  member(",\"doc\":", doc);
  member(",\"parameters\":", parameters);
  member(",\"default\":", default_value);
  if (with_field) {
    out += ",\"field\":";
    AppendJsonString(out, field);
  }
  out += '}';
}

std::string ConnectSchema::Text() const {
  std::string out;
  Append(out, false);
  return out;
}

size_t ConnectSchema::Find(std::string_view wanted) const {
  for (size_t i = 0; i < fields.size(); ++i)
    if (fields[i].field == wanted) return i;
  return std::string::npos;
}

ConnectSchema ConnectSchema::Basics() const {
  ConnectSchema basics;
  basics.type = "struct";
  basics.name = name;
  basics.version = version;
  basics.doc = doc;
  basics.parameters = parameters;
  return basics;
}

ConnectSchema ConnectSchema::Simple(std::string type, bool optional, std::string field) {
  ConnectSchema schema;
  schema.type = std::move(type);
  schema.optional = optional;
  schema.field = std::move(field);
  return schema;
}

std::optional<std::string> ConnectData::Bytes(bool with_schema) const {
  if (!has_schema() && is_null()) return std::nullopt;
  if (!with_schema) return value;
  return "{\"schema\":" + (has_schema() ? schema : "null") + ",\"payload\":" + value + "}";
}

bool ParseReal(std::string_view text, double* value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

std::vector<std::string> SplitStruct(std::string_view json) {
  std::vector<std::string> values;
  JsonMembers members(json);
  while (members.Next()) values.emplace_back(members.value());
  return values;
}

std::string JoinStruct(const ConnectSchema& schema, const std::vector<std::string>& values) {
  std::string out = "{";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(out, schema.fields[i].field);
    out += ':';
    out += values[i];
  }
  return out + "}";
}

}  // namespace cdc::encode
