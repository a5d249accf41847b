#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/error.h"
#include "common/line_input.h"
#include "common/stream_reader.h"
#include "tools/cdc-apply/dead_letters.h"
#include "tools/cdc-apply/held_lines.h"
#include "tools/cdc-apply/kept_batch.h"
#include "tools/cdc-apply/options.h"
#include "tools/cdc-apply/row_decoder.h"
#include "tools/cdc-apply/sink.h"
#include "tools/cdc-apply/statement_warnings.h"

namespace cdc::apply {

/// Reads the stream and applies it (cdc-stream.5; delivery as cdc-apply(1) describes): a source transaction that the
/// sink has is dropped whole; commits come when the sink's pace says, always at a mark.
class ApplyLoop {
 public:
  ApplyLoop(LineInput& input, Sink& sink, const Options& options);

  /// Until the end of the stream. The exit status: 0 after an orderly end, 75 if the upstream died or failed.
  int Run();

 private:
  int ReadToEnd();
  void TakeControl();
  void CheckGap(const ControlLine& hello, const std::string& slot) const;
  void TakeStatement(const ControlLine& control);
  void TakeSnapshotLine(const ControlLine& control);
  void TakeBegin();
  [[noreturn]] void FailUnordered(const Position& position) const;
  void TakeMark();
  void TakeRow();
  bool MustWaitForMark();
  void ReleaseHeld();
  void TakeLine(LineKind kind, std::string_view line, const std::string& where);
  void ApplyRow(const KeptBatch::Row& row, std::string_view line, bool again);
  bool TakeTruncation();
  bool Refuse(const KeptBatch::Row& row, std::string_view line, const Failure& failure);
  void Do(KeptBatch::Action action);
  void FindRefusedRows(Failure& failure);
  void NoteCommits();
  void TakeShape(const ControlLine& control, const std::string& where);
  void Clear(const TableScope& scope);
  void TakeSnapshotPosition(const Position& position);
  void ClearForSnapshot();
  void MakeRoom(TableScope scope);
  int MillisecondsToCommit() const;
  void CommitIfDue();
  void CommitAtMark();
  void FinishCommits();
  int Finish(StreamReader::Event event);
  std::string StatusLine() const;

  bool keeps_batch() const { return dead_letters_ && sink_.sends_later(); }

  using Clock = std::chrono::steady_clock;
  LineInput& input_;
  Sink& sink_;
  const Options& options_;
  CommitPace pace_;
  StreamReader reader_;
  RowChange change_;
  RowShaper shaper_;
  RowDecoder decoder_;
  std::string position_text_;  // of the source transaction, where the shaper needs it
  std::optional<DeadLetters> dead_letters_;
  uint64_t sink_commits_ = 0;
  bool row_was_decoded_ = false;
  KeptBatch kept_;  // where a refused row is to be found later
  HeldLines held_;  // of the open transaction, since a row that does not tell its time where that is needed
  bool in_snapshot_ = false;
  std::optional<Letter> letter_;  // a `dead` line has come, and the row that it tells of has not
  int64_t snapshot_ts_us_ = 0;    // when the snapshot's position was taken; 0: not told, or no snapshot
  int64_t mark_ts_us_ = 0;        // of the last mark that told one
  // What the sink held at the start, or after a snapshot; reset once the stream is past it.
  std::optional<Position> stored_;
  Position transaction_position_;
  StatementWarnings statements_;
  std::optional<uint64_t> snapshot_tables_;  // as the stream tells it before the snapshot
  std::string sent_from_, waits_from_;  // the first row of what a commit under way sends, and of what comes after it
  bool dropping_ = false;
  bool is_behind_ = false;  // a snapshot of before what the history has
  bool open_ = false;       // between the sink's Begin and Mark
  uint64_t uncommitted_rows_ = 0;
  uint64_t uncommitted_since_ = 0;  // bytes read at the last commit
  Clock::time_point oldest_uncommitted_{};
  bool uncommitted_ = false;
  bool sink_failed_ = false;  // a commit was under way
  uint64_t rows_ = 0, transactions_ = 0, dropped_ = 0, commits_ = 0;
};

}  // namespace cdc::apply
