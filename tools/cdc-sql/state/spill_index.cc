#include "tools/cdc-sql/state/spill_index.h"

#include <algorithm>

#include "tools/cdc-sql/state/spill.h"

namespace cdc::sql {

namespace {

/// Of a group, beside what it keeps and its key: slots, places and views.
constexpr size_t kBytesBeside = 64;

uint32_t Capped(size_t bytes) {
  return static_cast<uint32_t>(std::min<size_t>(bytes, UINT32_MAX));
}

}  // namespace

void SpillIndex::UseSpill(Spill& spill) {
  spill_ = &spill;
  space_ = spill.Add(this);
}

void SpillIndex::MakeRoom() {
  room_ = std::max<size_t>(64, room_ * 2);
  room_ = std::max(room_, index_.capacity());
  groups_.MakeRoom(room_);
  if (spill_ != nullptr) places_.resize(room_);
}

/// In the store the groups of an index stand together.
std::string SpillIndex::StoreKey(std::string_view key) const {
  std::string bytes = {static_cast<char>(space_ >> 8), static_cast<char>(space_ & 0xFF)};
  return bytes.append(key);
}

void SpillIndex::Settle() {
  if (unsettled_ == KeyIndex::kNone) return;
  Place& place = places_[unsettled_];
  const uint32_t now = Capped(kBytesBeside + index_.KeyOf(unsettled_).size() + groups_.GroupBytes(unsettled_));
  spill_->Account(place.accounted, now);
  place.accounted = now;
  unsettled_ = KeyIndex::kNone;
}

void SpillIndex::Note(uint32_t group, Access access) {
  if (unsettled_ != group) {
    Settle();
    unsettled_ = group;
    spill_->CountTouch();
  }
  Place& place = places_[group];
  if ((place.flags & kLive) == 0) {
    place.accounted = kBytesBeside;
    spill_->Account(0, kBytesBeside);
  }
  uint8_t& flags = place.flags;
  flags = static_cast<uint8_t>(flags | kLive | kUsed | (access == Access::kChange ? kChanged : 0));
}

/// Reads the key's group from the store, for LoadFetched.
bool SpillIndex::Fetch(std::string_view key) {
  return spilled_ > 0 && spill_->Fetch(StoreKey(key), &fetched_);
}

void SpillIndex::Decode(uint32_t group, std::string_view bytes) {
  bool taken = false;
  StateArchive state = StateArchive::Loading([&](std::string* more) {
    if (taken) return false;
    taken = true;
    more->append(bytes);
    return true;
  });
  groups_.PersistGroup(state, group);
  state.Finish();
}

void SpillIndex::LoadFetched(uint32_t group) {
  Decode(group, fetched_);
  places_[group].flags = kStored;
  places_[group].stored = Capped(fetched_.size());
  --spilled_;
  spilled_bytes_ -= places_[group].stored;
}

uint32_t SpillIndex::Touched(std::string_view key, uint32_t group, Access access) {
  if (group == KeyIndex::kNone) {
    if (!Fetch(key)) return KeyIndex::kNone;
    bool added = false;
    group = index_.FindOrAdd(key, &added);
    if (index_.capacity() > room_) MakeRoom();
    LoadFetched(group);
  }
  Note(group, access);
  return group;
}

uint32_t SpillIndex::TouchedOrAdded(std::string_view key, uint32_t group, bool* added) {
  if (*added && Fetch(key)) {
    LoadFetched(group);
    *added = false;
  }
  Note(group, Access::kChange);
  return group;
}

void SpillIndex::Remove(uint32_t group) {
  if (spill_ != nullptr) {
    if (unsettled_ == group) unsettled_ = KeyIndex::kNone;
    Place& place = places_[group];
    spill_->Account(place.accounted, 0);
    if ((place.flags & kStored) != 0) spill_->Forget(StoreKey(index_.KeyOf(group)));
    place = Place{};
  }
  groups_.ResetGroup(group);
  index_.Remove(group);
}

bool SpillIndex::IsIdle(uint32_t group, size_t large) {
  Place& place = places_[group];
  if ((place.flags & kLive) == 0 || (place.flags & kChosen) != 0) return false;
  if ((place.flags & kUsed) != 0) {
    place.flags = static_cast<uint8_t>(place.flags & ~kUsed);
    return false;
  }
  return place.accounted <= large && groups_.MaySpill(group);
}

size_t SpillIndex::TakeOut(uint32_t group, std::vector<SpillStore::Entry>* entries) {
  Place& place = places_[group];
  place.flags = static_cast<uint8_t>(place.flags | kChosen);
  if ((place.flags & kStored) != 0 && (place.flags & kChanged) == 0) return place.accounted;
  SpillStore::Entry& entry = entries->emplace_back();
  entry.key = StoreKey(index_.KeyOf(group));
  StateArchive state = StateArchive::Saving([&entry](std::string_view bytes) { entry.value += bytes; });
  groups_.PersistGroup(state, group);
  state.Finish();
  place.stored = Capped(entry.value.size());
  return place.accounted;
}

void SpillIndex::Drop(uint32_t group) {
  Place& place = places_[group];
  spill_->Account(place.accounted, 0);
  ++spilled_;
  spilled_bytes_ += place.stored;
  place = Place{};
  groups_.ResetGroup(group);
  index_.Remove(group);
}

void SpillIndex::Persist(StateArchive& state) {
  if (state.loading()) return LoadGroups(state);
  uint64_t count = index_.size();
  state(count);
  std::string key;
  for (uint32_t group : index_.Ids()) {
    key = index_.KeyOf(group);
    state(group, key);
    groups_.PersistGroup(state, group);
  }
  bool more = true;
  if (state.counting()) {
    state.NoteKeys(index_.size(), spilled_, spilled_bytes_);
  } else if (spilled_ > 0) {
    std::string value;
    spill_->ForEach(space_, [&](std::string_view stored_key, std::string_view stored_value) {
      if (index_.Find(stored_key) != KeyIndex::kNone) return;  // what memory has is newer
      key = stored_key;
      value = stored_value;
      state(more, key, value);
    });
  }
  more = false;
  state(more);
}

void SpillIndex::LoadGroups(StateArchive& state) {
  uint64_t count = 0;
  state(count);
  std::string key;
  for (; count > 0; --count) {
    uint32_t group = 0;
    state(group, key);
    index_.Restore(group, key);
    if (index_.capacity() > room_) MakeRoom();
    groups_.PersistGroup(state, group);
    if (spill_ == nullptr) continue;
    Note(group, Access::kChange);
    spill_->KeepLimit();
  }
  index_.EndRestore();
  bool more = false;
  std::string value;
  for (state(more); more; state(more)) {
    state(key, value);
    if (spill_ == nullptr) {
      bool added = false;
      Decode(FindOrAdd(key, &added), value);
      continue;
    }
    ++spilled_;
    spilled_bytes_ += Capped(value.size());
    spill_->Store(StoreKey(key), value);
  }
  if (spill_ != nullptr) spill_->FlushStored();
}

}  // namespace cdc::sql
