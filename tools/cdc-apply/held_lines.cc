#include "tools/cdc-apply/held_lines.h"

#include <cstring>

namespace cdc::apply {
namespace {

constexpr size_t kBytesInMemory = 8 << 20;

/// What stands before a line and the place that it came from.
struct Head {
  LineKind kind;
  size_t where_size, line_size;
};

}  // namespace

void HeldLines::Add(LineKind kind, std::string_view line, std::string_view where) {
  const Head head{kind, where.size(), line.size()};
  buffer_.append(reinterpret_cast<const char*>(&head), sizeof head);
  buffer_.append(where);
  buffer_.append(line);
  is_empty_ = false;
  if (buffer_.size() < kBytesInMemory) return;
  if (!file_) file_ = std::make_unique<HiddenFile>();
  file_->Append(buffer_);
  blocks_.push_back(buffer_.size());
  buffer_.clear();
}

void HeldLines::Clear() {
  buffer_.clear();
  file_.reset();
  blocks_.clear();
  is_empty_ = true;
}

void HeldLines::ForEach(const Visitor& visitor) {
  int64_t offset = 0;
  for (const size_t size : blocks_) {
    Visit(file_->Read(offset, size), visitor);
    offset += static_cast<int64_t>(size);
  }
  Visit(buffer_, visitor);
}

void HeldLines::Visit(std::string_view bytes, const Visitor& visitor) {
  Head head;
  while (!bytes.empty()) {
    std::memcpy(&head, bytes.data(), sizeof head);
    bytes.remove_prefix(sizeof head);
    const std::string where(bytes.substr(0, head.where_size));
    bytes.remove_prefix(head.where_size);
    visitor(head.kind, bytes.substr(0, head.line_size), where);
    bytes.remove_prefix(head.line_size);
  }
}

}  // namespace cdc::apply
