#pragma once

#include <string>
#include <string_view>

namespace cdc::encode {

/// Compact JSON as Jackson's default pretty printer writes it: members on lines of their own, elements beside each
/// other.
std::string PrettyJson(std::string_view compact);

}  // namespace cdc::encode
