#include "tools/cdc-sql/run/row_bag.h"

namespace cdc::sql {

bool RowBag::Apply(RowKind kind, const std::string& row) {
  if (Adds(kind)) {
    const uint64_t place = kind == RowKind::kUpdateAfter && vacated_ ? *vacated_ : next_++;
    vacated_.reset();
    rows_.emplace(place, row);
    places_[row].push_back(place);
    return true;
  }
  vacated_.reset();
  const auto found = places_.find(row);
  if (found == places_.end()) return false;
  const uint64_t place = found->second.back();
  found->second.pop_back();
  if (found->second.empty()) places_.erase(found);
  rows_.erase(place);
  if (kind == RowKind::kUpdateBefore) vacated_ = place;
  return true;
}

}  // namespace cdc::sql
