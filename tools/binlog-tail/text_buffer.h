#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cdc::tail {

/// Growing text that is written through a raw pointer: row lines are made here, value by value, and handed on a whole
/// event at a time. (Appending to std::string costs a terminating zero and a call for each of some thirty pieces a
/// row.)
class TextBuffer {
 public:
  static constexpr size_t kSpillBytes = size_t{256} << 10;

  TextBuffer() { Grow(size_t{64} << 10); }

  /// Room for `size` more bytes, to be written from the pointer returned; then Commit(end of what was written).
  char* Reserve(size_t size) {
    if (static_cast<size_t>(limit_ - end_) < size) Grow(size);
    return end_;
  }
  void Commit(char* end) { end_ = end; }

  void Push(char c) {
    *Reserve(1) = c;
    ++end_;
  }
  void Append(std::string_view text) {
    std::memcpy(Reserve(text.size()), text.data(), text.size());
    end_ += text.size();
  }
  template <typename Integer>
  void AppendInteger(Integer value) {
    char* at = Reserve(24);
    end_ = std::to_chars(at, at + 24, value).ptr;
  }

  size_t size() const { return static_cast<size_t>(end_ - begin_.get()); }
  bool empty() const { return size() == 0; }
  char* data() { return begin_.get(); }
  std::string_view view() const { return {begin_.get(), size()}; }
  std::string_view ViewFrom(size_t offset) const { return view().substr(offset); }
  void Truncate(size_t size) { end_ = begin_.get() + size; }
  /// Empties; memory beyond a megabyte, which a huge row took, is given back.
  void Clear();

  /// Takes what is held whenever a large value has filled the buffer, which is empty then; without one it grows.
  /// Whoever sets it keeps no offset into the buffer over a value.
  using Spill = std::function<void(std::string_view)>;
  void SetSpill(Spill spill) { spill_ = std::move(spill); }
  bool spills() const { return static_cast<bool>(spill_); }
  void SpillIfLarge() {
    if (!spill_ || size() < kSpillBytes) return;
    spill_(view());
    end_ = begin_.get();
  }

 private:
  void Grow(size_t more);
  struct Free {
    void operator()(char* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<char, Free> begin_;
  char* end_ = nullptr;
  char* limit_ = nullptr;
  Spill spill_;
};

/// A JSON string with its quotes, escaped as common/json_writer does. `text` must be valid UTF-8.
void AppendJsonString(TextBuffer& out, std::string_view text);

/// The same for bytes that may be anything: false, with `out` as it was, if they are not valid UTF-8.
bool TryAppendJsonString(TextBuffer& out, std::string_view bytes);

/// The same without quotes, for text that is known to be valid, or a piece of it.
void AppendEscaped(TextBuffer& out, std::string_view text);

/// Base64 without quotes.
void AppendBase64Digits(TextBuffer& out, std::string_view bytes);

/// Base64 with quotes.
void AppendBase64String(TextBuffer& out, std::string_view bytes);

}  // namespace cdc::tail
