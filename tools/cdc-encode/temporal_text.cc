#include "tools/cdc-encode/temporal_text.h"

namespace cdc::encode {
namespace {

void AppendDigits(std::string& out, uint64_t value, int width) {
  char digits[8];
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits, static_cast<size_t>(width));
}

}  // namespace

int64_t AdjustYear(int64_t year) {
  if (year >= 0 && year <= 69) return year + 2000;
  if (year >= 70 && year <= 99) return year + 1900;
  return year;
}

int NeededFractionDigits(unsigned microsecond) {
  int digits = 6;
  while (digits > 0 && microsecond % 10 == 0) {
    microsecond /= 10;
    --digits;
  }
  return digits;
}

void AppendIsoUtc(std::string& out, const CivilTime& time, int fraction_digits) {
  AppendDigits(out, static_cast<uint64_t>(time.year), 4);
  out += '-';
  AppendDigits(out, time.month, 2);
  out += '-';
  AppendDigits(out, time.day, 2);
  out += 'T';
  AppendDigits(out, time.hour, 2);
  out += ':';
  AppendDigits(out, time.minute, 2);
  out += ':';
  AppendDigits(out, time.second, 2);
  if (fraction_digits > 0) {
    out += '.';
    unsigned fraction = time.microsecond;
    for (int i = fraction_digits; i < 6; ++i) fraction /= 10;
    AppendDigits(out, fraction, fraction_digits);
  }
  out += 'Z';
}

}  // namespace cdc::encode
