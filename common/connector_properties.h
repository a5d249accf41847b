#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/connector_config.h"

namespace cdc {

/// Which tool of the pipe obeys a connector's property.
enum class PropertyOwner {
  kSource,    ///< binlog-tail
  kRecords,   ///< cdc-encode
  kDelivery,  ///< what stands behind it: producers, topics, the schema history
  kNobody,    ///< it has no meaning here
  kUnknown,   ///< the connector does not know it either
};

struct PropertyInfo {
  std::string_view name;  ///< ends with "*" for a prefix
  PropertyOwner owner;
  /// The only value that the owner can obey, where there is but one; empty: the property must not be set.
  const char* only = nullptr;
  const char* instead = "remove it";  ///< what to do where it must not be set
};

/// The one list of the connector's properties; the first match counts.
PropertyInfo FindProperty(std::string_view name);

/// The same of a property that stands in a file: those of the converters that "converters" names are known too.
PropertyInfo FindProperty(const ConnectorConfig& config, std::string_view name);

/// All names of the list that stand for one property.
std::vector<std::string> KnownProperties();

/// The known name that is nearest to `name`; empty if none is near.
std::string NearestProperty(std::string_view name);

/// Refuses, with 78, a property that nobody knows, and one of `owner` with a value that it cannot obey. `tool` is the
/// owner's name.
void CheckProperties(const ConnectorConfig& config, PropertyOwner owner, const std::string& tool);

/// Says which properties have no meaning here.
void NoteMeaningless(const ConnectorConfig& config);

}  // namespace cdc
