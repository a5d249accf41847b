#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cdc {

/// Exact decimals between their text ("-12.50") and what Kafka Connect's Decimal stores: the unscaled value as a
/// big-endian two's complement number in as few bytes as it needs, one at least (java.math.BigInteger.toByteArray).

/// The bytes of a decimal text ("-12.50" at scale 2 → -1250), made without allocation. A text with fewer fraction
/// digits than `scale` is filled up; one with more is rounded half up. At most 120 digits.
class UnscaledBytes {
 public:
  /// False if `text` is not a plain decimal number.
  bool Parse(std::string_view text, int scale);
  std::string_view bytes() const { return {bytes_ + first_, sizeof bytes_ - first_}; }

 private:
  void FromInteger(int64_t value);
  void FromDigits(const char* digits, size_t count, bool negative);
  char bytes_[64];
  size_t first_ = sizeof bytes_;
};

/// Appends "-12.50" for bytes and scale; a scale of 0 has no point. Empty bytes are 0.
void AppendDecimalText(std::string& out, std::string_view bytes, int scale);

/// "12.5" at scale 3 → "12.500"; rounds half up. The text of Java's BigDecimal.toPlainString. False if `text` is no
/// decimal number; exponents are accepted.
bool RescaleDecimalText(std::string_view text, int scale, std::string* out);

}  // namespace cdc
