#include "tools/cdc-sql/run/charset.h"

#include <cstdint>
#include <utility>

#include "tools/cdc-sql/run/utf16.h"

namespace cdc::sql {

namespace {

constexpr std::string_view kBad = "\xEF\xBF\xBD";

bool IsHigh(uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}

bool IsLow(uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

/// As Java's UnicodeDecoder: the half of a character takes with it what stands in the other half's place.
void AppendUtf16(std::string* out, std::string_view bytes, Charset charset) {
  bool little = charset == Charset::kUtf16Le;
  const auto unit = [&](size_t i) {
    const auto a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(little ? b << 8 | a : a << 8 | b);
  };
  size_t at = 0;
  if (charset == Charset::kUtf16 && bytes.size() >= 2 && (unit(0) == 0xFEFF || unit(0) == 0xFFFE)) {
    little = unit(0) == 0xFFFE;
    at = 2;
  }
  while (at < bytes.size()) {
    const size_t left = bytes.size() - at;
    const uint32_t first = left < 2 ? 0 : unit(at);
    if (left < 2 || (IsHigh(first) && left < 4)) {
      *out += kBad;
      return;
    }
    at += IsHigh(first) ? 4 : 2;
    if (IsHigh(first) && IsLow(unit(at - 2))) {
      *out += FromCode(0x10000 + ((first - 0xD800) << 10) + (unit(at - 2) - 0xDC00));
    } else if (IsHigh(first) || IsLow(first)) {
      *out += kBad;
    } else {
      *out += FromCode(first);
    }
  }
}

}  // namespace

std::optional<Charset> FindCharset(std::string_view name) {
  std::string upper(name);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  static constexpr std::pair<std::string_view, Charset> kNames[] = {
      {"UTF-8", Charset::kUtf8},    {"UTF8", Charset::kUtf8},        {"ISO-8859-1", Charset::kLatin1},
      {"LATIN1", Charset::kLatin1}, {"US-ASCII", Charset::kAscii},   {"ASCII", Charset::kAscii},
      {"UTF-16", Charset::kUtf16},  {"UTF-16BE", Charset::kUtf16Be}, {"UTF-16LE", Charset::kUtf16Le}};
  for (const auto& [known, charset] : kNames)
    if (upper == known) return charset;
  return std::nullopt;
}

void AppendEncoded(std::string* out, std::string_view text, Charset charset) {
  if (charset == Charset::kUtf8) {
    *out += text;
    return;
  }
  if (charset == Charset::kUtf16 && !text.empty()) *out += "\xFE\xFF";
  const std::u16string units = ToUtf16(text);
  for (size_t i = 0; i < units.size(); ++i) {
    const uint32_t unit = units[i];
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    if (charset == Charset::kUtf16Le) {
      *out += {low, high};
    } else if (charset == Charset::kUtf16 || charset == Charset::kUtf16Be) {
      *out += {high, low};
    } else {
      *out += unit < (charset == Charset::kAscii ? 0x80U : 0x100U) ? low : '?';
      if (IsHigh(unit)) ++i;  // two units are one character
    }
  }
}

void AppendDecoded(std::string* out, std::string_view bytes, Charset charset) {
  if (charset == Charset::kUtf8) return AppendDecoded(out, bytes);
  if (charset != Charset::kLatin1 && charset != Charset::kAscii) return AppendUtf16(out, bytes, charset);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *out += charset == Charset::kAscii && byte > 0x7F ? std::string(kBad) : FromCode(byte);
  }
}

}  // namespace cdc::sql
