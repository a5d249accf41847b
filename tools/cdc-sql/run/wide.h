#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdc::sql {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// Exact decimals: an unscaled Int128 and a scale that its type knows. All operations round half up (away from zero)
/// and report a result that has more digits than `precision` by returning false: SQL makes that NULL.

/// 10^exponent for 0..38.
Int128 PowerOfTen(int exponent);

/// |value| < 10^precision.
bool FitsPrecision(Int128 value, int precision);

bool RescaleDecimal(Int128 value, int from_scale, int to_scale, int to_precision, Int128* out);
bool AddDecimals(Int128 a, int a_scale, Int128 b, int b_scale, int scale, int precision, Int128* out);
bool MultiplyDecimals(Int128 a, int a_scale, Int128 b, int b_scale, int scale, int precision, Int128* out);
/// `b` is not 0.
bool DivideDecimals(Int128 a, int a_scale, Int128 b, int b_scale, int scale, int precision, Int128* out);
/// Sign of the dividend; `b` is not 0.
bool ModDecimals(Int128 a, int a_scale, Int128 b, int b_scale, int scale, int precision, Int128* out);
int CompareDecimals(Int128 a, int a_scale, Int128 b, int b_scale);

/// Value with the fraction cut, wrapped to 64 bits.
int64_t DecimalToInt64(Int128 value, int scale);
double DecimalToDouble(Int128 value, int scale);
/// The exact value of the double's shortest text, rounded to the scale.
bool DoubleToDecimal(double value, int scale, int precision, Int128* out);

enum class DecimalParse { kOk, kOverflow, kBad };
/// "-12.50", "1e3", "+.5": rounded half up to the scale.
DecimalParse ParseDecimal(std::string_view text, int scale, int precision, Int128* out);

/// "-12.50" with all digits of the scale.
void AppendDecimal(std::string& out, Int128 value, int scale);

}  // namespace cdc::sql
