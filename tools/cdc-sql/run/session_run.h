#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "common/byte_output.h"
#include "common/stream_reader.h"
#include "common/stream_writer.h"
#include "tools/cdc-sql/connect/sink_records.h"
#include "tools/cdc-sql/connect/table_sink.h"
#include "tools/cdc-sql/options.h"
#include "tools/cdc-sql/run/checkpoint_keeper.h"
#include "tools/cdc-sql/run/feeder.h"
#include "tools/cdc-sql/run/statistics.h"
#include "tools/cdc-sql/state/spill_folder.h"
#include "tools/cdc-sql/state/step_journal.h"

namespace cdc::sql {

/// Runs a bound script over the record lines of a stream.
class SessionRun {
 public:
  SessionRun(const BoundScript& script, const Options& options, ByteOutput& output);

  /// Over an input. `always_marked`: it begins with hello, or its writer died before that. Returns the exit status.
  int Run(LineInput& input, bool always_marked = false);
  /// A script that reads no table.
  int RunWithoutInput();

 private:
  int RunLoop(LineInput& input, bool always_marked);
  int MillisToWait() const;
  bool FindsIdle(const StreamReader& reader) const;
  int ReadAll(StreamReader& reader, bool always_marked);
  /// `transactions`: marks of the input are source transactions.
  void Build(bool transactions);
  std::unique_ptr<Operator> MakeSink(const PlanSink& sink);
  TableFrame::Style FrameStyle() const;
  /// Before waiting: what was computed so far reaches the reader.
  void ShowResults();
  void WriteSchemas();
  void TakeControl(const ControlLine& control);
  void CheckBeginning(const ControlLine& hello) const;
  void EndRows(const StreamReader& reader);
  int Died(const StreamReader& reader);
  void End(const StreamReader& reader, const std::string& reason, int upstream_exit);
  int StopInTables(bool marked, std::string_view position);
  void EndTime(const StreamReader& reader);
  void Report();
  /// --stats and USR1. Between steps only.
  void MaybeReportStatistics();
  void ReportStatistics();

  void TakeRow(const StreamReader& reader);
  void TakeBegin(const ControlLine& begin, const std::string& where);
  void TakeMark(const ControlLine& mark, const std::string& where);
  /// Builds the dataflow unless it is there, and announces the results.
  void Start(bool transactions);
  void FinishWhatCame();
  void LearnPartitions(const ControlLine& begin);
  void ReportLateRows();
  /// The rows that do not come through the stream, once. Throws StoppedInTables.
  void StartRows();

  // With --checkpoint:
  void Persist(StateArchive& state);
  PersistFunction PersistThis();
  void TakeHello(const ControlLine& hello);
  void LoadCheckpoint(const CheckpointStore::Entry& entry);
  CheckpointHead HeadAt(const Position& position) const;
  /// Makes a checkpoint of what is after the step at `position`, if it is time.
  void MaybeCheckpoint(const Position& position);
  bool IsMuted(const ControlLine& begin, const std::string& where);

  // With --checkpoint over Kafka, whose steps are cut and ordered as the journal says:
  bool ordered() const { return journal_ != nullptr; }
  void TakeBatch(const ControlLine& mark);
  void BeginOrdered(const Position& position);
  void MarkOrdered(JournalStep step, bool known);
  void RunHeld(const std::vector<HeldRecords::Held>& records);
  void NoteRun(const RecordLine& record, const std::string& where);

  void UseSpill(size_t memory);

  const BoundScript& script_;
  const Options& options_;
  ByteOutput& output_;
  StreamWriter writer_;
  OutputMode mode_;
  int turn_ = 0;
  SinkTable* table_sink_ = nullptr;
  Statistics statistics_;
  std::unique_ptr<SpillFolder> spill_folder_;
  std::unique_ptr<Spill> spill_;
  std::unique_ptr<Dataflow> dataflow_;
  std::unique_ptr<Feeder> feeder_;
  std::optional<Position> until_;  ///< where reading Kafka ends, if it does
  std::vector<SinkRecords*> record_sinks_;
  std::set<std::string> other_topics_;                        ///< whose records are no rows
  std::vector<std::pair<std::string, std::string>> learned_;  ///< schema lines that came before the dataflow was built
  bool schemas_written_ = false;
  bool said_no_transactions_ = false;
  bool transactions_ = true;   ///< the stream's marks are source transactions
  bool rows_started_ = false;  ///< StartRows was called, in this run or the one whose state was loaded
  RecordLineReader record_reader_;
  RecordLine record_;

  std::unique_ptr<CheckpointKeeper> keeper_;
  std::optional<Position> muted_until_;  ///< the state has what comes up to here
  bool muted_ = false;                   ///< the transaction that is being read is in the state
  bool rows_since_checkpoint_ = false;

  std::unique_ptr<StepJournal> journal_;
  std::deque<JournalStep> known_steps_;  ///< of the journal, still to be taken
  HeldRecords held_;
  std::vector<JournalStep::Run> runs_;  ///< of the step that is being read
  bool ordered_begun_ = false;
  Position ordered_position_;  ///< of the last step
  uint64_t ordered_number_ = 0;
};

}  // namespace cdc::sql
