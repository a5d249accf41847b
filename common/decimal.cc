#include "common/decimal.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace cdc {
namespace {

constexpr size_t kMaxDigits = 120;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

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

}  // namespace

void UnscaledBytes::FromInteger(int64_t value) {
  // As few bytes as hold the sign.
  first_ = sizeof bytes_;
  do {
    bytes_[--first_] = static_cast<char>(value);
    value >>= 8;
  } while (value != (static_cast<signed char>(bytes_[first_]) < 0 ? -1 : 0));
}

void UnscaledBytes::FromDigits(const char* digits, size_t count, bool negative) {
  if (count <= 18) {
    int64_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value * 10 + (digits[i] - '0');
    return FromInteger(negative ? -value : value);
  }
  // Little-endian limbs of 32 bits; nine digits at a time.
  uint32_t limbs[16] = {};
  size_t used = 1;
  for (size_t i = 0; i < count;) {
    const size_t chunk = (count - i) % 9 == 0 ? 9 : (count - i) % 9;
    uint32_t value = 0, power = 1;
    for (size_t j = 0; j < chunk; ++j) {
      value = value * 10 + static_cast<uint32_t>(digits[i + j] - '0');
      power *= 10;
    }
    uint64_t carry = value;
    for (size_t limb = 0; limb < used; ++limb) {
      carry += static_cast<uint64_t>(limbs[limb]) * power;
      limbs[limb] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) limbs[used++] = static_cast<uint32_t>(carry);
    i += chunk;
  }
  if (negative) {
    uint64_t carry = 1;
    for (uint32_t& limb : limbs) {
      carry += static_cast<uint32_t>(~limb);
      limb = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  for (size_t i = 0; i < sizeof bytes_; ++i)
    bytes_[sizeof bytes_ - 1 - i] = static_cast<char>(limbs[i / 4] >> (8 * (i % 4)));
  // Drop leading bytes that only repeat the sign.
  first_ = 0;
  while (first_ + 1 < sizeof bytes_) {
    const auto lead = static_cast<unsigned char>(bytes_[first_]);
    const bool next_negative = (static_cast<unsigned char>(bytes_[first_ + 1]) & 0x80) != 0;
    if ((lead == 0 && !next_negative) || (lead == 0xFF && next_negative)) {
      ++first_;
    } else {
      break;
    }
  }
}

bool UnscaledBytes::Parse(std::string_view text, int scale) {
  const bool negative = !text.empty() && text[0] == '-';
  size_t i = negative ? 1 : 0;
  if (!negative && !text.empty() && text[0] == '+') i = 1;
  char digits[kMaxDigits];
  size_t count = 0;
  int fraction = -1;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && fraction < 0) {
      fraction = 0;
      continue;
    }
    if (!IsDigit(text[i]) || count == kMaxDigits) return false;
    if (fraction >= 0) ++fraction;
    digits[count++] = text[i];
  }
  if (count == 0) return false;
  if (fraction < 0) fraction = 0;
  if (fraction > scale) {
    std::string rescaled;
    return RescaleDecimalText(text, scale, &rescaled) && Parse(rescaled, scale);
  }
  for (; fraction < scale; ++fraction) {
    if (count == kMaxDigits) return false;
    digits[count++] = '0';
  }
  FromDigits(digits, count, negative);
  return true;
}

bool RescaleDecimalText(std::string_view text, int scale, std::string* out) {
  std::string digits;
  bool negative = false, any = false, after_point = false;
  int exponent = 0;  // value = digits · 10^-exponent
  size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
  for (; i < text.size() && (IsDigit(text[i]) || (text[i] == '.' && !after_point)); ++i) {
    if (text[i] == '.') {
      after_point = true;
      continue;
    }
    any = true;
    digits += text[i];
    if (after_point) ++exponent;
  }
  if (!any) return false;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return false;
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int shift = 0;
    const auto result = std::from_chars(text.data() + i, text.data() + text.size(), shift);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || shift > 1000 || shift < -1000)
      return false;
    exponent -= shift;
  }
  if (exponent < scale) {
    digits.append(static_cast<size_t>(scale - exponent), '0');
  } else if (exponent > scale) {
    const auto drop = static_cast<size_t>(exponent - scale);
    if (digits.size() < drop + 1) digits.insert(0, drop + 1 - digits.size(), '0');
    const bool up = digits[digits.size() - drop] >= '5';
    digits.resize(digits.size() - drop);
    for (size_t at = digits.size(); up && at > 0; --at) {
      if (digits[at - 1] != '9') {
        ++digits[at - 1];
        break;
      }
      digits[at - 1] = '0';
      if (at == 1) digits.insert(digits.begin(), '1');
    }
  }
  const auto fraction = static_cast<size_t>(scale);
  if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
  const size_t lead = digits.find_first_not_of('0');
  const size_t whole = digits.size() - fraction;
  digits.erase(0, lead == std::string::npos ? whole - 1 : (lead < whole ? lead : whole - 1));
  out->clear();
  if (negative && lead != std::string::npos) *out += '-';
  out->append(digits, 0, digits.size() - fraction);
  if (fraction > 0) {
    *out += '.';
    out->append(digits, digits.size() - fraction, fraction);
  }
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
