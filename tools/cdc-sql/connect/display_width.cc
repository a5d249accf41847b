#include "tools/cdc-sql/connect/display_width.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace cdc::sql {

namespace {

/// Display width: wide East Asian characters count as two.
size_t CharacterWidth(uint32_t code) {
  return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                 (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                 (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                 (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x20000 && code <= 0x3FFFD)
             ? 2
             : 1;
}

/// Bytes of the character that begins at `at`, and its code.
size_t NextCharacter(std::string_view text, size_t at, uint32_t* code) {
  const auto first = static_cast<unsigned char>(text[at]);
  size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  size = std::min(size, text.size() - at);
  *code = size == 1 ? first : first & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) *code = (*code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return size;
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    at += NextCharacter(text, at, &code);
    width += CharacterWidth(code);
  }
  return width;
}

std::string WithoutControls(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    const size_t bytes = NextCharacter(text, at, &code);
    if (code >= 0x20 && (code < 0x7F || code > 0x9F)) {
      out += text.substr(at, bytes);
    } else if (code == '\n' || code == '\r' || code == '\t') {
      out += code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t";
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(code & 0xFFFF));
      out += escape;
    }
    at += bytes;
  }
  return out;
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  size_t at = 0, used = 0;
  while (at < text.size()) {
    uint32_t code = 0;
    const size_t bytes = NextCharacter(text, at, &code);
    if (used + CharacterWidth(code) > width - 3) break;
    used += CharacterWidth(code);
    at += bytes;
  }
  return std::string(text.substr(0, at)) + "...";
}

}  // namespace cdc::sql
