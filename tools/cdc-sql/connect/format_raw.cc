#include "tools/cdc-sql/connect/format_raw.h"

#include <algorithm>
#include <bit>
#include <map>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/bind/option_name.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/connect/physical_fields.h"
#include "tools/cdc-sql/run/utf16.h"

namespace cdc::sql {

namespace {

size_t BytesOf(const SqlType& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
    case TypeKind::kTinyint: return 1;
    case TypeKind::kSmallint: return 2;
    case TypeKind::kInt:
    case TypeKind::kFloat: return 4;
    case TypeKind::kBigint:
    case TypeKind::kDouble: return 8;
    default: return 0;
  }
}

/// The value whose bytes are those of `text`, most significant first unless `little`; with its sign.
int64_t NumberOf(std::string_view text, bool little) {
  uint64_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i)
    bits = (bits << 8) | static_cast<unsigned char>(text[little ? text.size() - 1 - i : i]);
  const size_t unused = 64 - 8 * text.size();
  return static_cast<int64_t>(bits << unused) >> unused;
}

void Put(ColumnVector& column, size_t row, std::string_view bytes, const SqlType& type, bool little) {
  const int64_t number = NumberOf(bytes, little);
  switch (type.kind) {
    case TypeKind::kBoolean: column.MutableValues<uint8_t>()[row] = number != 0 ? 1 : 0; return;
    case TypeKind::kFloat:
      column.MutableValues<double>()[row] = static_cast<double>(std::bit_cast<float>(static_cast<int32_t>(number)));
      return;
    case TypeKind::kDouble: column.MutableValues<double>()[row] = std::bit_cast<double>(number); return;
    default: column.MutableValues<int64_t>()[row] = number;
  }
}

using Charset = RawOptions::Charset;

/// UTF-16, where a byte order mark tells the order; without one the most significant byte comes first.
std::string Utf8OfUtf16(std::string_view bytes, Charset charset) {
  bool little = charset == Charset::kUtf16Le;
  if (charset == Charset::kUtf16 && (bytes.substr(0, 2) == "\xFE\xFF" || bytes.substr(0, 2) == "\xFF\xFE")) {
    little = bytes[0] == '\xFF';
    bytes.remove_prefix(2);
  }
  std::u16string units;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2)
    units += static_cast<char16_t>(NumberOf(bytes.substr(i, 2), little) & 0xFFFF);
  return FromUtf16(units) + (bytes.size() % 2 != 0 ? "\xEF\xBF\xBD" : "");
}

/// Bytes of a charset other than UTF-8 as UTF-8. US-ASCII has no others than its own: they are U+FFFD.
std::string Utf8Of(std::string_view bytes, Charset charset) {
  if (charset != Charset::kLatin1 && charset != Charset::kAscii) return Utf8OfUtf16(bytes, charset);
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += charset == Charset::kAscii && byte > 0x7F ? "\xEF\xBF\xBD" : FromCode(byte);
  }
  return text;
}

}  // namespace

RawOptions::RawOptions(const TableDef& table) {
  std::string name = FormatOption(table, "charset").value_or("UTF-8");
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  static const std::map<std::string, Charset> kNames = {
      {"UTF-8", Charset::kUtf8},    {"UTF8", Charset::kUtf8},        {"ISO-8859-1", Charset::kLatin1},
      {"LATIN1", Charset::kLatin1}, {"US-ASCII", Charset::kAscii},   {"ASCII", Charset::kAscii},
      {"UTF-16", Charset::kUtf16},  {"UTF-16BE", Charset::kUtf16Be}, {"UTF-16LE", Charset::kUtf16Le}};
  const auto known = kNames.find(name);
  if (known == kNames.end())
    FailAt(OptionSpan(table, "charset"), "the charset '" + name + "' is not available",
           "'" + OptionName(table, "charset") +
               "' = 'UTF-8', 'ISO-8859-1', 'US-ASCII', 'UTF-16', 'UTF-16BE' or 'UTF-16LE'");
  charset = known->second;
  std::string order = FormatOption(table, "endianness").value_or("big-endian");
  for (char& c : order)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  little_endian = order == "little-endian";
  if (!little_endian && order != "big-endian")
    FailAt(OptionSpan(table, "endianness"),
           "'" + OptionName(table, "endianness") + "' is 'big-endian' or 'little-endian'");
}

