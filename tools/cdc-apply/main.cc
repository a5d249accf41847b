#include <unistd.h>

#include "common/error.h"
#include "common/line_input.h"
#include "common/log.h"
#include "common/stop_limit.h"
#include "tools/cdc-apply/apply_loop.h"
#include "tools/cdc-apply/dry_run_sink.h"
#include "tools/cdc-apply/iceberg/maintenance.h"
#include "tools/cdc-apply/options.h"
#include "tools/cdc-apply/stop_failure.h"
#include "tools/cdc-apply/target.h"
#include "tools/cdc-apply/verify/verify.h"

namespace cdc::apply {
namespace {

/// Prints the stored position; nothing, and status 0, where there is none yet.
int PrintPosition(const Options& options, ByteOutput& output) {
  if (options.slot.empty()) Fail(ExitStatus::kUsage, "--print-position needs --slot");
  if (const auto position = ReadTargetPosition(options.target, options.slot)) output.Append(position->ToJson() + "\n");
  output.Flush();
  return 0;
}

int RunVerify(const Options& options, ByteOutput& output) {
  if (options.slot.empty()) Fail(ExitStatus::kUsage, "--verify needs --slot");
  if (options.verify.rfind("mysql://", 0) != 0)
    Fail(ExitStatus::kUsage,
         "--verify cannot compare with \"" + Shown(options.verify.substr(0, options.verify.find(':'))) + "\"", "",
         "it is the source that TARGET was filled from: mysql://USER@HOST, for MariaDB too");
  return Verify({options.verify, options.target, options.slot}, output) ? 0 : static_cast<int>(ExitStatus::kDifference);
}

int RunMaintenance(const Options& options, ByteOutput& output) {
  constexpr std::string_view kScheme = "iceberg:";
  if (options.target.rfind(kScheme, 0) != 0)
    Fail(ExitStatus::kUsage, "--compact and --expire-snapshots are for target iceberg:");
  MaintenanceOptions maintenance;
  maintenance.compact = options.compact;
  if (options.expire_snapshots) maintenance.expire = iceberg::ExpiryRule{options.older_than, options.keep_last};
  maintenance.slot = options.slot;
  MaintainIceberg(ParseTargetPath(options.target), maintenance, output);
  return 0;
}

std::unique_ptr<Sink> Open(const Options& options, ByteOutput& output) {
  if (options.lanes > 1) {
    if (options.mode.value_or(ApplyMode::kUpsert) != ApplyMode::kUpsert)
      Fail(ExitStatus::kUsage, "--lanes is for --mode upsert: rows that a commit has half written are written again");
    if (!options.dead_letters.empty())
      Fail(ExitStatus::kUsage, "--lanes and --dead-letters do not go together", "", "leave out --lanes");
  }
  if (options.dry_run) return MakeDryRunSink(options.target, output);
  if (options.lanes > 1) return OpenTargetWithLanes(options.target, options.lanes);
  return OpenTarget(options.target, output);
}

/// A client library does not return before its server answers, and a command ends when it likes. What is sent to one of
/// these is theirs as a whole or given again, however we leave.
void LimitStopOf(const std::string& target) {
  constexpr unsigned kSeconds = 5;
  const std::string scheme = target.substr(0, target.find(':') + 1);
  const bool is_command = scheme == "exec:";
  if (!is_command && scheme != "mysql:" && scheme != "postgresql:" && scheme != "postgres:" && scheme != "starrocks:" &&
      scheme != "sqlite:")
    return;
  LimitStop(kSeconds,
            std::string(is_command ? "the command" : "the target") + " had not answered " + std::to_string(kSeconds) +
                " seconds after the stop was asked for: what it did not take yet is given again at the next start");
}

int Main(int argc, char** argv) {
  Options options;
  if (!MakeCommandLine(&options).Parse(argc, argv)) return 0;
  ByteOutput output(STDOUT_FILENO, "stdout");
  if (options.has_expiry_rule && !options.expire_snapshots)
    Fail(ExitStatus::kUsage, "--older-than and --keep-last are of --expire-snapshots", "", "give it as well");
  if (options.print_position) return PrintPosition(options, output);
  if (options.compact || options.expire_snapshots) return RunMaintenance(options, output);
  if (!options.verify.empty()) return RunVerify(options, output);
  LineInput input(STDIN_FILENO, "stdin");
  LimitStopOf(options.target);
  try {
    const std::unique_ptr<Sink> sink = Open(options, output);
    return ApplyLoop(input, *sink, options).Run();
  } catch (const StopFailure& failure) {
    LogWarning(failure.error().what + ": what it did not take yet is given again at the next start");
    return 0;  // as after any stop
  }
}

}  // namespace
}  // namespace cdc::apply

int main(int argc, char** argv) {
  return cdc::RunTool("cdc-apply", argc, argv, cdc::apply::Main);
}
