#include "tools/cdc-sql/connect/json_field.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/connect/json_tree.h"
#include "tools/cdc-sql/run/java_hash.h"
#include "tools/cdc-sql/run/temporal.h"
#include "tools/cdc-sql/run/value_text.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

template <typename T>
std::string Put(ColumnVector& column, size_t row, T value) {
  column.mutable_nulls()[row] = 0;
  column.MutableValues<T>()[row] = value;
  return {};
}

std::string PutText(ColumnVector& column, size_t row, std::string_view text) {
  return Put(column, row, column.arena().Copy(text));
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

std::string SetInteger(JsonFieldKind kind, std::string_view text, const SqlType& type, ColumnVector& column,
                       size_t row) {
  if (kind != JsonFieldKind::kNumber && kind != JsonFieldKind::kText) return "is no integer";
  // The narrow ones are read from the number's text, the others as the number that it is.
  const bool narrow = type.kind == TypeKind::kTinyint || type.kind == TypeKind::kSmallint;
  std::string_view digits = kind == JsonFieldKind::kText ? Trimmed(text) : text;
  if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
  int64_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec == std::errc::result_out_of_range) return "is out of the type's range";
  if (end.ec != std::errc()) return "is no integer";
  if (end.ptr != digits.data() + digits.size()) {
    if (kind == JsonFieldKind::kText || narrow) return "is no integer";
    // 1.9 is 1, 1e2 is 100
    Int128 wide;
    if (ParseDecimal(digits, 6, kMaxPrecision, &wide) != DecimalParse::kOk) return "is out of the type's range";
    const Int128 whole = wide / 1000000;
    if (whole > INT64_MAX || whole < INT64_MIN) return "is out of the type's range";
    value = static_cast<int64_t>(whole);
  }
  const bool fits = type.kind == TypeKind::kTinyint    ? value == static_cast<int8_t>(value)
                    : type.kind == TypeKind::kSmallint ? value == static_cast<int16_t>(value)
                    : type.kind == TypeKind::kInt      ? value == static_cast<int32_t>(value)
                                                       : true;
  if (!fits) return "is out of the type's range";
  return Put(column, row, value);
}

std::string SetReal(JsonFieldKind kind, std::string_view text, const SqlType& type, ColumnVector& column, size_t row) {
  if (kind != JsonFieldKind::kNumber && kind != JsonFieldKind::kText) return "is no number";
  double value = 0;
  if (!ParseJavaReal(Trimmed(text), type.kind == TypeKind::kFloat, &value)) return "is no number";
  return Put(column, row, value);
}

std::string SetText(JsonFieldKind kind, std::string_view text, const JsonFieldRules& rules, ColumnVector& column,
                    size_t row) {
  if (kind == JsonFieldKind::kText || kind == JsonFieldKind::kTrue || kind == JsonFieldKind::kFalse)
    return PutText(column, row, text);
  std::string made;
  if (kind == JsonFieldKind::kNumber) {
    if (rules.tokens) return PutText(column, row, text);
    AppendTreeNumber(made, text);
  } else if (!AppendTreeText(made, text)) {
    return std::string(kNoJson);
  }
  return PutText(column, row, made);
}

std::string SetDecimal(JsonFieldKind kind, std::string_view text, const SqlType& type, const JsonFieldRules& rules,
                       ColumnVector& column, size_t row) {
  if (kind != JsonFieldKind::kNumber && kind != JsonFieldKind::kText) return "is no number";
  Int128 value;
  if (rules.detect && kind == JsonFieldKind::kText && rules.connect_scale >= 0) {
    std::string bytes;
    if (!DecodeBase64(text, &bytes) || bytes.size() > 16) return "is no Connect Decimal of up to 38 digits";
    UInt128 unscaled = !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80) != 0 ? ~UInt128{0} : UInt128{0};
    for (const char c : bytes) unscaled = (unscaled << 8) | static_cast<unsigned char>(c);
    if (!RescaleDecimal(static_cast<Int128>(unscaled), rules.connect_scale, type.scale, type.precision, &value))
      return {};
    return Put(column, row, value);
  }
  // Only the reader of tokens takes blanks around it.
  switch (ParseDecimal(rules.tokens ? Trimmed(text) : text, type.scale, type.precision, &value)) {
    case DecimalParse::kOk: return Put(column, row, value);
    case DecimalParse::kOverflow: return {};  // more digits than the type has: NULL
    case DecimalParse::kBad: break;
  }
  return "is no decimal number";
}

