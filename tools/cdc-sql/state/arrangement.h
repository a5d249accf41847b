#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/cdc-sql/state/keyed_state.h"

namespace cdc::sql {

/// A multiset of encoded rows, indexed by a key: what a join keeps of one input.
class Arrangement {
 public:
  struct Entry {
    std::string row;
    int64_t count = 0;
    int64_t matches = 0;  ///< rows of the other side that it meets, counted by an outer join

    void Persist(StateArchive& state) { state(row, count, matches); }
    size_t HeapBytes() const { return sql::HeapBytes(row); }
  };

  /// Adds the row `weight` times. Taking away a row that is not there is ignored; false then.
  bool Add(std::string_view key, std::string_view row, int64_t weight);

  /// The rows of a key, in order of arrival; null if there are none. Entries with count 0 are gone.
  const std::vector<Entry>* Find(std::string_view key);
  std::vector<Entry>* FindMutable(std::string_view key);
  /// The entry of a row, which may be changed; null if it is not there.
  Entry* FindRow(std::string_view key, std::string_view row);

  size_t keys() const { return buckets_.size(); }

  void UseSpill(Spill& spill) { buckets_.UseSpill(spill); }
  void Persist(StateArchive& state) { buckets_.Persist(state); }

 private:
  /// Above this many rows of a key, they are found through a hash table.
  static constexpr size_t kScanRows = 16;
  struct Bucket {
    std::vector<Entry> entries;
    std::unique_ptr<std::unordered_multimap<size_t, size_t>> places;  ///< by hash of a row: null of a few rows
    size_t holes = 0;                                                 ///< entries with count 0

    size_t PlaceOf(std::string_view row) const;
    void AddPlace(size_t place);
    void RemovePlace(size_t place);
    /// Takes out the entries that are gone, keeping the order of the others.
    void Close();
    void Persist(StateArchive& state);
    size_t HeapBytes() const {
      constexpr size_t kPlaceBytes = 48;
      return sql::HeapBytes(entries) + (places ? places->size() * kPlaceBytes : 0);
    }
  };

  KeyedState<Bucket> buckets_;
};

}  // namespace cdc::sql
