#include "tools/cdc-sql/state/arrangement.h"

#include <algorithm>

namespace cdc::sql {

size_t Arrangement::PlaceOf(Bucket& bucket, std::string_view row) const {
  if (bucket.places.empty()) {
    for (size_t i = 0; i < bucket.entries.size(); ++i)
      if (bucket.entries[i].count > 0 && bucket.entries[i].row == row) return i;
    return bucket.entries.size();
  }
  const auto found = bucket.places.find(std::string(row));
  return found == bucket.places.end() ? bucket.entries.size() : found->second;
}

/// Takes out the entries that are gone, keeping the order of the others.
void Arrangement::Close(Bucket& bucket) {
  std::erase_if(bucket.entries, [](const Entry& entry) { return entry.count <= 0; });
  bucket.holes = 0;
  bucket.places.clear();
  if (bucket.entries.size() <= kScanRows) return;
  for (size_t i = 0; i < bucket.entries.size(); ++i) bucket.places.emplace(bucket.entries[i].row, i);
}

bool Arrangement::Add(std::string_view key, std::string_view row, int64_t weight) {
  uint32_t id;
  if (weight > 0) {
    bool added = false;
    id = index_.FindOrAdd(key, &added);
    if (index_.capacity() > buckets_.size()) buckets_.resize(std::max<size_t>(64, buckets_.size() * 2));
  } else {
    id = index_.Find(key);
    if (id == KeyIndex::kNone) return false;
  }
  Bucket& bucket = buckets_[id];
  const size_t place = PlaceOf(bucket, row);
  if (place == bucket.entries.size()) {
    if (weight < 0) return false;
    bucket.entries.push_back({std::string(row), weight});
    if (!bucket.places.empty()) bucket.places.emplace(std::string(row), place);
    ++rows_;
    if (bucket.places.empty() && bucket.entries.size() > kScanRows) Close(bucket);
    return true;
  }
  Entry& entry = bucket.entries[place];
  entry.count += weight;
  if (entry.count > 0) return true;
  --rows_;
  if (!bucket.places.empty()) bucket.places.erase(entry.row);
  entry.row.clear();
  ++bucket.holes;
  if (bucket.holes == bucket.entries.size()) {
    bucket = Bucket{};
    index_.Remove(id);
  } else if (bucket.holes * 2 > bucket.entries.size() || bucket.places.empty()) {
    Close(bucket);
  }
  return true;
}

void Arrangement::Persist(StateArchive& state) {
  index_.Persist(state);
  if (state.loading()) {
    buckets_ = std::vector<Bucket>(index_.capacity());
    rows_ = 0;
  }
  for (const uint32_t id : index_.Ids()) {
    Bucket& bucket = buckets_[id];
    if (bucket.holes > 0) Close(bucket);
    state(bucket.entries);
    if (!state.loading()) continue;
    rows_ += bucket.entries.size();
    Close(bucket);
  }
}

std::vector<Arrangement::Entry>* Arrangement::FindMutable(std::string_view key) {
  const uint32_t id = index_.Find(key);
  return id == KeyIndex::kNone ? nullptr : &buckets_[id].entries;
}

Arrangement::Entry* Arrangement::FindRow(std::string_view key, std::string_view row) {
  const uint32_t id = index_.Find(key);
  if (id == KeyIndex::kNone) return nullptr;
  Bucket& bucket = buckets_[id];
  const size_t place = PlaceOf(bucket, row);
  return place == bucket.entries.size() ? nullptr : &bucket.entries[place];
}

const std::vector<Arrangement::Entry>* Arrangement::Find(std::string_view key) const {
  const uint32_t id = index_.Find(key);
  return id == KeyIndex::kNone ? nullptr : &buckets_[id].entries;
}

}  // namespace cdc::sql
