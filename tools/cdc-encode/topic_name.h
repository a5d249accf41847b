#pragma once

#include <string>
#include <string_view>

namespace cdc::encode {

/// The default naming strategy: parts that are not empty joined by `delimiter`; each UTF-16 unit outside
/// [A-Za-z0-9._-] becomes "_"; at most 249 characters.
std::string TopicName(std::string_view prefix, std::string_view db, std::string_view table, std::string_view delimiter);

}  // namespace cdc::encode
