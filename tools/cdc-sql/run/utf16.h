#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdc::sql {

/// Text as Java's String has it, for functions that count or cut its units: a character beyond the first 65,536 is two.
std::u16string ToUtf16(std::string_view utf8);
/// Half a character becomes ?, as Java writes it.
std::string FromUtf16(std::u16string_view units);
/// Bytes as UTF-8; what is none becomes U+FFFD, one for all bytes that could begin a character.
void AppendDecoded(std::string* out, std::string_view bytes);
/// One character in UTF-8.
std::string FromCode(uint32_t code);

}  // namespace cdc::sql
