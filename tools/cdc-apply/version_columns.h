#pragma once

#include <cstdint>
#include <string>

#include "common/calendar.h"

namespace cdc::apply {

/// What --mode scd2 adds to the columns of a table: when a version of a row began, which is the last part of the key,
/// and when it ended, the last column, NULL in the valid one.
constexpr const char* kValidFrom = "__valid_from";
constexpr const char* kValidTo = "__valid_to";
constexpr int kVersionDigits = 6;  ///< after the second

inline std::string VersionTime(int64_t ts_us) {
  std::string text;
  AppendDateTime(text, ts_us, kVersionDigits);
  return text;
}

}  // namespace cdc::apply
