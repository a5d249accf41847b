#include "tools/cdc-sql/state/sort_key.h"

#include <cmath>
#include <cstring>

namespace cdc::sql {

namespace {

template <typename T>
void AppendBigEndian(T value, std::string* bytes) {
  for (size_t i = sizeof(T); i-- > 0;) *bytes += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

}  // namespace

void AppendSortValue(const ColumnVector& column, size_t row, bool descending, bool nulls_first, std::string* bytes) {
  if (column.IsNull(row)) {
    *bytes += nulls_first ? '\0' : '\2';
    return;
  }
  *bytes += '\1';
  const size_t begin = bytes->size();
  switch (column.physical()) {
    case Physical::kBool: *bytes += static_cast<char>(column.bools()[row]); break;
    case Physical::kInt64:
      AppendBigEndian(static_cast<uint64_t>(column.ints()[row]) ^ (uint64_t{1} << 63), bytes);
      break;
    case Physical::kInt128:
      AppendBigEndian(static_cast<UInt128>(column.wides()[row]) ^ (UInt128{1} << 127), bytes);
      break;
    case Physical::kDouble: {
      double value = column.doubles()[row];
      if (value == 0) value = 0;
      if (std::isnan(value)) value = std::nan("");  // above all other numbers
      uint64_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      AppendBigEndian((bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63), bytes);
      break;
    }
    case Physical::kString:
      for (const char c : column.strings()[row]) {
        *bytes += c;
        if (c == '\0') *bytes += '\xFF';
      }
      bytes->append("\0\0", 2);
      break;
  }
  if (descending)
    for (size_t i = begin; i < bytes->size(); ++i) (*bytes)[i] = static_cast<char>(~(*bytes)[i]);
}

void AppendSortKey(const Batch& batch, size_t row, const std::vector<SortKey>& keys, std::string* bytes) {
  for (const SortKey& key : keys)
    AppendSortValue(*batch.columns[key.column], row, key.descending, key.nulls_first, bytes);
}

}  // namespace cdc::sql
