#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cdc::encode {

/// A Connect schema as a tree; what no transform looks into stays the JSON text that it was.
struct ConnectSchema {
  std::string type;
  std::vector<ConnectSchema> fields;  ///< of a struct
  std::string items, keys, values;    ///< JSON of an array's or map's parts
  bool optional = false;
  std::string name;           ///< empty: none
  std::string version;        ///< digits; empty: none
  std::string doc;            ///< JSON string; empty: none
  std::string parameters;     ///< JSON object; empty: none
  std::string default_value;  ///< JSON; empty: none
  std::string field;          ///< name within its struct

  static ConnectSchema Parse(std::string_view json);
  /// As JsonConverter writes it; `with_field`: as a member of a struct.
  void Append(std::string& out, bool with_field) const;
  std::string Text() const;
  bool is_struct() const { return type == "struct"; }
  /// The place of a field, or npos.
  size_t Find(std::string_view name) const;
  /// A new struct with the name, version, doc and parameters of this one (SchemaUtil.copySchemaBasics), no fields.
  ConnectSchema Basics() const;
  static ConnectSchema Simple(std::string type, bool optional, std::string field = {});
};

/// A record's key or value: a schema and a value, both as JsonConverter writes them.
struct ConnectData {
  std::string schema;          ///< JSON; empty: none
  std::string value = "null";  ///< JSON

  bool is_null() const { return value == "null"; }
  bool has_schema() const { return !schema.empty(); }
  /// The bytes that the converter makes of it: nothing for a null without a schema.
  std::optional<std::string> Bytes(bool with_schema) const;
};

/// A record between the connector and the converters.
struct ConnectRecord {
  std::string topic;
  std::optional<int> partition;
  std::optional<int64_t> ts_ms;  ///< the connector itself gives none
  ConnectData key, value;
  using Headers = std::vector<std::pair<std::string, std::string>>;
  Headers headers;      ///< name; value as it stands in a record line
  bool copied = false;  ///< a transform made a new record of the connector's
  Headers shared;       ///< those that were added to the connector's record, which its tombstone has too
};

/// A number in full; false for other text.
bool ParseReal(std::string_view text, double* value);

/// The values of a struct's members, in the order of its fields.
std::vector<std::string> SplitStruct(std::string_view json);
/// And back.
std::string JoinStruct(const ConnectSchema& schema, const std::vector<std::string>& values);

}  // namespace cdc::encode
