#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/cdc-sql/run/column.h"

namespace cdc::sql {

/// The rows of a result as they are after the changes so far, each as text, in the order in which they came. A row that
/// is updated keeps its place.
class RowBag {
 public:
  /// False if a row is to be taken away that is not there; nothing changes then.
  bool Apply(RowKind kind, const std::string& row);

  size_t size() const { return rows_.size(); }
  /// By place.
  const std::map<uint64_t, std::string>& rows() const { return rows_; }

 private:
  std::map<uint64_t, std::string> rows_;
  std::unordered_map<std::string, std::vector<uint64_t>> places_;
  std::optional<uint64_t> vacated_;  ///< by the first half of an update
  uint64_t next_ = 0;
};

}  // namespace cdc::sql
