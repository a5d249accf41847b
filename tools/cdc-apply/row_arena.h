#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// Keeps rows beyond the line that they came in. All go at once.
class RowArena {
 public:
  /// A copy of the row, with its text and bytes.
  const Value* Keep(const std::vector<Value>& row);
  /// Room for a row whose values point into this arena already.
  Value* NewRow(size_t columns);

  size_t bytes() const { return bytes_; }  ///< handed out since the last Reset
  void Reset();

 private:
  char* Allocate(size_t size, size_t alignment);
  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size;
  };
  std::vector<Block> blocks_;
  size_t block_ = 0, used_ = 0;  // the block that is being filled, and how far
  size_t bytes_ = 0;
};

}  // namespace cdc::apply
