#include "tools/cdc-sql/run/java_hash.h"

#include <algorithm>
#include <numeric>

#include "tools/cdc-sql/run/utf16.h"

namespace cdc::sql {

namespace {

uint32_t Rotated(uint32_t value, int bits) {
  return (value << bits) | (value >> (32 - bits));
}

uint32_t MixIn(uint32_t hash, uint32_t word) {
  word = Rotated(word * 0xCC9E2D51U, 15) * 0x1B873593U;
  return Rotated(hash ^ word, 13) * 5 + 0xE6546B64U;
}

}  // namespace

int32_t BinaryStringHash(std::string_view utf8) {
  uint32_t hash = 42;
  size_t at = 0;
  for (; at + 4 <= utf8.size(); at += 4) {
    uint32_t word = 0;
    for (size_t i = 0; i < 4; ++i) word |= uint32_t{static_cast<unsigned char>(utf8[at + i])} << (8 * i);
    hash = MixIn(hash, word);
  }
  for (; at < utf8.size(); ++at) hash = MixIn(hash, static_cast<uint32_t>(int32_t{static_cast<signed char>(utf8[at])}));
  hash ^= static_cast<uint32_t>(utf8.size());
  hash = (hash ^ (hash >> 16)) * 0x85EBCA6BU;
  hash = (hash ^ (hash >> 13)) * 0xC2B2AE35U;
  return static_cast<int32_t>(hash ^ (hash >> 16));
}

int32_t JavaStringHash(std::string_view utf8) {
  uint32_t hash = 0;
  for (const char16_t unit : ToUtf16(utf8)) hash = 31 * hash + unit;
  return static_cast<int32_t>(hash);
}

std::vector<size_t> HashMapOrder(const std::vector<int32_t>& hashes, size_t capacity) {
  size_t size = 1;
  while (size < capacity || hashes.size() * 4 > size * 3) size *= 2;
  const auto bucket = [size, &hashes](size_t i) {
    const auto hash = static_cast<uint32_t>(hashes[i]);
    return (hash ^ (hash >> 16)) & (size - 1);
  };
  std::vector<size_t> order(hashes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&bucket](size_t a, size_t b) { return bucket(a) < bucket(b); });
  return order;
}

}  // namespace cdc::sql