/// Base64 as Jackson reads it: blanks before each four characters (line ends, say), and more of them behind padding.
bool DecodeBase64InLines(std::string_view text, std::string* bytes) {
  for (;;) {
    while (!text.empty() && static_cast<unsigned char>(text[0]) <= ' ') text.remove_prefix(1);
    if (text.empty()) return true;
    if (text.size() < 4 || !DecodeBase64(text.substr(0, 4), bytes)) return false;
    text.remove_prefix(4);
  }
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Nanoseconds in one unit of the numbers that Connect and Debezium write for timestamps and times.
int64_t UnitNanos(const std::string& name, int precision) {
  if (EndsWith(name, ".MicroTimestamp") || EndsWith(name, ".MicroTime")) return 1000;
  if (EndsWith(name, ".NanoTimestamp") || EndsWith(name, ".NanoTime")) return 1;
  if (!name.empty()) return 1000000;
  return precision <= 3 ? 1000000 : 1000;
}

std::string SetTimestamp(JsonFieldKind kind, std::string_view text, const SqlType& type, const JsonFieldRules& rules,
                         ColumnVector& column, size_t row) {
  Int128 nanos = 0;
  const bool zoned = type.kind == TypeKind::kTimestampLtz;
  bool fits = kind == JsonFieldKind::kText &&
              ParseJsonTimestamp(rules.csv ? Trimmed(text) : text, rules.iso_timestamps, zoned, &nanos);
  if (!fits && rules.detect) {
    if (kind == JsonFieldKind::kText) {
      fits = ParseIsoInstant(text, &nanos);
    } else if (kind == JsonFieldKind::kNumber) {
      int64_t units = 0;
      const auto end = std::from_chars(text.data(), text.data() + text.size(), units);
      fits = end.ec == std::errc() && end.ptr == text.data() + text.size();
      nanos = Int128{units} * UnitNanos(rules.connect_name, type.precision);
    }
  }
  if (!fits)
    return "is no timestamp of the form '" +
           std::string(rules.iso_timestamps ? "2024-01-31T10:11:12.123" : "2024-01-31 10:11:12.123") +
           (zoned ? "Z'" : "'");
  return Put(column, row, type.precision <= 3 ? CutFraction(nanos, 3) : nanos);
}

/// As java.sql.Date.valueOf: days 1 to 31 of any month, those that it has not are of the next one.
bool ParseLenientDate(std::string_view text, int64_t* days) {
  const size_t last = text.rfind('-');
  int64_t day = 0;
  if (last == std::string_view::npos || text.find('-') != 4 || last == 4) return false;
  const std::string_view number = text.substr(last + 1);
  const auto end = std::from_chars(number.data(), number.data() + number.size(), day);
  if (end.ec != std::errc() || end.ptr != number.data() + number.size() || number.size() > 2) return false;
  if (day < 1 || day > 31 || !ParseDate(std::string(text.substr(0, last)) + "-1", days)) return false;
  *days += day - 1;
  return true;
}

std::string SetDate(JsonFieldKind kind, std::string_view text, const JsonFieldRules& rules, ColumnVector& column,
                    size_t row) {
  int64_t days = 0;
  if (kind == JsonFieldKind::kText && rules.csv && ParseLenientDate(text, &days)) return Put(column, row, days);
  if (kind == JsonFieldKind::kText && text.size() == 10 && ParseDate(text, &days)) return Put(column, row, days);
  if (kind == JsonFieldKind::kNumber && rules.detect) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), days);
    const bool number = end.ec == std::errc() && end.ptr == text.data() + text.size();
    if (number && days == static_cast<int32_t>(days)) return Put(column, row, days);
    if (number || end.ec == std::errc::result_out_of_range)
      return "is no number of days since 1970 that a DATE can have";
  }
  return "is no date of the form '2024-01-31'";
}

/// HH:mm:ss[.f] with two digits each, as Java's ISO_LOCAL_TIME. JSON needs the seconds and has 24:00:00, which is 0;
/// CSV has neither.
bool ParseIsoTime(std::string_view text, bool csv, int64_t* millis) {
  const auto pair = [text](size_t at) {
    return at + 2 <= text.size() && text.substr(at, 2).find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!pair(0) || !pair(3) || (text.size() > 5 ? !pair(6) : !csv)) return false;
  if (!csv && text.substr(0, 8) == "24:00:00") {
    *millis = 0;
    return text.substr(8).find_first_not_of(".0") == std::string_view::npos;
  }
  return ParseTime(text, millis) && text.back() != ' ';
}

