#include "tools/cdc-sql/run/java_hash.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "tools/cdc-sql/run/temporal.h"
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

uint32_t LongHash(uint64_t value) {
  return static_cast<uint32_t>(value ^ (value >> 32));
}

/// BigDecimal.hashCode: of the digits of its whole number in base 2^32, and the scale.
uint32_t DecimalHash(Int128 value, int scale) {
  const bool negative = value < 0;
  UInt128 rest = negative ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  uint32_t hash = 0;
  for (int shift = 96; shift >= 0; shift -= 32) hash = 31 * hash + static_cast<uint32_t>(rest >> shift);
  return 31 * (negative ? 0 - hash : hash) + static_cast<uint32_t>(scale);
}

uint32_t TimestampHash(Int128 nanos) {
  const Int128 millis = FloorDiv(nanos, Int128{1000000});
  return 31 * LongHash(static_cast<uint64_t>(millis)) + static_cast<uint32_t>(nanos - millis * 1000000);
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

std::optional<int32_t> DataHash(const ColumnVector& column, size_t row, const SqlType& type) {
  switch (type.kind) {
    case TypeKind::kBoolean: return column.bools()[row] != 0 ? 1231 : 1237;
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kIntervalMonth: return static_cast<int32_t>(column.ints()[row]);
    case TypeKind::kBigint:
    case TypeKind::kIntervalDay: return static_cast<int32_t>(LongHash(static_cast<uint64_t>(column.ints()[row])));
    case TypeKind::kFloat: return std::bit_cast<int32_t>(static_cast<float>(column.doubles()[row]));
    case TypeKind::kDouble: return static_cast<int32_t>(LongHash(std::bit_cast<uint64_t>(column.doubles()[row])));
    case TypeKind::kDecimal: return static_cast<int32_t>(DecimalHash(column.wides()[row], type.scale));
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: return static_cast<int32_t>(TimestampHash(column.wides()[row]));
    case TypeKind::kChar:
    case TypeKind::kVarchar: return BinaryStringHash(column.strings()[row]);
    default: return std::nullopt;
  }
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
