#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/cli.h"
#include "common/error.h"
#include "common/line_input.h"
#include "common/log.h"
#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/options.h"
#include "tools/cdc-sql/plan/explain.h"
#include "tools/cdc-sql/prompt/prompt.h"
#include "tools/cdc-sql/run/script_run.h"
#include "tools/cdc-sql/run/script_test.h"
#include "tools/cdc-sql/state/checkpoint_store.h"

namespace {

using namespace cdc;
using namespace cdc::sql;

bool IsFromStdin(const Options::Script& script) {
  return script.is_file && script.text == "-";
}

SourceText ReadScript(const Options::Script& script) {
  if (!script.is_file) return {"-e", script.text};
  std::error_code error;
  if (!IsFromStdin(script) && std::filesystem::is_directory(script.text, error))
    Fail(ExitStatus::kNoInput, "cannot read the script " + script.text + ": it is a folder", "",
         "-f takes a file with SQL, and may be given several times");
  std::ifstream file(IsFromStdin(script) ? "/dev/stdin" : script.text, std::ios::binary);
  if (!file) Fail(ExitStatus::kNoInput, "cannot read the script " + script.text + ": " + ErrnoText(errno));
  std::ostringstream text;
  text << file.rdbuf();
  std::string sql = text.str();
  if (sql.rfind("\xEF\xBB\xBF", 0) == 0) sql.erase(0, 3);  // what some editors put before UTF-8
  return {script.text, std::move(sql)};
}

void PrintFunctions(ByteOutput& output) {
  for (const FunctionEntry* entry : AllFunctions()) output.Append(std::string(entry->signature) + "\n");
  output.Append("\nof groups and windows:\n");
  for (const std::string& name : AggregateFunctions()) output.Append(name + "(...)\n");
  output.Close();
}

/// --print-position: for a source in front of this tool.
int PrintPosition(const Options& options, ByteOutput& output) {
  if (options.checkpoint.empty()) Fail(ExitStatus::kUsage, "--print-position needs --checkpoint");
  const bool alone = options.print_position == "-";
  if (!alone && options.slot.empty()) Fail(ExitStatus::kUsage, "--print-position needs --slot");
  const CheckpointStore store(options.checkpoint);
  if (const auto position = CheckpointPosition(store, alone ? "" : options.print_position, options.slot))
    output.Append(position->ToJson() + "\n");
  output.Close();
  return 0;
}

/// --rebuild by itself: the checkpoints go, and the next start knows that it is meant to begin anew.
int Rebuild(const Options& options) {
  if (std::error_code error; !std::filesystem::is_directory(options.checkpoint, error))
    Fail(ExitStatus::kNoInput, "there is no folder of checkpoints " + options.checkpoint, "",
         "a first start with --checkpoint makes it, and begins anew by itself");
  CheckpointStore store(options.checkpoint);
  store.Lock();
  store.AskRebuild();
  LogNote("the next start builds the state anew: the source begins at its beginning");
  return 0;
}

void CheckStateOptions(const Options& options) {
  if (options.rebuild && options.checkpoint.empty()) Fail(ExitStatus::kUsage, "--rebuild needs --checkpoint");
  if (!options.checkpoint_detail.empty() && options.checkpoint.empty())
    Fail(ExitStatus::kUsage, options.checkpoint_detail + " needs --checkpoint", "without it no checkpoint is made");
  if (!options.spill.empty() && !options.memory)
    Fail(ExitStatus::kUsage, "--spill needs --memory", "without it all state is in memory",
         "--memory 512M --spill " + options.spill);
  if (!options.partitions.empty() && !options.kafka)
    Fail(ExitStatus::kUsage, "--partitions needs --kafka", "",
         "without it kcat-consume in front of this tool takes the option");
  if (!options.resume_from.empty() && !options.kafka)
    Fail(ExitStatus::kUsage, "--resume-from needs --kafka", "",
         "without it the source in front of this tool takes the option: --resume-from checkpoint:DIR,SINK");
}

/// In a pipeline, rather than asked by hand.
bool IsPipe(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

/// For a program to read: what SHOW, DESCRIBE and EXPLAIN print has no place between the lines.
bool WritesLines(const Options& options, const ByteOutput& output) {
  if (options.output == OutputMode::kAuto) return !output.is_terminal();
  return options.output != OutputMode::kTableau && options.output != OutputMode::kTable;
}

/// What SHOW, DESCRIBE and EXPLAIN say, in the order of the script.
std::string ShownText(const BoundScript& script, const Options& options) {
  std::string shown;
  size_t taken = 0;
  for (size_t i = 0; i < script.explained.size(); ++i) {
    shown += script.printed.substr(taken, script.explained_at[i] - taken);
    shown += ExplainPlan(script.explained[i], options.memory.has_value());
    taken = script.explained_at[i];
  }
  return shown + script.printed.substr(taken);
}

int RunTest(const BoundScript& script, const Options& options, ByteOutput& output) {
  const int fd = open(options.test.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) Fail(ExitStatus::kNoInput, "cannot read the test " + options.test + ": " + ErrnoText(errno));
  LineInput lines(fd, options.test);
  const int status = ScriptTest(script, options, output).Run(lines);
  close(fd);
  return status;
}

int Main(int argc, char** argv) {
  Options options;
  CommandLine command_line("cdc-sql",
                           "Runs streaming SQL (Flink's dialect) over record lines and keeps the results current.",
                           OptionTable(&options));
  if (!command_line.Parse(argc, argv)) return 0;
  const bool writes_records =
      options.test.empty() && (options.output == OutputMode::kAuto || options.output == OutputMode::kRecords);
  if (writes_records && (options.kafka || IsPipe(STDIN_FILENO))) MarkOutputAsStream();
  ByteOutput output(STDOUT_FILENO, "stdout");
  if (options.list_functions) {
    PrintFunctions(output);
    return 0;
  }
  if (!options.print_position.empty()) return PrintPosition(options, output);
  CheckStateOptions(options);
  if (options.rebuild && options.scripts.empty()) return Rebuild(options);
  if (options.scripts.empty() && isatty(STDIN_FILENO) != 0 && output.is_terminal()) return RunPrompt(options, output);
  if (options.scripts.empty())
    Fail(ExitStatus::kUsage, "no SQL is given", "", "cdc-sql -f job.sql, or cdc-sql -e 'SELECT …'");
  std::deque<SourceText> sources;
  BoundScript script;
  bool expects_query = false, has_statements = false;
  for (const Options::Script& given : options.scripts) {
    sources.push_back(ReadScript(given));
    const std::vector<Statement> statements = ParseScript(sources.back());
    // Settings and views alone do nothing, as they say; of tables something is expected.
    for (const Statement& statement : statements)
      expects_query = expects_query || statement.kind == Statement::Kind::kCreateTable;
    has_statements = has_statements || !statements.empty();
    BindScript(statements, options.overrides, &script);
  }
  if (!has_statements) Fail(ExitStatus::kConfig, "the script has no statement: there is nothing to run");
  CheckOverrides(script, options.overrides);
  if (!options.test.empty()) return RunTest(script, options, output);
  const std::string shown = ShownText(script, options);
  if (!options.explain && WritesLines(options, output) && !script.sinks.empty()) {
    std::fputs(shown.c_str(), stderr);
  } else {
    output.Append(shown);
  }
  if (options.explain || script.sinks.empty()) {
    if (options.explain)
      for (const PlanSink& sink : script.sinks) output.Append(ExplainPlan(sink, options.memory.has_value()));
    output.Close();
    if (expects_query && script.sinks.empty() && script.explained.empty() && script.printed.empty())
      Fail(ExitStatus::kConfig, "the script has no SELECT and no INSERT INTO: there is nothing to run");
    return 0;
  }
  return RunScript(script, options, output);
}

}  // namespace

int main(int argc, char** argv) {
  return RunTool("cdc-sql", argc, argv, Main);
}
