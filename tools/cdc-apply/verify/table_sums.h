#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/cdc-apply/verify/side.h"

namespace cdc::apply {

/// What one side says of a table: how many rows, and sums of their hashes, in buckets by the hash of the key.
struct TableSums {
  static constexpr size_t kBuckets = 4096;
  uint64_t rows = 0, sum = 0;
  std::array<uint64_t, kBuckets> buckets{};
};

/// Turns rows into keys and hashes.
class RowSummer {
 public:
  explicit RowSummer(const std::vector<SourceColumn>& columns);

  struct Row {
    std::string key;        ///< equal for equal keys, however a server writes them
    std::string shown_key;  ///< readable: "7" or "7, x"; the whole row, where there is no key
    uint64_t hash;
    size_t bucket;
  };
  Row Of(const std::vector<std::optional<std::string_view>>& values);
  void Add(const std::vector<std::optional<std::string_view>>& values, TableSums* sums);

 private:
  std::vector<CanonicalForm> forms_;
  std::vector<bool> in_key_;
  std::string bytes_, key_bytes_;
};

}  // namespace cdc::apply
