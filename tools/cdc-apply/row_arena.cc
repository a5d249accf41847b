#include "tools/cdc-apply/row_arena.h"

#include <algorithm>
#include <cstring>

namespace cdc::apply {
namespace {

constexpr size_t kBlockSize = 256 * 1024;

}  // namespace

char* RowArena::Allocate(size_t size, size_t alignment) {
  bytes_ += size;
  for (; block_ < blocks_.size(); ++block_, used_ = 0) {
    const size_t start = (used_ + alignment - 1) / alignment * alignment;
    if (start + size > blocks_[block_].size) continue;
    used_ = start + size;
    return blocks_[block_].bytes.get() + start;
  }
  const size_t block_size = std::max(size, kBlockSize);
  blocks_.push_back({std::make_unique<char[]>(block_size), block_size});
  used_ = size;
  return blocks_.back().bytes.get();
}

Value* RowArena::NewRow(size_t columns) {
  auto* row = reinterpret_cast<Value*>(Allocate(columns * sizeof(Value), alignof(Value)));
  std::uninitialized_default_construct_n(row, columns);
  return row;
}

const Value* RowArena::Keep(const std::vector<Value>& row) {
  Value* kept = NewRow(row.size());
  for (size_t i = 0; i < row.size(); ++i) {
    kept[i] = row[i];
    if (row[i].text.empty()) continue;
    char* text = Allocate(row[i].text.size(), 1);
    std::memcpy(text, row[i].text.data(), row[i].text.size());
    kept[i].text = {text, row[i].text.size()};
  }
  return kept;
}

void RowArena::Reset() {
  // A block that only a giant row needed is given back.
  blocks_.erase(std::remove_if(blocks_.begin(), blocks_.end(), [](const Block& b) { return b.size > kBlockSize; }),
                blocks_.end());
  block_ = used_ = bytes_ = 0;
}

}  // namespace cdc::apply
