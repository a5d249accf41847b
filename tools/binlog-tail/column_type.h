#pragma once

#include <cstdint>

namespace cdc::tail {

/// Column types as they stand in a TABLE_MAP event.
enum class ColumnType : uint8_t {
  kDecimalOld = 0,
  kTiny = 1,
  kShort = 2,
  kLong = 3,
  kFloat = 4,
  kDouble = 5,
  kNull = 6,
  kTimestampOld = 7,
  kLongLong = 8,
  kInt24 = 9,
  kDate = 10,
  kTimeOld = 11,
  kDateTimeOld = 12,
  kYear = 13,
  kNewDate = 14,
  kVarchar = 15,
  kBit = 16,
  kTimestamp2 = 17,
  kDateTime2 = 18,
  kTime2 = 19,
  kTypedArray = 20,
  kMariadbBlobCompressed = 140,
  kMariadbVarcharCompressed = 141,
  kVector = 242,
  kJson = 245,
  kNewDecimal = 246,
  kEnum = 247,
  kSet = 248,
  kTinyBlob = 249,
  kMediumBlob = 250,
  kLongBlob = 251,
  kBlob = 252,
  kVarString = 253,
  kString = 254,
  kGeometry = 255,
};

}  // namespace cdc::tail
