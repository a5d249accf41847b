#include "tools/cdc-sql/state/key_index.h"

#include <functional>

namespace cdc::sql {

uint32_t KeyIndex::HashOf(std::string_view key) {
  const size_t hash = std::hash<std::string_view>{}(key);
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

size_t KeyIndex::Locate(std::string_view key, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].id != kNone) {
    if (slots_[at].hash == hash && keys_[slots_[at].id] == key) return at;
    at = (at + 1) & mask;
  }
  return at;
}

uint32_t KeyIndex::Find(std::string_view key) const {
  if (slots_.empty()) return kNone;
  return slots_[Locate(key, HashOf(key))].id;
}

uint32_t KeyIndex::FindOrAdd(std::string_view key, bool* added) {
  if (slots_.empty() || (live_ + 1) * 4 > slots_.size() * 3) Grow();
  const uint32_t hash = HashOf(key);
  Slot& slot = slots_[Locate(key, hash)];
  *added = slot.id == kNone;
  if (!*added) return slot.id;
  uint32_t id;
  if (free_.empty()) {
    id = static_cast<uint32_t>(keys_.size());
    keys_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  keys_[id] = arena_->Copy(key);
  slot = {id, hash};
  ++live_;
  live_bytes_ += key.size();
  return id;
}

void KeyIndex::Remove(uint32_t id) {
  const std::string_view key = keys_[id];
  const size_t mask = slots_.size() - 1;
  size_t hole = Locate(key, HashOf(key));
  live_bytes_ -= key.size();
  dead_bytes_ += key.size();
  keys_[id] = {};
  free_.push_back(id);
  --live_;
  // Close the gap: move back what was pushed past it.
  size_t at = hole;
  for (;;) {
    at = (at + 1) & mask;
    if (slots_[at].id == kNone) break;
    const size_t home = slots_[at].hash & mask;
    const bool movable = hole <= at ? (home <= hole || home > at) : (home <= hole && home > at);
    if (!movable) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = {};
  if (dead_bytes_ > live_bytes_ && dead_bytes_ > (size_t{1} << 20)) Compact();
}

void KeyIndex::Grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_.assign(old.empty() ? 16 : old.size() * 2, Slot{});
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id == kNone) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].id != kNone) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

std::vector<uint32_t> KeyIndex::Ids() const {
  std::vector<uint8_t> free(keys_.size(), 0);
  for (const uint32_t id : free_) free[id] = 1;
  std::vector<uint32_t> ids;
  for (uint32_t id = 0; id < free.size(); ++id)
    if (free[id] == 0) ids.push_back(id);
  return ids;
}

void KeyIndex::Persist(StateArchive& state) {
  auto capacity = static_cast<uint64_t>(keys_.size());
  state(capacity);
  if (state.loading()) {
    *this = KeyIndex();
    keys_.resize(capacity);
  }
  state(free_);
  std::string key;
  for (const uint32_t id : Ids()) {
    key = keys_[id];
    state(key);
    if (state.loading()) Restore(id, key);
  }
}

void KeyIndex::Restore(uint32_t id, std::string_view key) {
  if (id >= keys_.size()) keys_.resize(id + size_t{1});
  if (slots_.empty() || (live_ + 1) * 4 > slots_.size() * 3) Grow();
  const uint32_t hash = HashOf(key);
  keys_[id] = arena_->Copy(key);
  slots_[Locate(key, hash)] = {id, hash};
  ++live_;
  live_bytes_ += key.size();
}

void KeyIndex::EndRestore() {
  std::vector<uint8_t> used(keys_.size(), 0);
  for (const Slot& slot : slots_)
    if (slot.id != kNone) used[slot.id] = 1;
  free_.clear();
  for (uint32_t id = 0; id < used.size(); ++id)
    if (used[id] == 0) free_.push_back(id);
}

void KeyIndex::Compact() {
  auto fresh = std::make_unique<StringArena>();
  for (const Slot& slot : slots_)
    if (slot.id != kNone) keys_[slot.id] = fresh->Copy(keys_[slot.id]);
  arena_ = std::move(fresh);
  dead_bytes_ = 0;
}

}  // namespace cdc::sql
