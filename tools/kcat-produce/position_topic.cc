#include "tools/kcat-produce/position_topic.h"

#include <librdkafka/rdkafka.h>

#include <set>

#include "common/json_scan.h"
#include "common/json_writer.h"
#include "common/log.h"

namespace cdc::kafka {
namespace {

constexpr int kRequestTimeoutMs = 30'000;

bool KeyNames(std::string_view key, const std::string& slot) {
  JsonElements elements(key);
  if (!elements.Next()) return false;
  std::string name;
  return AppendUnescaped(name, elements.value()) && name == slot;
}

/// Partitions of the topic; 0 if it does not exist.
int PartitionCount(rd_kafka_t* handle, const std::string& topic) {
  const rd_kafka_metadata_t* metadata = nullptr;
  // All topics are asked for: a question for one would create it where the broker creates on demand.
  const auto code = rd_kafka_metadata(handle, 1, nullptr, &metadata, kRequestTimeoutMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    Fail(KafkaExitStatus(code), "could not list Kafka's topics: " + KafkaErrorText(code));
  int count = 0;
  for (int i = 0; i < metadata->topic_cnt; ++i)
    if (topic == metadata->topics[i].topic) count = metadata->topics[i].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  return count;
}

}  // namespace

std::string PositionKey(const std::string& slot) {
  std::string key = "[";
  AppendJsonString(key, slot);
  return key + ",{}]";
}

std::optional<Position> ReadPositionTopic(const KafkaConfig& given, const std::string& topic, const std::string& slot,
                                          int connect_timeout_ms) {
  KafkaConfig config = given;
  config.Set("group.id", "cdcutils-positions", "own");
  config.Set("enable.auto.commit", "false", "own");
  config.Set("isolation.level", "read_committed", "own");
  config.Set("enable.partition.eof", "true", "own");
  config.Set("auto.offset.reset", "earliest", "own");
  config.Set("allow.auto.create.topics", "false", "own");
  KafkaBackgroundError background;
  const KafkaHandle handle = ConnectKafka(false, config.Build(), config.brokers(), connect_timeout_ms, &background);
  rd_kafka_poll_set_consumer(handle.get());
  const int partitions = PartitionCount(handle.get(), topic);
  if (partitions == 0) return std::nullopt;
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
  for (int partition = 0; partition < partitions; ++partition)
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(handle.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  std::optional<Position> position;
  int64_t newest_ms = -1;
  std::set<int32_t> at_end;
  while (at_end.size() < static_cast<size_t>(partitions)) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(handle.get(), kRequestTimeoutMs);
    if (message == nullptr)
      Fail(ExitStatus::kUnavailable, "could not read the position topic \"" + topic + "\" to its end", background.text);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      at_end.insert(message->partition);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const int code = message->err;
      rd_kafka_message_destroy(message);
      Fail(KafkaExitStatus(code), "could not read the position topic \"" + topic + "\": " + KafkaErrorText(code));
    } else if (KeyNames({static_cast<const char*>(message->key), message->key_len}, slot)) {
      // Keys with other second elements (another topic.prefix) name the slot too: the newest counts.
      const int64_t written_ms = rd_kafka_message_timestamp(message, nullptr);
      if (written_ms >= newest_ms) {
        newest_ms = written_ms;
        position.reset();
        if (message->payload != nullptr) {
          const std::string text(static_cast<const char*>(message->payload), message->len);
          try {
            position = Position::Parse(text);
          } catch (Failure& failure) {
            rd_kafka_message_destroy(message);
            failure.error().status = ExitStatus::kData;
            failure.error().what = "topic \"" + topic + "\", slot \"" + slot + "\": " + failure.error().what;
            throw;
          }
        }
      }
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(handle.get());
  return position;
}

void CreatePositionTopic(rd_kafka_s* handle, const std::string& topic) {
  if (PartitionCount(handle, topic) > 0) return;
  char text[256];
  rd_kafka_NewTopic_t* wanted = rd_kafka_NewTopic_new(topic.c_str(), 1, -1, text, sizeof text);
  if (wanted == nullptr) Fail(ExitStatus::kConfig, "cannot create the position topic \"" + topic + "\"", text);
  // Only the last position of each slot is ever needed.
  rd_kafka_NewTopic_set_config(wanted, "cleanup.policy", "compact");
  rd_kafka_queue_t* queue = rd_kafka_queue_new(handle);
  rd_kafka_AdminOptions_t* options = rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_operation_timeout(options, kRequestTimeoutMs, text, sizeof text);
  rd_kafka_CreateTopics(handle, &wanted, 1, options, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 2 * kRequestTimeoutMs);
  int code = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
  std::string why = event == nullptr ? "" : rd_kafka_event_error_string(event);
  if (event != nullptr && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    size_t count = 0;
    const rd_kafka_topic_result_t** results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    if (count == 1) {
      code = rd_kafka_topic_result_error(results[0]);
      if (rd_kafka_topic_result_error_string(results[0]) != nullptr)
        why = rd_kafka_topic_result_error_string(results[0]);
    }
  }
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(wanted);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    Fail(KafkaExitStatus(code),
         "could not create the position topic \"" + topic + "\": " + (why.empty() ? KafkaErrorText(code) : why));
}

}  // namespace cdc::kafka
