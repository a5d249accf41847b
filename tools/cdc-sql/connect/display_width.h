#pragma once

#include <string>
#include <string_view>

namespace cdc::sql {

/// Columns that UTF-8 text takes on a terminal: wide East Asian characters take two.
size_t DisplayWidth(std::string_view text);

/// Control characters as escapes (\\n, \\u001b): the data shall not steer the terminal.
std::string WithoutControls(std::string_view text);

/// The text, or as much of its beginning as leaves room for three dots. `width` >= 4.
std::string CutToWidth(std::string_view text, size_t width);

}  // namespace cdc::sql
