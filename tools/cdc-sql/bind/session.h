#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace cdc::sql {

/// What SET changes.
struct Session {
  std::map<std::string, std::string> options;
  int64_t zone_seconds = 0;  ///< table.local-time-zone, east of UTC

  std::string Get(const std::string& key, const std::string& fallback) const {
    const auto found = options.find(key);
    return found == options.end() ? fallback : found->second;
  }
};

}  // namespace cdc::sql
