#pragma once

#include <string>
#include <string_view>

#include "common/byte_output.h"
#include "common/control_line.h"
#include "common/stream_reader.h"

namespace cdc {

/// Writes a stream of lines (cdc-stream.5): counts rows for the marks, and keeps control lines off a terminal.
class StreamWriter {
 public:
  explicit StreamWriter(ByteOutput& output) : output_(output), control_lines_(!output.is_terminal()) {}

  /// Append a row line with its LF here, then call RowWritten().
  std::string& buffer() { return output_.buffer(); }
  /// The same for a piece of it that may be large, and so is better not copied.
  void Append(std::string_view text) { output_.Append(text); }
  void RowWritten(uint64_t count = 1) {
    rows_ += count;
    output_.MaybeFlush();
  }

  /// Passes a control line on as it stands (hello, table, begin, heartbeat, …). Not for marks and end.
  void Pass(const ControlLine& control);

  /// Writes a control line of our own; `line` without LF.
  void Control(std::string_view line);

  void Begin(uint64_t number, const Position& position, std::string_view more_members = {});

  /// `more_members`: raw members to stand after pos, as `,"snapshot":true`.
  void Mark(uint64_t number, int64_t ts_us, const Position& position, std::string_view more_members = {});

  /// Passes a mark on with `rows` counted anew and `more_members` added.
  void PassMark(const ControlLine& mark, std::string_view more_members = {});

  /// Between transactions: one of our own, for which the numbers of those behind it make room. False: none has passed
  /// yet, so there is no number to go on from.
  bool BeginInserted(const Position& position);
  void MarkInserted(int64_t ts_us, const Position& position, std::string_view more_members = {});

  /// `position_json` may be empty.
  void End(std::string_view reason, int exit_status, std::string_view position_json);

  uint64_t rows_since_begin() const { return rows_; }
  /// As on a terminal: rows alone.
  void LeaveOutControlLines() { control_lines_ = false; }
  bool control_lines() const { return control_lines_; }
  void Flush() { output_.Flush(); }
  void CheckReader() const { output_.CheckReader(); }

 private:
  ByteOutput& output_;
  bool control_lines_;
  void AppendRenumbered(const ControlLine& control, std::string_view more_members);
  uint64_t rows_ = 0;
  uint64_t number_ = 0;  // of the last begin
  uint64_t shift_ = 0;   // how many transactions were inserted
};

/// How a stage in the middle of a pipe ends, once `reader` gave `event`: kEnd, kEof, kDied or kStopped: what was read
/// is written, the end line is passed on (or one of its own written after a stop signal, at the last mark), and the
/// exit status given: 0, or 75 where the upstream died or failed.
int EndStage(const StreamReader& reader, StreamReader::Event event, StreamWriter& writer);

}  // namespace cdc
