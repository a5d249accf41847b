#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cdc::sql {

/// The characters of a text, as views.
inline std::vector<std::string_view> Characters(std::string_view text) {
  std::vector<std::string_view> characters;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const size_t size = std::min<size_t>(first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, text.size() - i);
    characters.push_back(text.substr(i, size));
    i += size;
  }
  return characters;
}

/// The code of one character.
inline uint32_t CodeOf(std::string_view c) {
  const auto first = static_cast<unsigned char>(c[0]);
  uint32_t code = c.size() == 1 ? first : first & (0xFFU >> (c.size() + 1));
  for (size_t i = 1; i < c.size(); ++i) code = (code << 6) | (static_cast<unsigned char>(c[i]) & 0x3F);
  return code;
}

/// The parts between separators; an empty one stands between any two characters.
inline std::vector<std::string_view> SplitAt(std::string_view text, std::string_view separator) {
  if (separator.empty()) return Characters(text);
  std::vector<std::string_view> parts;
  for (size_t at = 0;;) {
    const size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end == std::string_view::npos ? std::string_view::npos : end - at));
    if (end == std::string_view::npos) return parts;
    at = end + separator.size();
  }
}

/// What a hexadecimal digit stands for; -1 if it is none.
inline int HexValue(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

}  // namespace cdc::sql
