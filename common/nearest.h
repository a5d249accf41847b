#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cdc {

/// Levenshtein's distance: how many bytes are put in, left out or changed on the way from `a` to `b`.
size_t EditDistance(std::string_view a, std::string_view b);

/// The name that `word` was probably meant to be: the first of the nearest `candidates` (any range of strings), at most
/// `max_distance` edits away; empty if there is none.
template <typename Candidates>
std::string NearestName(std::string_view word, const Candidates& candidates, size_t max_distance) {
  std::string nearest;
  size_t best = max_distance + 1;
  for (const auto& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace cdc
