#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cdc {

class ByteOutput;

/// Reads LF-terminated lines from a file descriptor. A line view stays valid until the next call, and at least
/// kPadding readable bytes follow it in memory (what simdjson asks for). An unterminated last line is returned as a
/// line, with `last_line_unterminated()` true afterwards.
class LineInput {
 public:
  static constexpr size_t kPadding = 64;

  /// `name` stands in error messages ("stdin", or a path). The descriptor is not closed. `max_line_bytes` guards
  /// against input that is not lines at all; a longer line fails with 65.
  LineInput(int fd, std::string name, size_t max_line_bytes = size_t{1} << 30);

  /// Called before a read that would block: where a filter flushes its output and a sink commits.
  void SetBeforeBlock(std::function<void()> before_block) { before_block_ = std::move(before_block); }

  /// Where its lines go to: if that is a pipe whose reader went away, waiting for a line ends with BrokenPipe.
  void SetOutput(const ByteOutput& output);

  enum class Status { kLine, kEnd, kStopped, kTimeout };

  /// The next line, without its LF. kStopped: a stop signal came while waiting. kTimeout: nothing came within
  /// `timeout_ms` (negative: wait for ever). Errors: 74 on a failed read.
  Status Next(std::string_view* line, int timeout_ms = -1);

  /// True if Next() would return without waiting.
  bool HasBufferedLine() const;

  uint64_t line_number() const { return line_number_; }  ///< of the line last returned, from 1
  uint64_t line_offset() const { return line_offset_; }  ///< its first byte's offset in the input, from 0
  uint64_t bytes_read() const { return bytes_read_; }
  bool last_line_unterminated() const { return unterminated_; }
  bool from_program() const { return from_program_; }  ///< a pipe or socket: a writer was there, and may have died
  const std::string& name() const { return name_; }

  /// "stdin line 17" for messages.
  std::string Where() const;

 private:
  enum class Filled { kData, kEnd, kStopped, kTimeout };
  Filled Fill(int timeout_ms);
  Filled WaitReadable(int timeout_ms);

  int fd_;
  int output_pipe_ = -1;
  std::string name_;
  size_t max_line_bytes_;
  std::function<void()> before_block_;
  // realloc moves a large line without touching what is not yet read.
  struct Free {
    void operator()(char* pointer) const { std::free(pointer); }
  };
  void Resize(size_t capacity);
  std::unique_ptr<char, Free> buffer_;
  size_t capacity_ = 0;  // without the padding
  size_t begin_ = 0;     // first unread byte
  size_t scanned_ = 0;   // bytes from begin_ on known to hold no LF end here
  size_t end_ = 0;       // end of the bytes read
  uint64_t line_number_ = 0;
  uint64_t line_offset_ = 0;
  uint64_t next_offset_ = 0;
  uint64_t bytes_read_ = 0;
  bool at_end_ = false;
  bool unterminated_ = false;
  bool from_program_ = false;
};

}  // namespace cdc
