#pragma once

#include <deque>
#include <map>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/cdc-sql/run/wide.h"

namespace cdc::sql {

/// Memory that a value takes beyond its own place, roughly and at once: of many parts a few stand for all.

inline size_t HeapBytes(const std::string& text) {
  return text.capacity() > 15 ? text.capacity() + 17 : 0;
}

template <typename T>
requires requires(const T& value) {
  value.HeapBytes();
}
size_t HeapBytes(const T& value);
template <typename T>
requires(std::is_arithmetic_v<T> || std::is_same_v<T, Int128>) size_t HeapBytes(const T&);
template <typename T>
size_t HeapBytes(const std::vector<T>& parts);
template <typename T>
size_t HeapBytes(const std::deque<T>& parts);
template <typename K, typename V, typename C>
size_t HeapBytes(const std::map<K, V, C>& parts);
template <typename K, typename V>
size_t HeapBytes(const std::unordered_map<K, V>& parts);
template <typename A, typename B>
size_t HeapBytes(const std::pair<A, B>& pair) {
  return HeapBytes(pair.first) + HeapBytes(pair.second);
}

template <typename T>
requires requires(const T& value) {
  value.HeapBytes();
}
size_t HeapBytes(const T& value) {
  return value.HeapBytes();
}

template <typename T>
requires(std::is_arithmetic_v<T> || std::is_same_v<T, Int128>) size_t HeapBytes(const T&) {
  return 0;
}

/// `beside`: bytes of each part beside what `bytes_of` gives for it.
template <typename Container, typename BytesOf>
size_t SampledBytes(const Container& parts, size_t beside, BytesOf bytes_of) {
  constexpr size_t kSample = 8;
  size_t sum = 0, count = 0;
  for (auto part = parts.begin(); part != parts.end() && count < kSample; ++part, ++count) sum += bytes_of(*part);
  return parts.size() * beside + (count == 0 ? 0 : parts.size() * sum / count);
}

template <typename T>
size_t HeapBytes(const std::vector<T>& parts) {
  return parts.empty() ? 0 : 16 + SampledBytes(parts, sizeof(T), [](const T& part) { return HeapBytes(part); });
}

template <typename T>
size_t HeapBytes(const std::deque<T>& parts) {
  return 576 + SampledBytes(parts, sizeof(T), [](const T& part) { return HeapBytes(part); });
}

template <typename K, typename V, typename C>
size_t HeapBytes(const std::map<K, V, C>& parts) {
  return SampledBytes(parts, sizeof(std::pair<K, V>) + 48,
                      [](const auto& part) { return HeapBytes(part.first) + HeapBytes(part.second); });
}

template <typename K, typename V>
size_t HeapBytes(const std::unordered_map<K, V>& parts) {
  return SampledBytes(parts, sizeof(std::pair<K, V>) + 32,
                      [](const auto& part) { return HeapBytes(part.first) + HeapBytes(part.second); });
}

}  // namespace cdc::sql
