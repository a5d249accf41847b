#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cdc::tail {

/// Text in a client's character set as a JSON value; {"@base64":…} where it is not valid there.
void AppendClientText(std::string& out, std::string_view text, std::optional<uint16_t> collation);

}  // namespace cdc::tail