bool IsRawNumber(const SqlType& type) {
  return BytesOf(type) > 0;
}

void AppendRawNumber(std::string& out, const ColumnVector& value, size_t row, const SqlType& type,
                     const RawOptions& options) {
  const int64_t number = type.kind == TypeKind::kBoolean ? value.bools()[row]
                         : type.kind == TypeKind::kFloat
                             ? std::bit_cast<int32_t>(static_cast<float>(value.doubles()[row]))
                         : type.kind == TypeKind::kDouble ? std::bit_cast<int64_t>(value.doubles()[row])
                                                          : value.ints()[row];
  const size_t count = BytesOf(type);
  for (size_t i = 0; i < count; ++i)
    out += static_cast<char>((number >> (8 * (options.little_endian ? i : count - 1 - i))) & 0xFF);
}

void AppendRawText(std::string& out, std::string_view text, const RawOptions& options) {
  const Charset charset = options.charset;
  if (charset == Charset::kUtf8) {
    out += text;
    return;
  }
  const std::u16string units = ToUtf16(text);
  if (charset == Charset::kUtf16) out += "\xFE\xFF";
  for (size_t i = 0; i < units.size(); ++i) {
    const uint32_t unit = units[i];
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    if (charset == Charset::kUtf16Le) {
      out += {low, high};
    } else if (charset == Charset::kUtf16 || charset == Charset::kUtf16Be) {
      out += {high, low};
    } else {
      out += unit < (charset == Charset::kAscii ? 0x80U : 0x100U) ? low : '?';
      if (unit >= 0xD800 && unit < 0xDC00) ++i;  // two units are one character
    }
  }
}

RawDecoder::RawDecoder(const PlanNode& scan) : options_(*scan.table), metadata_(scan) {
  size_t physical = 0;
  const std::vector<uint8_t> fields = PhysicalFields(scan);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == 0) continue;
    ++physical;
    column_ = i;
  }
  const SqlType& type = scan.columns[column_].type;
  if (physical != 1 || !(type.is_string() || type.is_binary() || IsRawNumber(type)))
    FailAt(scan.table->SpanOf("format"),
           "the format raw needs a table with one column, of type STRING, BYTES, BOOLEAN or a number");
}

void RawDecoder::Decode(const RecordLine& record, std::string_view, const RecordPlace& where, BatchBuilder& out) {
  const SqlType& type = out.types()[column_];
  const std::string_view bytes = record.payload.is_null ? std::string_view() : record.payload.bytes;
  const bool number = IsRawNumber(type), utf8 = options_.charset == RawOptions::Charset::kUtf8;
  if (!record.payload.is_null && number && bytes.size() != BytesOf(type))
    Fail(ExitStatus::kData,
         where() + ": the record has " + std::to_string(bytes.size()) + " bytes, " + type.Plain().Text() + " has " +
             std::to_string(BytesOf(type)),
         "", "declare the column STRING or BYTES");
  if (type.is_string() && utf8 && !IsUtf8(bytes))
    Fail(ExitStatus::kData, where() + ": the record is no UTF-8 text", "", "declare the column BYTES");
  const size_t row = out.rows();
  for (const auto& column : out.columns()) column->AppendNull();
  out.RowDone(RowKind::kInsert);
  if (!record.payload.is_null) {
    ColumnVector& column = out.column(column_);
    column.mutable_nulls()[row] = 0;
    if (number)
      Put(column, row, bytes, type, options_.little_endian);
    else if (type.is_string() && !utf8)
      column.MutableValues<std::string_view>()[row] = column.arena().Copy(Utf8Of(bytes, options_.charset));
    else
      column.MutableValues<std::string_view>()[row] = column.arena().Copy(bytes);
  }
  metadata_.Fill(record, {}, {}, row, out);
}

}  // namespace cdc::sql
