#include "tools/binlog-tail/json_binary.h"

#include <cmath>

#include "common/error.h"
#include "tools/binlog-tail/column_type.h"
#include "tools/binlog-tail/decimal_binary.h"
#include "tools/binlog-tail/temporal_binary.h"

namespace cdc::tail {
namespace {

enum JsonType : uint8_t {
  kSmallObject = 0,
  kLargeObject = 1,
  kSmallArray = 2,
  kLargeArray = 3,
  kLiteral = 4,
  kInt16 = 5,
  kUint16 = 6,
  kInt32 = 7,
  kUint32 = 8,
  kInt64 = 9,
  kUint64 = 10,
  kDouble = 11,
  kString = 12,
  kOpaque = 15
};

[[noreturn]] void Damaged(const std::string& how) {
  Fail(ExitStatus::kData, "damaged JSON document: " + how);
}

ByteCursor CursorOf(std::string_view bytes) {
  return ByteCursor(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

/// 7 bits a byte, lowest group first, at most five bytes; then so many bytes of data.
std::string_view TakeVariable(ByteCursor& cursor) {
  uint64_t length = 0;
  for (int shift = 0;; shift += 7) {
    if (shift > 28) Damaged("a length is longer than five bytes");
    const uint8_t byte = cursor.ReadU8();
    length |= static_cast<uint64_t>(byte & 127) << shift;
    if ((byte & 128) == 0) break;
  }
  if (length > cursor.remaining()) Damaged("a string reaches beyond its end");
  return cursor.TakeText(static_cast<size_t>(length));
}

/// Shortest digits that read back, always with an exponent: 1.5e0.
void AppendDouble(TextBuffer& out, double value) {
  if (!std::isfinite(value)) Damaged("a number that is not finite");
  char* at = out.Reserve(40);
  char* end = std::to_chars(at, at + 40, value, std::chars_format::scientific).ptr;
  // to_chars writes e+00: the sign and leading zeros go.
  char* exponent = end;
  while (*--exponent != 'e') {
  }
  char* to = ++exponent;
  const char* from = exponent;
  if (*from == '-') *to++ = *from;
  ++from;
  while (*from == '0' && from + 1 < end) ++from;
  while (from < end) *to++ = *from++;
  out.Commit(to);
}

void AppendTagged(TextBuffer& out, std::string_view tag, int64_t packed, void (*append)(TextBuffer&, int64_t)) {
  out.Append("{\"@");
  out.Append(tag);
  out.Append("\":\"");
  append(out, packed);
  out.Append("\"}");
}

void AppendOpaque(TextBuffer& out, ByteCursor cursor) {
  const auto type = static_cast<ColumnType>(cursor.ReadU8());
  const std::string_view data = TakeVariable(cursor);
  ByteCursor value = CursorOf(data);
  switch (type) {
    case ColumnType::kNewDecimal: {
      const int precision = value.ReadU8();
      const int scale = value.ReadU8();
      return AppendDecimal(out, value, precision, scale);
    }
    case ColumnType::kDate: return AppendTagged(out, "date", static_cast<int64_t>(value.ReadU64()), AppendPackedDate);
    case ColumnType::kTimeOld:
      return AppendTagged(out, "time", static_cast<int64_t>(value.ReadU64()), AppendPackedTime);
    case ColumnType::kDateTimeOld:
      return AppendTagged(out, "datetime", static_cast<int64_t>(value.ReadU64()), AppendPackedDateTime);
    case ColumnType::kTimestampOld:
      return AppendTagged(out, "timestamp", static_cast<int64_t>(value.ReadU64()), AppendPackedDateTime);
    case ColumnType::kBit:
      out.Append("{\"@bit\":");
      AppendBase64String(out, data);
      return out.Push('}');
    default:
      out.Append("{\"@opaque\":[");
      out.AppendInteger(static_cast<unsigned>(type));
      out.Push(',');
      AppendBase64String(out, data);
      return out.Append("]}");
  }
}

/// A valid document holds each of its values once. These limits keep a damaged one, whose offsets meet, from growing
/// without end.
struct Budget {
  size_t values;
  size_t text;
};

void AppendValue(TextBuffer& out, const JsonBinaryValue& value, int depth, Budget& budget) {
  if (budget.values-- == 0) Damaged("its parts overlap");
  if (!JsonBinaryContainer::IsContainer(value.type)) {
    const size_t before = out.size();
    AppendJsonScalar(out, value);
    const size_t grown = out.size() - before;
    if (grown > budget.text) Damaged("its parts overlap");
    budget.text -= grown;
    return;
  }
  if (depth > kMaxJsonDepth) Damaged("it is nested deeper than " + std::to_string(kMaxJsonDepth));
  const JsonBinaryContainer container(value);
  out.Push(container.is_object() ? '{' : '[');
  for (size_t i = 0; i < container.count(); ++i) {
    if (i > 0) out.Push(',');
    if (container.is_object()) AppendJsonMemberName(out, container.Key(i));
    AppendValue(out, container.Value(i), depth + 1, budget);
  }
  out.Push(container.is_object() ? '}' : ']');
}

}  // namespace

void AppendJsonMemberName(TextBuffer& out, std::string_view name) {
  const size_t start = out.size();
  if (!TryAppendJsonString(out, name)) Damaged("a member's name is not UTF-8");
  if (!name.empty() && name[0] == '@') {
    // "@x" becomes "@@x", so that it cannot be taken for one of our own tags.
    out.Push(' ');
    char* at = out.data() + start + 1;
    std::memmove(at + 1, at, out.size() - start - 2);
  }
  out.Push(':');
}

JsonBinaryContainer::JsonBinaryContainer(const JsonBinaryValue& value)
    : bytes_(value.bytes),
      is_object_(value.type <= kLargeObject),
      offset_bytes_((value.type == kLargeObject || value.type == kLargeArray) ? 4 : 2) {
  if (bytes_.size() < 2 * offset_bytes_) Damaged("a container reaches beyond its end");
  const uint64_t count = ReadOffset(0);
  const uint64_t size = ReadOffset(offset_bytes_);
  if (size > bytes_.size()) Damaged("a container reaches beyond its end");
  const size_t key_entry = is_object_ ? offset_bytes_ + 2 : 0;
  if (count * (key_entry + 1 + offset_bytes_) > size) Damaged("a container's entries reach beyond its end");
  bytes_ = bytes_.substr(0, static_cast<size_t>(size));
  count_ = static_cast<size_t>(count);
  values_at_ = 2 * offset_bytes_ + count_ * key_entry;
  if (values_at_ + count_ * (1 + offset_bytes_) > bytes_.size()) Damaged("a container's entries reach beyond its end");
}

uint64_t JsonBinaryContainer::ReadOffset(size_t at) const {
  // Within the entries, whose extent was checked at the start.
  if (offset_bytes_ == 2) {
    uint16_t offset;
    std::memcpy(&offset, bytes_.data() + at, sizeof offset);
    return offset;
  }
  uint32_t offset;
  std::memcpy(&offset, bytes_.data() + at, sizeof offset);
  return offset;
}

std::string_view JsonBinaryContainer::Key(size_t index) const {
  const size_t entry = 2 * offset_bytes_ + index * (offset_bytes_ + 2);
  const uint64_t offset = ReadOffset(entry);
  uint16_t length;
  std::memcpy(&length, bytes_.data() + entry + offset_bytes_, sizeof length);
  if (offset + length > bytes_.size()) Damaged("a member's name lies outside");
  return bytes_.substr(static_cast<size_t>(offset), length);
}

JsonBinaryValue JsonBinaryContainer::Value(size_t index) const {
  const size_t entry = values_at_ + index * (1 + offset_bytes_);
  const auto type = static_cast<uint8_t>(bytes_[entry]);
  const bool large = offset_bytes_ == 4;
  const bool inlined =
      type == kLiteral || type == kInt16 || type == kUint16 || (large && (type == kInt32 || type == kUint32));
  if (inlined) return {type, bytes_.substr(entry + 1, offset_bytes_)};
  const uint64_t offset = ReadOffset(entry + 1);
  if (offset >= bytes_.size()) Damaged("a value lies outside");
  return {type, bytes_.substr(static_cast<size_t>(offset))};
}

void AppendJsonScalar(TextBuffer& out, const JsonBinaryValue& value) {
  ByteCursor cursor = CursorOf(value.bytes);
  switch (value.type) {
    case kLiteral: {
      static constexpr std::string_view kLiterals[] = {"null", "true", "false"};
      const uint8_t literal = cursor.ReadU8();
      if (literal > 2) Damaged("literal " + std::to_string(literal) + " is not known");
      return out.Append(kLiterals[literal]);
    }
    case kInt16: return out.AppendInteger(static_cast<int16_t>(cursor.ReadU16()));
    case kUint16: return out.AppendInteger(cursor.ReadU16());
    case kInt32: return out.AppendInteger(static_cast<int32_t>(cursor.ReadU32()));
    case kUint32: return out.AppendInteger(cursor.ReadU32());
    case kInt64: return out.AppendInteger(static_cast<int64_t>(cursor.ReadU64()));
    case kUint64: return out.AppendInteger(cursor.ReadU64());
    case kDouble: {
      const uint64_t bits = cursor.ReadU64();
      double number;
      std::memcpy(&number, &bits, sizeof number);
      return AppendDouble(out, number);
    }
    case kString:
      if (!TryAppendJsonString(out, TakeVariable(cursor))) Damaged("a string is not UTF-8");
      return;
    case kOpaque: return AppendOpaque(out, cursor);
    default: Damaged("value type " + std::to_string(value.type) + " is not known");
  }
}

JsonBinaryValue JsonBinaryRoot(std::string_view binary) {
  if (binary.empty()) return {kLiteral, std::string_view("\0", 1)};
  return {static_cast<uint8_t>(binary[0]), binary.substr(1)};
}

void AppendJsonDocument(TextBuffer& out, std::string_view binary) {
  // An escaped character takes six bytes for one, a number of two bytes at most six, an opaque one some forty more.
  Budget budget{binary.size() + 1, binary.size() * 20 + 100};
  AppendValue(out, JsonBinaryRoot(binary), 1, budget);
}

void MarkNullDocument(TextBuffer& out, size_t start) {
  if (out.ViewFrom(start) != "null") return;
  out.Truncate(start);
  out.Append("{\"@null\":null}");
}

}  // namespace cdc::tail
