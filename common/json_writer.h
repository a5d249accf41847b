#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace cdc {

/// The one escape rule of every line that we write, which is Jackson's, so that text can be copied into records as it
/// stands: \" \\ \b \t \n \f \r; other characters below U+0020 as \u00XX with upper-case hex; everything else raw.
/// `text` must be valid UTF-8 (see AppendJsonStringLossy).
void AppendJsonString(std::string& out, std::string_view text);

/// The same without the quotes.
void AppendJsonEscaped(std::string& out, std::string_view text);

/// For messages and dumps: bytes that are not UTF-8 become U+FFFD.
void AppendJsonStringLossy(std::string& out, std::string_view bytes);

template <typename Integer>
void AppendInteger(std::string& out, Integer value) {
  static_assert(std::is_integral_v<Integer>);
  char digits[24];
  const auto result = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, static_cast<size_t>(result.ptr - digits));
}

/// Standard alphabet, padded.
void AppendBase64(std::string& out, std::string_view bytes);

/// False if `text` is not padded standard base64; `out` is appended to.
bool DecodeBase64(std::string_view text, std::string* out);

/// True if `bytes` are well-formed UTF-8 (no surrogates, no overlong forms).
bool IsUtf8(std::string_view bytes);

}  // namespace cdc
