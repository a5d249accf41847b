#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cdc::encode {

/// The first `bytes` of a text of UTF-8 at most, whole characters.
std::string_view UpToCharacter(std::string_view text, size_t bytes);

/// JSON text as Kafka Connect's JsonConverter writes it: as common's escape rule, but characters beyond U+FFFF stand
/// as two \uXXXX escapes (upper case), since Jackson writes surrogates so.
void AppendConnectString(std::string& out, std::string_view utf8);

/// Copies a raw JSON string (with its quotes) that follows common's escape rule, surrogates escaped as above.
void AppendConnectRawString(std::string& out, std::string_view raw);

/// The same in pieces, for a long string.
void WriteConnectRawString(std::string_view raw, const std::function<void(std::string_view)>& sink);

/// The schema of a field of a Connect struct.
struct FieldSchema {
  std::string field;     ///< the field's name
  std::string type;      ///< "int32", "string", "bytes", "struct", "array", …
  std::string contents;  ///< of struct and array: `"fields":[…]` or `"items":{…}`
  bool optional = true;
  std::string name;  ///< semantic name; empty: none
  int version = 0;   ///< 0: none
  std::optional<std::string> doc;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string default_json;  ///< empty: none

  /// The schema as an object; `with_field`: with the member "field", as it stands in its struct.
  void AppendJson(std::string& out, bool with_field) const;
};

/// `{"type":"struct","fields":[…],"optional":…,"name":…[,"version":…][,"field":…]}`
void AppendStructSchema(std::string& out, const std::vector<FieldSchema>& fields, bool optional, std::string_view name,
                        int version, std::string_view field);

}  // namespace cdc::encode
