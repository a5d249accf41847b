#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cdc::sql {

/// JSON text that is none by the letter, as Flink's parser (Jackson) reads it: a byte order mark at the beginning,
/// control characters in strings, halves of surrogate pairs (which become ?), and characters in more bytes of UTF-8
/// than they need. Nothing if there is none of it, or something that Jackson refuses too.
std::optional<std::string> MendJson(std::string_view text);

}  // namespace cdc::sql
