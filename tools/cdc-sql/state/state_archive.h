#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

/// State on its way into a checkpoint or out of one. Whoever keeps state names its parts once, in a function Persist,
/// and the same words save and load it:
///
///   void Persist(StateArchive& state) { state(counts_, rows_); }
///
/// Integers and lengths are varints, numbers of fixed size little-endian as they lie in memory.
class StateArchive {
 public:
  /// Takes blocks of bytes, in order.
  using Write = std::function<void(std::string_view)>;
  /// Appends a block of bytes; false at the end.
  using Read = std::function<bool(std::string*)>;

  static StateArchive Saving(Write write) { return StateArchive(std::move(write), nullptr); }
  static StateArchive Loading(Read read) { return StateArchive(nullptr, std::move(read)); }

  /// Saves to nowhere: for the size of what is kept. State on disk is noted, not read.
  static StateArchive Counting() {
    StateArchive state = Saving([](std::string_view) {});
    state.counting_ = true;
    return state;
  }

  bool counting() const { return counting_; }
  bool loading() const { return static_cast<bool>(read_); }
  /// After the last part. Saving: the rest is written. Loading: there must be none. Errors: 65.
  void Finish();
  /// A word that has to be in its place: it tells a state that is read with the wrong parts. Errors: 65.
  void Tag(std::string_view word);
  /// Said by an operator that keeps nothing.
  void NothingKept() { nothing_kept_ = true; }
  bool TakeNothingKept() { return std::exchange(nothing_kept_, false); }
  /// Bytes saved or loaded so far.
  uint64_t bytes() const { return bytes_; }

  /// Said by state with keys when it is counted: how many are in memory, how many on disk and with how many bytes.
  void NoteKeys(uint64_t in_memory, uint64_t on_disk, uint64_t bytes_on_disk) {
    kept_.in_memory += in_memory;
    kept_.on_disk += on_disk;
    kept_.bytes_on_disk += bytes_on_disk;
  }
  struct Kept {
    uint64_t in_memory = 0, on_disk = 0, bytes_on_disk = 0;
  };
  const Kept& kept() const { return kept_; }

  template <typename... Parts>
  void operator()(Parts&... parts) {
    (Part(parts), ...);
  }

 private:
  StateArchive(Write write, Read read) : write_(std::move(write)), read_(std::move(read)) {}

  template <typename T>
  void Part(T& value) {
    if constexpr (std::is_enum_v<T> || std::is_same_v<T, bool>) {
      auto number = static_cast<uint8_t>(value);
      Fixed(&number, 1);
      value = static_cast<T>(number);
    } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, Int128> || std::is_same_v<T, UInt128> ||
                         (std::is_integral_v<T> && sizeof(T) == 1)) {
      Fixed(&value, sizeof value);
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      const auto number = static_cast<int64_t>(value);
      const uint64_t zigzag = Varint((static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63));
      value = static_cast<T>(static_cast<int64_t>((zigzag >> 1) ^ (uint64_t{0} - (zigzag & 1))));
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(Varint(value));
    } else {
      value.Persist(*this);
    }
  }
  void Part(std::string& text);
  template <typename A, typename B>
  void Part(std::pair<A, B>& pair) {
    (*this)(pair.first, pair.second);
  }
  template <typename T>
  void Part(std::unique_ptr<T>& value) {
    bool there = value != nullptr;
    Part(there);
    if (loading()) value = there ? std::make_unique<T>() : nullptr;
    if (there) Part(*value);
  }
  template <typename T>
  void Part(std::vector<T>& values) {
    Sequence(values);
  }
  template <typename T>
  void Part(std::deque<T>& values) {
    Sequence(values);
  }
  template <typename K, typename V, typename C>
  void Part(std::map<K, V, C>& map) {
    Mapping<K, V>(map);
  }
  template <typename K, typename V, typename C>
  void Part(std::multimap<K, V, C>& map) {
    Mapping<K, V>(map);
  }
  template <typename K, typename V>
  void Part(std::unordered_map<K, V>& map) {
    Mapping<K, V>(map);
  }

  template <typename Container>
  void Sequence(Container& values) {
    const uint64_t count = Varint(values.size());
    if (!loading()) {
      for (auto& value : values) Part(value);
      return;
    }
    values.clear();
    for (uint64_t i = 0; i < count; ++i) Part(values.emplace_back());
  }
  template <typename K, typename V, typename Map>
  void Mapping(Map& map) {
    const uint64_t count = Varint(map.size());
    if (!loading()) {
      for (auto& [key, value] : map) {
        K copy = key;
        (*this)(copy, value);
      }
      return;
    }
    map.clear();
    for (uint64_t i = 0; i < count; ++i) {
      K key{};
      V value{};
      (*this)(key, value);
      map.emplace_hint(map.end(), std::move(key), std::move(value));
    }
  }

  uint64_t Varint(uint64_t value);
  void Fixed(void* value, size_t size);
  /// Makes the next `size` bytes lie at at_. Errors: 65.
  void Need(size_t size);
  void WriteIfFull();

  Write write_;
  Read read_;
  std::string buffer_;
  size_t at_ = 0;
  uint64_t bytes_ = 0;
  bool nothing_kept_ = false;
  bool counting_ = false;
  Kept kept_;
};

}  // namespace cdc::sql
