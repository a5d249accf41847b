#pragma once

#include <memory>

#include "common/byte_output.h"
#include "common/stream_reader.h"
#include "common/stream_writer.h"
#include "tools/cdc-sql/connect/sink_records.h"
#include "tools/cdc-sql/options.h"
#include "tools/cdc-sql/run/feeder.h"

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
  /// `transactions`: marks of the input are source transactions.
  void Build(bool transactions);
  std::unique_ptr<Operator> MakeSink(const PlanSink& sink);
  void WriteSchemas();
  void TakeControl(const ControlLine& control);
  void CheckBeginning(const ControlLine& hello) const;
  int Died(const StreamReader& reader);
  void End(const std::string& reason, int upstream_exit, std::string_view position);
  void Report() const;

  const BoundScript& script_;
  const Options& options_;
  ByteOutput& output_;
  StreamWriter writer_;
  OutputMode mode_;
  int turn_ = 0;
  std::unique_ptr<Dataflow> dataflow_;
  std::unique_ptr<Feeder> feeder_;
  std::vector<SinkRecords*> record_sinks_;
  std::set<std::string> other_topics_;                        ///< whose records are no rows
  std::vector<std::pair<std::string, std::string>> learned_;  ///< schema lines that came before the dataflow was built
  bool schemas_written_ = false;
  bool said_no_transactions_ = false;
};

}  // namespace cdc::sql
