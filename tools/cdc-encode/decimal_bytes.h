#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdc::encode {

/// Big-endian two's complement of the unscaled value of a decimal text ("-12.50" at scale 2 → -1250), in as few bytes
/// as hold it, one at least: what Java's BigInteger.toByteArray gives. A text with fewer fraction digits than `scale`
/// is filled up; one with more is rounded half up. At most 120 digits.
class DecimalBytes {
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

/// "12.5" at scale 3 → "12.500"; rounds half up. The text of Java's BigDecimal.toPlainString. False if `text` is no
/// decimal number; exponents are accepted.
bool RescaleDecimal(std::string_view text, int scale, std::string* out);

/// Of a plain decimal text: as Java's BigDecimal.toString prints it, with E where its exponent is below -6.
void AppendJavaBigDecimal(std::string& out, std::string_view plain);

}  // namespace cdc::encode
