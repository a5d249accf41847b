#include "tools/cdc-sql/connect/format_raw.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/bind/option_name.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/connect/physical_fields.h"

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

}  // namespace

RawOptions::RawOptions(const TableDef& table) {
  const std::string name = FormatOption(table, "charset").value_or("UTF-8");
  const std::optional<Charset> known = FindCharset(name);
  if (!known)
    FailAt(OptionSpan(table, "charset"), "the charset '" + name + "' is not available",
           "'" + OptionName(table, "charset") +
               "' = 'UTF-8', 'ISO-8859-1', 'US-ASCII', 'UTF-16', 'UTF-16BE' or 'UTF-16LE'");
  charset = *known;
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

void CheckRawColumns(const TableDef& table, const std::vector<SqlType>& types) {
  if (types.size() != 1 || !(types[0].is_string() || types[0].is_binary() || IsRawNumber(types[0])))
    FailAt(table.SpanOf("format"),
           "the format raw needs a table with one column, of type STRING, BYTES, BOOLEAN or a number");
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

RawDecoder::RawDecoder(const PlanNode& scan) : options_(*scan.table), metadata_(scan) {
  std::vector<SqlType> physical;
  const std::vector<uint8_t> fields = PhysicalFields(scan);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] == 0) continue;
    physical.push_back(scan.columns[i].type);
    column_ = i;
  }
  CheckRawColumns(*scan.table, physical);
}

void RawDecoder::Decode(const RecordLine& record, std::string_view, const RecordPlace& where, BatchBuilder& out) {
  const SqlType& type = out.types()[column_];
  const std::string_view bytes = record.payload.is_null ? std::string_view() : record.payload.bytes;
  const bool number = IsRawNumber(type), utf8 = options_.charset == Charset::kUtf8;
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
    std::string text;
    if (number) {
      Put(column, row, bytes, type, options_.little_endian);
    } else if (type.is_string() && !utf8) {
      AppendDecoded(&text, bytes, options_.charset);
      column.MutableValues<std::string_view>()[row] = column.arena().Copy(text);
    } else {
      column.MutableValues<std::string_view>()[row] = column.arena().Copy(bytes);
    }
  }
  metadata_.Fill(record, {}, {}, row, out);
}

}  // namespace cdc::sql
