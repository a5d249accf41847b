#include "common/binary_text.h"

#include "common/json_writer.h"

namespace cdc {
namespace {

constexpr std::string_view kHexStart = "{\"@hex\":\"", kHexEnd = "\"}";

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string_view HexDigits(std::string_view raw) {
  if (raw.size() < kHexStart.size() + kHexEnd.size() || raw.substr(0, kHexStart.size()) != kHexStart ||
      raw.substr(raw.size() - kHexEnd.size()) != kHexEnd)
    return {};
  return raw.substr(kHexStart.size(), raw.size() - kHexStart.size() - kHexEnd.size());
}

bool DecodeBinaryText(std::string_view raw, std::string* bytes) {
  bytes->clear();
  if (raw.size() >= 2 && raw.front() == '"' && raw.back() == '"')
    return DecodeBase64(raw.substr(1, raw.size() - 2), bytes);
  const std::string_view digits = HexDigits(raw);
  if (digits.data() == nullptr || digits.size() % 2 != 0) return false;
  bytes->reserve(digits.size() / 2);
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = DigitOf(digits[i]), low = DigitOf(digits[i + 1]);
    if (high < 0 || low < 0) return false;
    *bytes += static_cast<char>(high << 4 | low);
  }
  return true;
}

void AppendHex(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace cdc
