#include "common/decimal.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace cdc {
namespace {

/// Multiplies a little-endian number of 32-bit limbs by `factor` and adds `addend`.
void MultiplyAdd(std::vector<uint32_t>& limbs, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (uint32_t& limb : limbs) {
    carry += static_cast<uint64_t>(limb) * factor;
    limb = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  if (carry > 0) limbs.push_back(static_cast<uint32_t>(carry));
}

/// Appends the shortest two's complement bytes of sign and magnitude (little-endian bytes, no leading zeros needed).
void AppendTwosComplement(std::string& out, std::string magnitude, bool negative) {
  while (magnitude.size() > 1 && magnitude.back() == 0) magnitude.pop_back();
  if (magnitude.empty()) magnitude.push_back(0);
  magnitude.push_back(0);  // room for the sign
  if (negative) {
    unsigned carry = 1;
    for (char& c : magnitude) {
      carry += static_cast<unsigned>(static_cast<unsigned char>(~c));
      c = static_cast<char>(carry & 255);
      carry >>= 8;
    }
  }
  // A leading byte that only repeats the sign is not written.
  while (magnitude.size() > 1) {
    const auto top = static_cast<unsigned char>(magnitude.back());
    const bool next_negative = (static_cast<unsigned char>(magnitude[magnitude.size() - 2]) & 0x80) != 0;
    if ((top == 0 && !next_negative) || (top == 0xFF && next_negative))
      magnitude.pop_back();
    else
      break;
  }
  out.append(magnitude.rbegin(), magnitude.rend());
}

}  // namespace

bool AppendUnscaledBytes(std::string& out, std::string_view text, int scale) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  std::array<char, 96> digits;
  size_t count = 0;
  int fraction = -1;
  bool any = false;
  const auto push = [&](char c) {
    if (count == 0 && c == '0') return true;
    if (count == digits.size()) return false;
    digits[count++] = c;
    return true;
  };
  for (const char c : text) {
    if (c == '.') {
      if (fraction >= 0) return false;
      fraction = 0;
      continue;
    }
    if (c < '0' || c > '9') return false;
    any = true;
    if (fraction >= 0 && fraction == scale) {
      if (c != '0') return false;
      continue;
    }
    if (fraction >= 0) ++fraction;
    if (!push(c)) return false;
  }
  if (!any) return false;
  for (int i = std::max(fraction, 0); i < scale; ++i)
    if (!push('0')) return false;
  std::string magnitude;
  if (count <= 18) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value * 10 + static_cast<uint64_t>(digits[i] - '0');
    for (; value > 0; value >>= 8) magnitude += static_cast<char>(value & 255);
  } else {
    std::vector<uint32_t> limbs;
    for (size_t i = 0; i < count; ++i) MultiplyAdd(limbs, 10, static_cast<uint32_t>(digits[i] - '0'));
    for (const uint32_t limb : limbs)
      for (int shift = 0; shift < 32; shift += 8) magnitude += static_cast<char>(limb >> shift & 255);
  }
  AppendTwosComplement(out, std::move(magnitude), negative);
  return true;
}

void AppendDecimalText(std::string& out, std::string_view bytes, int scale) {
  const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  std::vector<uint32_t> limbs;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(negative ? ~c : c);
    MultiplyAdd(limbs, 256, byte);
  }
  if (negative) MultiplyAdd(limbs, 1, 1);
  std::string digits;  // lowest first
  for (;;) {
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
    if (limbs.empty()) break;
    uint64_t rest = 0;
    for (size_t i = limbs.size(); i-- > 0;) {
      rest = rest << 32 | limbs[i];
      limbs[i] = static_cast<uint32_t>(rest / 10);
      rest %= 10;
    }
    digits += static_cast<char>('0' + rest);
  }
  while (digits.size() < static_cast<size_t>(std::max(scale, 0)) + 1) digits += '0';
  if (negative) out += '-';
  for (size_t i = digits.size(); i-- > 0;) {
    out += digits[i];
    if (i == static_cast<size_t>(scale) && scale > 0) out += '.';
  }
  for (int i = scale; i < 0; ++i) out += '0';
}

}  // namespace cdc
