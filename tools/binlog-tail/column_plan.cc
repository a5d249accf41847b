#include "tools/binlog-tail/column_plan.h"

#include "tools/binlog-tail/column_default.h"

#include <arpa/inet.h>

#include <cmath>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/binlog-tail/compressed.h"
#include "tools/binlog-tail/decimal_binary.h"
#include "tools/binlog-tail/gtid_event.h"
#include "tools/binlog-tail/json_binary.h"
#include "tools/binlog-tail/temporal_binary.h"

namespace cdc::tail {
namespace {

template <typename Integer>
void AppendFixed(const ColumnPlan&, ByteCursor& cursor, TextBuffer& out) {
  Integer value;
  std::memcpy(&value, cursor.Take(sizeof value), sizeof value);
  out.AppendInteger(value);
}

void AppendInt24(const ColumnPlan&, ByteCursor& cursor, TextBuffer& out) {
  out.AppendInteger(static_cast<int32_t>(static_cast<uint32_t>(cursor.ReadLittleEndian(3)) << 8) >> 8);
}
void AppendUint24(const ColumnPlan&, ByteCursor& cursor, TextBuffer& out) {
  out.AppendInteger(static_cast<uint32_t>(cursor.ReadLittleEndian(3)));
}

template <typename Float>
void AppendFloat(const ColumnPlan&, ByteCursor& cursor, TextBuffer& out) {
  Float value;
  std::memcpy(&value, cursor.Take(sizeof value), sizeof value);
  if (!std::isfinite(value)) cursor.FailHere("a floating-point number is not finite");
  char* at = out.Reserve(40);
  out.Commit(std::to_chars(at, at + 40, value).ptr);
}

void AppendDecimalString(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  out.Push('"');
  AppendDecimal(out, cursor, plan.meta >> 8, plan.digits);
  out.Push('"');
}

void AppendYear(const ColumnPlan&, ByteCursor& cursor, TextBuffer& out) {
  const uint8_t stored = cursor.ReadU8();
  out.AppendInteger(stored == 0 ? 0 : 1900 + stored);
}

void AppendBit(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  AppendBinary(out, cursor.TakeText((static_cast<size_t>(plan.meta) + 7) / 8), plan.style);
}

void AppendDateColumn(const ColumnPlan&, ByteCursor& cursor, TextBuffer& out) {
  AppendDate(out, cursor);
}

template <void (*Append)(TextBuffer&, ByteCursor&, int)>
void AppendTemporal(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  Append(out, cursor, plan.digits);
}

std::string_view TakeSized(const ColumnPlan& plan, ByteCursor& cursor) {
  const uint64_t length = cursor.ReadLittleEndian(plan.length_bytes);
  return cursor.TakeText(static_cast<size_t>(length));
}

void AppendUtf8(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  const std::string_view bytes = TakeSized(plan, cursor);
  // What nearly all text is, without a detour.
  if (!out.spills() && TryAppendJsonString(out, bytes)) return;
  AppendText(out, bytes, *plan.charset, plan.style);
}
void AppendConverted(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  AppendText(out, TakeSized(plan, cursor), *plan.charset, plan.style);
}
void AppendBytes(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  AppendBinary(out, TakeSized(plan, cursor), plan.style);
}

/// Trailing zero bytes are not stored: back to the declared length.
std::string_view TakePadded(const ColumnPlan& plan, ByteCursor& cursor, std::string* padded) {
  *padded = TakeSized(plan, cursor);
  if (padded->size() < plan.meta) padded->resize(plan.meta, '\0');
  return *padded;
}

void AppendPaddedBinary(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  thread_local std::string padded;
  AppendBinary(out, TakePadded(plan, cursor, &padded), plan.style);
}

void AppendMariadbUuid(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  std::string padded;
  AppendJsonString(out, UuidText(reinterpret_cast<const uint8_t*>(TakePadded(plan, cursor, &padded).data())));
}

template <int Family>
void AppendMariadbInet(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  std::string padded;
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(Family, TakePadded(plan, cursor, &padded).data(), text, sizeof text) == nullptr)
    cursor.FailHere("not an address");
  AppendJsonString(out, text);
}

void AppendCompressed(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  thread_local std::string inflated;
  InflateMariadbColumn(TakeSized(plan, cursor), &inflated);
  if (plan.charset->kind() == Charset::Kind::kBinary)
    AppendBinary(out, inflated, plan.style);
  else
    AppendText(out, inflated, *plan.charset, plan.style);
}

void AppendJsonColumn(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  const size_t start = out.size();
  AppendJsonDocument(out, TakeSized(plan, cursor));
  MarkNullDocument(out, start);
}

void AppendEnum(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  const uint64_t index = cursor.ReadLittleEndian(plan.meta);
  if (index == 0) return out.Append("\"\"");  // the error value
  if (index > plan.members.size())
    cursor.FailHere("ENUM value " + std::to_string(index) + " of " + std::to_string(plan.members.size()));
  out.Append(plan.members[static_cast<size_t>(index) - 1]);
}

void AppendSet(const ColumnPlan& plan, ByteCursor& cursor, TextBuffer& out) {
  uint64_t bits = cursor.ReadLittleEndian(plan.meta);
  out.Push('"');
  for (bool first = true; bits != 0; bits &= bits - 1, first = false) {
    const auto member = static_cast<size_t>(__builtin_ctzll(bits));
    if (member >= plan.members.size())
      cursor.FailHere("SET member " + std::to_string(member + 1) + " of " + std::to_string(plan.members.size()));
    if (!first) out.Push(',');
    out.Append(plan.members[member]);
  }
  out.Push('"');
}

void AppendNothing(const ColumnPlan&, ByteCursor&, TextBuffer& out) {
  out.Append("null");
}

[[noreturn]] void Undecodable(const MappedColumn& column, const ColumnSchema& schema) {
  Fail(ExitStatus::kData, "column \"" + schema.name + "\" " + schema.type_text + " has binlog type " +
                              std::to_string(static_cast<int>(column.type)) + ", which cannot be decoded");
}

const Charset* CharsetOf(const MappedColumn& column, const ColumnSchema& schema) {
  const Charset* charset = nullptr;
  if (column.collation) {
    charset = CharsetOfCollation(*column.collation);
    if (charset == nullptr)
      Fail(ExitStatus::kData, "column \"" + schema.name + "\" has collation " + std::to_string(*column.collation) +
                                  ", which is not known");
    return charset;
  }
  if (schema.charset.empty() && schema.type.is_text())
    Fail(ExitStatus::kNoInput, "the character set of column \"" + schema.name + "\" " + schema.type_text +
                                   " is not known: neither the log nor the definition tells it");
  charset = CharsetByName(schema.charset.empty() ? "binary" : schema.charset);
  if (charset == nullptr)
    Fail(ExitStatus::kData,
         "column \"" + schema.name + "\" has character set \"" + schema.charset + "\", which is not known");
  return charset;
}

AppendColumn StringAppender(ColumnPlan& plan, const MappedColumn& column, const ColumnSchema& schema) {
  const bool fixed = column.type == ColumnType::kString;
  if (fixed && schema.type.name == "uuid" && column.meta == 16) return AppendMariadbUuid;
  if (fixed && schema.type.name == "inet6" && column.meta == 16) return AppendMariadbInet<AF_INET6>;
  if (fixed && schema.type.name == "inet4" && column.meta == 4) return AppendMariadbInet<AF_INET>;
  plan.charset = CharsetOf(column, schema);
  switch (plan.charset->kind()) {
    case Charset::Kind::kBinary: return fixed ? AppendPaddedBinary : AppendBytes;
    case Charset::Kind::kUtf8: return AppendUtf8;
    default: return AppendConverted;
  }
}

template <typename Signed, typename Unsigned>
AppendColumn IntegerAppender(bool is_unsigned) {
  return is_unsigned ? AppendFixed<Unsigned> : AppendFixed<Signed>;
}

AppendColumn ChooseAppender(ColumnPlan& plan, const MappedColumn& column, const ColumnSchema& schema) {
  const bool is_unsigned = column.is_unsigned.value_or(schema.type.is_unsigned);
  plan.digits = column.meta;  // of the temporal types that say so
  switch (column.type) {
    case ColumnType::kTiny: return IntegerAppender<int8_t, uint8_t>(is_unsigned);
    case ColumnType::kShort: return IntegerAppender<int16_t, uint16_t>(is_unsigned);
    case ColumnType::kInt24: return is_unsigned ? AppendUint24 : AppendInt24;
    case ColumnType::kLong: return IntegerAppender<int32_t, uint32_t>(is_unsigned);
    case ColumnType::kLongLong: return IntegerAppender<int64_t, uint64_t>(is_unsigned);
    case ColumnType::kFloat: return AppendFloat<float>;
    case ColumnType::kDouble: return AppendFloat<double>;
    case ColumnType::kNewDecimal: plan.digits = column.meta & 0xFF; return AppendDecimalString;
    case ColumnType::kYear: return AppendYear;
    case ColumnType::kBit: return AppendBit;
    case ColumnType::kDate:
    case ColumnType::kNewDate: return AppendDateColumn;
    case ColumnType::kTime2: return AppendTemporal<AppendTime2>;
    case ColumnType::kDateTime2: return AppendTemporal<AppendDateTime2>;
    case ColumnType::kTimestamp2: return AppendTemporal<AppendTimestamp2>;
    case ColumnType::kTimeOld: plan.digits = schema.type.fraction; return AppendTemporal<AppendTimeOld>;
    case ColumnType::kDateTimeOld: plan.digits = schema.type.fraction; return AppendTemporal<AppendDateTimeOld>;
    case ColumnType::kTimestampOld: plan.digits = schema.type.fraction; return AppendTemporal<AppendTimestampOld>;
    case ColumnType::kString:
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
      plan.length_bytes = column.meta > 255 ? 2 : 1;
      return StringAppender(plan, column, schema);
    case ColumnType::kBlob:
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
      plan.length_bytes = static_cast<uint8_t>(column.meta);
      return StringAppender(plan, column, schema);
    case ColumnType::kMariadbVarcharCompressed:
      plan.length_bytes = column.meta > 255 ? 2 : 1;
      plan.charset = CharsetOf(column, schema);
      return AppendCompressed;
    case ColumnType::kMariadbBlobCompressed:
      plan.length_bytes = static_cast<uint8_t>(column.meta);
      plan.charset = CharsetOf(column, schema);
      return AppendCompressed;
    case ColumnType::kJson:
      plan.length_bytes = static_cast<uint8_t>(column.meta);
      plan.is_json = true;
      return AppendJsonColumn;
    case ColumnType::kGeometry:
    case ColumnType::kVector: plan.length_bytes = static_cast<uint8_t>(column.meta); return AppendBytes;
    case ColumnType::kEnum: return AppendEnum;
    case ColumnType::kSet: return AppendSet;
    case ColumnType::kNull: return AppendNothing;
    default: Undecodable(column, schema);
  }
}

void CompileMembers(ColumnPlan& plan, const MappedColumn& column, const ColumnSchema& schema) {
  const size_t largest = column.type == ColumnType::kEnum ? 2 : 8;
  if (plan.meta < 1 || plan.meta > largest) Undecodable(column, schema);
  for (const auto& value : schema.type.values) {
    std::string text;
    if (column.type == ColumnType::kEnum)
      cdc::AppendJsonString(text, value);
    else
      cdc::AppendJsonEscaped(text, value);
    plan.members.push_back(std::move(text));
  }
}

ColumnPlan CompileColumn(const MappedColumn& column, const ColumnSchema& schema, const ValueStyle& style) {
  ColumnPlan plan;
  plan.style = style;
  plan.key = ",";
  cdc::AppendJsonString(plan.key, schema.name);
  plan.key += ':';
  plan.name = schema.name;
  plan.type_text = schema.type_text;
  plan.meta = column.meta;
  plan.append = ChooseAppender(plan, column, schema);
  const bool sized = plan.append == AppendJsonColumn || plan.append == AppendBytes || plan.append == AppendUtf8 ||
                     plan.append == AppendConverted || plan.append == AppendCompressed;
  if (sized && (plan.length_bytes < 1 || plan.length_bytes > 4)) Undecodable(column, schema);
  const bool temporal = column.type == ColumnType::kTime2 || column.type == ColumnType::kDateTime2 ||
                        column.type == ColumnType::kTimestamp2;
  if (temporal && plan.digits > 6) Undecodable(column, schema);
  if (column.type == ColumnType::kBit && plan.meta > 64) Undecodable(column, schema);
  if (column.type == ColumnType::kEnum || column.type == ColumnType::kSet) CompileMembers(plan, column, schema);
  return plan;
}

ColumnSchema UndeclaredPeriodColumn() {
  ColumnSchema column;
  column.name = "period of system versioning";
  column.type_text = "timestamp(6)";
  column.type = ParseMysqlType(column.type_text);
  column.nullable = false;
  return column;
}

}  // namespace

