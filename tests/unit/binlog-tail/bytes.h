#pragma once

#include <string>
#include <string_view>

#include "tools/binlog-tail/byte_cursor.h"
#include "tools/binlog-tail/text_buffer.h"

namespace cdc::tail {

/// Bytes from hex digits; blanks are ignored.
inline std::string FromHex(std::string_view hex) {
  std::string bytes;
  int high = -1;
  for (char c : hex) {
    if (c == ' ' || c == '\n') continue;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  return bytes;
}

inline ByteCursor CursorOver(const std::string& bytes) {
  return ByteCursor(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

/// What `append(out, cursor)` makes of the bytes.
template <typename Append>
std::string TextOf(std::string_view hex, Append append) {
  const std::string bytes = FromHex(hex);
  ByteCursor cursor = CursorOver(bytes);
  TextBuffer out;
  append(out, cursor);
  return std::string(out.view());
}

}  // namespace cdc::tail
