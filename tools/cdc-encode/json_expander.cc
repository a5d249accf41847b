#include "tools/cdc-encode/json_expander.h"

#include <algorithm>
#include <vector>

#include "common/error.h"
#include "common/java_number.h"
#include "common/json_scan.h"
#include "tools/cdc-encode/connect_schema.h"

namespace cdc::encode {
namespace {

/// A text that has no schema.
struct Unlike {
  std::string why;
};

enum class Node { kNull, kBoolean, kNumber, kString, kArray, kObject };

Node NodeOf(std::string_view json) {
  switch (json[0]) {
    case 'n': return Node::kNull;
    case 't':
    case 'f': return Node::kBoolean;
    case '"': return Node::kString;
    case '[': return Node::kArray;
    case '{': return Node::kObject;
    default: return Node::kNumber;
  }
}

/// The smallest of int32 and int64 that holds it, else double, as also for whole numbers beyond.
std::string NumberType(std::string_view json) {
  int64_t value;
  if (!ParseJsonInteger(json, &value)) return "double";
  return value >= INT32_MIN && value <= INT32_MAX ? "int32" : "int64";
}

std::string Unescaped(std::string_view raw) {
  std::string text;
  return AppendUnescaped(text, raw) ? text : std::string(raw.substr(1, raw.size() - 2));
}

std::vector<std::string_view> Elements(std::string_view array) {
  std::vector<std::string_view> elements;
  JsonElements walk(array);
  while (walk.Next()) elements.push_back(walk.value());
  return elements;
}

[[noreturn]] void Misfit(std::string_view node) {
  Fail(ExitStatus::kData, ": EventRouter: the payload does not fit the schema that it gives, at", std::string(node),
       "table.expand.json.payload takes objects, in arrays elements of one kind, and no whole numbers beyond 64 bits");
}

/// Fields of both; one that was only ever null takes the other's type.
ConnectSchema Merge(const ConnectSchema& left, const ConnectSchema& right) {
  ConnectSchema merged = left.Basics();
  merged.fields = left.fields;
  for (const ConnectSchema& field : right.fields) {
    const size_t at = merged.Find(field.field);
    if (at == std::string::npos)
      merged.fields.push_back(field);
    else if (merged.fields[at].type == "bytes")
      merged.fields[at] = field;
  }
  return merged;
}

}  // namespace

/// What an array's elements have in common. Errors: Unlike.
ConnectSchema JsonExpander::ItemsOf(const std::string& key, std::string_view array) const {
  const std::vector<std::string_view> elements = Elements(array);
  std::string_view sample = "null";
  for (const std::string_view element : elements) {
    if (NodeOf(element) == Node::kNull) continue;
    if (sample == "null") sample = element;
    if (NodeOf(element) != NodeOf(sample) ||
        (NodeOf(sample) == Node::kNumber && NumberType(element) != NumberType(sample)))
      throw Unlike{"an array has elements of several kinds"};
  }
  if (NodeOf(sample) != Node::kObject) {
    std::optional<ConnectSchema> items = SchemaOf({}, sample);
    if (!items) throw Unlike{"an array has no element that tells its type"};
    return *items;
  }
  std::optional<ConnectSchema> merged;
  std::vector<std::string> seen;
  for (const std::string_view element : elements) {
    if (NodeOf(element) != Node::kObject) continue;
    const ConnectSchema schema = *SchemaOf(key, element);
    if (std::find(seen.begin(), seen.end(), schema.Text()) != seen.end()) continue;
    seen.push_back(schema.Text());
    merged = merged ? Merge(*merged, schema) : schema;
  }
  return *merged;
}

/// Nothing for what is left out. Errors: Unlike.
std::optional<ConnectSchema> JsonExpander::SchemaOf(const std::string& key, std::string_view node) const {
  switch (NodeOf(node)) {
    case Node::kNull:
      if (!null_as_bytes_) return std::nullopt;
      return ConnectSchema::Simple("bytes", true);
    case Node::kBoolean: return ConnectSchema::Simple("boolean", true);
    case Node::kString: return ConnectSchema::Simple("string", true);
    case Node::kNumber: return ConnectSchema::Simple(NumberType(node), true);
    case Node::kArray: {
      if (Elements(node).empty()) return std::nullopt;
      ConnectSchema schema = ConnectSchema::Simple("array", true);
      schema.items = ItemsOf(key, node).Text();
      return schema;
    }
    case Node::kObject: break;
  }
  ConnectSchema schema = ConnectSchema::Simple("struct", true);
  schema.name = key;
  JsonMembers members(node);
  while (members.Next()) {
    const std::string name = Unescaped(members.raw_name());
    std::optional<ConnectSchema> field = SchemaOf(key.empty() ? name : key + "." + name, members.value());
    if (!field || schema.Find(name) != std::string::npos) continue;
    field->field = name;
    schema.fields.push_back(std::move(*field));
  }
  return schema;
}

std::string JsonExpander::ValueOf(std::string_view node, const ConnectSchema& schema) const {
  std::string out;
  switch (NodeOf(node)) {
    case Node::kNull: return "null";
    case Node::kBoolean:
      if (schema.type != "boolean") Misfit(node);
      return std::string(node);
    case Node::kString:
      if (schema.type != "string") Misfit(node);
      AppendConnectString(out, Unescaped(node));
      return out;
    case Node::kNumber: {
      const bool whole = node.find_first_of(".eE") == std::string_view::npos;
      double value = 0;
      int64_t integer = 0;
      if (NumberType(node) != schema.type || (whole && schema.type == "double")) Misfit(node);
      if (ParseJsonInteger(node, &integer)) return std::to_string(integer);
      if (!ParseReal(node, &value)) Misfit(node);
      AppendJavaDouble(out, value);
      return out;
    }
    case Node::kArray: {
      if (schema.type != "array") Misfit(node);
      const ConnectSchema items = ConnectSchema::Parse(schema.items);
      for (const std::string_view element : Elements(node)) out += (out.empty() ? "" : ",") + ValueOf(element, items);
      return "[" + out + "]";
    }
    case Node::kObject: break;
  }
  if (!schema.is_struct()) Misfit(node);
  std::vector<std::string> values(schema.fields.size(), "null");
  JsonMembers members(node);
  while (members.Next())
    if (const size_t at = schema.Find(Unescaped(members.raw_name())); at != std::string::npos)
      values[at] = ValueOf(members.value(), schema.fields[at]);
  return JoinStruct(schema, values);
}

std::optional<ConnectData> JsonExpander::Expand(const std::string& name, std::string_view text,
                                                std::string* why) const {
  *why = "it is no JSON object or array";
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return std::nullopt;
  // What stands behind the first value is not looked at.
  const size_t end = SkipJsonValue(text, 0);
  if (end == std::string_view::npos || !IsJson(text.substr(0, end))) return std::nullopt;
  text = text.substr(0, end);
  try {
    const std::optional<ConnectSchema> schema = SchemaOf(name, text);
    if (!schema || !schema->is_struct()) Misfit(text);
    return ConnectData{schema->Text(), ValueOf(text, *schema)};
  } catch (const Unlike& unlike) {
    *why = unlike.why;
    return std::nullopt;
  }
}

}  // namespace cdc::encode
