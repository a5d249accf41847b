#include "tools/cdc-apply/apply_loop.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/log.h"
#include "common/shown_sink.h"
#include "common/stop.h"
#include "tools/cdc-apply/position_gap.h"
#include "tools/cdc-apply/replayed_letter.h"

namespace cdc::apply {
namespace {

StreamReader::Options ReaderOptions(const Options& options) {
  StreamReader::Options out;
  out.both_row_kinds = true;
  out.filtered = options.filtered;
  return out;
}

}  // namespace

ApplyLoop::ApplyLoop(LineInput& input, Sink& sink, const Options& options)
    : input_(input),
      sink_(sink),
      options_(options),
      reader_(input, ReaderOptions(options)),
      shaper_(options.mode.value_or(sink.default_mode()), options.deletes, sink.wants_whole_rows()),
      decoder_(options.table_name, options.mode == ApplyMode::kVersions,
               shaper_.changes_anything() || sink.needs_old_rows(), options.deletes != DeleteMode::kIgnore),
      statements_([this](const std::string& db, const std::string& table) { return sink_.Delivers(db, table); }) {
  if (!sink.CanApply(options.mode.value_or(sink.default_mode())))
    Fail(ExitStatus::kUsage, "target \"" + ShownSink(options.target) + "\" cannot take this --mode", "",
         sink.default_mode() == ApplyMode::kAppend ? "it is written as a history: --mode append"
                                                   : "sqlite:, mysql: and postgresql: can");
  if (options.allow_rounding) sink.AllowRounding();
  sink.TakeRowsOption(RowsOption(options.mode.value_or(sink.default_mode()), options.deletes));
  if (!sink.TakeDdlMode(options.ddl) && options.ddl != DdlMode::kApply)
    Fail(ExitStatus::kUsage, "target \"" + ShownSink(options.target) + "\" takes --ddl apply only");
  pace_ = sink.pace();
  if (options.commit_interval) {
    pace_.after = *options.commit_interval;
    pace_.rows = UINT64_MAX;
    pace_.when_idle = false;
  }
  if (!options.dead_letters.empty())
    dead_letters_.emplace(options.dead_letters);
  else
    sink.CommitInBackground();
  input_.SetBeforeBlock([this] {
    if (pace_.when_idle) CommitAtMark();
    FinishCommits();
  });
}

int ApplyLoop::Run() {
  try {
    return ReadToEnd();
  } catch (SendFailure& failure) {
    Error& error = failure.error();
    const std::string &first = sent_from_.empty() ? waits_from_ : sent_from_, last = reader_.Where();
    error.detail +=
        (error.detail.empty() ? "" : "\n") +
        (first == last ? "it is the row of " + last : "it is one of the rows from " + first + " to " + last);
    throw;
  } catch (const Failure& failure) {
    // A line that cannot be taken does not undo the transactions before it. Where the sink itself failed there is
    // nothing to save, and its own error is the one to show.
    if (failure.error().status == ExitStatus::kData && !sink_failed_) {
      if (open_) sink_.RollBackToMark();
      kept_.DropOpen();
      held_.Clear();
      open_ = false;
      CommitAtMark();
    }
    throw;
  }
}

int ApplyLoop::ReadToEnd() {
  using Event = StreamReader::Event;
  for (;;) {
    const Event event = reader_.Next(MillisecondsToCommit());
    if (TakeStatusRequest()) LogStatus(StatusLine());
    switch (event) {
      case Event::kRow: TakeRow(); break;
      case Event::kBegin: TakeBegin(); break;
      case Event::kMark: TakeMark(); break;
      case Event::kControl: TakeControl(); break;
      case Event::kTimeout:
        if (uncommitted_) CommitIfDue();
        break;
      default: return Finish(event);
    }
  }
}

void ApplyLoop::TakeControl() {
  const ControlLine& control = reader_.control();
  // Rows that wait are read by what their tables were like before.
  if (!held_.empty() && (control.kind() == ControlKind::kSchema || control.kind() == ControlKind::kTable))
    return held_.Add(LineKind::kControl, control.line(), reader_.Where());
  switch (control.kind()) {
    case ControlKind::kHello: {
      const std::string slot = options_.slot.empty() ? control.Text("slot") : options_.slot;
      stored_ = sink_.OpenSlot(slot);
      LogVerbose("slot \"" + slot + "\" holds " + (stored_ ? stored_->ToJson() : "no position"));
      CheckGap(control, slot);
      break;
    }
    case ControlKind::kDdl: TakeStatement(control); break;
    case ControlKind::kSnapshot: TakeSnapshotLine(control); break;
    case ControlKind::kSchema:
    case ControlKind::kTable: TakeShape(control, reader_.Where()); break;
    case ControlKind::kHeartbeat: {
      if (!reader_.marked()) break;
      const Position position = control.PositionOf("pos");
      if (stored_ && ComparePositions(position, *stored_) != PositionOrder::kAfter) break;
      Do([position](Sink& sink) { sink.Mark(&position); });
      kept_.Mark();
      if (!uncommitted_) oldest_uncommitted_ = Clock::now();
      uncommitted_ = true;
      break;
    }
    default: letter_ = ReadLetter(control);
  }
}

/// What the stream does not hold the target never gets; its position will tell otherwise.
void ApplyLoop::CheckGap(const ControlLine& hello, const std::string& slot) const {
  if (!hello.Has("begins") || hello.Text("begins") != "position") return;
  const Position begin = hello.PositionOf("pos");
  const bool resumed = hello.Flag("resumed");
  if (stored_ && ComparePositions(begin, *stored_) == PositionOrder::kAfter) {
    const std::string what = "the stream begins at " + begin.ToJson() + ", and slot \"" + slot + "\" is at " +
                             stored_->ToJson() + ": what changed between them does not come";
    // Where a sink said where to begin, the source may have added transactions that it does not deliver.
    if (!resumed && !options_.allow_gap && IsGap(*stored_, begin))
      Fail(ExitStatus::kNoInput, what, "",
           "--resume-from TARGET begins where the target is, a snapshot fills it anew, --allow-gap goes on without it");
    LogWarning(what + " (--resume-from TARGET begins where the target is)");
  }
  if (!stored_ && resumed)
    LogWarning("the stream goes on from " + begin.ToJson() +
               ", where another sink is, and the target has nothing of slot \"" + slot +
               "\": what came before does not come");
}

/// The target follows rows, columns that are added, and tables that are made anew; what else a statement does to the
/// source is for the user to know.
void ApplyLoop::TakeStatement(const ControlLine& control) {
  if (dropping_ || control.Flag("snapshot")) return;
  const SourceStatement statement = ReadSourceStatement(control);
  if (open_ && !shaper_.keeps_rows())
    for (const TableEvent& event : statement.events) Do([event](Sink& sink) { sink.TakeTableEvent(event); });
  if (open_ && !shaper_.keeps_history())
    for (const ColumnEvents& columns : statement.columns) Do([columns](Sink& sink) { sink.TakeColumnEvents(columns); });
  statements_.Take(statement, reader_.Where());
}

void ApplyLoop::TakeBegin() {
  const ControlLine& control = reader_.control();
  const bool snapshot = control.Flag("snapshot");
  dropping_ = is_behind_ = false;
  in_snapshot_ = snapshot;
  snapshot_ts_us_ = snapshot && control.Has("ts_us") ? static_cast<int64_t>(control.Number("ts_us")) : 0;
  if (reader_.marked() && stored_ && snapshot) {
    TakeSnapshotPosition(control.PositionOf("pos"));
  } else if (reader_.marked() && stored_) {
    const Position position = control.PositionOf("pos");
    switch (ComparePositions(position, *stored_)) {
      case PositionOrder::kBefore:
      case PositionOrder::kEqual: dropping_ = true; break;
      // All that follows comes later still: there is nothing left to compare.
      case PositionOrder::kAfter: stored_.reset(); break;
      case PositionOrder::kUnordered: FailUnordered(position);
    }
  }
  if (dropping_) {
    ++dropped_;
    return;
  }
  if (reader_.marked()) transaction_position_ = is_behind_ ? *stored_ : control.PositionOf("pos");
  Do([position = reader_.marked() ? std::optional<Position>(transaction_position_) : std::nullopt](Sink& sink) {
    sink.Begin(position ? &*position : nullptr);
  });
  open_ = true;
  if (shaper_.keeps_rows() || dead_letters_)
    position_text_ = reader_.marked() ? control.PositionOf("pos").ToJson() : "";
  if (snapshot) ClearForSnapshot();
  if (!uncommitted_) oldest_uncommitted_ = Clock::now();
  uncommitted_ = true;
}

void ApplyLoop::FailUnordered(const Position& position) const {
  const bool both_of_kafka = !position.kafka.empty() && !stored_->kafka.empty();
  Fail(ExitStatus::kNoInput,
       reader_.Where() + ": the stream's position cannot be compared with the one that the target holds",
       "stream: " + position.ToJson() + "\ntarget: " + stored_->ToJson(),
       both_of_kafka
           ? "some topics are read from before what the target has, others from behind it: read all from the target's "
             "position (kcat-consume --resume-from), or all from the beginning into another --slot"
           : "the stream comes from another server, or the target from another job; use another --slot to begin anew");
}

void ApplyLoop::Clear(const TableScope& scope) {
  Do([scope](Sink& sink) { sink.ClearTables(scope); });
}

void ApplyLoop::TakeRow() {
  if (dropping_) return;
  if (!reader_.marked() && !open_) {
    Do([](Sink& sink) { sink.Begin(nullptr); });
    open_ = true;
    oldest_uncommitted_ = Clock::now();
    uncommitted_ = true;
  }
  if (MustWaitForMark()) return held_.Add(reader_.row_kind(), reader_.line(), reader_.Where());
  TakeLine(reader_.row_kind(), reader_.line(), reader_.Where());
  if (!reader_.marked()) {
    Do([](Sink& sink) { sink.Mark(nullptr); });
    kept_.Mark();
    open_ = false;
    CommitIfDue();
  }
}

/// A version begins when its source transaction was committed. Where rows do not tell that themselves their mark does,
/// which comes after them.
bool ApplyLoop::MustWaitForMark() {
  if (!held_.empty()) return true;
  return options_.mode == ApplyMode::kVersions && reader_.marked() && reader_.row_kind() == LineKind::kRecord &&
         !decoder_.TellsTime(reader_.line(), reader_.Where());
}

void ApplyLoop::ReleaseHeld() {
  ControlLine control;
  held_.ForEach([&](LineKind kind, std::string_view line, const std::string& where) {
    if (kind != LineKind::kControl) return TakeLine(kind, line, where);
    control.Parse(line, where);
    TakeShape(control, where);
  });
  held_.Clear();
}

void ApplyLoop::TakeLine(LineKind kind, std::string_view line, const std::string& where) {
  const std::optional<Letter> letter = std::exchange(letter_, std::nullopt);
  const int64_t ts_us = letter ? letter->ts_us : held_.empty() ? snapshot_ts_us_ : mark_ts_us_;
  KeptBatch::Row row = {{}, kind, where, {}, ts_us, letter ? letter->in_snapshot : in_snapshot_, letter.has_value()};
  if (waits_from_.empty()) waits_from_ = row.where;
  if (dead_letters_) {
    row.line = line;
    row.position = position_text_;
  }
  try {
    ApplyRow(row, line, false);
  } catch (Failure& failure) {
    if (!Refuse(row, line, failure)) FindRefusedRows(failure);
  }
  NoteCommits();
  ++rows_;
  ++uncommitted_rows_;
}

/// `again`: it is kept already.
void ApplyLoop::ApplyRow(const KeptBatch::Row& row, std::string_view line, bool again) {
  row_was_decoded_ = false;
  try {
    decoder_.ReadLetters(row.is_letter);
    if (row.kind == LineKind::kRecord)
      decoder_.DecodeRecord(line, row.where, &change_);
    else
      decoder_.DecodeChange(line, row.where, &change_);
    if (decoder_.is_told() && options_.mode.value_or(sink_.default_mode()) == ApplyMode::kAppend)
      change_.kind = RowChange::Kind::kNone;
    // A snapshot is what held at its position: read later, its rows would begin after the changes that follow.
    const bool is_later = row.in_snapshot && row.ts_us != 0 && change_.ts_us > row.ts_us;
    if (change_.ts_us == 0 || is_later) change_.ts_us = row.ts_us;
    // cdc-sql's results of a snapshot are all new rows, also where the target has versions of them.
    if (row.in_snapshot && options_.mode == ApplyMode::kVersions && change_.op == 'c') change_.op = 'r';
    const bool truncates = change_.kind == RowChange::Kind::kTruncate;
    const bool is_ignored = options_.deletes == DeleteMode::kIgnore && change_.kind != RowChange::Kind::kUpsert;
    if ((change_.checks_old_row || (row.is_letter && truncates)) && !is_ignored)
      CheckReplayedLetter(&change_, options_.mode.value_or(sink_.default_mode()),
                          options_.deletes != DeleteMode::kSoft && sink_.can_compare_rows());
    if (truncates && TakeTruncation()) return;
    const bool is_plain = !shaper_.changes_anything();
    const std::vector<RowChange>* shaped = is_plain ? nullptr : &shaper_.Shape(change_, position_text_);
    const auto each = [&](auto&& action) {
      if (!is_plain)
        for (const RowChange& change : *shaped) action(change);
      else if (change_.kind != RowChange::Kind::kNone || (row.is_letter && change_.table_changed))
        action(change_);
    };
    if (dead_letters_) each([&](const RowChange& change) { sink_.CheckRow(change); });
    row_was_decoded_ = true;
    if (keeps_batch() && !again) kept_.Add(row);
    const bool at_once = dead_letters_ && !sink_.sends_later();
    if (at_once) sink_.SetSavepoint();
    try {
      each([&](const RowChange& change) { sink_.Apply(change); });
    } catch (const Failure&) {
      if (at_once) sink_.RollBackToSavepoint();
      throw;
    }
    if (at_once) sink_.SendAll();
  } catch (const SendFailure&) {
    throw;
  } catch (Failure& failure) {
    Error& error = failure.error();
    // A server that is lost and a disk that is full have nothing to do with the row at hand.
    if (error.status != ExitStatus::kData && error.status != ExitStatus::kConfig) throw;
    if (error.what.rfind(row.where, 0) != 0) error.what = row.where + ": " + error.what;
    if (error.detail.empty()) error.detail = Shown(std::string(line), 400);
    if (error.hint.empty() && error.status == ExitStatus::kData && !dead_letters_) error.hint = kDeadLettersHint;
    throw;
  }
}

/// True: nothing is left to be done, since all that is known of the table is its name.
bool ApplyLoop::TakeTruncation() {
  const TargetTable& table = *change_.table;
  statements_.TakeTruncation(table.source_db, table.source_table);
  if (!table.columns.empty()) return false;
  if (options_.deletes == DeleteMode::kIgnore) return true;
  if (shaper_.changes_anything())
    Fail(ExitStatus::kData,
         "table \"" + table.source_db + "." + table.source_table + "\" is truncated before a line tells its columns",
         "its history needs them", "a new snapshot begins it anew");
  Clear({TableScope::Kind::kSource, table.source_db, table.source_table, false});
  return true;
}

/// False: which row it is that was refused has to be found, or it is another kind of failure.
bool ApplyLoop::Refuse(const KeptBatch::Row& row, std::string_view line, const Failure& failure) {
  if (!dead_letters_ || failure.error().status != ExitStatus::kData) return false;
  if (row_was_decoded_ && sink_.sends_later()) return false;
  dead_letters_->Add(row, line, failure.error().what);
  return true;
}

/// The target refused something of what came since the last commit: all but that is applied once more.
void ApplyLoop::FindRefusedRows(Failure& failure) {
  NoteCommits();
  if (!keeps_batch() || failure.error().status != ExitStatus::kData) throw;
  if (!kept_.is_whole()) {
    failure.error().hint = "the batch is too large to look for the row (64 MiB): --dead-letters cannot help here";
    throw;
  }
  LogVerbose("looking for the rows that the target refuses: " + failure.error().what);
  sink_.RollBackToCommit();
  const std::string position = position_text_;
  kept_.Replay(
      sink_,
      [&](const KeptBatch::Row& row) {
        position_text_ = row.position;
        ApplyRow(row, row.line, true);
      },
      [&](const KeptBatch::Row& row, const std::string& reason) { dead_letters_->Add(row, row.line, reason); });
  position_text_ = position;
}

/// Calls the sink, in a way that can be done again.
void ApplyLoop::Do(KeptBatch::Action action) {
  if (!keeps_batch()) return action(sink_);
  kept_.Add(action);
  try {
    action(sink_);
  } catch (Failure& failure) {
    FindRefusedRows(failure);
  }
  NoteCommits();
}

/// What the sink has committed is not to be done again.
void ApplyLoop::NoteCommits() {
  if (sink_.commits() == sink_commits_) return;
  sink_commits_ = sink_.commits();
  kept_.DropMarked();
}

/// Rows of the table that wait are read by what it was like so far.
void ApplyLoop::TakeShape(const ControlLine& control, const std::string& where) {
  if (dead_letters_) {
    CommitAtMark();
    dead_letters_->TakeShape(control, control.line());
  }
  if (control.kind() == ControlKind::kSchema)
    decoder_.TakeSchemaLine(control, where);
  else
    decoder_.TakeTableLine(control, where);
}

void ApplyLoop::TakeMark() {
  // What was only over with the input (windows of cdc-sql) has a mark of its own, at the time of the one before, which
  // the target may have.
  const ControlLine& mark = reader_.control();
  if (const uint64_t time = mark.Has("ts_us") ? mark.Number("ts_us") : 0; time > 0)
    mark_ts_us_ = static_cast<int64_t>(time);
  if (dropping_) {
    dropping_ = false;
    return;
  }
  ReleaseHeld();
  transaction_position_ = is_behind_ ? *stored_ : reader_.control().PositionOf("pos");
  Do([position = transaction_position_](Sink& sink) { sink.Mark(&position); });
  kept_.Mark();
  statements_.TakeEnd();
  open_ = false;
  ++transactions_;
  CommitIfDue();
}

/// How long to wait for input at most, since what waits is to be committed then; -1: for ever.
int ApplyLoop::MillisecondsToCommit() const {
  if (pace_.when_idle || open_ || !uncommitted_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(oldest_uncommitted_ + pace_.after - Clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

void ApplyLoop::CommitIfDue() {
  const bool is_full = uncommitted_rows_ >= pace_.rows || input_.bytes_read() - uncommitted_since_ >= pace_.bytes;
  // What is due by its age would only wait for the commit before; until that is done more may join it.
  const bool is_old = Clock::now() - oldest_uncommitted_ >= pace_.after && !sink_.is_committing();
  if (is_full || is_old) CommitAtMark();
}

void ApplyLoop::CommitAtMark() {
  if (open_ || !uncommitted_) return;
  sink_failed_ = true;
  sent_from_ = std::exchange(waits_from_, "");
  try {
    sink_.Commit();
  } catch (Failure& failure) {
    FindRefusedRows(failure);
    sink_.Commit();
  }
  NoteCommits();
  sink_failed_ = false;
  ++commits_;
  uncommitted_ = false;
  uncommitted_rows_ = 0;
  uncommitted_since_ = input_.bytes_read();
}

void ApplyLoop::FinishCommits() {
  sink_failed_ = true;
  sink_.FinishCommits();
  sink_failed_ = false;
  sent_from_.clear();
}

int ApplyLoop::Finish(StreamReader::Event event) {
  if (open_) {
    sink_.RollBackToMark();
    kept_.DropOpen();
    held_.Clear();
    open_ = false;
    LogNote("a source transaction had not ended: its rows are dropped, and will be read again");
  }
  CommitAtMark();
  FinishCommits();
  LogVerbose(StatusLine());
  if (dead_letters_ && dead_letters_->count() > 0)
    LogWarning("rows that were refused: " + std::to_string(dead_letters_->count()) + ", now in \"" +
               dead_letters_->path() + "\", which cdc-apply reads once they are mended");
  return StreamEndStatus(reader_, event, "all up to the last mark is applied");
}

std::string ApplyLoop::StatusLine() const {
  return std::to_string(rows_) + " rows in " + std::to_string(transactions_) + " transactions applied, " +
         std::to_string(commits_) + " commits, " + std::to_string(dropped_) +
         " transactions dropped as already there, " +
         (dead_letters_ ? std::to_string(dead_letters_->count()) + " dead letters, " : "") + "position " +
         transaction_position_.ToJson();
}

}  // namespace cdc::apply
