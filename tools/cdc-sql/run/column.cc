#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

const char* RowKindText(RowKind kind) {
  switch (kind) {
    case RowKind::kInsert: return "+I";
    case RowKind::kUpdateBefore: return "-U";
    case RowKind::kUpdateAfter: return "+U";
    case RowKind::kDelete: break;
  }
  return "-D";
}

void ColumnVector::Reserve(size_t rows) {
  nulls_.reserve(rows);
  switch (physical_) {
    case Physical::kBool: bools_.reserve(rows); break;
    case Physical::kInt64: ints_.reserve(rows); break;
    case Physical::kDouble: doubles_.reserve(rows); break;
    case Physical::kInt128: wides_.reserve(rows); break;
    case Physical::kString: strings_.reserve(rows); break;
  }
}

void ColumnVector::AppendFrom(const ColumnVector& from, size_t row) {
  if (from.IsNull(row)) return AppendNull();
  switch (physical_) {
    case Physical::kBool: return Append(from.bools_[row]);
    case Physical::kInt64: return Append(from.ints_[row]);
    case Physical::kDouble: return Append(from.doubles_[row]);
    case Physical::kInt128: return Append(from.wides_[row]);
    case Physical::kString: return AppendCopy(from.strings_[row]);
  }
}

void ColumnVector::AppendView(const ColumnVector& from, size_t row) {
  if (physical_ != Physical::kString || from.IsNull(row)) return AppendFrom(from, row);
  ShareArena(from);
  Append(from.strings_[row]);
}

void ColumnVector::Clear() {
  constexpr size_t kUsualRows = 4096;
  if (nulls_.capacity() > kUsualRows) {
    *this = ColumnVector(physical_);
    return;
  }
  nulls_.clear();
  switch (physical_) {
    case Physical::kBool: bools_.clear(); break;
    case Physical::kInt64: ints_.clear(); break;
    case Physical::kDouble: doubles_.clear(); break;
    case Physical::kInt128: wides_.clear(); break;
    case Physical::kString: strings_.clear(); break;
  }
  if (arena_ && arena_.use_count() == 1) {
    arena_->Clear();
  } else {
    arena_.reset();
  }
}

void ColumnVector::AppendDatum(const Datum& value) {
  if (value.is_null) return AppendNull();
  switch (physical_) {
    case Physical::kBool: return Append(value.boolean);
    case Physical::kInt64: return Append(value.integer);
    case Physical::kDouble: return Append(value.real);
    case Physical::kInt128: return Append(value.wide);
    case Physical::kString: return AppendCopy(value.text);
  }
}

Datum ColumnVector::DatumAt(size_t row) const {
  Datum value;
  value.is_null = IsNull(row);
  if (value.is_null) return value;
  switch (physical_) {
    case Physical::kBool: value.boolean = bools_[row]; break;
    case Physical::kInt64: value.integer = ints_[row]; break;
    case Physical::kDouble: value.real = doubles_[row]; break;
    case Physical::kInt128: value.wide = wides_[row]; break;
    case Physical::kString: value.text = strings_[row]; break;
  }
  return value;
}

bool ColumnVector::SameAt(size_t row, const ColumnVector& other, size_t other_row) const {
  if (IsNull(row) || other.IsNull(other_row)) return IsNull(row) && other.IsNull(other_row);
  switch (physical_) {
    case Physical::kBool: return bools_[row] == other.bools_[other_row];
    case Physical::kInt64: return ints_[row] == other.ints_[other_row];
    case Physical::kDouble: return std::memcmp(&doubles_[row], &other.doubles_[other_row], sizeof(double)) == 0;
    case Physical::kInt128: return wides_[row] == other.wides_[other_row];
    case Physical::kString: break;
  }
  return strings_[row] == other.strings_[other_row];
}

namespace {

template <typename T>
void GatherValues(const ColumnVector& from, const std::vector<uint32_t>& indices, ColumnVector& to) {
  const std::vector<T>& source = from.Values<T>();
  std::vector<T>& target = to.MutableValues<T>();
  for (size_t i = 0; i < indices.size(); ++i) target[i] = source[indices[i]];
}

}  // namespace

ColumnPtr GatherColumn(const ColumnVector& from, const std::vector<uint32_t>& indices) {
  auto to = std::make_shared<ColumnVector>(from.physical());
  to->ShareArena(from);
  to->Resize(indices.size());
  for (size_t i = 0; i < indices.size(); ++i) to->mutable_nulls()[i] = from.nulls()[indices[i]];
  switch (from.physical()) {
    case Physical::kBool: GatherValues<uint8_t>(from, indices, *to); break;
    case Physical::kInt64: GatherValues<int64_t>(from, indices, *to); break;
    case Physical::kDouble: GatherValues<double>(from, indices, *to); break;
    case Physical::kInt128: GatherValues<Int128>(from, indices, *to); break;
    case Physical::kString: GatherValues<std::string_view>(from, indices, *to); break;
  }
  return to;
}

Batch Gather(const Batch& from, const std::vector<uint32_t>& indices, const std::vector<uint8_t>* wanted) {
  Batch to;
  to.rows = indices.size();
  to.columns.reserve(from.columns.size());
  for (size_t i = 0; i < from.columns.size(); ++i) {
    if (!from.columns[i] || (wanted != nullptr && (i >= wanted->size() || (*wanted)[i] == 0))) {
      to.columns.push_back(nullptr);
    } else {
      to.columns.push_back(GatherColumn(*from.columns[i], indices));
    }
  }
  if (!from.kinds.empty()) {
    to.kinds.reserve(indices.size());
    for (const uint32_t index : indices) to.kinds.push_back(from.kinds[index]);
  }
  if (!from.turns.empty()) {
    to.turns.reserve(indices.size());
    for (const uint32_t index : indices) to.turns.push_back(from.turns[index]);
  }
  return to;
}

}  // namespace cdc::sql
