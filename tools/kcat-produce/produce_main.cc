#include <unistd.h>

#include "common/byte_output.h"
#include "common/shown_sink.h"
#include "tools/kcat-produce/position_topic.h"
#include "tools/kcat-produce/produce_loop.h"
#include "tools/kcat-produce/produce_options.h"

namespace cdc::kafka {
namespace {

constexpr std::string_view kKafka = "kafka:";

int PrintPosition(ProduceOptions& options) {
  if (options.print_position.rfind(kKafka, 0) != 0)
    Fail(ExitStatus::kUsage, "--print-position needs kafka:FILE, not \"" + ShownSink(options.print_position) + "\"", "",
         "cdc-apply knows the other targets");
  if (options.slot.empty()) Fail(ExitStatus::kUsage, "--print-position needs --slot");
  options.config.Load(options.print_position.substr(kKafka.size()));
  const auto position =
      ReadPositionTopic(options.config, options.position_topic, options.slot, options.connect_timeout_ms);
  ByteOutput output(STDOUT_FILENO, "stdout");
  if (position) output.Append(position->ToJson() + "\n");
  output.Flush();
  return 0;
}

int Main(int argc, char** argv) {
  ProduceOptions options;
  if (!MakeProduceCommandLine(&options).Parse(argc, argv)) return 0;
  TakeConnector(&options);
  if (!options.print_position.empty()) return PrintPosition(options);
  CheckProducerProperties(options);
  LineInput input(STDIN_FILENO, "stdin");
  return ProduceLoop(input, options).Run();
}

}  // namespace
}  // namespace cdc::kafka

int main(int argc, char** argv) {
  return cdc::RunTool("kcat-produce", argc, argv, cdc::kafka::Main);
}
