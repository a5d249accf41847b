#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tools/cdc-sql/run/time_zone.h"

namespace cdc::sql {

/// What SET changes.
struct Session {
  std::map<std::string, std::string> options;
  TimeZone zone;                              ///< table.local-time-zone
  std::string database = "default_database";  ///< USE

  std::string Get(const std::string& key, const std::string& fallback) const {
    const auto found = options.find(key);
    return found == options.end() ? fallback : found->second;
  }
};

}  // namespace cdc::sql
