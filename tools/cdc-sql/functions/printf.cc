#include "tools/cdc-sql/functions/printf.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tools/cdc-sql/run/java_hash.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/utf16.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

std::string JavaText(const ColumnVector& column, size_t row, const SqlType& type) {
  std::string text;
  if (type.kind == TypeKind::kDate || type.kind == TypeKind::kTime || type.is_interval())
    return std::to_string(column.ints()[row]);
  if (type.kind == TypeKind::kBoolean) return column.bools()[row] != 0 ? "true" : "false";
  if (!type.is_timestamp()) {
    AppendValueText(text, column, row, type);
    return text;
  }
  const Int128 nanos = column.wides()[row];
  const int64_t fraction = static_cast<int64_t>(nanos - FloorDiv(nanos, Int128{kNanosPerSecond}) * kNanosPerSecond);
  AppendTimestampText(text, nanos, fraction == 0 ? 0 : fraction % 1000000 == 0 ? 3 : fraction % 1000 == 0 ? 6 : 9, 'T');
  if (fraction == 0 && text.size() > 3 && text.compare(text.size() - 3, 3, ":00") == 0) text.resize(text.size() - 3);
  return text;
}

namespace {

using View = std::string_view;

/// %[index$][flags][width][.precision]conversion
struct Spec {
  size_t index = 0;  ///< 0: the next one
  std::string flags;
  size_t width = 0;
  int precision = -1;
  char conversion = '\0';

  bool has(char flag) const { return flags.find(flag) != std::string::npos; }
};

bool TakeNumber(View format, size_t* at, size_t* number) {
  const size_t begin = *at;
  *number = 0;
  for (; *at < format.size() && format[*at] >= '0' && format[*at] <= '9'; ++*at)
    *number = *number * 10 + static_cast<size_t>(format[*at] - '0');
  return *at > begin && *at - begin <= 4;
}

/// `at` stands behind the %, and then behind the conversion.
bool ParseSpec(View format, size_t* at, Spec* spec) {
  size_t ahead = *at;
  if (TakeNumber(format, &ahead, &spec->index) && ahead < format.size() && format[ahead] == '$') {
    *at = ahead + 1;
  } else {
    spec->index = 0;
  }
  while (*at < format.size() && View("-+ 0#,(").find(format[*at]) != View::npos) spec->flags += format[(*at)++];
  TakeNumber(format, at, &spec->width);
  if (*at < format.size() && format[*at] == '.') {
    ++*at;
    size_t precision = 0;
    if (!TakeNumber(format, at, &precision)) return false;
    spec->precision = static_cast<int>(precision);
  }
  if (*at >= format.size() || spec->width > 9999) return false;
  spec->conversion = format[(*at)++];
  return spec->width > 0 || !(spec->has('-') || spec->has('0'));
}

void AppendFilled(std::string& out, const Spec& spec, const std::string& text) {
  const auto size = static_cast<size_t>(ToUtf16(text).size());
  const std::string blanks(spec.width > size ? spec.width - size : 0, ' ');
  out += spec.has('-') ? text + blanks : blanks + text;
}

/// Digits with what the flags put around them: thousands, zeros in front, a sign or parentheses.
void AppendSigned(std::string& out, const Spec& spec, bool negative, std::string digits) {
  if (spec.has(',')) {
    const size_t whole = std::min(digits.find('.'), digits.size());
    for (size_t at = whole; at > 3;) digits.insert(at -= 3, 1, ',');
  }
  const bool brackets = negative && spec.has('(');
  const std::string sign = brackets ? "(" : negative ? "-" : spec.has('+') ? "+" : spec.has(' ') ? " " : "";
  const size_t taken = sign.size() + (brackets ? 1 : 0);
  if (spec.has('0') && spec.width > digits.size() + taken) digits.insert(0, spec.width - digits.size() - taken, '0');
  AppendFilled(out, spec, sign + digits + (brackets ? ")" : ""));
}

/// A number as digits d1 d2 d3… with d1 standing for 10^exponent.
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

/// The fewest digits that tell the number, as Double.toString finds them.
Decimal ShortestDigits(double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific);
  const View text(buffer, static_cast<size_t>(end.ptr - buffer));
  const size_t e = text.find('e');
  Decimal decimal;
  decimal.negative = std::signbit(value);
  for (const char c : text.substr(0, e))
    if (c != '.') decimal.digits += c;
  decimal.exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  return decimal;
}

