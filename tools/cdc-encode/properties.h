#pragma once

#include <string>
#include <string_view>

namespace cdc::encode {

/// What a connector's property means to this tool.
enum class PropertyRole {
  kRecords,      ///< read by ApplyConnectorConfig
  kElsewhere,    ///< of the source or of delivery: another tool of the pipe reads it
  kMeaningless,  ///< has no meaning here; said once
  kDefaultOnly,  ///< only the connector's default is possible here
  kUnknown,
};

struct PropertyInfo {
  std::string_view name;  ///< ends with "*" for a prefix
  PropertyRole role;
  std::string_view default_value;  ///< of kDefaultOnly; empty: it must not be set
};

/// The one list of properties; the first match counts.
PropertyInfo FindProperty(std::string_view name);

/// The known name that is nearest to `name`; empty if none is near.
std::string NearestProperty(std::string_view name);

}  // namespace cdc::encode
