#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cdc::apply::iceberg {

using Json = nlohmann::ordered_json;

/// A file of Avro's container format (Avro 1.11 specification, "Object Container Files"), as Iceberg's manifests and
/// manifest lists are. Values are JSON: bytes and fixed are binary values, a union is the value of its branch.
struct AvroFile {
  Json schema;
  std::map<std::string, std::string> metadata;  ///< without avro.schema and avro.codec
  std::vector<Json> records;
};

/// Unions may be of null and one other type only; a record's field that a value lacks is null. Errors: 70 for a value
/// that does not fit the schema.
std::string EncodeAvro(const AvroFile& file);

/// Codecs null and deflate. Errors: 65, beginning with `where`.
AvroFile DecodeAvro(std::string_view bytes, const std::string& where);

}  // namespace cdc::apply::iceberg
