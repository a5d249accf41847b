#include <unistd.h>

#include "common/error.h"
#include "common/line_input.h"
#include "tools/cdc-apply/apply_loop.h"
#include "tools/cdc-apply/options.h"
#include "tools/cdc-apply/print_sink.h"
#include "tools/cdc-apply/sqlite_sink.h"

namespace cdc::apply {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

/// Prints the stored position; nothing, and status 0, where there is none yet.
int PrintPosition(const Options& options, ByteOutput& output) {
  if (options.slot.empty()) Fail(ExitStatus::kUsage, "--print-position needs --slot");
  const std::string path = options.target.substr(kSqlite.size());
  if (options.target == "-") Fail(ExitStatus::kUsage, "target \"-\" holds no position");
  if (access(path.c_str(), F_OK) != 0) return 0;
  if (const auto position = OpenSqliteSink(path, true)->ReadPosition(options.slot))
    output.Append(position->ToJson() + "\n");
  output.Flush();
  return 0;
}

std::unique_ptr<Sink> OpenSink(const Options& options, ByteOutput& output) {
  if (options.target == "-") return MakePrintSink(output);
  return OpenSqliteSink(options.target.substr(kSqlite.size()), false);
}

int Main(int argc, char** argv) {
  Options options;
  if (!MakeCommandLine(&options).Parse(argc, argv)) return 0;
  const bool sqlite = options.target.rfind(kSqlite, 0) == 0 && options.target.size() > kSqlite.size();
  if (!sqlite && options.target != "-")
    Fail(ExitStatus::kUsage, "unknown target \"" + Shown(options.target) + "\"", "sqlite:FILE and - are known");
  ByteOutput output(STDOUT_FILENO, "stdout");
  if (options.print_position) return PrintPosition(options, output);
  LineInput input(STDIN_FILENO, "stdin");
  const std::unique_ptr<Sink> sink = OpenSink(options, output);
  return ApplyLoop(input, *sink, options).Run();
}

}  // namespace
}  // namespace cdc::apply

int main(int argc, char** argv) {
  return cdc::RunTool("cdc-apply", argc, argv, cdc::apply::Main);
}
