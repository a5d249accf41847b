#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "tools/cdc-sql/state/heap_bytes.h"
#include "tools/cdc-sql/state/spill_index.h"

namespace cdc::sql {

/// What an operator keeps of each key, a Group by number. A Group is saved by StateArchive and measured by HeapBytes; a
/// member MaySpill() says when its number is not held elsewhere.
template <typename Group>
class KeyedState : private SpillableGroups {
 public:
  using Access = SpillIndex::Access;

  KeyedState() : index_(*this) {}
  void UseSpill(Spill& spill) { index_.UseSpill(spill); }

  uint32_t Find(std::string_view key, Access access = Access::kChange) { return index_.Find(key, access); }
  /// A new key has a fresh group.
  uint32_t FindOrAdd(std::string_view key, bool* added) { return index_.FindOrAdd(key, added); }
  void Touch(uint32_t group) { index_.Touch(group); }
  void Remove(uint32_t group) { index_.Remove(group); }
  Group& operator[](uint32_t group) { return groups_[group]; }
  size_t size() const { return index_.size(); }

  void Persist(StateArchive& state) { index_.Persist(state); }

 private:
  void MakeRoom(size_t groups) override { groups_.resize(groups); }
  void PersistGroup(StateArchive& state, uint32_t group) override { state(groups_[group]); }
  void ResetGroup(uint32_t group) override { groups_[group] = Group{}; }
  size_t GroupBytes(uint32_t group) const override { return sizeof(Group) + HeapBytes(groups_[group]); }
  bool MaySpill(uint32_t group) const override {
    if constexpr (requires { groups_[group].MaySpill(); }) {
      return groups_[group].MaySpill();
    } else {
      return true;
    }
  }

  SpillIndex index_;
  std::vector<Group> groups_;
};

}  // namespace cdc::sql
