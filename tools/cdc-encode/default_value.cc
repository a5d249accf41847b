#include "tools/cdc-encode/default_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "common/calendar.h"
#include "common/ddl/lexer.h"
#include "common/decimal.h"
#include "common/java_number.h"
#include "common/json_writer.h"
#include "tools/cdc-encode/temporal_text.h"
#include "tools/cdc-encode/type_map.h"

namespace cdc::encode {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

/// _latin1'x' → x; one line of text only.
std::string_view WithoutIntroducer(std::string_view text) {
  const size_t quote = text.find('\'');
  if (text.size() < 4 || text[0] != '_' || quote == std::string_view::npos || quote < 2 || text.back() != '\'' ||
      quote + 1 >= text.size() || text.find('\n') != std::string_view::npos)
    return text;
  for (const char c : text.substr(1, quote - 1))
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return text;
  return text.substr(quote + 1, text.size() - quote - 2);
}

bool IsTrue(std::string_view text) {
  return ddl::EqualsIgnoreCase(text, "true");
}
bool IsFalse(std::string_view text) {
  return ddl::EqualsIgnoreCase(text, "false");
}

/// Java's Double.parseDouble, as far as SQL literals go.
bool ParseDouble(std::string_view text, double* value) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

/// Java's Math.round: half up, clamped to 64 bits.
int64_t Round(double value) {
  const double rounded = std::floor(value + 0.5);
  if (rounded >= 9223372036854775808.0) return INT64_MAX;
  if (rounded <= -9223372036854775808.0) return INT64_MIN;
  return static_cast<int64_t>(rounded);
}

std::string Quoted(std::string_view text) {
  std::string out;
  AppendConnectString(out, text);
  return out;
}

std::string Base64(std::string_view bytes) {
  std::string out = "\"";
  AppendBase64(out, bytes);
  out += '"';
  return out;
}

std::string IntegerDefault(std::string_view text, bool year) {
  double value;
  if (IsTrue(text) || IsFalse(text)) {
    value = IsTrue(text) ? 1 : 0;
  } else if (!ParseDouble(text, &value)) {
    return {};
  }
  // Year.of reads whole numbers only.
  if (year && value != std::floor(value)) return {};
  int64_t number = Round(value);
  if (year && number >= 0 && number <= 99) number = AdjustYear(number);
  return std::to_string(number);
}

std::string BooleanDefault(std::string_view text) {
  int64_t value;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc() && result.ptr == text.data() + text.size()) return value != 0 ? "true" : "false";
  return IsTrue(text) ? "true" : "false";
}

/// Binary digits → bytes, lowest first, filled up to the column's length.
std::string BitsDefault(std::string_view text, size_t byte_length) {
  std::string bytes;
  for (size_t end = text.size(); end > 0;) {
    const size_t begin = end > 8 ? end - 8 : 0;
    unsigned value = 0;
    for (size_t i = begin; i < end; ++i) {
      if (text[i] != '0' && text[i] != '1') return {};
      value = value << 1 | static_cast<unsigned>(text[i] - '0');
    }
    bytes += static_cast<char>(value);
    end = begin;
  }
  while (bytes.size() < byte_length) bytes += '\0';
  return Base64(bytes);
}

std::string DecimalDefault(std::string_view text, const MappedColumn& mapped) {
  if (IsTrue(text) || IsFalse(text)) text = IsTrue(text) ? "1" : "0";
  std::string plain;
  if (!RescaleDecimalText(text, mapped.scale, &plain)) return {};
  if (mapped.form == ValueForm::kDecimalString) return "\"" + plain + "\"";
  if (mapped.form == ValueForm::kDecimalDouble) {
    std::string out;
    double value = 0;
    ParseDouble(plain, &value);
    AppendJavaDouble(out, value);
    return out;
  }
  UnscaledBytes bytes;
  return bytes.Parse(plain, mapped.scale) ? Base64(bytes.bytes()) : std::string();
}

std::string FloatDefault(std::string_view text, ValueForm form) {
  double value;
  if (IsTrue(text) || IsFalse(text)) {
    value = IsTrue(text) ? 1 : 0;
  } else if (!ParseDouble(text, &value)) {
    return {};
  }
  std::string out;
  if (form == ValueForm::kFloat)
    AppendJavaFloat(out, static_cast<float>(value));
  else
    AppendJavaDouble(out, value);
  return out;
}

enum class Moment { kReal, kZero, kBad };

/// Numbers with anything between them: Timestamp.valueOf of what the original cleans. Parts that are missing are 0.
bool ReadLooseTime(std::string_view text, CivilTime* time) {
  unsigned* const parts[] = {&time->month, &time->day, &time->hour, &time->minute, &time->second};
  const auto digit = [&] { return !text.empty() && text[0] >= '0' && text[0] <= '9'; };
  const auto number = [&](size_t most) {
    unsigned value = 0;
    for (size_t count = 0; digit() && count < most; text.remove_prefix(1), ++count)
      value = value * 10 + static_cast<unsigned>(text[0] - '0');
    return value;
  };
  *time = {};
  if (!digit()) return false;
  time->year = number(4);
  for (size_t i = 0; i < std::size(parts); ++i) {
    while (!text.empty() && !digit()) text.remove_prefix(1);
    if (text.empty()) return i >= 2;
    *parts[i] = number(2);
    // More digits than a part has.
    if (digit()) return false;
    time->has_time = i >= 2;
  }
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    for (unsigned unit = 100000; digit() && unit > 0; text.remove_prefix(1), unit /= 10)
      time->microsecond += unit * static_cast<unsigned>(text[0] - '0');
  }
  return text.empty();
}

