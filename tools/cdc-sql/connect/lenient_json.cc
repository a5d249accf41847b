#include "tools/cdc-sql/connect/lenient_json.h"

#include <charconv>
#include <cstdint>

#include "common/json_writer.h"
#include "tools/cdc-sql/run/utf16.h"

namespace cdc::sql {

namespace {

void AppendUnits(uint32_t code, std::u16string* units) {
  if (code < 0x10000) {
    *units += static_cast<char16_t>(code);
    return;
  }
  code -= 0x10000;
  *units += static_cast<char16_t>(0xD800 | (code >> 10));
  *units += static_cast<char16_t>(0xDC00 | (code & 0x3FF));
}

/// One character that begins at `at`; bytes that no length of UTF-8 has are refused.
bool TakeCharacter(std::string_view text, size_t* at, std::u16string* units) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(*at);
  const size_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
  if (length == 0 || *at + length > text.size()) return false;
  uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(*at + i) & 0xC0) != 0x80) return false;
    code = code << 6 | (byte(*at + i) & 0x3F);
  }
  AppendUnits(code, units);
  *at += length;
  return true;
}

/// What stands behind a backslash at `at`.
bool TakeEscape(std::string_view text, size_t* at, std::u16string* units) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  if (*at + 1 >= text.size()) return false;
  const char letter = text[*at + 1];
  *at += 2;
  if (letter != 'u') {
    const size_t found = kLetters.find(letter);
    if (found == std::string_view::npos) return false;
    *units += static_cast<char16_t>(kMeanings[found]);
    return true;
  }
  if (*at + 4 > text.size()) return false;
  uint16_t unit = 0;
  const char* begin = text.data() + *at;
  if (const auto end = std::from_chars(begin, begin + 4, unit, 16); end.ptr != begin + 4) return false;
  *units += static_cast<char16_t>(unit);
  *at += 4;
  return true;
}

}  // namespace

std::optional<std::string> MendJson(std::string_view text) {
  static constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string out;
  std::u16string units;
  size_t at = text.substr(0, kByteOrderMark.size()) == kByteOrderMark ? kByteOrderMark.size() : 0;
  while (at < text.size()) {
    const size_t quote = std::min(text.find('"', at), text.size());
    out.append(text, at, quote - at);
    if (quote == text.size()) break;
    units.clear();
    for (at = quote + 1; at < text.size() && text[at] != '"';)
      if (!(text[at] == '\\' ? TakeEscape(text, &at, &units) : TakeCharacter(text, &at, &units))) return std::nullopt;
    if (at++ == text.size()) return std::nullopt;
    AppendJsonString(out, FromUtf16(units));
  }
  if (out == text) return std::nullopt;
  return out;
}

}  // namespace cdc::sql
