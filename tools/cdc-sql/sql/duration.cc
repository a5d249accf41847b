#include "tools/cdc-sql/sql/duration.h"

#include <regex>

namespace cdc::sql {

bool IsDuration(const std::string& text) {
  static const std::regex kDuration(
      "\\s*(\\d+\\s*(d|days?|h|hours?|m|min|minutes?|s|sec|seconds?|ms|milli|millis|milliseconds?|µs|micros?|"
      "microseconds?|ns|nanos?|nanoseconds?)?|P[0-9DTHMS.]+)\\s*",
      std::regex::icase);
  return std::regex_match(text, kDuration);
}

}  // namespace cdc::sql
