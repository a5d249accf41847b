#pragma once

#include <string>
#include <string_view>

namespace cdc {

/// The bytes of a binary column in a change line (cdc-stream.5, "Column values"): a string of base64, or
/// {"@hex":"…"}. False if `raw` is neither; `bytes` is overwritten.
bool DecodeBinaryText(std::string_view raw, std::string* bytes);

/// The digits of {"@hex":"…"}; empty for any other value.
std::string_view HexDigits(std::string_view raw);

/// Lower-case digits, two a byte.
void AppendHex(std::string& out, std::string_view bytes);

}  // namespace cdc
