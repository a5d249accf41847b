#include "tools/cdc-sql/run/op_set.h"

#include <algorithm>

#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

/// How often the row is in the result.
int64_t OpSet::Result(const Counts& counts) const {
  const int64_t left = counts.side[0], right = counts.side[1];
  if (!all_) return left > 0 && (right > 0) == intersect_ ? 1 : 0;
  return intersect_ ? std::min(left, right) : std::max<int64_t>(0, left - right);
}

void OpSet::Push(size_t port, const Batch& batch) {
  for (size_t row = 0; row < batch.rows; ++row) {
    row_.clear();
    EncodeWholeRow(batch, row, &row_);
    bool added = false;
    const int64_t weight = WeightOf(batch.kinds[row]);
    const uint32_t id = weight > 0 ? counts_.FindOrAdd(row_, &added) : counts_.Find(row_);
    if (id == KeyIndex::kNone) continue;
    Counts& counts = counts_[id];
    if (counts.side[port] + weight < 0) continue;
    const int64_t before = Result(counts);
    counts.side[port] += weight;
    const int64_t after = Result(counts);
    if (after != before) out_.AppendRow(batch, row, after > before ? RowKind::kInsert : RowKind::kDelete);
    if (counts.side[0] == 0 && counts.side[1] == 0) counts_.Remove(id);
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

}  // namespace cdc::sql
