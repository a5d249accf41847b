#include "common/json_writer.h"

#include <array>

#include <simdjson.h>

namespace cdc {
namespace {

// For each byte: 0 = raw, 'u' = \u00XX, else the letter after the backslash.
constexpr std::array<char, 256> kEscape = [] {
  std::array<char, 256> table{};
  for (size_t byte = 0; byte < 0x20; ++byte) table[byte] = 'u';
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\t'] = 't';
  table['\n'] = 'n';
  table['\f'] = 'f';
  table['\r'] = 'r';
  return table;
}();

constexpr char kHex[] = "0123456789ABCDEF";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> kBase64Value = [] {
  std::array<int8_t, 256> table{};
  for (auto& value : table) value = -1;
  for (int i = 0; i < 64; ++i) table[static_cast<unsigned char>(kBase64[i])] = static_cast<int8_t>(i);
  return table;
}();

}  // namespace

void AppendJsonEscaped(std::string& out, std::string_view text) {
  size_t run = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = kEscape[byte];
    if (escape == 0) continue;
    out.append(text, run, i - run);
    run = i + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') {
      out += '0';
      out += '0';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  out.append(text, run, text.size() - run);
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  AppendJsonEscaped(out, text);
  out += '"';
}

bool IsUtf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

void AppendJsonStringLossy(std::string& out, std::string_view bytes) {
  if (IsUtf8(bytes)) return AppendJsonString(out, bytes);
  out += '"';
  size_t at = 0;
  while (at < bytes.size()) {
    size_t length = 1;
    const auto lead = static_cast<unsigned char>(bytes[at]);
    if (lead >= 0xF0)
      length = 4;
    else if (lead >= 0xE0)
      length = 3;
    else if (lead >= 0xC0)
      length = 2;
    if (at + length <= bytes.size() && IsUtf8(bytes.substr(at, length))) {
      AppendJsonEscaped(out, bytes.substr(at, length));
      at += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++at;
    }
  }
  out += '"';
}

void AppendBase64(std::string& out, std::string_view bytes) {
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const unsigned word = static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) << 16 |
                          static_cast<unsigned>(static_cast<unsigned char>(bytes[i + 1])) << 8 |
                          static_cast<unsigned char>(bytes[i + 2]);
    const char quad[4] = {kBase64[word >> 18], kBase64[word >> 12 & 63], kBase64[word >> 6 & 63], kBase64[word & 63]};
    out.append(quad, 4);
  }
  const size_t rest = bytes.size() - i;
  if (rest == 0) return;
  unsigned word = static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) << 16;
  if (rest == 2) word |= static_cast<unsigned>(static_cast<unsigned char>(bytes[i + 1])) << 8;
  const char quad[4] = {kBase64[word >> 18], kBase64[word >> 12 & 63], rest == 2 ? kBase64[word >> 6 & 63] : '=', '='};
  out.append(quad, 4);
}

bool DecodeBase64(std::string_view text, std::string* out) {
  if (text.size() % 4 != 0) return false;
  for (size_t i = 0; i < text.size(); i += 4) {
    unsigned word = 0;
    int padding = 0;
    for (size_t j = 0; j < 4; ++j) {
      const char c = text[i + j];
      const bool may_pad = i + 4 == text.size() && j >= 2;
      if (c == '=' && may_pad) {
        ++padding;
        word <<= 6;
        continue;
      }
      const int8_t value = kBase64Value[static_cast<unsigned char>(c)];
      if (value < 0 || padding > 0) return false;
      word = word << 6 | static_cast<unsigned>(value);
    }
    *out += static_cast<char>(word >> 16 & 255);
    if (padding < 2) *out += static_cast<char>(word >> 8 & 255);
    if (padding < 1) *out += static_cast<char>(word & 255);
  }
  return true;
}

}  // namespace cdc
