#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/cdc-encode/connect_record.h"

namespace cdc::encode {

/// EventRouter's table.expand.json.payload: a schema for a JSON text, and its value by that schema.
class JsonExpander {
 public:
  /// `null_as_bytes`: table.json.payload.null.behavior is optional_bytes; else members that are null are left out.
  explicit JsonExpander(bool null_as_bytes) : null_as_bytes_(null_as_bytes) {}

  /// `name`: of the outermost struct; those within have the way to them behind it. Nothing, with `why`, for a text that
  /// is to stay as it is: no object or array, or an array of unlike elements. Errors: 65 for one that has a schema that
  /// its own values do not fit, which stops the original too.
  std::optional<ConnectData> Expand(const std::string& name, std::string_view text, std::string* why) const;

 private:
  std::optional<ConnectSchema> SchemaOf(const std::string& key, std::string_view node) const;
  ConnectSchema ItemsOf(const std::string& key, std::string_view array) const;
  std::string ValueOf(std::string_view node, const ConnectSchema& schema) const;
  bool null_as_bytes_;
};

}  // namespace cdc::encode
