#include "tools/cdc-sql/run/session_run.h"

#include <algorithm>
#include <climits>

#include "common/error.h"
#include "common/log.h"
#include "common/stop.h"
#include "tools/cdc-sql/plan/explain.h"
#include "tools/cdc-sql/plan/fingerprint.h"

namespace cdc::sql {

namespace {

constexpr const char* kSafe = "the results up to the last mark are written";

/// A stop was asked for before the tables that do not come through the stream were read to their end.
struct StoppedInTables {};

}  // namespace

SessionRun::SessionRun(const BoundScript& script, const Options& options, ByteOutput& output)
    : script_(script),
      options_(options),
      output_(output),
      writer_(output),
      mode_(options.output),
      statistics_(options.stats_ms.value_or(0)) {
  const bool one_result = mode_ == OutputMode::kTable || mode_ == OutputMode::kCsv;
  if (one_result && script.sinks.size() > 1)
    Fail(ExitStatus::kUsage,
         "--output table and csv show one query, and the script has " + std::to_string(script.sinks.size()), "",
         "--output tableau or changelog-json");
  if (mode_ == OutputMode::kAuto) mode_ = output.is_terminal() ? OutputMode::kTableau : OutputMode::kRecords;
  if (options.memory) UseSpill(*options.memory);
  if (options.checkpoint.empty()) return;
  CheckpointKeeper::Settings settings;
  settings.folder = options.checkpoint;
  settings.interval_ms = options.checkpoint_interval_ms;
  settings.keep = options.checkpoint_keep;
  settings.rebuild = options.rebuild;
  settings.query = Sha256Hex(PlanText(script) + "step " +
                             (options.step ? std::to_string(static_cast<int>(*options.step)) : "by the marks") +
                             (options.partitions.empty() ? "" : " partitions " + options.partitions));
  keeper_ = std::make_unique<CheckpointKeeper>(std::move(settings));
}

/// A part of `memory` is the store's: what it has read, and what it has not written yet.
void SessionRun::UseSpill(size_t memory) {
  constexpr size_t kStoreShare = 4, kMostForStore = size_t{256} << 20;
  const std::string parent = options_.spill.empty() ? SpillFolder::DefaultParent() : options_.spill;
  SpillFolder::Prepare(parent);
  CheckSpillModule();
  const size_t for_store = std::min(memory / kStoreShare, kMostForStore);
  spill_ = std::make_unique<Spill>(memory - for_store, [this, parent, for_store] {
    spill_folder_ = std::make_unique<SpillFolder>(parent);
    return OpenSpillStore(spill_folder_->path(), for_store);
  });
}

TableFrame::Style SessionRun::FrameStyle() const {
  const std::string width = script_.session.Get("table.display.max-column-width", "30");
  return {script_.session.zone, static_cast<size_t>(std::max(4, std::atoi(width.c_str())))};
}

void SessionRun::ShowResults() {
  if (table_sink_ != nullptr) table_sink_->Refresh();
  output_.Flush();
}

std::unique_ptr<Operator> SessionRun::MakeSink(const PlanSink& sink) {
  if (sink.table != nullptr && sink.table->connector() == "blackhole") return std::make_unique<SinkNothing>(sink);
  switch (mode_) {
    case OutputMode::kChangelogJson: return std::make_unique<SinkChangelogJson>(sink, output_);
    case OutputMode::kTableau:
      if (sink.table != nullptr) return std::make_unique<SinkPrint>(sink, output_);
      return std::make_unique<SinkTableau>(sink, output_, FrameStyle(), &turn_);
    case OutputMode::kTable: {
      auto table = std::make_unique<SinkTable>(sink, output_, FrameStyle());
      table_sink_ = table.get();
      return table;
    }
    case OutputMode::kCsv: return std::make_unique<SinkCsv>(sink, output_, script_.session.zone);
    default: break;
  }
  auto records = std::make_unique<SinkRecords>(sink, options_.SelectName(sink.query_number), writer_);
  record_sinks_.push_back(records.get());
  return records;
}

void SessionRun::Build(bool transactions) {
  const StepBy step = options_.step.value_or(transactions ? StepBy::kTransaction : StepBy::kRecord);
  dataflow_ = std::make_unique<Dataflow>(ChangeModeOf(script_.sinks, step == StepBy::kRecord), spill_.get());
  // Of several queries the results stand in the order of the records.
  if (script_.sinks.size() == 1) dataflow_->TakeTurnsWhole(script_.sinks[0], step == StepBy::kRecord);
  for (const PlanSink& sink : script_.sinks) dataflow_->Add(sink, MakeSink(sink));
  const bool meets = std::any_of(script_.sinks.begin(), script_.sinks.end(),
                                 [](const PlanSink& sink) { return HasTwoInputs(*sink.input); });
  feeder_ = std::make_unique<Feeder>(*dataflow_, DecoderOptions{options_.format_detect}, meets);
  feeder_->SetStep(step);
  feeder_->SetBeforeWait([this] {
    ShowResults();
    MaybeReportStatistics();
  });
  if (!keeper_) {
    feeder_->UseClock();
  } else if (feeder_->idle_timeout() > 0) {
    LogWarning(
        "the idle timeout of a table does not count with --checkpoint: a partition that sends no rows holds time back");
  }
  for (const auto& [topic, columns] : learned_) feeder_->LearnColumns(topic, columns);
}

void SessionRun::WriteSchemas() {
  if (schemas_written_) return;
  schemas_written_ = true;
  for (const SinkRecords* sink : record_sinks_) writer_.Control(sink->SchemaLine());
}

void SessionRun::TakeControl(const ControlLine& control) {
  if (control.kind() == ControlKind::kSchema) {
    if (control.Has("shape") && control.Text("shape") == "other") {
      other_topics_.insert(control.Text("topic"));  // transactions, schema changes and the like
    } else if (feeder_) {
      feeder_->Flush();
      feeder_->LearnColumns(control.Text("topic"), control.Raw("columns"));
    } else {
      learned_.emplace_back(control.Text("topic"), std::string(control.Raw("columns")));
    }
    return;  // of the topics that are read; those that are written have their own
  }
  if (control.kind() == ControlKind::kHello && !keeper_) {
    CheckBeginning(control);
    // With checkpoints another run goes on behind the end of this one.
    if (control.Has("until")) until_ = control.PositionOf("until");
  }
  if (feeder_) feeder_->Flush();
  if (mode_ == OutputMode::kRecords) writer_.Pass(control);
  if (!keeper_) return;
  if (control.kind() == ControlKind::kHello) TakeHello(control);
  if (control.kind() == ControlKind::kHeartbeat && feeder_ && keeper_->IsDue(!rows_since_checkpoint_))
    MaybeCheckpoint(control.PositionOf("pos"));
}

/// Without checkpoints state is built from the stream's beginning.
void SessionRun::CheckBeginning(const ControlLine& hello) const {
  const bool resumed = hello.Flag("resumed");
  if (!resumed && !(hello.Has("begins") && hello.Text("begins") == "position")) return;
  for (const PlanSink& sink : script_.sinks) {
    if (!HasState(*sink.input)) continue;
    if (resumed)
      Fail(ExitStatus::kConfig,
           "the stream goes on from a sink's position, but the query keeps state that what came before has to build",
           "see --explain for the operators with state",
           "keep the state: cdc-sql --checkpoint DIR, and the source with --resume-from checkpoint:DIR,SINK; or start "
           "the source without --resume-from: its snapshot comes anew, and the sink replaces what it holds");
    LogWarning(
        "the stream begins in the middle, and the query has GROUP BY, DISTINCT or JOIN: its results are those of "
        "the rows from here on");
    return;
  }
}

int SessionRun::Run(LineInput& input, bool always_marked) {
  try {
    return RunLoop(input, always_marked);
  } catch (const Failure&) {
    FinishWhatCame();
    throw;
  }
}

/// Before an error is told: the records before the one that is to blame have their results, but for those of its batch
/// where an operator fails. A transaction that is not complete has none, and nothing has where state is lost.
void SessionRun::FinishWhatCame() {
  try {
    const bool has_state = !spill_ || !spill_->failed();
    const bool whole = feeder_ && (dataflow_->mode() == ChangeMode::kTrace || feeder_->EachIsStep());
    if (has_state && whole && !transactions_ && !keeper_) feeder_->Flush();
    ShowResults();
  } catch (const Failure& failure) {
    LogVerbose(std::string("and also: ") + failure.what());  // the first error is the one to tell
  }
  output_.Flush();
}

void SessionRun::Start(bool transactions) {
  if (feeder_) return;
  transactions_ = transactions;
  Build(transactions);
  if (mode_ == OutputMode::kRecords) WriteSchemas();
}

void SessionRun::StartRows() {
  if (rows_started_) return;
  rows_started_ = true;
  dataflow_->Start();
  if (!feeder_->ReadLocal()) throw StoppedInTables();
}

namespace {

void AddDetail(const std::string& text, Error* error) {
  error->detail += (error->detail.empty() ? "" : "\n") + text;
}

/// Which record an error is of: a line of a pipe is gone when the message is read, its place in Kafka is not.
void AddPlace(const RecordLine& record, const std::string& where, Error* error) {
  if (record.offset < 0 || error->what.find(where) == std::string::npos) return;
  AddDetail("topic " + std::string(record.topic) + ", partition " + std::to_string(record.partition) + ", offset " +
                std::to_string(record.offset),
            error);
}

}  // namespace

void SessionRun::TakeRow(const StreamReader& reader) {
  if (keeper_ && !reader.marked())
    Fail(ExitStatus::kConfig, "--checkpoint needs a stream that says where it stands, and this one has no hello line",
         "", "binlog-tail and kcat-consume write one");
  Start(reader.marked());
  StartRows();
  if (muted_) return;
  const std::string_view line = reader.line();
  record_reader_.Parse(line, reader.Where(), &record_);
  if (ordered()) {
    NoteRun(record_, reader.Where());
    if (!known_steps_.empty()) return held_.Hold(record_, line, reader.Where());
  }
  rows_since_checkpoint_ = true;
  try {
    feeder_->Take(record_, line, [&reader] { return reader.Where(); });
  } catch (Failure& failure) {
    AddPlace(record_, reader.Where(), &failure.error());
    throw;
  }
}

void SessionRun::TakeBegin(const ControlLine& begin, const std::string& where) {
  // Marks around what is no transaction ("txn":"none") do not make steps.
  const bool transactions = !begin.Has("txn");
  Start(transactions);
  if (keeper_ && transactions != transactions_)
    Fail(ExitStatus::kConfig, "the checkpoint is of a stream whose marks are " +
                                  std::string(transactions_ ? "source transactions" : "no transactions") +
                                  ", and those of this one are not like that");
  if (!transactions && !said_no_transactions_) {
    said_no_transactions_ = true;
    LogNote("the source does not tell where its transactions end: they are not kept whole");
  }
  if (options_.step == StepBy::kRecord) feeder_->Flush();
  LearnPartitions(begin);
  runs_.clear();
  if (ordered()) {
    if (known_steps_.empty()) BeginOrdered(begin.PositionOf("pos"));
    return;
  }
  muted_ = IsMuted(begin, where);
  if (mode_ == OutputMode::kRecords) writer_.Pass(begin);
  StartRows();
}

/// Partitions count from the first mark on. What is read again after a crash meets those that it met before.
void SessionRun::LearnPartitions(const ControlLine& begin) {
  if (!dataflow_->waits_for_time() || begin.Raw("pos").find("\"kafka\"") == std::string_view::npos) return;
  if (!known_steps_.empty() && feeder_->knows_partitions()) return;
  feeder_->LearnPartitions(begin.PositionOf("pos"));
}

void SessionRun::TakeMark(const ControlLine& mark, const std::string&) {
  if (until_ && dataflow_->waits_for_time()) feeder_->EndPartitions(mark.PositionOf("pos"), *until_);
  if (ordered()) return TakeBatch(mark);
  if (!muted_) feeder_->EndStep();
  if (keeper_ && !muted_) {
    if (!keeper_->in_life()) {
      keeper_->BeginLife(HeadAt(mark.PositionOf("pos")), PersistThis());
    } else if (keeper_->IsDue(false)) {
      MaybeCheckpoint(mark.PositionOf("pos"));
    }
  }
  muted_ = false;
  if (mode_ == OutputMode::kRecords) writer_.PassMark(mark);
}

namespace {

/// What the end line of the stream says; else where the stream stands.
std::string_view PositionAtEnd(const StreamReader& reader) {
  if (!reader.marked()) return {};
  const bool ended = reader.control().kind() == ControlKind::kEnd;
  return ended ? reader.control().Raw("pos") : std::string_view(reader.position());
}

}  // namespace

int SessionRun::RunLoop(LineInput& input, bool always_marked) {
  input.SetOutput(output_);
  StreamReader reader(input, {LineKind::kRecord, false, options_.filtered});
  input.SetBeforeBlock([this, &reader] {
    if (feeder_) {
      if (reader.marked()) {
        feeder_->Flush();
      } else {
        feeder_->FindIdle();
      }
      if (options_.step == StepBy::kBatch && !reader.marked()) feeder_->EndStep();
    }
    ShowResults();
    if (!reader.in_transaction()) MaybeReportStatistics();  // rows may come one by one for ever
  });
  try {
    return ReadAll(reader, always_marked);
  } catch (const StoppedInTables&) {
    return StopInTables(reader.marked(), PositionAtEnd(reader));
  } catch (Failure& failure) {
    // Rows are computed in batches: an expression cannot tell of which record its values are.
    if (failure.error().status == ExitStatus::kData && failure.error().what.find(reader.Where()) == std::string::npos)
      AddDetail("records were read up to " + reader.Where() + "; it is one of the last " + std::to_string(kBatchRows),
                &failure.error());
    throw;
  }
}

int SessionRun::ReadAll(StreamReader& reader, bool always_marked) {
  StreamReader::Event last = StreamReader::Event::kControl;
  uint64_t rows = 0;
  for (;;) {
    constexpr uint64_t kRowsBetweenLooks = 1024;
    if (!reader.in_transaction() && (last != StreamReader::Event::kRow || ++rows % kRowsBetweenLooks == 0))
      MaybeReportStatistics();
    const StreamReader::Event event = last = reader.Next(MillisToWait());
    switch (event) {
      case StreamReader::Event::kRow: TakeRow(reader); break;
      case StreamReader::Event::kBegin: TakeBegin(reader.control(), reader.Where()); break;
      case StreamReader::Event::kMark: TakeMark(reader.control(), reader.Where()); break;
      case StreamReader::Event::kControl: TakeControl(reader.control()); break;
      case StreamReader::Event::kEnd:
        EndRows(reader);
        End(reader, reader.control().Text("reason"), static_cast<int>(reader.control().Number("exit")));
        return StreamEndStatus(reader, event, kSafe);
      case StreamReader::Event::kEof:
        if (always_marked && !reader.marked()) return Died(reader);
        EndRows(reader);
        End(reader, "eof", 0);
        return 0;
      case StreamReader::Event::kDied: return Died(reader);
      case StreamReader::Event::kStopped:
        Start(reader.marked());
        if (!reader.in_transaction()) feeder_->EndStep();
        End(reader, "signal", 0);
        return 0;
      case StreamReader::Event::kTimeout:  // it is time for the statistics, or for partitions to be idle
        if (FindsIdle(reader)) feeder_->EndStep();
        break;
    }
  }
}

/// Records behind a mark would belong to no batch: there time moves with the next one.
bool SessionRun::FindsIdle(const StreamReader& reader) const {
  if (!feeder_ || keeper_ || feeder_->idle_timeout() == 0 || reader.in_transaction()) return false;
  return !(reader.marked() && mode_ == OutputMode::kRecords);
}

/// -1: as long as nothing comes.
int SessionRun::MillisToWait() const {
  const int64_t idle = feeder_ && !keeper_ ? feeder_->idle_timeout() : 0;
  int64_t millis = statistics_.interval_ms();
  if (idle > 0 && (millis <= 0 || idle < millis)) millis = idle;
  return millis > 0 ? static_cast<int>(std::min<int64_t>(millis, INT_MAX)) : -1;
}

/// Rows without marks are in no transaction that a mark would have ended.
void SessionRun::EndRows(const StreamReader& reader) {
  Start(reader.marked());
  if (!reader.marked()) {
    StartRows();
    feeder_->EndStep();
  } else if (reader.in_transaction()) {
    LogNote("a source transaction had not ended: its rows are not in the results, and will be read again");
  }
}

int SessionRun::Died(const StreamReader& reader) {
  output_.Flush();
  return StreamEndStatus(reader, StreamReader::Event::kDied, kSafe);
}

int SessionRun::RunWithoutInput() {
  if (keeper_)
    Fail(ExitStatus::kConfig, "the script reads no stream: there is no position that a checkpoint could be of");
  Start(false);
  try {
    StartRows();
  } catch (const StoppedInTables&) {
    return StopInTables(false, {});
  }
  feeder_->EndStep();
  dataflow_->EndTime();
  dataflow_->Finish();
  if (mode_ == OutputMode::kRecords) writer_.End("eof", 0, {});
  output_.Flush();
  Report();
  return 0;
}

/// Rows are missing, of which no one may think that they were read: a transaction that is open is not marked, windows
/// that are open stay open, and no checkpoint is written.
int SessionRun::StopInTables(bool marked, std::string_view position) {
  if (!marked) feeder_->EndStep();
  if (keeper_) keeper_->Finish();
  dataflow_->Finish();
  if (mode_ == OutputMode::kRecords) writer_.End("signal", 0, position);
  output_.Flush();
  if (options_.stats_ms) ReportStatistics();
  ReportLateRows();
  return 0;
}

/// The input has ended: windows that are open are over. In a marked stream that is a transaction of its own, right
/// behind the position of the last one: who has the last one may lack it.
void SessionRun::EndTime(const StreamReader& reader) {
  const bool rows = dataflow_->waits_for_time() || (!rows_started_ && dataflow_->has_own_rows());
  const bool framed = mode_ == OutputMode::kRecords && reader.marked() && rows;
  Position position;
  if (framed) {
    position = Position::Parse(reader.position());
    ++position.end;
    if (!writer_.BeginInserted(position)) writer_.Begin(1, position);
  }
  StartRows();
  dataflow_->EndTime();
  dataflow_->Finish();
  if (framed) writer_.MarkInserted(0, position);
}

void SessionRun::End(const StreamReader& reader, const std::string& reason, int upstream_exit) {
  // A stream that was stopped is not at its end: windows stay open. Nor is one whose state is kept to go on with.
  if (keeper_) {
    keeper_->Finish();
    if (keeper_->in_life() && rows_since_checkpoint_ && !reader.in_transaction() && known_steps_.empty())
      keeper_->Write(HeadAt(ordered() ? ordered_position_ : Position::Parse(reader.position())), PersistThis(), true);
    dataflow_->Finish();
  } else if (reason != "signal" && upstream_exit == 0) {
    EndTime(reader);
  } else {
    dataflow_->Finish();
  }
  if (mode_ == OutputMode::kRecords) writer_.End(reason, upstream_exit, PositionAtEnd(reader));
  output_.Flush();
  Report();
}

void SessionRun::ReportStatistics() {
  if (feeder_) statistics_.Report(script_.sinks, *dataflow_, feeder_->records());
}

void SessionRun::MaybeReportStatistics() {
  if (TakeStatusRequest() || statistics_.IsDue()) ReportStatistics();
}

void SessionRun::ReportLateRows() {
  for (const Dataflow::Late& late : dataflow_->LateRows())
    LogNote(std::to_string(late.rows) + (late.rows == 1 ? " row" : " rows") +
            " came too late, behind the event time, and had to be left out of " + DescribeNode(*late.plan));
}

void SessionRun::Report() {
  if (options_.stats_ms) ReportStatistics();
  ReportLateRows();
  for (const auto& [topic, count] : feeder_->unread()) {
    if (other_topics_.count(topic) > 0) continue;
    LogNote("no table reads the topic " + topic + ": " + std::to_string(count) + (count == 1 ? " record" : " records") +
            " left out");
  }
  for (const std::string& table : feeder_->EmptyTables()) {
    const TableDef* def = script_.catalog.Find(table);
    const std::string topic =
        def == nullptr ? "" : def->Get("topic").value_or(def->Get("topic-pattern").value_or(table));
    LogWarning("the table '" + table + "' got no record (topic " + topic + ")");
  }
}

}  // namespace cdc::sql
