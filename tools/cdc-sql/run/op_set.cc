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
    const uint32_t id = weight > 0 ? index_.FindOrAdd(row_, &added) : index_.Find(row_);
    if (id == KeyIndex::kNone) continue;
    if (index_.capacity() > counts_.size()) counts_.resize(std::max<size_t>(64, counts_.size() * 2));
    if (added) counts_[id] = Counts{};
    Counts& counts = counts_[id];
    if (counts.side[port] + weight < 0) continue;
    const int64_t before = Result(counts);
    counts.side[port] += weight;
    const int64_t after = Result(counts);
    if (after != before) out_.AppendRow(batch, row, after > before ? RowKind::kInsert : RowKind::kDelete);
    if (counts.side[0] == 0 && counts.side[1] == 0) index_.Remove(id);
  }
  if (out_.rows() > 0) Emit(out_.Take());
}

void OpSet::PersistOwn(StateArchive& state) {
  index_.Persist(state);
  if (state.loading()) counts_ = std::vector<Counts>(index_.capacity());
  for (const uint32_t id : index_.Ids()) state(counts_[id]);
}

}  // namespace cdc::sql
