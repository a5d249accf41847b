#include "tools/binlog-tail/table_map_event.h"

#include "common/json_writer.h"

namespace cdc::tail {
namespace {

constexpr uint32_t kBinaryCollation = 63;

enum OptionalMetadata : uint8_t {
  kSignedness = 1,
  kDefaultCharset = 2,
  kColumnCharset = 3,
  kColumnName = 4,
  kSetValues = 5,
  kEnumValues = 6,
  kGeometryType = 7,
  kSimplePrimaryKey = 8,
  kPrimaryKeyWithPrefix = 9,
  kEnumSetDefaultCharset = 10,
  kEnumSetColumnCharset = 11,
  kVisibility = 12,
  kVectorDimension = 13
};

bool IsNumeric(ColumnType type) {
  switch (type) {
    case ColumnType::kTiny:
    case ColumnType::kShort:
    case ColumnType::kInt24:
    case ColumnType::kLong:
    case ColumnType::kLongLong:
    case ColumnType::kFloat:
    case ColumnType::kDouble:
    case ColumnType::kDecimalOld:
    case ColumnType::kNewDecimal:
    case ColumnType::kYear: return true;
    default: return false;
  }
}

bool IsEnumOrSet(ColumnType type) {
  return type == ColumnType::kEnum || type == ColumnType::kSet;
}

bool IsCharacter(ColumnType type, bool is_mariadb) {
  switch (type) {
    case ColumnType::kString:
    case ColumnType::kVarString:
    case ColumnType::kVarchar:
    case ColumnType::kBlob:
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
    case ColumnType::kVector: return true;
    case ColumnType::kGeometry:
    case ColumnType::kMariadbBlobCompressed:
    case ColumnType::kMariadbVarcharCompressed: return is_mariadb;
    default: return false;
  }
}

/// STRING's two bytes hold the real type with two bits of the length folded in.
void DecodeStringMeta(uint8_t m0, uint8_t m1, MappedColumn& column) {
  const auto real = static_cast<ColumnType>(m0);
  if (IsEnumOrSet(real)) {
    column.type = real;
    column.meta = m1;
    return;
  }
  const unsigned both = static_cast<unsigned>(m0) << 8 | m1;
  column.meta = static_cast<uint16_t>((((both >> 4) & 0x300) ^ 0x300) + m1);
  column.type = static_cast<ColumnType>(m0 | 0x30);
  if (IsEnumOrSet(column.type)) column.meta = m1;
}

void DecodeColumnMeta(ByteCursor& meta, MappedColumn& column) {
  switch (column.type) {
    case ColumnType::kFloat:
    case ColumnType::kDouble:
    case ColumnType::kBlob:
    case ColumnType::kTinyBlob:
    case ColumnType::kMediumBlob:
    case ColumnType::kLongBlob:
    case ColumnType::kJson:
    case ColumnType::kGeometry:
    case ColumnType::kVector:
    case ColumnType::kMariadbBlobCompressed:
    case ColumnType::kTimestamp2:
    case ColumnType::kDateTime2:
    case ColumnType::kTime2: column.meta = meta.ReadU8(); break;
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
    case ColumnType::kMariadbVarcharCompressed: column.meta = meta.ReadU16(); break;
    case ColumnType::kBit: {
      const uint8_t odd_bits = meta.ReadU8();
      column.meta = static_cast<uint16_t>(meta.ReadU8() * 8 + odd_bits);
      break;
    }
    case ColumnType::kNewDecimal:
    case ColumnType::kEnum:
    case ColumnType::kSet: column.meta = static_cast<uint16_t>(meta.ReadBigEndian(2)); break;
    case ColumnType::kString: {
      const uint8_t m0 = meta.ReadU8();
      DecodeStringMeta(m0, meta.ReadU8(), column);
      break;
    }
    case ColumnType::kTypedArray: meta.FailHere("a column of a multi-valued index cannot be decoded");
    default: break;
  }
}

template <typename Wanted>
std::vector<MappedColumn*> Select(TableMap& map, Wanted wanted) {
  std::vector<MappedColumn*> selected;
  for (auto& column : map.columns)
    if (wanted(column.type)) selected.push_back(&column);
  return selected;
}

void DecodeDefaultCharset(ByteCursor& value, const std::vector<MappedColumn*>& columns) {
  const auto usual = static_cast<uint32_t>(value.ReadPacked());
  for (auto* column : columns) column->collation = usual;
  while (!value.at_end()) {
    const uint64_t index = value.ReadPacked();
    if (index >= columns.size()) value.FailHere("the metadata give a character set to a column that is not there");
    columns[static_cast<size_t>(index)]->collation = static_cast<uint32_t>(value.ReadPacked());
  }
}

void DecodeColumnCharsets(ByteCursor& value, const std::vector<MappedColumn*>& columns) {
  for (auto* column : columns) {
    if (value.at_end()) return;
    column->collation = static_cast<uint32_t>(value.ReadPacked());
  }
}

void DecodeMembers(ByteCursor& value, const std::vector<MappedColumn*>& columns) {
  for (auto* column : columns) {
    if (value.at_end()) return;
    const uint64_t count = value.ReadPacked();
    for (uint64_t i = 0; i < count; ++i) column->members.emplace_back(value.TakeText(value.ReadPackedLength()));
  }
}

void DecodePrimaryKey(ByteCursor& value, bool with_prefix, TableMap& map) {
  map.has_primary_key = true;
  while (!value.at_end()) {
    const uint64_t index = value.ReadPacked();
    if (index >= map.columns.size()) value.FailHere("the metadata name a key column that is not there");
    const uint64_t prefix = with_prefix ? value.ReadPacked() : 0;
    map.primary_key.emplace_back(static_cast<uint32_t>(index), static_cast<uint32_t>(prefix));
  }
}

void DecodeBitmap(std::string_view bits, const std::vector<MappedColumn*>& columns,
                  std::optional<bool> MappedColumn::*member) {
  for (size_t i = 0; i < columns.size() && i / 8 < bits.size(); ++i) columns[i]->*member = BitMsb(bits, i);
}

void DecodeNumbers(ByteCursor& value, const std::vector<MappedColumn*>& columns,
                   std::optional<uint32_t> MappedColumn::*member) {
  for (auto* column : columns) {
    if (value.at_end()) return;
    column->*member = static_cast<uint32_t>(value.ReadPacked());
  }
}

void DecodeOptionalMetadata(uint8_t type, ByteCursor value, bool is_mariadb, TableMap& map) {
  const auto characters = [&] { return Select(map, [&](ColumnType t) { return IsCharacter(t, is_mariadb); }); };
  const auto all = [&] { return Select(map, [](ColumnType) { return true; }); };
  const auto of = [&](ColumnType wanted) { return Select(map, [wanted](ColumnType t) { return t == wanted; }); };
  switch (type) {
    case kSignedness: DecodeBitmap(value.TakeRest(), Select(map, IsNumeric), &MappedColumn::is_unsigned); break;
    case kDefaultCharset: DecodeDefaultCharset(value, characters()); break;
    case kColumnCharset: DecodeColumnCharsets(value, characters()); break;
    case kColumnName:
      for (auto& column : map.columns) {
        column.name = std::string(value.TakeText(value.ReadPackedLength()));
        if (!IsUtf8(*column.name)) value.FailHere("a column's name is not UTF-8");
      }
      break;
    case kSetValues: DecodeMembers(value, of(ColumnType::kSet)); break;
    case kEnumValues: DecodeMembers(value, of(ColumnType::kEnum)); break;
    case kGeometryType: DecodeNumbers(value, of(ColumnType::kGeometry), &MappedColumn::geometry_type); break;
    case kSimplePrimaryKey: DecodePrimaryKey(value, false, map); break;
    case kPrimaryKeyWithPrefix: DecodePrimaryKey(value, true, map); break;
    case kEnumSetDefaultCharset: DecodeDefaultCharset(value, Select(map, IsEnumOrSet)); break;
    case kEnumSetColumnCharset: DecodeColumnCharsets(value, Select(map, IsEnumOrSet)); break;
    case kVisibility: DecodeBitmap(value.TakeRest(), all(), &MappedColumn::visible); break;
    case kVectorDimension: DecodeNumbers(value, of(ColumnType::kVector), &MappedColumn::vector_dimension); break;
    default: break;  // newer metadata, which the length lets us pass over
  }
}

std::string_view TakeName(ByteCursor& body) {
  const std::string_view name = body.TakeText(body.ReadPackedLength());
  body.Skip(1);
  return name;
}

}  // namespace

TableMapHead DecodeTableMapHead(ByteCursor body) {
  TableMapHead head;
  head.table_id = body.ReadLittleEndian(6);
  body.Skip(2);
  head.database = TakeName(body);
  head.table = TakeName(body);
  return head;
}

TableMap DecodeTableMap(ByteCursor body, bool is_mariadb) {
  TableMap map;
  map.table_id = body.ReadLittleEndian(6);
  map.flags = body.ReadU16();
  map.database = TakeName(body);
  map.table = TakeName(body);
  const size_t count = body.ReadPackedLength();
  map.columns.resize(count);
  for (auto& column : map.columns) column.type = static_cast<ColumnType>(body.ReadU8());
  // The declared length bounds the parse: some servers wrote more bytes a column than they should.
  ByteCursor meta = body.TakeCursor(body.ReadPackedLength());
  for (auto& column : map.columns) DecodeColumnMeta(meta, column);
  const uint8_t* nullable = body.Take((count + 7) / 8);
  for (size_t i = 0; i < count; ++i) map.columns[i].nullable = BitLsb(nullable, i);
  while (!body.at_end()) {
    const uint8_t type = body.ReadU8();
    DecodeOptionalMetadata(type, body.TakeCursor(body.ReadPackedLength()), is_mariadb, map);
  }
  for (auto& column : map.columns)
    if (column.type == ColumnType::kVector && !column.collation) column.collation = kBinaryCollation;
  return map;
}

}  // namespace cdc::tail
