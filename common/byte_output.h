#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdc {

/// Thrown when the reader of our output went away. main closes in order, says nothing, and dies of SIGPIPE.
class BrokenPipe {};

/// Buffered output to a file descriptor. Text is appended to `buffer()`; after each line `MaybeFlush()` writes the
/// buffer out once it holds a megabyte. Whoever is about to wait for input calls `Flush()` first.
class ByteOutput {
 public:
  ByteOutput(int fd, std::string name);

  std::string& buffer() { return buffer_; }
  /// What is large goes out as it is, without a copy.
  void Append(std::string_view text) {
    if (text.size() < kFlushBytes)
      buffer_.append(text);
    else
      WriteThrough(text);
  }
  void MaybeFlush() {
    if (buffer_.size() >= kFlushBytes) Flush();
  }

  /// Writes everything. Errors: BrokenPipe; 74 for a full disk and the like, with a file cut back to its last whole
  /// line.
  void Flush();

  /// Errors: BrokenPipe if it is a pipe whose reader went away. For whoever has nothing to write for long.
  void CheckReader() const;

  /// Flush, and close the descriptor: the last moment at which some file systems report a failed write.
  void Close();

  /// Whether any output of this process has written anything yet.
  static bool AnyWritten() { return any_written_; }

  uint64_t bytes_written() const { return bytes_written_; }
  bool is_terminal() const { return is_terminal_; }
  int fd() const { return fd_; }

 private:
  static constexpr size_t kFlushBytes = size_t{1} << 20;
  void WriteThrough(std::string_view text);
  void WriteAll(std::string_view text);
  uint64_t HalfLine(std::string_view text) const;
  void DropHalfLine(std::string_view written);
  int fd_;
  std::string name_;
  std::string buffer_;
  uint64_t bytes_written_ = 0;
  uint64_t half_line_ = 0;  // bytes written since the last line end
  bool is_terminal_;
  static bool any_written_;
};

}  // namespace cdc