/// Keeps `count` digits (may be 0 or less), rounding half up; fills up with zeros.
void RoundTo(Decimal* decimal, int count) {
  std::string& digits = decimal->digits;
  if (count < 0 || (count == 0 && digits[0] < '5')) {
    digits.clear();
    return;
  }
  if (static_cast<size_t>(count) < digits.size()) {
    const bool up = digits[static_cast<size_t>(count)] >= '5';
    digits.resize(static_cast<size_t>(count));
    if (up) {
      size_t at = digits.size();
      while (at > 0 && digits[at - 1] == '9') digits[--at] = '0';
      if (at > 0) {
        ++digits[at - 1];
      } else {
        digits.insert(0, 1, '1');
        ++decimal->exponent;
      }
    }
  } else {
    digits.append(static_cast<size_t>(count) - digits.size(), '0');
  }
}

std::string FixedText(Decimal decimal, int precision) {
  RoundTo(&decimal, decimal.exponent + 1 + precision);
  std::string text;
  const auto digit = [&decimal](int power) {
    const int at = decimal.exponent - power;
    return at >= 0 && at < static_cast<int>(decimal.digits.size()) ? decimal.digits[static_cast<size_t>(at)] : '0';
  };
  for (int power = std::max(decimal.digits.empty() ? 0 : decimal.exponent, 0); power >= 0; --power)
    text += digit(power);
  if (precision > 0) text += '.';
  for (int power = -1; power >= -precision; --power) text += digit(power);
  return text;
}

std::string ScientificText(Decimal decimal, int precision) {
  RoundTo(&decimal, precision + 1);
  decimal.digits.resize(static_cast<size_t>(precision) + 1);
  std::string text(1, decimal.digits[0]);
  if (precision > 0) text += '.' + decimal.digits.substr(1);
  const int exponent = std::abs(decimal.exponent);
  return text + (decimal.exponent < 0 ? "e-" : "e+") + (exponent < 10 ? "0" : "") + std::to_string(exponent);
}

void AppendReal(std::string& out, const Spec& spec, double value) {
  if (!std::isfinite(value)) {
    AppendFilled(out, spec,
                 std::isnan(value) ? "NaN"
                 : value < 0       ? "-Infinity"
                 : spec.has('+')   ? "+Infinity"
                                   : "Infinity");
    return;
  }
  Decimal decimal = ShortestDigits(value);
  if (decimal.digits == "0") decimal.exponent = 0;
  int precision = spec.precision < 0 ? 6 : spec.precision;
  std::string digits;
  if (spec.conversion == 'f') {
    digits = FixedText(decimal, precision);
  } else if (spec.conversion == 'e' || spec.conversion == 'E') {
    digits = ScientificText(decimal, precision);
  } else {  // %g: plain from 0.0001 to 10^precision
    precision = std::max(precision, 1);
    Decimal rounded = decimal;
    RoundTo(&rounded, precision);
    const bool zero = decimal.digits == "0";
    const bool plain = zero || (rounded.exponent >= -4 && rounded.exponent < precision);
    digits = plain ? FixedText(decimal, zero ? precision - 1 : precision - rounded.exponent - 1)
                   : ScientificText(decimal, precision - 1);
  }
  AppendSigned(out, spec, decimal.negative, digits);
}

bool AppendWhole(std::string& out, const Spec& spec, int64_t value, const SqlType& type) {
  if (spec.precision >= 0) return false;
  if (spec.conversion == 'd') {
    const auto magnitude = value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    AppendSigned(out, spec, value < 0, std::to_string(magnitude));
    return true;
  }
  // As the bits of the type's own width.
  const int bits = type.kind == TypeKind::kTinyint    ? 8
                   : type.kind == TypeKind::kSmallint ? 16
                   : type.kind == TypeKind::kBigint   ? 64
                                                      : 32;
  const uint64_t unsigned_value =
      static_cast<uint64_t>(value) & (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1);
  char buffer[32];
  const bool octal = spec.conversion == 'o';
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, unsigned_value, octal ? 8 : 16);
  std::string digits(buffer, static_cast<size_t>(end.ptr - buffer));
  const std::string prefix = !spec.has('#') ? "" : octal ? "0" : "0x";
  if (spec.has('0') && spec.width > digits.size() + prefix.size())
    digits.insert(0, spec.width - digits.size() - prefix.size(), '0');
  AppendFilled(out, spec, prefix + digits);
  return true;
}

