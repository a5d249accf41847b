#include "tools/cdc-apply/type_change.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"

namespace cdc::apply {
namespace {

enum class Group { kInteger, kDecimal, kFloat, kDouble, kText, kBinary, kBit, kTime, kOther };

Group GroupOf(const MysqlType& type) {
  if (type.is_integer() || type.kind == MysqlKind::kYear) return Group::kInteger;
  if (type.is_text() || type.kind == MysqlKind::kEnum || type.kind == MysqlKind::kSet) return Group::kText;
  if (type.is_binary()) return Group::kBinary;
  switch (type.kind) {
    case MysqlKind::kDecimal: return Group::kDecimal;
    case MysqlKind::kFloat: return Group::kFloat;
    case MysqlKind::kDouble: return Group::kDouble;
    case MysqlKind::kBit: return Group::kBit;
    case MysqlKind::kDate:
    case MysqlKind::kTime:
    case MysqlKind::kDateTime:
    case MysqlKind::kTimestamp: return Group::kTime;
    default: return Group::kOther;
  }
}

bool IsUtf8(const std::string& charset) {
  return charset == "utf8mb4" || charset == "utf8mb3" || charset == "utf8" || charset == "ascii";
}

int BytesOfBits(const MysqlType& type) {
  return (std::max(type.length, 1) + 7) / 8;
}

/// What a time is written with after its seconds, more than before: ".000", "000" or nothing.
std::string AddedFraction(int from, int to) {
  if (to <= from) return "";
  return (from == 0 ? "." : "") + std::string(static_cast<size_t>(to - from), '0');
}

bool SetKeepsOrder(const MysqlType& from, const MysqlType& to) {
  return from.kind == MysqlKind::kSet && from.values.size() <= to.values.size() &&
         std::equal(from.values.begin(), from.values.end(), to.values.begin());
}

bool KeepsText(const MysqlType& from, const MysqlType& to) {
  if (to.kind == MysqlKind::kSet) return SetKeepsOrder(from, to);
  return to.kind != MysqlKind::kChar || from.kind == MysqlKind::kChar || from.kind == MysqlKind::kEnum;
}

/// Whole numbers up to 2^24 keep their digits in a FLOAT.
bool FitsFloat(const MysqlType& type) {
  return type.kind == MysqlKind::kTinyInt || type.kind == MysqlKind::kSmallInt || type.kind == MysqlKind::kMediumInt ||
         type.kind == MysqlKind::kYear;
}

/// Whether each value that the source's ALTER TABLE lets through is the same afterwards: as a number, a text, a time.
/// (In strict mode it lets through what fits.)
bool Keeps(const MysqlType& from, const MysqlType& to) {
  const Group source = GroupOf(from), target = GroupOf(to);
  const bool is_year = to.kind == MysqlKind::kYear && from.kind != MysqlKind::kYear;
  const bool has_digits = target == Group::kFloat || target == Group::kDouble;
  if (is_year || (has_digits && to.scale >= 0)) return false;
  switch (source) {
    case Group::kInteger:
      if (target == Group::kFloat) return FitsFloat(from);
      if (target == Group::kText) return !from.is_zerofill && to.kind != MysqlKind::kEnum && to.kind != MysqlKind::kSet;
      return target == Group::kInteger || target == Group::kDecimal || target == Group::kDouble;
    case Group::kDecimal:
      if (target == Group::kDecimal) return std::max(to.scale, 0) >= std::max(from.scale, 0);
      if (target == Group::kInteger) return from.scale <= 0;
      if (target == Group::kText) return !from.is_zerofill && to.kind != MysqlKind::kEnum && to.kind != MysqlKind::kSet;
      return target == Group::kDouble;
    case Group::kFloat:
    case Group::kDouble: return target == source;
    case Group::kText:
      if (to.kind == MysqlKind::kJson) return true;
      return target == Group::kText && KeepsText(from, to);
    case Group::kBinary:
      return target == Group::kBinary &&
             (to.kind != MysqlKind::kBinary || (from.kind == MysqlKind::kBinary && from.length == to.length));
    case Group::kBit: return target == Group::kBit && BytesOfBits(from) == BytesOfBits(to);
    case Group::kTime:
      if (target == Group::kText)
        return from.kind != MysqlKind::kTimestamp && to.kind != MysqlKind::kEnum && to.kind != MysqlKind::kSet;
      return from.kind == to.kind && to.fraction >= from.fraction;
    case Group::kOther: return from.kind == to.kind && from.name == to.name;
  }
  return false;
}

bool IsFloatToDouble(const MysqlType& from, const MysqlType& to) {
  return from.kind == MysqlKind::kFloat && to.kind == MysqlKind::kDouble && to.scale < 0;
}

/// The number of 24 bits that the source held, of which the column has the fewest digits that tell it. `splitter`:
/// 2^29 + 1, by which Veltkamp's method rounds a double to them; of the smallest numbers 2^149 is one in the last bit.
std::string OfFloat(const std::string& column, const std::string& splitter, const std::string& smallest) {
  const std::string product = column + " * " + splitter;
  return "CASE WHEN abs(" + column + ") < 1.1754943e-38 THEN round(" + column + " * (" + smallest + ")) * (1e0 / (" +
         smallest + ")) ELSE " + product + " - (" + product + " - " + column + ") END";
}

bool IsKnown(const TypeChange& change) {
  return !change.source_from.empty() && !change.source_to.empty();
}

/// The column as bytes of UTF-8, filled up as BINARY does.
std::string FilledUp(const std::string& bytes, const MysqlType& to) {
  if (to.kind != MysqlKind::kBinary) return bytes;
  return bytes + " || decode(repeat('00', greatest(" + std::to_string(std::max(to.length, 1)) + " - octet_length(" +
         bytes + "), 0)), 'hex')";
}

/// MySQL's latin1 is Windows' character set.
const char* PostgresqlCharset(const std::string& charset) {
  return charset == "latin1" ? "WIN1252" : "UTF8";
}

bool HasPostgresqlCharset(const std::string& charset) {
  return charset == "latin1" || IsUtf8(charset);
}

std::string TextOfTime(const std::string& column, const MysqlType& from) {
  const std::string digits = std::to_string(from.fraction), text = column + "::text";
  if (from.kind == MysqlKind::kDate || (from.kind == MysqlKind::kTime && from.fraction == 0)) return text;
  if (from.kind == MysqlKind::kTime)
    return "rpad(" + text + " || CASE WHEN strpos(" + text + ", '.') = 0 THEN '.' ELSE '' END, CASE WHEN strpos(" +
           text + ", '.') = 0 THEN length(" + text + ") + 1 ELSE strpos(" + text + ", '.') END + " + digits + ", '0')";
  constexpr int kToSeconds = 19;
  const int length = kToSeconds + (from.fraction == 0 ? 0 : 1 + from.fraction);
  return "left(to_char(" + column + ", 'YYYY-MM-DD HH24:MI:SS.US'), " + std::to_string(length) + ")";
}

/// Of a number in hexadecimal; lpad() would keep the first ones.
std::string LastDigits(const std::string& hex, int bytes) {
  const std::string digits = std::to_string(2 * bytes);
  return "right(lpad('', " + digits + ", '0') || " + hex + ", " + digits + ")";
}

Conversion FromBytea(const std::string& column, const TypeChange& change, const MysqlType& from, const MysqlType& to) {
  const Group target = GroupOf(to);
  const std::string hex = "encode(" + column + ", 'hex')";
  if (change.stored_to == "bytea") {
    if (GroupOf(from) == Group::kBit && target == Group::kBit)
      return {"decode(" + LastDigits(hex, BytesOfBits(to)) + ", 'hex')", true};
    if (GroupOf(from) == Group::kBinary && target == Group::kBinary)
      return {to.kind == MysqlKind::kBinary ? FilledUp(column, to) : "", true};
    return {"", Keeps(from, to)};
  }
  // In strict mode only 0 and 1 become one bit.
  if (GroupOf(from) == Group::kBit && change.stored_to == "boolean") return {"(" + hex + " ~ '[^0]')", true};
  if (GroupOf(from) == Group::kBit && target == Group::kInteger && from.length < 64)
    return {"('x' || lpad(" + hex + ", 16, '0'))::bit(64)::bigint::" + change.stored_to, true};
  const std::string text = "convert_from(" + column + ", '" + PostgresqlCharset(change.charset_to) + "')";
  if (target != Group::kText && IsKnown(change)) return {text + "::" + change.stored_to, false};
  return {(to.kind == MysqlKind::kChar ? "rtrim(" + text + ", ' ')" : text) + "::" + change.stored_to,
          GroupOf(from) == Group::kBinary && HasPostgresqlCharset(change.charset_to) && to.kind != MysqlKind::kEnum};
}

Conversion ToBytea(const std::string& column, const TypeChange& change, const MysqlType& from, const MysqlType& to) {
  if (GroupOf(to) == Group::kBit) {
    const std::string number = change.stored_from == "boolean" ? column + "::int" : column + "::bigint";
    return {"decode(" + LastDigits("to_hex(" + number + ")", BytesOfBits(to)) + ", 'hex')",
            GroupOf(from) == Group::kBit || (GroupOf(from) == Group::kInteger && from.is_unsigned)};
  }
  const std::string bytes = "convert_to(" + column + "::text, '" + PostgresqlCharset(change.charset_from) + "')";
  return {FilledUp(bytes, to),
          GroupOf(from) == Group::kText && GroupOf(to) == Group::kBinary && HasPostgresqlCharset(change.charset_from)};
}

}  // namespace

Conversion MysqlConversion(const std::string& column, const TypeChange& change, bool is_mariadb) {
  // Sessions of cdc-apply have time zone UTC.
  const bool is_utc = change.stored_from.rfind("timestamp", 0) == 0 && change.stored_to.rfind("datetime", 0) == 0;
  if (!IsKnown(change)) return {"", change.stored_from == change.stored_to || is_utc};
  const MysqlType from = ParseMysqlType(change.source_from), to = ParseMysqlType(change.source_to);
  if (Keeps(from, to)) return {"", true};
  if (IsFloatToDouble(from, to) && change.stored_from == "double" && change.stored_to == "double")
    return {OfFloat(column, "536870913e0", "POW(2e0, 149)"), true};
  // The target's own ALTER TABLE does what the source's does, where its types are the same.
  const auto is_like = [](const std::string& stored, const std::string& source, const MysqlType& type) {
    return stored == source || (!stored.empty() && GroupOf(ParseMysqlType(stored)) == GroupOf(type) &&
                                (type.is_text() || type.is_binary()) && type.kind != MysqlKind::kBinary);
  };
  const bool has_zone = (from.kind == MysqlKind::kTimestamp) != (to.kind == MysqlKind::kTimestamp);
  const bool is_text_of_document = from.kind == MysqlKind::kJson && is_mariadb;
  const bool is_bytes_of_text = GroupOf(from) == Group::kText && GroupOf(to) == Group::kBinary;
  const bool is_text_of_bytes = GroupOf(from) == Group::kBinary && GroupOf(to) == Group::kText;
  const bool is_same_text =
      (!is_bytes_of_text || IsUtf8(change.charset_from)) && (!is_text_of_bytes || IsUtf8(change.charset_to));
  return {"", is_like(change.stored_from, change.source_from, from) &&
                  is_like(change.stored_to, change.source_to, to) && !has_zone && !is_text_of_document && is_same_text};
}

Conversion PostgresqlConversion(const std::string& column, const TypeChange& change) {
  const MysqlType from = IsKnown(change) ? ParseMysqlType(change.source_from) : MysqlType();
  const MysqlType to = IsKnown(change) ? ParseMysqlType(change.source_to) : MysqlType();
  const bool same = change.stored_from == change.stored_to;
  if (!IsKnown(change) && same) return {"", true};
  const Group source = GroupOf(from), target = GroupOf(to);
  if (change.stored_from == "bytea") return FromBytea(column, change, from, to);
  if (change.stored_to == "bytea") return ToBytea(column, change, from, to);
  if (change.stored_to == "boolean")
    return {"(" + column + "::numeric <> 0)", target == Group::kBit || Keeps(from, to)};
  if (change.stored_from == "boolean") return {column + "::int::" + change.stored_to, true};
  if (source == Group::kTime && target == Group::kText) return {TextOfTime(column, from), Keeps(from, to)};
  if (source == Group::kText && to.kind == MysqlKind::kChar && from.kind != MysqlKind::kChar)
    return {"rtrim(" + column + ", ' ')", true};
  // A FLOAT is held as the shortest decimal number that tells it.
  if (IsFloatToDouble(from, to)) return {column + "::real::double precision", true};
  if (target == Group::kFloat && source != Group::kFloat && source != Group::kText && to.scale < 0)
    return {column + "::double precision::real::text::double precision", source != Group::kOther};
  if (source == Group::kDecimal && (target == Group::kInteger || target == Group::kDecimal))
    return {column + "::" + change.stored_to, to.kind != MysqlKind::kYear};
  if (from.kind == MysqlKind::kDateTime && to.kind == MysqlKind::kDate) return {column + "::timestamp(0)::date", true};
  const bool is_time_without_zone = from.kind == to.kind && to.kind != MysqlKind::kTimestamp && source == Group::kTime;
  const bool is_midnight = from.kind == MysqlKind::kDate && to.kind == MysqlKind::kDateTime;
  const bool is_number = source == Group::kText &&
                         (target == Group::kDecimal || (target == Group::kInteger && to.kind != MysqlKind::kYear));
  if (same && !is_time_without_zone) return {"", Keeps(from, to)};
  return {column + "::text::" + change.stored_to,
          IsKnown(change) && (Keeps(from, to) || is_time_without_zone || is_midnight || is_number)};
}

namespace {

/// SQLite's columns hold values of both forms where rows came between an ALTER TABLE that was not followed (--ddl
/// ignore) and a run that follows it: only those of the old form are converted. A NULL is of none.
std::string Where(const std::string& is_old, const std::string& converted, const std::string& column) {
  return "CASE WHEN " + is_old + " THEN " + converted + " ELSE " + column + " END";
}

std::string SqliteWithFraction(const std::string& column, int from, const std::string& added) {
  const std::string point = "instr(" + column + ", '.')";
  const std::string is_old =
      from == 0 ? point + " = 0" : point + " > 0 AND length(" + column + ") - " + point + " = " + std::to_string(from);
  return Where(is_old, column + " || '" + added + "'", column);
}

/// Each digit of the hexadecimal form, as SQLite has no function that reads it.
std::string SqliteNumberOfBits(const std::string& column, int bytes) {
  std::string sum;
  for (int digit = 0; digit < 2 * bytes; ++digit)
    sum = "(" + (sum.empty() ? "" : sum + " * 16 + ") + "instr('123456789ABCDEF', substr(hex(" + column + "), " +
          std::to_string(digit + 1) + ", 1)))";
  return Where("typeof(" + column + ") = 'blob'", sum, column);
}

}  // namespace

Conversion SqliteConversion(const std::string& column, const TypeChange& change) {
  const bool to_text = change.stored_to == "TEXT", to_blob = change.stored_to == "BLOB";
  const bool from_text = change.stored_from == "TEXT", from_blob = change.stored_from == "BLOB";
  const std::string cast = "CAST(" + column + " AS " + change.stored_to + ")";
  if (!IsKnown(change)) {
    if (change.stored_from == change.stored_to) return {"", true};
    return {(from_blob && to_text) || (from_text && to_blob) ? cast : "", false};
  }
  const MysqlType from = ParseMysqlType(change.source_from), to = ParseMysqlType(change.source_to);
  const Group source = GroupOf(from), target = GroupOf(to);
  if (source == Group::kBinary && target == Group::kText)
    return {cast, IsUtf8(change.charset_to) && to.kind != MysqlKind::kChar};
  const bool is_text_to_bytes = source == Group::kText && target == Group::kBinary;
  if (is_text_to_bytes || (source == Group::kBinary && to.kind == MysqlKind::kBinary)) {
    const std::string bytes = "CAST(" + column + " AS BLOB)", length = std::to_string(std::max(to.length, 1));
    const bool is_exact = !is_text_to_bytes || IsUtf8(change.charset_from);
    if (to.kind != MysqlKind::kBinary) return {bytes, is_exact};
    return {"substr(CAST(" + bytes + " || zeroblob(" + length + ") AS BLOB), 1, " + length + ")", is_exact};
  }
  if (source == Group::kBit && target == Group::kBit && from_blob && to_blob && BytesOfBits(to) != BytesOfBits(from)) {
    const std::string bytes = std::to_string(BytesOfBits(to));
    return {Where("typeof(" + column + ") = 'blob' AND length(" + column + ") <> " + bytes,
                  "substr(CAST(zeroblob(" + bytes + ") || " + column + " AS BLOB), -" + bytes + ")", column),
            true};
  }
  if (source == Group::kBit && target == Group::kBit && !from_blob && to_blob)
    return {Where("typeof(" + column + ") = 'integer'",
                  "CAST(zeroblob(" + std::to_string(BytesOfBits(to) - 1) + ") || CASE " + column +
                      " WHEN 0 THEN x'00' ELSE x'01' END AS BLOB)",
                  column),
            true};
  const bool is_one_bit = target == Group::kBit && !to_blob;  // held as a boolean
  if (source == Group::kBit && (target == Group::kInteger || is_one_bit) && from_blob && from.length < 64)
    return {SqliteNumberOfBits(column, BytesOfBits(from)), true};
  if (source == Group::kBit && target == Group::kInteger) return {"", !from_blob};  // one bit, as a boolean
  const std::string fraction = AddedFraction(from.kind == MysqlKind::kDate ? 0 : from.fraction, to.fraction);
  if (from.kind == MysqlKind::kDate && to.kind == MysqlKind::kDateTime)
    return {Where("length(" + column + ") = 10", column + " || ' 00:00:00" + fraction + "'", column), true};
  if (source == Group::kTime && from.kind == to.kind)
    return {fraction.empty() ? "" : SqliteWithFraction(column, from.fraction, fraction), Keeps(from, to)};
  if (IsFloatToDouble(from, to))
    return {OfFloat(column, "536870913.0", "(1 << 62) * 1.0 * (1 << 62) * (1 << 25)"), true};
  const int from_scale = std::max(from.scale, 0), to_scale = target == Group::kDecimal ? std::max(to.scale, 0) : 0;
  if (source == Group::kDecimal &&
      (target == Group::kDecimal || (target == Group::kInteger && to.kind != MysqlKind::kYear)) &&
      from_scale > to_scale)
    return {"cdc_round(" + column + ", " + std::to_string(from_scale) + ", " + std::to_string(to_scale) + ")", true};
  const bool is_number = source == Group::kInteger || source == Group::kDecimal || source == Group::kDouble;
  if (target == Group::kFloat && to.scale < 0 && is_number) return {"cdc_float(" + column + ")", true};
  if (source == Group::kDecimal && target == Group::kText && !from_text)
    return {Where("typeof(" + column + ") IN ('integer', 'real')",
                  "printf('%." + std::to_string(std::max(from.scale, 0)) + "f', " + column + ")", column),
            Keeps(from, to)};
  if (source == Group::kText && to.kind == MysqlKind::kChar && from.kind != MysqlKind::kChar)
    return {"rtrim(" + column + ", ' ')", true};
  return {"", Keeps(from, to)};
}

bool KeepsValues(const std::string& source_from, const std::string& source_to) {
  return source_from == source_to || Keeps(ParseMysqlType(source_from), ParseMysqlType(source_to));
}

void WarnOfConversion(const std::string& table, const std::string& column, const TypeChange& change) {
  const bool is_known = IsKnown(change);
  const std::string& from = is_known ? change.source_from : change.stored_from;
  const std::string& to = is_known ? change.source_to : change.stored_to;
  LogWarning("the source has altered column \"" + column + "\" of table \"" + table + "\" from " + from + " to " + to +
             ": rows that are in the target already may hold other values there now than the source; a new snapshot of "
             "the table makes them equal (see CAVEATS in cdc-apply(1))");
}

}  // namespace cdc::apply
