#include <unistd.h>

#include "common/sink_position.h"
#include "tools/kcat-produce/consume_loop.h"
#include "tools/kcat-produce/consume_options.h"
#include "tools/kcat-produce/look.h"

namespace cdc::kafka {
namespace {

void CheckOptions(const ConsumeOptions& options) {
  if (options.topics.empty())
    Fail(ExitStatus::kUsage, "no topic is given", "", "see kcat-consume --list for those that there are");
  const int starts =
      (options.group.empty() ? 0 : 1) + (options.resume_from.empty() ? 0 : 1) + (options.from_position ? 1 : 0);
  if (starts > 1)
    Fail(ExitStatus::kUsage,
         "--group, --resume-from and a POSITION in --from exclude each other: each says where to start");
  if (!options.resume_from.empty() && options.from_given)
    Fail(ExitStatus::kUsage, "--resume-from and --from exclude each other");
  if (!options.group.empty() && !options.partitions.all())
    Fail(ExitStatus::kUsage, "--group and --partitions exclude each other: a group gives out the partitions");
}

int Main(int argc, char** argv) {
  MarkOutputAsStream();
  ConsumeOptions options;
  if (!MakeConsumeCommandLine(&options).Parse(argc, argv)) return 0;
  ByteOutput output(STDOUT_FILENO, "stdout");
  if (options.list) return PrintTopics(options, output), 0;
  if (!options.lag_group.empty()) return PrintLag(options, output), 0;
  CheckOptions(options);
  if (options.slot.empty()) options.slot = options.group.empty() ? "kcat-consume" : options.group;
  if (!options.resume_from.empty()) options.from_position = AskSinkPosition(options.resume_from, options.slot);
  if (options.from_position && !options.from_position->is_kafka())
    Fail(ExitStatus::kUsage,
         "the position to start from is no position in Kafka: " + Shown(options.from_position->ToJson()));
  Consumer consumer(options);
  return ConsumeLoop(consumer, options, output).Run();
}

}  // namespace
}  // namespace cdc::kafka

int main(int argc, char** argv) {
  return cdc::RunTool("kcat-consume", argc, argv, cdc::kafka::Main);
}
