#include "tools/kcat-produce/cluster.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "common/error.h"
#include "common/java_regex.h"
#include "common/kafka_config.h"

namespace cdc::kafka {
namespace {

constexpr int kRequestTimeoutMs = 30'000;

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

[[noreturn]] void FailRequest(const std::string& what, int code) {
  Fail(KafkaExitStatus(code), what + ": " + KafkaErrorText(code));
}

}  // namespace

std::vector<TopicInfo> ListTopics(rd_kafka_t* handle) {
  const rd_kafka_metadata_t* metadata = nullptr;
  if (const auto code = rd_kafka_metadata(handle, 1, nullptr, &metadata, kRequestTimeoutMs);
      code != RD_KAFKA_RESP_ERR_NO_ERROR)
    FailRequest("could not list Kafka's topics", code);
  std::vector<TopicInfo> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    TopicInfo topic;
    topic.name = metadata->topics[i].topic;
    // Kafka's own bookkeeping.
    if (topic.name.rfind("__consumer_offsets", 0) == 0 || topic.name.rfind("__transaction_state", 0) == 0 ||
        topic.name.rfind("__share_group_state", 0) == 0)
      continue;
    for (int p = 0; p < metadata->topics[i].partition_cnt; ++p)
      topic.partitions.push_back(metadata->topics[i].partitions[p].id);
    std::sort(topic.partitions.begin(), topic.partitions.end());
    topics.push_back(std::move(topic));
  }
  rd_kafka_metadata_destroy(metadata);
  std::sort(topics.begin(), topics.end(), [](const TopicInfo& a, const TopicInfo& b) { return a.name < b.name; });
  return topics;
}

std::vector<TopicInfo> SelectTopics(rd_kafka_t* handle, const std::vector<std::string>& wanted) {
  const std::vector<TopicInfo> all = ListTopics(handle);
  std::vector<TopicInfo> selected;
  for (const auto& name : wanted) {
    bool found = false;
    const bool is_pattern = name[0] == '^';
    std::optional<JavaRegex> pattern;
    if (is_pattern) {
      std::string error;
      pattern = JavaRegex::Compile(name, JavaRegex::Case::kExact, &error);
      if (!pattern) Fail(ExitStatus::kUsage, "topic \"" + name + "\" is no regular expression: " + error);
    }
    for (const auto& topic : all) {
      if (is_pattern ? !pattern->Finds(topic.name) : topic.name != name) continue;
      found = true;
      if (std::none_of(selected.begin(), selected.end(),
                       [&](const TopicInfo& other) { return other.name == topic.name; }))
        selected.push_back(topic);
    }
    if (found) continue;
    std::string list;
    for (const auto& topic : all) list += (list.empty() ? "" : ", ") + topic.name;
    Fail(ExitStatus::kNoInput,
         is_pattern ? "no topic matches \"" + name + "\"" : "topic \"" + name + "\" does not exist",
         "there are: " + (list.empty() ? "none" : Shown(list, 400)), "see kcat-consume --list");
  }
  return selected;
}

Watermarks QueryWatermarks(rd_kafka_t* handle, const std::string& topic, int32_t partition) {
  Watermarks marks;
  if (const auto code = rd_kafka_query_watermark_offsets(handle, topic.c_str(), partition, &marks.low, &marks.high,
                                                         kRequestTimeoutMs);
      code != RD_KAFKA_RESP_ERR_NO_ERROR)
    FailRequest("could not ask for the offsets of topic \"" + topic + "\" partition " + std::to_string(partition),
                code);
  return marks;
}

int64_t OffsetForTime(rd_kafka_t* handle, const std::string& topic, int32_t partition, int64_t time_ms) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = time_ms;
  auto code = rd_kafka_offsets_for_times(handle, list.get(), kRequestTimeoutMs);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = list->elems[0].err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    FailRequest("could not find a time in topic \"" + topic + "\" partition " + std::to_string(partition), code);
  const int64_t offset = list->elems[0].offset;
  return offset >= 0 ? offset : QueryWatermarks(handle, topic, partition).high;
}

int64_t CommittedOffset(rd_kafka_t* handle, const std::string& topic, int32_t partition) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  if (const auto code = rd_kafka_committed(handle, list.get(), kRequestTimeoutMs); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    FailRequest("could not ask for the group's offsets", code);
  return list->elems[0].offset >= 0 ? list->elems[0].offset : -1;
}

void CheckGroup(rd_kafka_t* handle, const std::string& group) {
  const rd_kafka_group_list* groups = nullptr;
  if (const auto code = rd_kafka_list_groups(handle, nullptr, &groups, kRequestTimeoutMs);
      code != RD_KAFKA_RESP_ERR_NO_ERROR)
    FailRequest("could not list the groups", code);
  std::string list;
  bool found = false;
  for (int i = 0; i < groups->group_cnt; ++i) {
    const std::string name = groups->groups[i].group;
    found = found || name == group;
    list += (list.empty() ? "" : ", ") + name;
  }
  rd_kafka_group_list_destroy(groups);
  if (!found)
    Fail(ExitStatus::kNoInput, "group \"" + group + "\" does not exist",
         "there are: " + (list.empty() ? "none" : Shown(list, 400)));
}

}  // namespace cdc::kafka
