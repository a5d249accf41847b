#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cdc::sql {

/// A hash table from values to a few numbers each: what DISTINCT keeps of a group. Values are integers, or bytes. A
/// value is there while one of its numbers is not 0.
class ValueTable {
 public:
  enum class Of : uint8_t { kIntegers, kBytes };
  /// `width`: numbers of a value. `most_bytes`: of values that are bytes, with their sizes.
  ValueTable(Of of, size_t width, uint32_t most_bytes = UINT32_MAX)
      : most_bytes_(most_bytes), width_(static_cast<uint8_t>(width)), of_(of) {}

  /// The numbers of a value, 0 if it is new; they are to be set before the next call. Places hold until then. Errors:
  /// 65, there are too many bytes.
  int64_t* FindOrAdd(int64_t value);
  int64_t* FindOrAdd(std::string_view value);
  /// Null if it is not there.
  int64_t* Find(int64_t value);
  int64_t* Find(std::string_view value);
  /// Makes room for so many values. Who takes over values of another table says it first: they come in the order of
  /// that one's places, and would fill the first places of one that grows with them.
  void Reserve(size_t values);
  /// Takes out a value whose numbers have all become 0.
  void Remove(const int64_t* numbers);

  size_t size() const { return live_; }
  size_t HeapBytes() const { return slots_.capacity() * sizeof(int64_t) + bytes_.capacity(); }

  /// `visit`: gets each value, in a word that TextOf reads if it is bytes, and its numbers.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t at = 0; at < slots_.size(); at += stride())
      if (!IsFree(at)) visit(slots_[at], &slots_[at + 1]);
  }
  std::string_view TextOf(int64_t word) const;

 private:
  size_t stride() const { return width_ + size_t{1}; }
  size_t places() const { return slots_.size() / stride(); }
  bool IsFree(size_t at) const;
  uint64_t HashOfSlot(size_t at) const;
  /// Of a value the slot, or the free one where it would be; as a place in slots_.
  template <typename IsIt>
  size_t Locate(uint64_t hash, IsIt is_it) const;
  size_t LocateText(std::string_view value, uint64_t hash) const;
  /// Room for one more.
  void MakeRoom();
  void Rebuild(size_t numbers);
  int64_t* Take(size_t at, int64_t word);
  bool HasBytesFor(std::string_view value) const;
  int64_t AppendText(std::string_view value, uint64_t hash);

  std::vector<int64_t>
      slots_;          ///< per place: the value, or the hash of its bytes and where they begin; then its numbers
  std::string bytes_;  ///< values with their sizes
  uint32_t live_ = 0;
  uint32_t dead_bytes_ = 0;  ///< of values that were taken out
  uint32_t most_bytes_;
  uint8_t width_;
  Of of_;
};

}  // namespace cdc::sql
