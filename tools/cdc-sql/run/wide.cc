#include "tools/cdc-sql/run/wide.h"

#include <array>
#include <charconv>
#include <cmath>

namespace cdc::sql {

namespace {

constexpr int kMaxDigits = 38;

constexpr std::array<Int128, kMaxDigits + 1> MakePowers() {
  std::array<Int128, kMaxDigits + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}

constexpr std::array<Int128, kMaxDigits + 1> kPowers = MakePowers();

UInt128 Magnitude(Int128 value) {
  return value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

/// An unsigned number of 512 bits, for the rare results that pass through more digits than an Int128 has.
class Big {
 public:
  explicit Big(UInt128 value) {
    for (size_t i = 0; i < 4; ++i) limbs_[i] = static_cast<uint32_t>(value >> (32 * i));
  }

  void MultiplySmall(uint32_t factor) {
    uint64_t carry = 0;
    for (uint32_t& limb : limbs_) {
      const uint64_t product = static_cast<uint64_t>(limb) * factor + carry;
      limb = static_cast<uint32_t>(product);
      carry = product >> 32;
    }
  }

  void MultiplyPowerOfTen(int exponent) {
    for (; exponent >= 9; exponent -= 9) MultiplySmall(1000000000U);
    for (; exponent > 0; --exponent) MultiplySmall(10);
  }

  Big Multiply(const Big& other) const {
    Big result(0);
    for (size_t i = 0; i < kLimbs; ++i) {
      uint64_t carry = 0;
      for (size_t k = 0; i + k < kLimbs; ++k) {
        const uint64_t product = static_cast<uint64_t>(limbs_[i]) * other.limbs_[k] + result.limbs_[i + k] + carry;
        result.limbs_[i + k] = static_cast<uint32_t>(product);
        carry = product >> 32;
      }
    }
    return result;
  }

  uint32_t DivideSmall(uint32_t divisor) {
    uint64_t rest = 0;
    for (size_t i = kLimbs; i-- > 0;) {
      const uint64_t part = (rest << 32) | limbs_[i];
      limbs_[i] = static_cast<uint32_t>(part / divisor);
      rest = part % divisor;
    }
    return static_cast<uint32_t>(rest);
  }

  /// Quotient; the rest stays in *rest.
  Big Divide(const Big& divisor, Big* rest) const {
    Big quotient(0);
    Big remainder(0);
    for (size_t bit = kLimbs * 32; bit-- > 0;) {
      remainder.ShiftLeft();
      remainder.limbs_[0] |= (limbs_[bit / 32] >> (bit % 32)) & 1U;
      if (remainder.Compare(divisor) >= 0) {
        remainder.Subtract(divisor);
        quotient.limbs_[bit / 32] |= 1U << (bit % 32);
      }
    }
    *rest = remainder;
    return quotient;
  }

  void ShiftLeft() {
    uint32_t carry = 0;
    for (uint32_t& limb : limbs_) {
      const uint32_t next = limb >> 31;
      limb = (limb << 1) | carry;
      carry = next;
    }
  }

  void Subtract(const Big& other) {
    int64_t borrow = 0;
    for (size_t i = 0; i < kLimbs; ++i) {
      int64_t difference = static_cast<int64_t>(limbs_[i]) - static_cast<int64_t>(other.limbs_[i]) - borrow;
      borrow = difference < 0 ? 1 : 0;
      if (borrow != 0) difference += int64_t{1} << 32;
      limbs_[i] = static_cast<uint32_t>(difference);
    }
  }

  void AddOne() {
    for (uint32_t& limb : limbs_)
      if (++limb != 0) return;
  }

  int Compare(const Big& other) const {
    for (size_t i = kLimbs; i-- > 0;)
      if (limbs_[i] != other.limbs_[i]) return limbs_[i] < other.limbs_[i] ? -1 : 1;
    return 0;
  }

  /// False if it does not fit 127 bits.
  bool ToInt128(bool negative, Int128* out) const {
    for (size_t i = 4; i < kLimbs; ++i)
      if (limbs_[i] != 0) return false;
    if ((limbs_[3] >> 31) != 0) return false;
    UInt128 value = 0;
    for (size_t i = 4; i-- > 0;) value = (value << 32) | limbs_[i];
    *out = negative ? -static_cast<Int128>(value) : static_cast<Int128>(value);
    return true;
  }

 private:
  static constexpr size_t kLimbs = 16;
  std::array<uint32_t, kLimbs> limbs_{};
};

/// value / 10^digits, half up.
void DropDigits(Big& value, int digits) {
  if (digits <= 0) return;
  for (; digits > 9; digits -= 9) value.DivideSmall(1000000000U);
  uint32_t divisor = 1;
  for (int i = 1; i < digits; ++i) divisor *= 10;
  value.DivideSmall(divisor);
  if (value.DivideSmall(10) >= 5) value.AddOne();
}

bool Finish(const Big& magnitude, bool negative, int precision, Int128* out) {
  return magnitude.ToInt128(negative, out) && FitsPrecision(*out, precision);
}

Int128 DivideHalfUp(Int128 value, Int128 divisor) {
  Int128 quotient = value / divisor;
  const Int128 rest = value % divisor;
  const UInt128 magnitude = Magnitude(rest);
  if (magnitude >= Magnitude(divisor) - magnitude) quotient += (value < 0) != (divisor < 0) ? -1 : 1;
  return quotient;
}

}  // namespace

Int128 PowerOfTen(int exponent) {
  return kPowers[static_cast<size_t>(exponent)];
}

bool FitsPrecision(Int128 value, int precision) {
  const Int128 limit = PowerOfTen(precision);
  return value < limit && value > -limit;
}

bool RescaleDecimal(Int128 value, int from_scale, int to_scale, int to_precision, Int128* out) {
  if (from_scale > to_scale) {
    const int digits = from_scale - to_scale;
    *out = digits > kMaxDigits ? 0 : DivideHalfUp(value, PowerOfTen(digits));
    return FitsPrecision(*out, to_precision);
  }
  const int digits = to_scale - from_scale;
  if (value == 0) {
    *out = 0;
    return true;
  }
  if (digits > kMaxDigits || !FitsPrecision(value, kMaxDigits - digits)) return false;
  *out = value * PowerOfTen(digits);
  return FitsPrecision(*out, to_precision);
}

bool AddDecimals(Int128 a, int a_scale, Int128 b, int b_scale, int scale, int precision, Int128* out) {
  const int wide_scale = a_scale > b_scale ? a_scale : b_scale;
  const int a_up = wide_scale - a_scale, b_up = wide_scale - b_scale;
  // One digit less than an Int128 holds, so that the sum cannot overflow.
  if (FitsPrecision(a, kMaxDigits - a_up) && FitsPrecision(b, kMaxDigits - b_up)) {
    const Int128 wide_a = a * PowerOfTen(a_up), wide_b = b * PowerOfTen(b_up);
    Int128 sum;
    if (!__builtin_add_overflow(wide_a, wide_b, &sum)) return RescaleDecimal(sum, wide_scale, scale, precision, out);
  }
  Big big_a(Magnitude(a)), big_b(Magnitude(b));
  big_a.MultiplyPowerOfTen(a_up);
  big_b.MultiplyPowerOfTen(b_up);
  const bool a_negative = a < 0, b_negative = b < 0;
  bool negative = a_negative;
  if (a_negative == b_negative) {
    // |a| + |b| = |a| - (0 - |b|) in modular arithmetic
    Big zero(0);
    zero.Subtract(big_b);
    big_a.Subtract(zero);
  } else if (big_a.Compare(big_b) >= 0) {
    big_a.Subtract(big_b);
  } else {
    big_b.Subtract(big_a);
    big_a = big_b;
    negative = b_negative;
  }
  DropDigits(big_a, wide_scale - scale);
  return Finish(big_a, negative, precision, out);
}

bool MultiplyDecimals(Int128 a, int a_scale, Int128 b, int b_scale, int scale, int precision, Int128* out) {
  Int128 product;
  if (!__builtin_mul_overflow(a, b, &product) && FitsPrecision(product, kMaxDigits))
    return RescaleDecimal(product, a_scale + b_scale, scale, precision, out);
  Big big = Big(Magnitude(a)).Multiply(Big(Magnitude(b)));
  if (scale > a_scale + b_scale) {
    big.MultiplyPowerOfTen(scale - a_scale - b_scale);
  } else {
    DropDigits(big, a_scale + b_scale - scale);
  }
  return Finish(big, (a < 0) != (b < 0), precision, out);
}

bool DivideDecimals(Int128 a, int a_scale, Int128 b, int b_scale, int scale, int precision, Int128* out) {
  const int shift = scale + b_scale - a_scale;
  if (shift >= 0 && shift <= kMaxDigits && FitsPrecision(a, kMaxDigits - shift)) {
    *out = DivideHalfUp(a * PowerOfTen(shift), b);
    return FitsPrecision(*out, precision);
  }
  Big numerator(Magnitude(a)), denominator(Magnitude(b));
  if (shift >= 0) {
    numerator.MultiplyPowerOfTen(shift);
  } else {
    denominator.MultiplyPowerOfTen(-shift);
  }
  Big rest(0);
  Big quotient = numerator.Divide(denominator, &rest);
  rest.ShiftLeft();
  if (rest.Compare(denominator) >= 0) quotient.AddOne();
  return Finish(quotient, (a < 0) != (b < 0), precision, out);
}

bool ModDecimals(Int128 a, int a_scale, Int128 b, int b_scale, int scale, int precision, Int128* out) {
  const int wide_scale = a_scale > b_scale ? a_scale : b_scale;
  Big big_a(Magnitude(a)), big_b(Magnitude(b));
  big_a.MultiplyPowerOfTen(wide_scale - a_scale);
  big_b.MultiplyPowerOfTen(wide_scale - b_scale);
  Big rest(0);
  big_a.Divide(big_b, &rest);
  Int128 value;
  return rest.ToInt128(a < 0, &value) && RescaleDecimal(value, wide_scale, scale, precision, out);
}

int CompareDecimals(Int128 a, int a_scale, Int128 b, int b_scale) {
  if (a_scale == b_scale) return a < b ? -1 : a > b ? 1 : 0;
  if ((a < 0) != (b < 0)) return a < 0 ? -1 : 1;
  const int wide_scale = a_scale > b_scale ? a_scale : b_scale;
  Big big_a(Magnitude(a)), big_b(Magnitude(b));
  big_a.MultiplyPowerOfTen(wide_scale - a_scale);
  big_b.MultiplyPowerOfTen(wide_scale - b_scale);
  const int order = big_a.Compare(big_b);
  return a < 0 ? -order : order;
}

int64_t DecimalToInt64(Int128 value, int scale) {
  return static_cast<int64_t>(static_cast<uint64_t>(static_cast<UInt128>(value / PowerOfTen(scale))));
}

double DecimalToDouble(Int128 value, int scale) {
  std::string text;
  AppendDecimal(text, value, scale);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

/// The integer as Java 17's BigDecimal.valueOf tells a DOUBLE of its size: rounded to a power of ten that is no more
/// than a quarter of the distance to the next DOUBLE.
static int64_t JavaDigits(int64_t value) {
  const int distance = std::ilogb(static_cast<double>(value)) - 52;
  int64_t power = 1;
  while (power * 10 * 4 <= int64_t{1} << distance) power *= 10;
  const int64_t rest = value % power, half = power / 2;
  return value - rest + (power > 1 && rest >= half ? power : power > 1 && rest <= -half ? -power : 0);
}

bool DoubleToDecimal(double value, int scale, int precision, Int128* out) {
  if (!std::isfinite(value)) return false;
  char text[64];
  if (std::fabs(value) >= 0x1p53 && std::fabs(value) < 0x1p63)
    return RescaleDecimal(JavaDigits(static_cast<int64_t>(value)), 0, scale, precision, out);
  // The fewest digits that tell the DOUBLE, which is not what plain notation has of a large one.
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  return ParseDecimal({text, static_cast<size_t>(end.ptr - text)}, scale, precision, out) == DecimalParse::kOk;
}

DecimalParse ParseDecimal(std::string_view text, int scale, int precision, Int128* out) {
  size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  std::string digits;
  int64_t fraction = 0;
  bool point = false, any = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (!digits.empty() || c != '0') digits += c;
      if (point) ++fraction;
    } else {
      break;
    }
  }
  if (!any) return DecimalParse::kBad;
  int64_t exponent = 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    const auto end = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (end.ec != std::errc() || exponent > 100000 || exponent < -100000) return DecimalParse::kBad;
    at = static_cast<size_t>(end.ptr - text.data());
  }
  if (at != text.size()) return DecimalParse::kBad;
  // value = digits * 10^(exponent - fraction); wanted: digits * 10^shift at `scale`
  int64_t shift = exponent - fraction + scale;
  *out = 0;
  if (digits.empty()) return DecimalParse::kOk;
  bool round_up = false;
  if (shift < 0) {
    const size_t drop = static_cast<size_t>(-shift);
    if (drop > digits.size()) return DecimalParse::kOk;
    round_up = digits[digits.size() - drop] >= '5';
    digits.resize(digits.size() - drop);
    shift = 0;
  }
  if (static_cast<int64_t>(digits.size()) + shift > kMaxDigits) return DecimalParse::kOverflow;
  digits.append(static_cast<size_t>(shift), '0');
  Int128 value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  if (round_up) value += 1;
  if (!FitsPrecision(value, precision)) return DecimalParse::kOverflow;
  *out = negative ? -value : value;
  return DecimalParse::kOk;
}

void AppendDecimal(std::string& out, Int128 value, int scale) {
  char digits[48];
  size_t count = 0;
  UInt128 rest = Magnitude(value);
  while (rest >= 10 && rest > UINT64_MAX) {
    digits[count++] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  uint64_t small = static_cast<uint64_t>(rest);
  do {
    digits[count++] = static_cast<char>('0' + small % 10);
    small /= 10;
  } while (small != 0);
  while (count <= static_cast<size_t>(scale)) digits[count++] = '0';
  if (value < 0) out += '-';
  while (count > 0) {
    if (count == static_cast<size_t>(scale)) out += '.';
    out += digits[--count];
  }
}

}  // namespace cdc::sql
