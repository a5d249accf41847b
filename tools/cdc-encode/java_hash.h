#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace cdc::encode {

/// In which of `capacity` buckets (a power of two) Java's HashMap keeps a string.
uint32_t JavaBucket(const std::string& text, uint32_t capacity);

/// Sorts as a HashMap or HashSet with these keys is walked: the order in which the connector lists tables.
template <typename T, typename KeyOf>
void SortLikeJavaHash(std::vector<T>& items, KeyOf key_of) {
  uint32_t capacity = 16;
  while (items.size() > capacity / 4 * 3) capacity *= 2;
  std::stable_sort(items.begin(), items.end(), [&](const T& a, const T& b) {
    return JavaBucket(key_of(a), capacity) < JavaBucket(key_of(b), capacity);
  });
}

}  // namespace cdc::encode
