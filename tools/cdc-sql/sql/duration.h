#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cdc::sql {

/// Milliseconds of a span of time as Flink's options have it: "30 s", "5 min", "1500" (ms), "PT1H30M". What is smaller
/// than a millisecond is cut off. Nothing if it is none.
std::optional<int64_t> ParseDurationMillis(std::string_view text);

inline constexpr const char* kDurationHint = "'1 d', '12 h', '30 min' and '90 s' are";

}  // namespace cdc::sql
