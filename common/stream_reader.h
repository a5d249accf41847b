#pragma once

#include <string>
#include <string_view>

#include "common/control_line.h"
#include "common/line_input.h"

namespace cdc {

/// Reads a stream of lines and keeps the bookkeeping of cdc-stream.5: whether it is marked, that begin and mark pair
/// up, that the rows between them are as many as the mark says, and how it ended.
class StreamReader {
 public:
  struct Options {
    LineKind row_kind = LineKind::kRecord;  ///< kChange or kRecord: what this stage reads
    bool both_row_kinds = false;            ///< take the other kind as well (cdc-apply)
    bool filtered = false;                  ///< --filtered: a mark may count more rows than came
  };

  StreamReader(LineInput& input, Options options) : input_(input), options_(options) {}

  enum class Event {
    kRow,      ///< line() is a change or record line
    kBegin,    ///< control()
    kMark,     ///< control()
    kControl,  ///< any other control line but end: control()
    kEnd,      ///< control() is the end line; nothing follows
    kEof,      ///< end of an unmarked stream
    kDied,     ///< end of a marked stream without an end line, or of a pipe without any line: the upstream died
    kStopped,  ///< a stop signal came
    kTimeout,  ///< nothing came in time, or a status line was asked for
  };

  /// Errors: 65 for a malformed line, a line of the wrong kind, rows outside begin/mark in a marked stream, a wrong
  /// count, a gap in `n`, a newer format version.
  Event Next(int timeout_ms = -1);

  std::string_view line() const { return line_; }
  const ControlLine& control() const { return control_; }
  LineKind row_kind() const { return row_kind_; }  ///< of the row last returned

  bool marked() const { return marked_; }  ///< a hello was seen
  bool in_transaction() const { return in_transaction_; }
  uint64_t rows_in_transaction() const { return rows_; }
  uint64_t rows_filtered() const { return rows_filtered_; }  ///< missing rows accepted so far
  /// Raw JSON of where the stream stands: after the last mark or heartbeat, else as hello says; empty if unmarked.
  const std::string& position() const { return position_; }
  std::string Where() const { return input_.Where(); }
  std::string DeathNote() const;  ///< after kDied: how that shows

 private:
  bool EmptyFromProgram() const;
  Event TakeControl();
  void CheckMark();
  LineInput& input_;
  Options options_;
  std::string_view line_;
  ControlLine control_;
  LineKind row_kind_ = LineKind::kOther;
  bool marked_ = false;
  bool ended_ = false;
  bool any_ = false;
  bool in_transaction_ = false;
  bool numbered_ = false;
  std::string position_;
  uint64_t number_ = 0;
  uint64_t rows_ = 0;
  uint64_t rows_filtered_ = 0;
};

/// The exit status of a stage that ends the pipe, after the reader's last event (kEnd, kEof, kDied, kStopped): 0 after
/// an orderly end, 75 with a warning if the upstream died or failed. `safe` tells what holds nevertheless ("all up to
/// the last mark is applied").
int StreamEndStatus(const StreamReader& reader, StreamReader::Event last, const std::string& safe);

}  // namespace cdc
