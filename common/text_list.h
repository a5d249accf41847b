#pragma once

#include <string>
#include <vector>

namespace cdc {

/// The items of a list with commas, without blanks and without empty ones; for lists of plain words.
std::vector<std::string> SplitList(const std::string& text);

}  // namespace cdc