bool AppendConversion(std::string& out, const Spec& spec, const ColumnVector& column, size_t row, const SqlType& type) {
  const bool null = column.IsNull(row);
  switch (spec.conversion | 0x20) {
    case 's':
    case 'b':
    case 'h': {
      if (spec.flags.find_first_not_of('-') != std::string::npos) return false;
      const char letter = static_cast<char>(spec.conversion | 0x20);
      std::string text = null ? "null" : JavaText(column, row, type);
      if (letter == 'b') text = null || text == "false" ? "false" : "true";
      if (letter == 'h' && !null) {
        if (!type.is_string()) return false;
        char buffer[16];
        const auto end =
            std::to_chars(buffer, buffer + sizeof buffer, static_cast<uint32_t>(BinaryStringHash(text)), 16);
        text.assign(buffer, static_cast<size_t>(end.ptr - buffer));
      }
      if (spec.precision >= 0) text = FromUtf16(ToUtf16(text).substr(0, static_cast<size_t>(spec.precision)));
      AppendFilled(out, spec, text);
      return true;
    }
    case 'c':
      if (!null && (!type.is_integer() || column.ints()[row] < 0 || column.ints()[row] > 0x10FFFF)) return false;
      AppendFilled(out, spec, null ? "null" : FromCode(static_cast<uint32_t>(column.ints()[row])));
      return true;
    case 'd':
      if (spec.conversion == 'D') return false;
      [[fallthrough]];
    case 'x':
    case 'o':
      if (null) break;
      if (!type.is_integer() && type.kind != TypeKind::kDate && type.kind != TypeKind::kTime) return false;
      return AppendWhole(out, spec, column.ints()[row], type);
    case 'f':
    case 'e':
    case 'g':
      if (null) break;
      // A DECIMAL is no number to Java's Formatter, only a text.
      if (spec.conversion == 'F' || !type.is_approximate()) return false;
      AppendReal(out, spec, column.doubles()[row]);
      return true;
    default: return false;
  }
  // The precision cuts the word, as it cuts a text.
  AppendFilled(out, spec, std::string("null").substr(0, spec.precision < 0 ? 4 : static_cast<size_t>(spec.precision)));
  return true;
}

bool Printf(View format, const EvalCall& eval, size_t row, std::string* out) {
  size_t next = 1;
  for (size_t i = 0; i < format.size();) {
    if (format[i] != '%') {
      *out += format[i++];
      continue;
    }
    ++i;
    Spec spec;
    if (!ParseSpec(format, &i, &spec)) return false;
    if (spec.conversion == 'n') {
      *out += '\n';
      continue;
    }
    if (spec.conversion == '%') {
      AppendFilled(*out, spec, "%");
      continue;
    }
    const size_t at = spec.index > 0 ? spec.index : next++;
    if (at >= eval.args.size()) return false;
    std::string text;
    if (!AppendConversion(text, spec, *eval.args[at], row, eval.expr.args[at].type)) return false;
    // A capital letter asks for capitals.
    if (spec.conversion >= 'A' && spec.conversion <= 'Z')
      std::transform(text.begin(), text.end(), text.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    *out += text;
  }
  return true;
}

}  // namespace

BoundExpr BindPrintf(FunctionCall& call) {
  call.WantString(0);
  return call.Make(SqlType::String(), [](const EvalCall& eval, ColumnVector& out) {
    std::string text;
    for (size_t row = 0; row < eval.rows; ++row) {
      text.clear();
      if (!eval.args[0]->IsNull(row) && Printf(eval.args[0]->strings()[row], eval, row, &text)) {
        out.AppendCopy(text);
      } else {
        out.AppendNull();
      }
    }
  });
}

}  // namespace cdc::sql