std::shared_ptr<const TablePlan> CompileTablePlan(const TableMap& map, std::shared_ptr<const TableSchema> schema,
                                                  const std::function<bool(const std::string&)>& shows,
                                                  const ValueStyle& style) {
  const std::string mismatch = MapMismatch(map, *schema);
  if (!mismatch.empty())
    Fail(ExitStatus::kData,
         "rows of table \"" + map.database + "." + map.table + "\" do not fit its definition: " + mismatch);
  auto plan = std::make_shared<TablePlan>();
  plan->columns.reserve(map.columns.size());  // row_end points into it
  for (size_t i = 0; i < schema->columns.size(); ++i) {
    plan->columns.push_back(CompileColumn(map.columns[i], schema->columns[i], style));
    ColumnPlan& column = plan->columns.back();
    column.hidden = shows && !shows(schema->columns[i].name);
    if (const auto value = DefaultValueJson(*schema, schema->columns[i], style.hex); value && !column.hidden)
      column.fill = column.key + *value;
    else
      column.fill_known = column.hidden;
    if (column.is_json) ++plan->json_columns;
    plan->has_hidden = plan->has_hidden || column.hidden;
    if (schema->columns[i].is_row_end() && map.columns[i].type == ColumnType::kTimestamp2) plan->row_end = &column;
  }
  for (size_t i = schema->columns.size(); i < map.columns.size(); ++i) {
    plan->columns.push_back(CompileColumn(map.columns[i], UndeclaredPeriodColumn(), style));
    plan->columns.back().hidden = true;
    plan->row_end = &plan->columns.back();
  }
  plan->head = "\",\"db\":";
  cdc::AppendJsonString(plan->head, map.database);
  plan->head += ",\"table\":";
  cdc::AppendJsonString(plan->head, map.table);
  plan->schema = std::move(schema);
  return plan;
}

}  // namespace cdc::tail
