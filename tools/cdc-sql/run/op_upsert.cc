#include "tools/cdc-sql/run/op_upsert.h"

#include <algorithm>

#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

void OpNormalize::Append(const std::string& row, RowKind kind) {
  DecodeRow(row, out_.columns(), 0, out_.columns().size());
  out_.RowDone(kind);
}

void OpNormalize::Push(size_t, const Batch& batch) {
  ColumnPtr passes = predicate_ ? Evaluate(*predicate_, batch) : nullptr;
  std::vector<uint32_t> partitions;
  for (size_t row = 0; row < batch.rows; ++row) {
    if (row > 0 && !batch.partitions.empty()) partitions.resize(out_.rows(), batch.partitions[row - 1]);
    if (batch.kinds[row] == RowKind::kUpdateBefore) continue;  // what is kept says more
    key_.clear();
    EncodeRow(batch, row, keys_, &key_);
    const bool kept = !passes || (!passes->IsNull(row) && passes->bools()[row] != 0);
    if (!Adds(batch.kinds[row]) || !kept) {
      const uint32_t id = rows_.Find(key_);
      if (id == KeyIndex::kNone) continue;
      Append(rows_[id], RowKind::kDelete);
      rows_.Remove(id);
      continue;
    }
    bool added = false;
    std::string& known = rows_[rows_.FindOrAdd(key_, &added)];
    row_.clear();
    EncodeWholeRow(batch, row, &row_);
    if (!added && known == row_ && !sends_same_) continue;
    if (!added) Append(known, RowKind::kUpdateBefore);
    Append(row_, added ? RowKind::kInsert : RowKind::kUpdateAfter);
    known = row_;
  }
  if (out_.rows() == 0) return;
  if (!batch.partitions.empty()) partitions.resize(out_.rows(), batch.partitions.back());
  Batch out = out_.Take();
  out.partitions = std::move(partitions);
  Emit(out);
}

void OpMaterialize::Append(const std::string& row, RowKind kind) {
  DecodeRow(row, out_.columns(), 0, out_.columns().size());
  out_.RowDone(kind);
}

void OpMaterialize::Push(size_t, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    key_.clear();
    row_.clear();
    EncodeRow(batch, row, keys_, &key_);
    EncodeWholeRow(batch, row, &row_);
    bool added = false;
    const bool adds = Adds(batch.kinds[row]);
    const uint32_t id = adds ? rows_.FindOrAdd(key_, &added) : rows_.Find(key_);
    if (id == KeyIndex::kNone) continue;
    std::vector<std::string>& rows = rows_[id];
    if (adds) {
      if (!rows.empty()) Append(rows.back(), RowKind::kUpdateBefore);
      Append(row_, rows.empty() ? RowKind::kInsert : RowKind::kUpdateAfter);
      rows.push_back(row_);
      continue;
    }
    const auto at = std::find(rows.rbegin(), rows.rend(), row_);
    if (at == rows.rend()) continue;
    const bool shown = at == rows.rbegin();
    rows.erase(std::next(at).base());
    if (!shown) continue;
    Append(row_, rows.empty() ? RowKind::kDelete : RowKind::kUpdateBefore);
    if (rows.empty()) {
      rows_.Remove(id);
    } else {
      Append(rows.back(), RowKind::kUpdateAfter);
    }
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

}  // namespace cdc::sql
