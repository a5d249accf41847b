#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cdc::sql {

/// Milliseconds of Flink's "30 s", "5 min" or "1500" (ms); what is smaller than a millisecond is cut off. Nothing if it
/// is none.
std::optional<int64_t> ParseDurationMillis(std::string_view text);

}  // namespace cdc::sql