/// A date, or a date, a blank and a time, of which the seconds may be missing, as typed.
bool ReadStrictTime(std::string_view text, CivilTime* time) {
  if (text.size() > 10 && text[10] != ' ') return false;
  std::string padded(text);
  if (padded.size() == 16) padded += ":00";
  return ParseCivilTime(padded, time);
}

Moment ReadMoment(std::string_view text, bool loose, CivilTime* time) {
  if (text == "0") return Moment::kZero;
  if (!(loose ? ReadLooseTime(text, time) : ReadStrictTime(text, time))) return Moment::kBad;
  if (time->year == 0 || time->month == 0 || time->day == 0) return Moment::kZero;
  if (!time->is_real_date() || !time->is_real_time()) return Moment::kBad;
  return Moment::kReal;
}

/// DATE and DATETIME: what cannot be converted is no default where NULL is allowed, else the epoch.
std::string EpochDefault(const PictureColumn& column, const MappedColumn& mapped, std::string_view text) {
  CivilTime time;
  const Moment moment = ReadMoment(text, false, &time);
  if (moment != Moment::kReal) return column.optional ? "" : "0";
  time.year = AdjustYear(time.year);
  if (mapped.form == ValueForm::kDate) return std::to_string(time.days());
  const int64_t micros = time.epoch_us();
  if (mapped.form == ValueForm::kTimestampMicros) return std::to_string(micros);
  const int64_t millis = micros / 1000 - (micros % 1000 < 0 ? 1 : 0);
  return std::to_string(millis);
}

std::string ZonedDefault(const PictureColumn& column, const MappedColumn& mapped, std::string_view text) {
  CivilTime time;
  const Moment moment = ReadMoment(text, true, &time);
  if (moment == Moment::kBad) return {};
  // The text that stands for CURRENT_TIMESTAMP counts as zero.
  if (moment == Moment::kZero || text == "1970-01-01 00:00:00") return column.optional ? "" : mapped.fallback;
  // A year of two digits is one of the first century, whose Julian days, which Timestamp counts, lie two days off.
  if (time.year < 100) CivilFromDays(time.days() - 2, &time.year, &time.month, &time.day);
  time.year = AdjustYear(time.year);
  std::string out = "\"";
  AppendIsoUtc(out, time, mapped.fraction > 0 ? mapped.fraction : NeededFractionDigits(time.microsecond));
  out += '"';
  return out;
}

/// Hours and minutes are enough, and each of any number of digits; a fraction counts behind seconds.
bool ReadTime(std::string_view text, int64_t* micros) {
  const size_t first = text.find(':');
  if (first == std::string_view::npos) return false;
  const size_t end = std::min(text.find('.', first), text.size()), second = std::min(text.find(':', first + 1), end);
  std::string padded(text.substr(0, first));
  const std::string_view minutes = text.substr(first + 1, second - first - 1),
                         seconds = second == end ? std::string_view("0") : text.substr(second + 1, end - second - 1);
  for (const std::string_view part : {minutes, seconds}) padded += (part.size() == 1 ? ":0" : ":") + std::string(part);
  if (second != end) padded += text.substr(end);
  return ParseMysqlTime(padded, micros);
}

std::string TimeDefault(std::string_view text, ValueForm form) {
  int64_t micros;
  if (!ReadTime(text, &micros)) return {};
  if (form == ValueForm::kTimeMicros) return std::to_string(micros);
  return micros < 0 || micros > 86400000000 ? "" : std::to_string(micros / 1000);
}

}  // namespace

std::string DefaultJson(const PictureColumn& column, const MappedColumn& mapped) {
  if (!column.default_expression) return {};
  const std::string_view typed = WithoutIntroducer(*column.default_expression);
  const std::string_view text = WithoutIntroducer(Trimmed(*column.default_expression));
  switch (mapped.form) {
    case ValueForm::kInteger:
    case ValueForm::kUnsignedLong: return IntegerDefault(text, false);
    case ValueForm::kYear: return IntegerDefault(text, true);
    case ValueForm::kPositive:
    case ValueForm::kPositiveNumber: break;  // made of the column's own (ColumnConverters)
    case ValueForm::kBoolean: return BooleanDefault(text);
    case ValueForm::kBits: return BitsDefault(text, mapped.byte_length);
    case ValueForm::kFloat:
    case ValueForm::kDouble:
    case ValueForm::kWidenedFloat: return FloatDefault(text, mapped.form);
    case ValueForm::kDecimal:
    case ValueForm::kDecimalDouble:
    case ValueForm::kDecimalString:
    case ValueForm::kUnsignedDecimal: return DecimalDefault(text, mapped);
    case ValueForm::kString:
    case ValueForm::kLatin1String: return Quoted(typed);
    case ValueForm::kBytes: return Base64(typed);
    case ValueForm::kBytesHex: {
      std::string hex;
      for (const char c : typed) {
        hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        hex += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
      }
      return "\"" + hex + "\"";
    }
    case ValueForm::kBytesBase64Url: {
      std::string out = Base64(typed);
      for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
      return out;
    }
    case ValueForm::kDate:
    case ValueForm::kTimestampMillis:
    case ValueForm::kTimestampMicros: return EpochDefault(column, mapped, text);
    case ValueForm::kZonedTimestamp: return ZonedDefault(column, mapped, text);
    case ValueForm::kTimeMicros:
    case ValueForm::kTimeMillis: return TimeDefault(text, mapped.form);
    case ValueForm::kNone:
    case ValueForm::kJson:
    case ValueForm::kPoint:
    case ValueForm::kGeometry:
    case ValueForm::kVector: return {};
  }
  return {};
}

}  // namespace cdc::encode
