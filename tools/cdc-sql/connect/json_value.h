#pragma once

#include <simdjson.h>

#include <string_view>

#include "tools/cdc-sql/connect/json_field.h"

namespace cdc::sql {

/// A JSON value in front of the reader, as SetJsonField takes it.
struct JsonValue {
  bool is_null = false;
  JsonFieldKind kind = JsonFieldKind::kText;
  std::string_view text;  ///< stays until the document's next string is read
};

/// Errors: simdjson_error.
JsonValue TakeJsonValue(simdjson::ondemand::value& value);

/// The object's own text.
std::string_view RawObject(simdjson::ondemand::value& value);

}  // namespace cdc::sql
