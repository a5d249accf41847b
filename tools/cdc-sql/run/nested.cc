#include "tools/cdc-sql/run/nested.h"

#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

const SqlType kCount = SqlType::Of(TypeKind::kInt, false);

}  // namespace

const SqlType& PartType(const SqlType& type, size_t i) {
  switch (type.kind) {
    case TypeKind::kMap: return type.children[i % 2];
    case TypeKind::kMultiset: return i % 2 == 0 ? type.children[0] : kCount;
    case TypeKind::kRow: return type.children[i];
    default: return type.children[0];
  }
}

std::vector<std::string_view> SplitNested(std::string_view bytes, const SqlType& type) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = EncodedSize(bytes.substr(at), PartType(type, parts.size()).physical());
    parts.push_back(bytes.substr(at, size));
    at += size;
  }
  return parts;
}

ColumnVector PartColumn(std::string_view encoded, const SqlType& type) {
  ColumnVector column(type.physical());
  DecodeValue(encoded, column);
  return column;
}

size_t UnnestInto(std::string_view bytes, const SqlType& type, std::vector<std::shared_ptr<ColumnVector>>& columns) {
  const std::vector<std::string_view> parts = SplitNested(bytes, type);
  size_t count = 0;
  const auto element = [&](std::string_view part) {
    const SqlType& inner = type.children[0];
    if (inner.kind == TypeKind::kRow && part[0] == '\0') return;
    ++count;
    if (inner.kind != TypeKind::kRow) return DecodeValue(part, *columns[0]);
    const ColumnVector row = PartColumn(part, inner);
    const std::vector<std::string_view> fields = SplitNested(row.strings()[0], inner);
    for (size_t i = 0; i < fields.size(); ++i) DecodeValue(fields[i], *columns[i]);
  };
  if (type.kind == TypeKind::kMap) {
    for (size_t i = 0; i + 1 < parts.size(); i += 2, ++count) {
      DecodeValue(parts[i], *columns[0]);
      DecodeValue(parts[i + 1], *columns[1]);
    }
  } else if (type.kind == TypeKind::kMultiset) {
    for (size_t i = 0; i + 1 < parts.size(); i += 2) {
      const int64_t times = PartColumn(parts[i + 1], kCount).ints()[0];
      for (int64_t k = 0; k < times; ++k) element(parts[i]);
    }
  } else {
    for (const std::string_view part : parts) element(part);
  }
  return count;
}

}  // namespace cdc::sql
