#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/connector_config.h"

namespace cdc::encode {

/// What a run with a connector's file would refuse of it, as far as the file alone tells.
struct Refusals {
  std::map<std::string, std::string> reasons;  ///< by property: what is wrong, without its name and place
  std::vector<Error> errors;                   ///< in the order in which a run meets them
};

/// Of a file that was loaded to be explained: its problems, then what binlog-tail refuses, then cdc-encode.
Refusals FindRefusals(const ConnectorConfig& config);

/// A property that is set, but does nothing since another one is not set: what that is; else empty.
std::string IdleBecause(const ConnectorConfig& config, const std::string& property);

/// Warns of each property that does nothing here because of another one.
void WarnOfIdleProperties(const ConnectorConfig& config);

}  // namespace cdc::encode
