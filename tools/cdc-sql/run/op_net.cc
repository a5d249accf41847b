#include "tools/cdc-sql/run/op_net.h"

#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

size_t OpNet::EntryOf(const Batch& batch, size_t row) {
  bytes_.clear();
  EncodeWholeRow(batch, row, &bytes_);
  const size_t entries = entries_.size();
  if (places_.empty()) {
    for (size_t i = 0; i < entries; ++i)
      if (encoded_[i] == bytes_) return i;
    if (entries < kScanEntries)
      encoded_[entries] = bytes_;
    else
      for (size_t i = 0; i < entries; ++i) places_.emplace(encoded_[i], i);
  }
  if (entries >= kScanEntries)
    if (const auto [place, added] = places_.emplace(bytes_, entries); !added) return place->second;
  rows_.AppendRow(batch, row, batch.kinds[row]);
  entries_.emplace_back();
  return entries;
}

void OpNet::Push(size_t, const Batch& batch) {
  size_t before = SIZE_MAX;
  for (size_t row = 0; row < batch.rows; ++row) {
    const size_t place = EntryOf(batch, row);
    entries_[place].weight += WeightOf(batch.kinds[row]);
    if (batch.kinds[row] == RowKind::kUpdateAfter && before != SIZE_MAX) entries_[before].partner = place;
    before = batch.kinds[row] == RowKind::kUpdateBefore ? place : SIZE_MAX;
  }
}

void OpNet::Take(size_t entry, RowKind kind) {
  for (size_t i = 0; i < out_.columns().size(); ++i) out_.column(i).AppendFrom(rows_.column(i), entry);
  out_.RowDone(kind);
  if (out_.rows() >= kBatchRows && kind != RowKind::kUpdateBefore) Emit(out_.Take());
}

void OpNet::EndKeyed() {
  struct Group {
    std::vector<size_t> gone, come;
  };
  std::vector<Group> groups;
  std::unordered_map<std::string, size_t> by_key;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].weight == 0) continue;
    bytes_.clear();
    for (const size_t column : key_) EncodeValue(rows_.column(column), i, &bytes_);
    const auto [place, added] = by_key.emplace(bytes_, groups.size());
    if (added) groups.emplace_back();
    std::vector<size_t>& side = entries_[i].weight < 0 ? groups[place->second].gone : groups[place->second].come;
    const int64_t times = entries_[i].weight < 0 ? -entries_[i].weight : entries_[i].weight;
    side.insert(side.end(), static_cast<size_t>(times), i);
  }
  for (const Group& group : groups) {
    const bool update = group.gone.size() == 1 && group.come.size() == 1;
    for (const size_t entry : group.gone) Take(entry, update ? RowKind::kUpdateBefore : RowKind::kDelete);
    for (const size_t entry : group.come) Take(entry, update ? RowKind::kUpdateAfter : RowKind::kInsert);
  }
}

void OpNet::EndUnkeyed() {
  for (size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    for (; entry.weight < 0; ++entry.weight) {
      const bool paired = entry.partner != SIZE_MAX && entries_[entry.partner].weight > 0;
      Take(i, paired ? RowKind::kUpdateBefore : RowKind::kDelete);
      if (!paired) continue;
      Take(entry.partner, RowKind::kUpdateAfter);
      --entries_[entry.partner].weight;
    }
  }
  for (size_t i = 0; i < entries_.size(); ++i)
    for (; entries_[i].weight > 0; --entries_[i].weight) Take(i, RowKind::kInsert);
}

void OpNet::EndStep() {
  if (entries_.empty()) return;
  if (entries_.size() == 1) {  // as in most steps of a stream
    for (int64_t weight = entries_[0].weight; weight != 0; weight += weight < 0 ? 1 : -1)
      Take(0, weight < 0 ? RowKind::kDelete : RowKind::kInsert);
  } else if (has_key_) {
    EndKeyed();
  } else {
    EndUnkeyed();
  }
  if (out_.rows() > 0) Emit(out_.Take());
  rows_.Clear();
  entries_.clear();
  places_.clear();
}

}  // namespace cdc::sql
