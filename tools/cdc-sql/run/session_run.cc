#include "tools/cdc-sql/run/session_run.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"

namespace cdc::sql {

namespace {

constexpr const char* kSafe = "the results up to the last mark are written";

}  // namespace

SessionRun::SessionRun(const BoundScript& script, const Options& options, ByteOutput& output)
    : script_(script), options_(options), output_(output), writer_(output), mode_(options.output) {
  if (mode_ == OutputMode::kAuto) mode_ = output.is_terminal() ? OutputMode::kTableau : OutputMode::kRecords;
}

std::unique_ptr<Operator> SessionRun::MakeSink(const PlanSink& sink) {
  if (sink.table != nullptr && sink.table->connector() == "blackhole") return std::make_unique<SinkNothing>(sink);
  switch (mode_) {
    case OutputMode::kChangelogJson: return std::make_unique<SinkChangelogJson>(sink, output_);
    case OutputMode::kTableau: {
      if (sink.table != nullptr) return std::make_unique<SinkPrint>(sink, output_);
      const std::string width = script_.session.Get("table.display.max-column-width", "30");
      return std::make_unique<SinkTableau>(sink, output_, script_.session.zone,
                                           static_cast<size_t>(std::max(4, std::atoi(width.c_str()))), &turn_);
    }
    default: break;
  }
  const std::string name = sink.query_number <= 1 ? options_.as : options_.as + "_" + std::to_string(sink.query_number);
  auto records = std::make_unique<SinkRecords>(sink, name, writer_);
  record_sinks_.push_back(records.get());
  return records;
}

void SessionRun::Build(bool transactions) {
  const StepBy step = options_.step.value_or(transactions ? StepBy::kTransaction : StepBy::kRecord);
  bool shares = false, meets = false;
  for (const PlanSink& sink : script_.sinks) {
    shares = shares || SharesSource(*sink.input);
    meets = meets || HasTwoInputs(*sink.input);
  }
  // Record by record the changelog is Flink's, but for queries in which a record meets itself: those give the net
  // change of the record, so that no result shows half of it.
  const ChangeMode mode = step == StepBy::kRecord && !shares ? ChangeMode::kTrace : ChangeMode::kNet;
  dataflow_ = std::make_unique<Dataflow>(mode);
  for (const PlanSink& sink : script_.sinks) dataflow_->Add(sink, MakeSink(sink));
  feeder_ = std::make_unique<Feeder>(*dataflow_, DecoderOptions{options_.format_detect}, meets);
  feeder_->SetStep(step);
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
  if (control.kind() == ControlKind::kHello) CheckBeginning(control);
  if (feeder_) feeder_->Flush();
  if (mode_ == OutputMode::kRecords) writer_.Pass(control);
}

/// State is built from the stream's beginning; there are no checkpoints to go on from.
void SessionRun::CheckBeginning(const ControlLine& hello) const {
  const bool resumed = hello.Flag("resumed");
  if (!resumed && !(hello.Has("begins") && hello.Text("begins") == "position")) return;
  for (const PlanSink& sink : script_.sinks) {
    if (!HasState(*sink.input)) continue;
    if (resumed)
      Fail(ExitStatus::kConfig,
           "the stream goes on from a sink's position, but the query keeps state that what came before has to build",
           "see --explain for the operators with state",
           "start the source without --resume-from: its snapshot comes anew, and the sink replaces what it holds");
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
    output_.Flush();  // what was complete before; a step that is not has no mark
    throw;
  }
}

int SessionRun::RunLoop(LineInput& input, bool always_marked) {
  StreamReader reader(input, {LineKind::kRecord, false, options_.filtered});
  const bool records = mode_ == OutputMode::kRecords;
  input.SetBeforeBlock([this, &reader] {
    if (feeder_) {
      feeder_->Flush();
      if (options_.step == StepBy::kBatch && !reader.marked()) feeder_->EndStep();
    }
    output_.Flush();
  });
  RecordLineReader record_reader;
  RecordLine record;
  const auto start = [&](bool transactions) {
    if (!feeder_) {
      Build(transactions);
      if (records) WriteSchemas();
      dataflow_->Start();
      feeder_->ReadLocal();
    }
  };
  for (;;) {
    switch (reader.Next()) {
      case StreamReader::Event::kRow: {
        start(reader.marked());
        const std::string_view line = reader.line();
        record_reader.Parse(line, reader.Where(), &record);
        feeder_->Take(record, line, reader.Where());
        break;
      }
      case StreamReader::Event::kBegin:
        // Marks around what is no transaction ("txn":"none") do not make steps.
        start(!reader.control().Has("txn"));
        if (reader.control().Has("txn") && !said_no_transactions_) {
          said_no_transactions_ = true;
          LogNote("the source does not tell where its transactions end: they are not kept whole");
        }
        if (options_.step == StepBy::kRecord) feeder_->Flush();
        if (records) writer_.Pass(reader.control());
        break;
      case StreamReader::Event::kMark:
        feeder_->EndStep();
        if (records) writer_.PassMark(reader.control());
        break;
      case StreamReader::Event::kControl: TakeControl(reader.control()); break;
      case StreamReader::Event::kEnd: {
        start(reader.marked());
        const int exit = static_cast<int>(reader.control().Number("exit"));
        End(reader.control().Text("reason"), exit, reader.control().Raw("pos"));
        return StreamEndStatus(reader, StreamReader::Event::kEnd, kSafe);
      }
      case StreamReader::Event::kEof:
        if (always_marked && !reader.marked()) return Died(reader);
        start(reader.marked());
        feeder_->EndStep();
        End("eof", 0, {});
        return 0;
      case StreamReader::Event::kDied: return Died(reader);
      case StreamReader::Event::kStopped:
        start(reader.marked());
        if (!reader.in_transaction()) feeder_->EndStep();
        End("signal", 0, {});
        return 0;
      case StreamReader::Event::kTimeout: break;
    }
  }
}

int SessionRun::Died(const StreamReader& reader) {
  output_.Flush();
  return StreamEndStatus(reader, StreamReader::Event::kDied, kSafe);
}

int SessionRun::RunWithoutInput() {
  Build(false);
  if (mode_ == OutputMode::kRecords) WriteSchemas();
  dataflow_->Start();
  feeder_->ReadLocal();
  feeder_->EndStep();
  End("eof", 0, {});
  return 0;
}

void SessionRun::End(const std::string& reason, int upstream_exit, std::string_view position) {
  // A stream that was stopped is not at its end: windows stay open.
  if (reason != "signal" && upstream_exit == 0) dataflow_->EndTime();
  dataflow_->Finish();
  if (mode_ == OutputMode::kRecords) writer_.End(reason, upstream_exit, position);
  output_.Flush();
  Report();
}

void SessionRun::Report() const {
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
