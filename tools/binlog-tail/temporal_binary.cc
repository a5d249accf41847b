#include "tools/binlog-tail/temporal_binary.h"

#include <array>

#include "common/calendar.h"

namespace cdc::tail {
namespace {

constexpr uint32_t kPowersOfTen[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
constexpr size_t kMaxText = 40;

constexpr auto kTwoDigits = [] {
  std::array<char, 200> digits{};
  for (size_t i = 0; i < 100; ++i) {
    digits[2 * i] = static_cast<char>('0' + i / 10);
    digits[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return digits;
}();

char* PutTwo(char* at, uint32_t value) {
  std::memcpy(at, &kTwoDigits[2 * (value % 100)], 2);
  return at + 2;
}

char* PutYear(char* at, uint32_t year) {
  if (year > 9999) return std::to_chars(at, at + 10, year).ptr;  // damaged data only
  return PutTwo(PutTwo(at, year / 100), year % 100);
}

char* PutDate(char* at, uint32_t year, uint32_t month, uint32_t day) {
  at = PutYear(at, year);
  *at++ = '-';
  at = PutTwo(at, month);
  *at++ = '-';
  return PutTwo(at, day);
}

char* PutClock(char* at, uint32_t hour, uint32_t minute, uint32_t second) {
  if (hour > 99)
    at = std::to_chars(at, at + 10, hour).ptr;
  else
    at = PutTwo(at, hour);
  *at++ = ':';
  at = PutTwo(at, minute);
  *at++ = ':';
  return PutTwo(at, second);
}

char* PutFraction(char* at, uint32_t microseconds, int digits) {
  if (digits == 0) return at;
  *at++ = '.';
  uint32_t value = microseconds / kPowersOfTen[6 - digits];
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + digits;
}

size_t FractionBytes(int digits) {
  return static_cast<size_t>(digits + 1) / 2;
}

/// A stored fraction is in units of 1/100, 1/10000 or 1/1000000 by its number of bytes.
uint32_t Microseconds(uint64_t stored, size_t bytes) {
  static constexpr uint32_t kUnit[] = {0, 10000, 100, 1};
  return static_cast<uint32_t>(stored) * kUnit[bytes];
}

void AppendDateTimeParts(TextBuffer& out, uint32_t year, uint32_t month, uint32_t day, uint32_t seconds_of_day,
                         uint32_t microseconds, int digits) {
  char* at = out.Reserve(kMaxText);
  *at++ = '"';
  at = PutDate(at, year, month, day);
  *at++ = ' ';
  at = PutClock(at, seconds_of_day / 3600, seconds_of_day / 60 % 60, seconds_of_day % 60);
  at = PutFraction(at, microseconds, digits);
  *at++ = '"';
  out.Commit(at);
}

void AppendUnixTime(TextBuffer& out, uint32_t seconds, uint32_t microseconds, int digits) {
  // Second 0 is the zero date; with a fraction it cannot occur.
  if (seconds == 0 && microseconds == 0) return AppendDateTimeParts(out, 0, 0, 0, 0, 0, digits);
  int64_t year;
  unsigned month, day;
  CivilFromDays(seconds / 86400, &year, &month, &day);
  AppendDateTimeParts(out, static_cast<uint32_t>(year), month, day, seconds % 86400, microseconds, digits);
}

void AppendTimeParts(TextBuffer& out, bool negative, uint32_t hour, uint32_t minute, uint32_t second,
                     uint32_t microseconds, int digits) {
  char* at = out.Reserve(kMaxText);
  *at++ = '"';
  if (negative) *at++ = '-';
  at = PutClock(at, hour, minute, second);
  at = PutFraction(at, microseconds, digits);
  *at++ = '"';
  out.Commit(at);
}

/// MariaDB's fractional formats before MySQL's own: bytes of the fraction by digits.
size_t MariadbFractionBytes(int digits) {
  static constexpr size_t kBytes[] = {0, 1, 1, 2, 2, 3, 3};
  return kBytes[digits];
}

}  // namespace

void AppendDate(TextBuffer& out, ByteCursor& cursor) {
  const auto packed = static_cast<uint32_t>(cursor.ReadLittleEndian(3));
  char* at = out.Reserve(kMaxText);
  *at++ = '"';
  at = PutDate(at, packed >> 9, packed >> 5 & 15, packed & 31);
  *at++ = '"';
  out.Commit(at);
}

void AppendTime2(TextBuffer& out, ByteCursor& cursor, int digits) {
  // Whole and fraction are one signed number, stored with an offset.
  const size_t fraction_bytes = FractionBytes(digits);
  const auto stored = static_cast<int64_t>(cursor.ReadBigEndian(3 + fraction_bytes));
  const int64_t value = stored - (int64_t{0x800000} << (8 * fraction_bytes));
  const auto magnitude = static_cast<uint64_t>(value < 0 ? -value : value);
  const auto clock = static_cast<uint32_t>(magnitude >> (8 * fraction_bytes));
  const uint64_t fraction = magnitude & ((uint64_t{1} << (8 * fraction_bytes)) - 1);
  AppendTimeParts(out, value < 0, clock >> 12, clock >> 6 & 63, clock & 63, Microseconds(fraction, fraction_bytes),
                  digits);
}

void AppendDateTime2(TextBuffer& out, ByteCursor& cursor, int digits) {
  const uint64_t value = cursor.ReadBigEndian(5) & 0x7FFFFFFFFF;
  const size_t fraction_bytes = FractionBytes(digits);
  const uint32_t microseconds = digits == 0 ? 0 : Microseconds(cursor.ReadBigEndian(fraction_bytes), fraction_bytes);
  const auto months = static_cast<uint32_t>(value >> 22);
  char* at = out.Reserve(kMaxText);
  *at++ = '"';
  at = PutDate(at, months / 13, months % 13, static_cast<uint32_t>(value >> 17 & 31));
  *at++ = ' ';
  at = PutClock(at, static_cast<uint32_t>(value >> 12 & 31), static_cast<uint32_t>(value >> 6 & 63),
                static_cast<uint32_t>(value & 63));
  at = PutFraction(at, microseconds, digits);
  *at++ = '"';
  out.Commit(at);
}

void AppendTimestamp2(TextBuffer& out, ByteCursor& cursor, int digits) {
  const auto seconds = static_cast<uint32_t>(cursor.ReadBigEndian(4));
  const size_t fraction_bytes = FractionBytes(digits);
  AppendUnixTime(out, seconds, digits == 0 ? 0 : Microseconds(cursor.ReadBigEndian(fraction_bytes), fraction_bytes),
                 digits);
}

void AppendTimeOld(TextBuffer& out, ByteCursor& cursor, int digits) {
  if (digits == 0) {
    auto value = static_cast<int32_t>(cursor.ReadLittleEndian(3) << 8) >> 8;  // hhmmss, signed
    const bool negative = value < 0;
    const auto magnitude = static_cast<uint32_t>(negative ? -value : value);
    return AppendTimeParts(out, negative, magnitude / 10000, magnitude / 100 % 100, magnitude % 100, 0, 0);
  }
  // MariaDB: the number of 10^-digits seconds, big-endian, shifted so that it is never negative.
  static constexpr size_t kBytes[] = {3, 4, 4, 5, 5, 5, 6};
  const uint64_t stored = cursor.ReadBigEndian(kBytes[digits]);
  const uint64_t zero = uint64_t{838 * 3600 + 59 * 60 + 59 + 1} * kPowersOfTen[digits];
  const auto value = static_cast<int64_t>(stored) - static_cast<int64_t>(zero);
  const auto magnitude = static_cast<uint64_t>(value < 0 ? -value : value);
  const auto seconds = static_cast<uint32_t>(magnitude / kPowersOfTen[digits]);
  const auto fraction = static_cast<uint32_t>(magnitude % kPowersOfTen[digits]) * kPowersOfTen[6 - digits];
  AppendTimeParts(out, value < 0, seconds / 3600, seconds / 60 % 60, seconds % 60, fraction, digits);
}

void AppendDateTimeOld(TextBuffer& out, ByteCursor& cursor, int digits) {
  if (digits == 0) {
    const uint64_t value = cursor.ReadU64();  // YYYYMMDDhhmmss
    const auto date = static_cast<uint32_t>(value / 1000000);
    const auto clock = static_cast<uint32_t>(value % 1000000);
    return AppendDateTimeParts(out, date / 10000, date / 100 % 100, date % 100,
                               clock / 10000 * 3600 + clock / 100 % 100 * 60 + clock % 100, 0, 0);
  }
  // MariaDB: one mixed-radix number, big-endian, in units of 10^-digits seconds.
  static constexpr size_t kBytes[] = {5, 6, 6, 7, 7, 7, 8};
  uint64_t value = cursor.ReadBigEndian(kBytes[digits]);
  const auto fraction = static_cast<uint32_t>(value % kPowersOfTen[digits]) * kPowersOfTen[6 - digits];
  value /= kPowersOfTen[digits];
  const auto seconds = static_cast<uint32_t>(value % 86400);
  value /= 86400;
  AppendDateTimeParts(out, static_cast<uint32_t>(value / 32 / 13), static_cast<uint32_t>(value / 32 % 13),
                      static_cast<uint32_t>(value % 32), seconds, fraction, digits);
}

void AppendTimestampOld(TextBuffer& out, ByteCursor& cursor, int digits) {
  if (digits == 0) return AppendUnixTime(out, cursor.ReadU32(), 0, 0);
  const auto seconds = static_cast<uint32_t>(cursor.ReadBigEndian(4));
  const size_t bytes = MariadbFractionBytes(digits);
  const auto fraction = static_cast<uint32_t>(cursor.ReadBigEndian(bytes)) * kPowersOfTen[6 - digits];
  AppendUnixTime(out, seconds, fraction, digits);
}

void AppendPackedDate(TextBuffer& out, int64_t packed) {
  const auto value = static_cast<uint64_t>(packed) >> 24;
  const auto months = static_cast<uint32_t>(value >> 22 & 0x1FFFF);
  char* at = out.Reserve(kMaxText);
  out.Commit(PutDate(at, months / 13, months % 13, static_cast<uint32_t>(value >> 17 & 31)));
}

void AppendPackedDateTime(TextBuffer& out, int64_t packed) {
  AppendPackedDate(out, packed);
  const auto value = static_cast<uint64_t>(packed);
  const auto clock = static_cast<uint32_t>(value >> 24 & 0x1FFFF);
  char* at = out.Reserve(kMaxText);
  *at++ = ' ';
  at = PutClock(at, clock >> 12, clock >> 6 & 63, clock & 63);
  out.Commit(PutFraction(at, static_cast<uint32_t>(value & 0xFFFFFF), 6));
}

void AppendPackedTime(TextBuffer& out, int64_t packed) {
  const uint64_t value = packed < 0 ? ~static_cast<uint64_t>(packed) + 1 : static_cast<uint64_t>(packed);
  const auto clock = static_cast<uint32_t>(value >> 24);
  char* at = out.Reserve(kMaxText);
  if (packed < 0) *at++ = '-';
  at = PutClock(at, clock >> 12 & 1023, clock >> 6 & 63, clock & 63);
  out.Commit(PutFraction(at, static_cast<uint32_t>(value & 0xFFFFFF), 6));
}

}  // namespace cdc::tail
