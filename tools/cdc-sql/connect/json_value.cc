#include "tools/cdc-sql/connect/json_value.h"

#include <cstring>

namespace cdc::sql {

namespace sj = simdjson::ondemand;

namespace {

std::string_view Token(sj::value& value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() &&
         (token.back() == ' ' || token.back() == '\t' || token.back() == '\n' || token.back() == '\r'))
    token.remove_suffix(1);
  return token;
}

/// Most strings have no escapes: their text is there as it is.
std::string_view TextOf(sj::value& value) {
  const std::string_view token = Token(value);
  if (std::memchr(token.data(), '\\', token.size()) != nullptr || token.size() < 2) return value.get_string();
  return token.substr(1, token.size() - 2);
}

}  // namespace

JsonValue TakeJsonValue(sj::value& value) {
  switch (value.type()) {
    case sj::json_type::null:
      if (!value.is_null()) throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
      return {true, JsonFieldKind::kText, {}};
    case sj::json_type::boolean:
      return value.get_bool() ? JsonValue{false, JsonFieldKind::kTrue, "true"}
                              : JsonValue{false, JsonFieldKind::kFalse, "false"};
    case sj::json_type::string: return {false, JsonFieldKind::kText, TextOf(value)};
    case sj::json_type::number: return {false, JsonFieldKind::kNumber, Token(value)};
    case sj::json_type::object: return {false, JsonFieldKind::kObject, RawObject(value)};
    case sj::json_type::array: {
      sj::array array = value.get_array();
      return {false, JsonFieldKind::kArray, array.raw_json()};
    }
    default: throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
  }
}

std::string_view RawObject(sj::value& value) {
  sj::object object = value.get_object();
  return object.raw_json();
}

}  // namespace cdc::sql
