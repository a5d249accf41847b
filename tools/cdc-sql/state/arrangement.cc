#include "tools/cdc-sql/state/arrangement.h"

#include <algorithm>

namespace cdc::sql {

namespace {

size_t HashOf(std::string_view row) {
  return std::hash<std::string_view>{}(row);
}

}  // namespace

size_t Arrangement::Bucket::PlaceOf(std::string_view row) const {
  if (!places) {
    for (size_t i = 0; i < entries.size(); ++i)
      if (entries[i].count > 0 && entries[i].row == row) return i;
    return entries.size();
  }
  for (auto [at, end] = places->equal_range(HashOf(row)); at != end; ++at)
    if (entries[at->second].row == row) return at->second;
  return entries.size();
}

void Arrangement::Bucket::AddPlace(size_t place) {
  if (places) places->emplace(HashOf(entries[place].row), place);
}

void Arrangement::Bucket::RemovePlace(size_t place) {
  if (!places) return;
  auto [at, end] = places->equal_range(HashOf(entries[place].row));
  while (at != end && at->second != place) ++at;
  if (at != end) places->erase(at);
}

void Arrangement::Bucket::Close() {
  std::erase_if(entries, [](const Entry& entry) { return entry.count <= 0; });
  holes = 0;
  places.reset();
  if (entries.size() <= kScanRows) return;
  places = std::make_unique<std::unordered_multimap<size_t, size_t>>();
  places->reserve(entries.size() + 1);
  for (size_t i = 0; i < entries.size(); ++i) AddPlace(i);
}

void Arrangement::Bucket::Persist(StateArchive& state) {
  if (holes > 0) Close();
  state(entries);
  if (state.loading()) Close();
}

bool Arrangement::Add(std::string_view key, std::string_view row, int64_t weight) {
  bool added = false;
  const uint32_t id = weight > 0 ? buckets_.FindOrAdd(key, &added) : buckets_.Find(key);
  if (id == KeyIndex::kNone) return false;
  Bucket& bucket = buckets_[id];
  const size_t place = bucket.PlaceOf(row);
  if (place == bucket.entries.size()) {
    if (weight < 0) return false;
    bucket.entries.push_back({std::string(row), weight});
    bucket.AddPlace(place);
    if (!bucket.places && bucket.entries.size() > kScanRows) bucket.Close();
    return true;
  }
  Entry& entry = bucket.entries[place];
  entry.count += weight;
  if (entry.count > 0) return true;
  bucket.RemovePlace(place);
  entry.row.clear();
  ++bucket.holes;
  if (bucket.holes == bucket.entries.size()) {
    buckets_.Remove(id);
  } else if (bucket.holes * 2 > bucket.entries.size() || !bucket.places) {
    bucket.Close();
  }
  return true;
}

std::vector<Arrangement::Entry>* Arrangement::FindMutable(std::string_view key) {
  const uint32_t id = buckets_.Find(key);
  return id == KeyIndex::kNone ? nullptr : &buckets_[id].entries;
}

Arrangement::Entry* Arrangement::FindRow(std::string_view key, std::string_view row) {
  const uint32_t id = buckets_.Find(key);
  if (id == KeyIndex::kNone) return nullptr;
  Bucket& bucket = buckets_[id];
  const size_t place = bucket.PlaceOf(row);
  return place == bucket.entries.size() ? nullptr : &bucket.entries[place];
}

const std::vector<Arrangement::Entry>* Arrangement::Find(std::string_view key) {
  const uint32_t id = buckets_.Find(key, SpillIndex::Access::kRead);
  return id == KeyIndex::kNone ? nullptr : &buckets_[id].entries;
}

}  // namespace cdc::sql