std::string SetTime(JsonFieldKind kind, std::string_view text, const SqlType& type, const JsonFieldRules& rules,
                    ColumnVector& column, size_t row) {
  int64_t millis = 0;
  if (kind == JsonFieldKind::kText && ParseIsoTime(text, rules.csv, &millis)) {
    // CSV has as many digits as the type, JSON all.
    const int64_t unit = !rules.csv || type.precision >= 3 ? 1
                         : type.precision == 2             ? 10
                         : type.precision == 1             ? 100
                                                           : 1000;
    return Put(column, row, millis - millis % unit);
  }
  if (kind == JsonFieldKind::kNumber && rules.detect) {
    int64_t units = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), units);
    const int64_t unit = rules.connect_name.empty() ? 1000 : UnitNanos(rules.connect_name, type.precision);
    if (end.ec == std::errc() && end.ptr == text.data() + text.size()) {
      const Int128 nanos = Int128{units} * unit;
      // MySQL's TIME is a span of time: it may be negative, and longer than a day.
      if (nanos < 0 || nanos >= kNanosPerDay) return "is no time of a day, 00:00:00 to 23:59:59.999999";
      return Put(column, row, static_cast<int64_t>(nanos / 1000000));
    }
  }
  return "is no time of the form '10:11:12'";
}

}  // namespace

namespace {

/// One JSON value, raw, as an encoded value. An empty result: done.
std::string EncodeJsonPart(std::string_view raw, const SqlType& type, const JsonFieldRules& rules, std::string* bytes) {
  ColumnVector value(type.physical());
  value.AppendNull();
  std::string text(raw);
  JsonFieldKind kind = JsonFieldKind::kNumber;
  switch (raw.empty() ? '\0' : raw[0]) {
    case 'n': EncodeValue(value, 0, bytes); return {};
    case 't': kind = JsonFieldKind::kTrue; break;
    case 'f': kind = JsonFieldKind::kFalse; break;
    case '{': kind = JsonFieldKind::kObject; break;
    case '[': kind = JsonFieldKind::kArray; break;
    case '"':
      kind = JsonFieldKind::kText;
      text.clear();
      if (!AppendLenientText(text, raw)) return "is no text";
      break;
    default: break;
  }
  std::string why = SetJsonField(kind, text, type, rules, value, 0);
  if (!why.empty() && !rules.bad_is_null) return why;
  EncodeValue(value, 0, bytes);
  return {};
}

std::string EncodeJsonPart(std::string_view raw, const SqlType& type, const JsonFieldRules& rules, std::string* bytes);

/// The members of an object as entries of a MAP, or counts of a MULTISET, in the order of a java.util.HashMap: Flink
/// reads them into one. Of a name that comes twice the last one counts.
std::string EncodeJsonMap(std::string_view text, const SqlType& type, const JsonFieldRules& rules, std::string* bytes) {
  static const SqlType kCount = SqlType::Of(TypeKind::kInt, false);
  const SqlType& value_type = type.kind == TypeKind::kMap ? type.children[1] : kCount;
  std::vector<std::pair<std::string, std::string>> entries;
  std::vector<int32_t> hashes;
  JsonMembers members(text);
  while (members.Next()) {
    std::string key, value, name;
    if (std::string why = EncodeJsonPart(members.raw_name(), type.children[0], rules, &key); !why.empty()) return why;
    if (std::string why = EncodeJsonPart(members.value(), value_type, rules, &value); !why.empty()) return why;
    const auto known =
        std::find_if(entries.begin(), entries.end(), [&key](const auto& entry) { return entry.first == key; });
    if (known != entries.end()) {
      known->second = std::move(value);
      continue;
    }
    AppendLenientText(name, members.raw_name());
    hashes.push_back(BinaryStringHash(name));
    entries.emplace_back(std::move(key), std::move(value));
  }
  if (!members.ok()) return "is no object";
  for (const size_t i : HashMapOrder(hashes)) *bytes += entries[i].first + entries[i].second;
  return {};
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(' ') == std::string_view::npos;
}

/// An array or row of CSV: its parts with the delimiter between them; a blank text is no part.
std::string EncodeCsvParts(std::string_view text, const SqlType& type, const JsonFieldRules& rules,
                           std::string* bytes) {
  size_t count = 0;
  const auto part = [&](std::string_view raw) -> std::string {
    const size_t index = type.kind == TypeKind::kRow ? count : 0;
    if (index >= type.children.size()) return {};  // more than the row has are left out
    ++count;
    ColumnVector value(type.children[index].physical());
    value.AppendNull();
    const bool null = rules.null_literal && raw == *rules.null_literal;
    std::string why =
        null ? std::string() : SetJsonField(JsonFieldKind::kText, raw, type.children[index], rules, value, 0);
    if (!why.empty() && !rules.bad_is_null) return why;
    EncodeValue(value, 0, bytes);
    return {};
  };
  if (IsBlank(text)) text = {};
  while (!text.empty()) {
    const size_t end = rules.array_delimiter.empty() ? std::string_view::npos : text.find(rules.array_delimiter);
    if (std::string why = part(text.substr(0, end)); !why.empty()) return why;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + rules.array_delimiter.size());
    if (text.empty())
      if (std::string why = part(text); !why.empty()) return why;
  }
  if (type.kind != TypeKind::kRow || count == type.children.size()) return {};
  if (!rules.bad_is_null) return "has another number of fields than the row";
  for (; count < type.children.size(); ++count) {
    ColumnVector missing(type.children[count].physical());
    missing.AppendNull();
    EncodeValue(missing, 0, bytes);
  }
  return {};
}

