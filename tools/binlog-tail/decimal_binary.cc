#include "tools/binlog-tail/decimal_binary.h"

#include <array>

namespace cdc::tail {
namespace {

constexpr size_t kBytesOfDigits[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr uint32_t kPowersOfTen[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

/// Reads a group of `digits` digits; `mask` undoes the inversion.
uint32_t ReadGroup(const uint8_t*& bytes, int digits, uint32_t mask, const ByteCursor& cursor) {
  const size_t size = kBytesOfDigits[digits];
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | ((*bytes++ ^ mask) & 0xFF);
  if (value >= kPowersOfTen[digits]) cursor.FailHere("a DECIMAL holds a group of digits that is out of range");
  return value;
}

constexpr auto kTwoDigits = [] {
  std::array<char, 200> digits{};
  for (size_t i = 0; i < 100; ++i) {
    digits[2 * i] = static_cast<char>('0' + i / 10);
    digits[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return digits;
}();

char* PutDigits(char* at, uint32_t value, int digits) {
  char* to = at + digits;
  while (to - at >= 2) {
    to -= 2;
    std::memcpy(to, &kTwoDigits[2 * (value % 100)], 2);
    value /= 100;
  }
  if (to > at) *at = static_cast<char>('0' + value % 10);
  return at + digits;
}

}  // namespace

size_t DecimalBytes(int precision, int scale) {
  const int whole = precision - scale;
  return static_cast<size_t>(whole / 9 * 4) + kBytesOfDigits[whole % 9] + static_cast<size_t>(scale / 9 * 4) +
         kBytesOfDigits[scale % 9];
}

void AppendDecimal(TextBuffer& out, ByteCursor& cursor, int precision, int scale) {
  if (precision < 1 || precision > 65 || scale < 0 || scale > 30 || scale > precision)
    cursor.FailHere("DECIMAL(" + std::to_string(precision) + "," + std::to_string(scale) + ") cannot be");
  const size_t size = DecimalBytes(precision, scale);
  uint8_t copy[40];
  std::memcpy(copy, cursor.Take(size), size);
  const bool negative = (copy[0] & 0x80) == 0;
  copy[0] ^= 0x80;
  const uint32_t mask = negative ? 0xFF : 0;
  const uint8_t* bytes = copy;

  char* at = out.Reserve(80);
  if (negative) *at++ = '-';
  const int whole = precision - scale;
  char* first_digit = at;
  if (whole % 9 > 0) at = PutDigits(at, ReadGroup(bytes, whole % 9, mask, cursor), whole % 9);
  for (int i = 0; i < whole / 9; ++i) at = PutDigits(at, ReadGroup(bytes, 9, mask, cursor), 9);
  // Leading zeros go, but for one in front of the point.
  char* significant = first_digit;
  while (significant < at && *significant == '0') ++significant;
  const auto kept = static_cast<size_t>(at - significant);
  std::memmove(first_digit, significant, kept);
  at = first_digit + kept;
  if (kept == 0) *at++ = '0';
  if (scale > 0) {
    *at++ = '.';
    for (int i = 0; i < scale / 9; ++i) at = PutDigits(at, ReadGroup(bytes, 9, mask, cursor), 9);
    if (scale % 9 > 0) at = PutDigits(at, ReadGroup(bytes, scale % 9, mask, cursor), scale % 9);
  }
  out.Commit(at);
}

}  // namespace cdc::tail
