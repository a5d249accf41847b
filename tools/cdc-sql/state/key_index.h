#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/cdc-sql/run/column.h"
#include "tools/cdc-sql/state/state_archive.h"

namespace cdc::sql {

/// Numbers keys: a hash table from bytes to small integers, which are given again after Remove. Key bytes lie in chunks
/// that are compacted when half of them belong to removed keys.
class KeyIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  uint32_t Find(std::string_view key) const;
  /// `*added`: the key is new.
  uint32_t FindOrAdd(std::string_view key, bool* added);
  void Remove(uint32_t id);

  std::string_view KeyOf(uint32_t id) const { return keys_[id]; }
  /// One more than the largest id ever given: the size of arrays that are indexed by id.
  size_t capacity() const { return keys_.size(); }
  size_t size() const { return live_; }
  /// The ids that are in use, in order.
  std::vector<uint32_t> Ids() const;

  /// Keys keep their ids.
  void Persist(StateArchive& state);
  /// Gives a new key the id that it had; FindOrAdd not before EndRestore.
  void Restore(uint32_t id, std::string_view key);
  void EndRestore();

 private:
  struct Slot {
    uint32_t id = kNone;
    uint32_t hash = 0;
  };
  static uint32_t HashOf(std::string_view key);
  size_t Locate(std::string_view key, uint32_t hash) const;
  void Grow();
  void Compact();

  std::vector<Slot> slots_;
  std::vector<std::string_view> keys_;
  std::vector<uint32_t> free_;
  std::unique_ptr<StringArena> arena_ = std::make_unique<StringArena>();
  size_t live_ = 0;
  size_t live_bytes_ = 0;
  size_t dead_bytes_ = 0;
};

}  // namespace cdc::sql