std::string EncodeJsonNested(JsonFieldKind kind, std::string_view text, const SqlType& type,
                             const JsonFieldRules& rules, std::string* bytes) {
  if (rules.csv && kind == JsonFieldKind::kText && (type.kind == TypeKind::kArray || type.kind == TypeKind::kRow))
    return EncodeCsvParts(text, type, rules, bytes);
  if (type.kind == TypeKind::kArray) {
    if (kind != JsonFieldKind::kArray) return "is no array";
    JsonElements elements(text);
    while (elements.Next())
      if (std::string why = EncodeJsonPart(elements.value(), type.children[0], rules, bytes); !why.empty()) return why;
    return elements.ok() ? std::string() : "is no array";
  }
  // In Flink's tree what is no object has no members, and is an empty map; here only where errors are to be ignored.
  const bool keyed = type.kind == TypeKind::kMap || type.kind == TypeKind::kMultiset;
  if (keyed && !rules.tokens && rules.bad_is_null && kind != JsonFieldKind::kObject) return {};
  if (kind != JsonFieldKind::kObject) return "is no object";
  if (type.kind == TypeKind::kRow) {
    std::vector<std::string> fields(type.children.size(), std::string(1, '\0'));
    JsonMembers members(text);
    while (members.Next()) {
      std::string name;
      if (!AppendLenientText(name, members.raw_name())) return "is no object";
      for (size_t i = 0; i < fields.size(); ++i) {
        if (type.field_names[i] != name) continue;
        fields[i].clear();
        if (std::string why = EncodeJsonPart(members.value(), type.children[i], rules, &fields[i]); !why.empty())
          return why;
      }
    }
    if (!members.ok()) return "is no object";
    for (const std::string& field : fields) *bytes += field;
    return {};
  }
  return EncodeJsonMap(text, type, rules, bytes);
}

}  // namespace

std::string SetJsonField(JsonFieldKind kind, std::string_view text, const SqlType& type, const JsonFieldRules& rules,
                         ColumnVector& column, size_t row) {
  if (kind == JsonFieldKind::kNumber && !IsJsonNumber(text)) return std::string(kNoJsonNumber);
  switch (type.kind) {
    case TypeKind::kBoolean: {
      if (kind == JsonFieldKind::kTrue || kind == JsonFieldKind::kFalse)
        return Put(column, row, static_cast<uint8_t>(kind == JsonFieldKind::kTrue ? 1 : 0));
      if (kind == JsonFieldKind::kNumber)  // Flink's is Boolean.parseBoolean of its text
        return Put(column, row, static_cast<uint8_t>(rules.detect && text != "0" ? 1 : 0));
      if (kind != JsonFieldKind::kText) return Put(column, row, uint8_t{0});  // so is the text of anything else
      const std::string_view word = Trimmed(text);
      return Put(column, row,
                 static_cast<uint8_t>(word.size() == 4 && (word[0] | 32) == 't' && (word[1] | 32) == 'r' &&
                                              (word[2] | 32) == 'u' && (word[3] | 32) == 'e'
                                          ? 1
                                          : 0));
    }
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint: return SetInteger(kind, text, type, column, row);
    case TypeKind::kFloat:
    case TypeKind::kDouble: return SetReal(kind, text, type, column, row);
    case TypeKind::kDecimal: return SetDecimal(kind, text, type, rules, column, row);
    case TypeKind::kChar:
    case TypeKind::kVarchar: return SetText(kind, text, rules, column, row);
    case TypeKind::kBinary:
    case TypeKind::kVarbinary: {
      std::string bytes;
      if (kind != JsonFieldKind::kText || !DecodeBase64InLines(text, &bytes)) return "is no base64 text";
      return PutText(column, row, bytes);
    }
    case TypeKind::kDate: return SetDate(kind, text, rules, column, row);
    case TypeKind::kTime: return SetTime(kind, text, type, rules, column, row);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz: return SetTimestamp(kind, text, type, rules, column, row);
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow: {
      if (rules.csv && type.kind == TypeKind::kRow && IsBlank(text)) return {};  // no row
      std::string bytes;
      std::string why = EncodeJsonNested(kind, text, type, rules, &bytes);
      return why.empty() ? PutText(column, row, bytes) : why;
    }
    default: break;
  }
  return "cannot be read into the type";
}

}  // namespace cdc::sql
