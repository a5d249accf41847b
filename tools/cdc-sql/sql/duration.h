#pragma once

#include <string>

namespace cdc::sql {

/// What Flink reads as a span of time: '1 d', '90 s', '500' (milliseconds).
bool IsDuration(const std::string& text);

inline constexpr const char* kDurationHint = "'1 d', '12 h', '30 min' and '90 s' are";

}  // namespace cdc::sql
