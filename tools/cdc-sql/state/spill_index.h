#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/state/key_index.h"
#include "tools/cdc-sql/state/spill_store.h"

namespace cdc::sql {

class Spill;

/// What an operator keeps by the numbers of groups that a SpillIndex gives.
class SpillableGroups {
 public:
  virtual void MakeRoom(size_t groups) = 0;
  virtual void PersistGroup(StateArchive& state, uint32_t group) = 0;
  /// A fresh start for a number that is given again. Memory that the group has beyond its place is given back.
  virtual void ResetGroup(uint32_t group) = 0;
  /// Memory that the group takes, roughly, in a time that does not depend on its size.
  virtual size_t GroupBytes(uint32_t group) const = 0;
  /// False while the number of the group is held elsewhere.
  virtual bool MaySpill(uint32_t) const { return true; }

 protected:
  ~SpillableGroups() = default;
};

/// Numbers keys, as KeyIndex does, and saves the state that belongs to them. With a Spill it is in memory as far as
/// that allows: a key that is asked for is in memory, with its group, when it has a number. Numbers hold until the next
/// batch, but for those that MaySpill keeps.
class SpillIndex {
 public:
  enum class Access { kRead, kChange };

  explicit SpillIndex(SpillableGroups& groups) : groups_(groups) {}
  SpillIndex(const SpillIndex&) = delete;
  SpillIndex& operator=(const SpillIndex&) = delete;
  void UseSpill(Spill& spill);

  /// KeyIndex::kNone if the key is not there.
  uint32_t Find(std::string_view key, Access access = Access::kChange) {
    const uint32_t group = index_.Find(key);
    return spill_ == nullptr ? group : Touched(key, group, access);
  }
  uint32_t FindOrAdd(std::string_view key, bool* added) {
    const uint32_t group = index_.FindOrAdd(key, added);
    if (index_.capacity() > room_) MakeRoom();
    return spill_ == nullptr ? group : TouchedOrAdded(key, group, added);
  }
  /// The group of a number that was kept is about to be changed.
  void Touch(uint32_t group) {
    if (spill_ != nullptr) Note(group, Access::kChange);
  }
  void Remove(uint32_t group);

  std::string_view KeyOf(uint32_t group) const { return index_.KeyOf(group); }
  /// Groups in memory and beyond.
  size_t size() const { return index_.size() + spilled_; }

  void Persist(StateArchive& state);

 private:
  friend class Spill;
  enum Flag : uint8_t {
    kLive = 1,
    kUsed = 2,     ///< since the hand of the clock was here
    kChanged = 4,  ///< since it was stored
    kStored = 8,   ///< the store has the key, and maybe an older state
    kChosen = 16,  ///< on the way out
  };
  uint32_t Touched(std::string_view key, uint32_t group, Access access);
  uint32_t TouchedOrAdded(std::string_view key, uint32_t group, bool* added);
  void Note(uint32_t group, Access access);
  bool Fetch(std::string_view key);
  void LoadFetched(uint32_t group);
  void Decode(uint32_t group, std::string_view bytes);
  void Settle();
  void MakeRoom();
  void LoadGroups(StateArchive& state);
  std::string StoreKey(std::string_view key) const;

  // For the clock.
  /// Whether the group may go; if not, it may when the hand comes again.
  bool IsIdle(uint32_t group, size_t large);
  /// Bytes of memory. With an entry for the store, unless that has the group as it is.
  size_t TakeOut(uint32_t group, std::vector<SpillStore::Entry>* entries);
  void Drop(uint32_t group);

  SpillableGroups& groups_;
  KeyIndex index_;
  size_t room_ = 0;

  // With a Spill:
  struct Place {
    uint32_t accounted = 0;  ///< bytes of memory
    uint32_t stored = 0;     ///< bytes that the store has of it
    uint8_t flags = 0;
  };
  Spill* spill_ = nullptr;
  uint16_t space_ = 0;
  std::vector<Place> places_;             ///< by group
  uint32_t unsettled_ = KeyIndex::kNone;  ///< touched last, and not accounted yet
  size_t spilled_ = 0;                    ///< keys that only the store has
  uint64_t spilled_bytes_ = 0;
  std::string fetched_;
};

}  // namespace cdc::sql
