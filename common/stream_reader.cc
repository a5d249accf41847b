#include "common/stream_reader.h"

#include "common/error.h"
#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"

namespace cdc {

static constexpr uint64_t kFormatVersion = 1;

StreamReader::Event StreamReader::Next(int timeout_ms) {
  switch (input_.Next(&line_, timeout_ms)) {
    case LineInput::Status::kStopped: return Event::kStopped;
    case LineInput::Status::kTimeout: return Event::kTimeout;
    case LineInput::Status::kEnd: return (marked_ && !ended_) || EmptyFromProgram() ? Event::kDied : Event::kEof;
    case LineInput::Status::kLine: break;
  }
  // The last line of a writer that was killed is not whole, whatever it looks like.
  if (marked_ && input_.last_line_unterminated()) return Event::kDied;
  if (ended_) Fail(ExitStatus::kData, Where() + ": a line after the end line", Shown(std::string(line_)));
  if (!IsUtf8(line_))
    Fail(ExitStatus::kData, Where() + ": not valid UTF-8", Shown(std::string(line_)),
         "bytes that are no text are written as @base64; see cdc-stream(5)");
  if (const size_t at = FindStrayControl(line_); at != std::string_view::npos)
    Fail(ExitStatus::kData, Where() + ": a raw control character at byte " + std::to_string(at + 1),
         Shown(std::string(line_)), "JSON has control characters in strings as escapes: \\t, \\u0000");
  row_kind_ = KindOfLine(line_);
  if (row_kind_ == LineKind::kControl) return TakeControl();
  if (row_kind_ == LineKind::kOther)
    Fail(ExitStatus::kData, Where() + ": not a line of a change stream", Shown(std::string(line_)),
         "a line begins with {\"@cdc\":, {\"op\":, {\"topic\": or {\"@len\":; see cdc-stream(5)");
  if (row_kind_ != options_.row_kind && !options_.both_row_kinds) {
    const bool want_records = options_.row_kind == LineKind::kRecord;
    Fail(ExitStatus::kData,
         Where() + (want_records ? ": a change line where record lines are read"
                                 : ": a record line where change lines are read"),
         Shown(std::string(line_)),
         want_records ? "put cdc-encode before this tool" : "this tool reads what binlog-tail writes");
  }
  if (marked_ && !in_transaction_)
    Fail(ExitStatus::kData, Where() + ": a row outside begin and mark", Shown(std::string(line_)),
         "a filter between the stages must pass control lines on, in order");
  if (!marked_ && !any_) LogNote("the input has no hello line: rows are taken in batches and delivered at least once");
  any_ = true;
  ++rows_;
  return Event::kRow;
}

StreamReader::Event StreamReader::TakeControl() {
  control_.Parse(line_, Where());
  switch (control_.kind()) {
    case ControlKind::kHello:
      if (control_.Number("v") > kFormatVersion)
        Fail(ExitStatus::kProtocol,
             Where() + ": the stream has format version " + std::to_string(control_.Number("v")) +
                 ", this tool knows " + std::to_string(kFormatVersion),
             "", "use tools of one version in a pipe");
      marked_ = true;
      position_ = control_.Raw("pos");
      return Event::kControl;
    case ControlKind::kBegin: {
      const uint64_t number = control_.Number("n");
      if (in_transaction_) Fail(ExitStatus::kData, Where() + ": begin inside a transaction", std::string(line_));
      if (numbered_ && number != number_ + 1)
        Fail(ExitStatus::kData, Where() + ": transaction " + std::to_string(number) + " follows " +
                                    std::to_string(number_) + ": lines are missing or repeated");
      numbered_ = true;
      number_ = number;
      in_transaction_ = true;
      rows_ = 0;
      return Event::kBegin;
    }
    case ControlKind::kMark:
      CheckMark();
      in_transaction_ = false;
      position_ = control_.Raw("pos");
      return Event::kMark;
    case ControlKind::kEnd: ended_ = true; return Event::kEnd;
    case ControlKind::kHeartbeat: position_ = control_.Raw("pos"); return Event::kControl;
    default: return Event::kControl;
  }
}

void StreamReader::CheckMark() {
  if (!in_transaction_ || control_.Number("n") != number_)
    Fail(ExitStatus::kData, Where() + ": mark without its begin", std::string(line_));
  const uint64_t counted = control_.Number("rows");
  if (counted == rows_) return;
  if (options_.filtered && rows_ < counted) {
    rows_filtered_ += counted - rows_;
    return;
  }
  Fail(ExitStatus::kData,
       Where() + ": the mark counts " + std::to_string(counted) + " rows, " + std::to_string(rows_) + " came", "",
       "rows were lost or added on the way; if a filter of yours takes rows out, say --filtered");
}

/// A program that writes nothing at all, not even why it ends, did not get as far. Whether a filter took all rows of an
/// unmarked stream cannot be seen here: --filtered says so.
bool StreamReader::EmptyFromProgram() const {
  return input_.line_number() == 0 && input_.from_program() && !options_.filtered;
}

std::string StreamReader::DeathNote() const {
  return EmptyFromProgram() ? "the input is empty: the tool before this one died before its first line (if it is a "
                              "filter that took all rows, say --filtered)"
                            : "the input ended without an end line: the tool before this one died";
}

int StreamEndStatus(const StreamReader& reader, StreamReader::Event last, const std::string& safe) {
  if (last == StreamReader::Event::kDied) {
    LogWarning(reader.DeathNote() + "; " + safe);
    return static_cast<int>(ExitStatus::kTempFail);
  }
  if (last == StreamReader::Event::kEnd && reader.control().Number("exit") != 0) {
    LogWarning("the tool before this one ended with status " + std::to_string(reader.control().Number("exit")) + "; " +
               safe);
    return static_cast<int>(ExitStatus::kTempFail);
  }
  return 0;
}

}  // namespace cdc
