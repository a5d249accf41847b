#include "tools/cdc-sql/run/script_run.h"

#include <unistd.h>

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/connect/source_kafka.h"
#include "tools/cdc-sql/run/session_run.h"
#include "tools/cdc-sql/state/checkpoint_store.h"

namespace cdc::sql {

namespace {

/// The tables whose records come through the pipe or from Kafka, each once.
std::vector<const TableDef*> TablesRead(const BoundScript& script) {
  std::vector<const TableDef*> tables;
  for (const PlanSink& sink : script.sinks) {
    Dataflow probe(ChangeMode::kTrace);
    probe.Add(sink, nullptr);
    for (const Dataflow::Source& source : probe.sources())
      if (!IsLocalSource(*source.scan->table) &&
          std::find(tables.begin(), tables.end(), source.scan->table) == tables.end())
        tables.push_back(source.scan->table);
  }
  return tables;
}

KafkaStart StartInKafka(const Options& options) {
  KafkaStart start;
  start.slot = options.slot;
  start.partitions = options.partitions;
  if (options.checkpoint.empty()) {
    start.resume_from = options.resume_from;
    return start;
  }
  const std::string slot = options.slot.empty() ? "kcat-consume" : options.slot;
  if (options.rebuild) {
    if (!options.resume_from.empty()) CheckTakesRebuild(options.resume_from, slot);
    return start;
  }
  start.position = CheckpointPosition(CheckpointStore(options.checkpoint), options.resume_from, slot);
  return start;
}

int RunFromKafka(const std::vector<const TableDef*>& tables, const Options& options, SessionRun& run) {
  KafkaSource source(tables, StartInKafka(options));
  LineInput input(source.fd(), "kcat-consume");
  const int status = run.Run(input, true);
  source.Stop();
  const int child = source.Wait();
  // What the reader died of says more than that its stream ended too early.
  return status == static_cast<int>(ExitStatus::kTempFail) && child > 0 && child < 128 ? child : status;
}

}  // namespace

int RunScript(const BoundScript& script, const Options& options, ByteOutput& output) {
  const std::vector<const TableDef*> tables = TablesRead(script);
  SessionRun run(script, options, output);
  if (tables.empty()) return run.RunWithoutInput();
  if (options.kafka) return RunFromKafka(tables, options, run);
  for (const Options::Script& given : options.scripts)
    if (given.is_file && given.text == "-")
      Fail(
          ExitStatus::kUsage,
          "-f -: standard input brings the records of the table '" + tables[0]->name + "', and cannot bring the script",
          "", "-f FILE with the script in a file; or --kafka, which reads the topics itself");
  if (isatty(STDIN_FILENO) != 0)
    Fail(ExitStatus::kUsage, "the records are to come through standard input, which is a terminal", "",
         "kcat-consume … | cdc-sql -f job.sql, or cdc-sql --kafka -f job.sql");
  LineInput input(STDIN_FILENO, "stdin");
  return run.Run(input);
}

}  // namespace cdc::sql
