#include "tools/kcat-produce/look.h"

#include "common/kafka_config.h"
#include "tools/kcat-produce/cluster.h"

namespace cdc::kafka {
namespace {

KafkaHandle Connect(ConsumeOptions& options, KafkaBackgroundError* background) {
  KafkaConfig config = options.config;
  config.Set("group.id", options.lag_group.empty() ? "kcat-consume" : options.lag_group, "own");
  config.Set("enable.auto.commit", "false", "own");
  return ConnectKafka(false, config.Build(), config.brokers(), options.connect_timeout_ms, background);
}

std::vector<TopicInfo> Topics(rd_kafka_s* handle, const ConsumeOptions& options) {
  return options.topics.empty() ? ListTopics(handle) : SelectTopics(handle, options.topics);
}

}  // namespace

void PrintTopics(ConsumeOptions& options, ByteOutput& output) {
  KafkaBackgroundError background;
  const KafkaHandle handle = Connect(options, &background);
  output.Append("TOPIC\tPARTITION\tFIRST\tNEXT\n");
  for (const auto& topic : Topics(handle.get(), options)) {
    for (const int32_t partition : topic.partitions) {
      const Watermarks marks = QueryWatermarks(handle.get(), topic.name, partition);
      output.Append(topic.name + "\t" + std::to_string(partition) + "\t" + std::to_string(marks.low) + "\t" +
                    std::to_string(marks.high) + "\n");
    }
  }
  output.Flush();
}

void PrintLag(ConsumeOptions& options, ByteOutput& output) {
  KafkaBackgroundError background;
  const KafkaHandle handle = Connect(options, &background);
  std::string lines;
  for (const auto& topic : Topics(handle.get(), options)) {
    for (const int32_t partition : topic.partitions) {
      const int64_t committed = CommittedOffset(handle.get(), topic.name, partition);
      if (committed < 0) continue;
      const Watermarks marks = QueryWatermarks(handle.get(), topic.name, partition);
      lines += topic.name + "\t" + std::to_string(partition) + "\t" + std::to_string(committed) + "\t" +
               std::to_string(marks.high) + "\t" + std::to_string(marks.high - committed) + "\n";
    }
  }
  if (lines.empty()) CheckGroup(handle.get(), options.lag_group);
  output.Append("TOPIC\tPARTITION\tOFFSET\tNEXT\tLAG\n" + lines);
  output.Flush();
}

}  // namespace cdc::kafka
