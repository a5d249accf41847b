#include "tools/kcat-produce/consumer.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "tools/kcat-produce/cluster.h"

namespace cdc::kafka {

Consumer::Consumer(ConsumeOptions& options) : options_(options) {
  KafkaConfig config = options.config;
  const bool grouped = !options.group.empty();
  if (grouped) config.Set("group.id", options.group, "--group");
  config.SetDefault("group.id", "kcat-consume");
  config.SetDefault("isolation.level", "read_committed");
  // Where an offset is gone, going on elsewhere would lose records in silence. A new group has none yet.
  config.SetDefault("auto.offset.reset", grouped ? "earliest" : "error");
  config.Set("enable.auto.offset.store", "false", "own");
  if (!grouped) config.Set("enable.auto.commit", "false", "own");
  config.Set("enable.partition.eof", "true", "own");
  config.SetDefault("allow.auto.create.topics", "false");
  config.SetDefault("queued.max.messages.kbytes", "16384");
  config.SetDefault("fetch.wait.max.ms", "100");
  rd_kafka_conf_t* conf = config.Build();
  if (grouped)
    rd_kafka_conf_set_rebalance_cb(
        conf, [](rd_kafka_t* handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list, void* opaque) {
          OnRebalance(handle, code, list, opaque);
        });
  opaque_.consumer = this;
  handle_ = ConnectKafka(false, conf, config.brokers(), options.connect_timeout_ms, &opaque_);
  rd_kafka_poll_set_consumer(handle_.get());
  if (!grouped) {
    AssignByHand();
    return;
  }
  // A group would wait for a topic that is not there, or fail without a word of what there is.
  SelectTopics(handle_.get(), options.topics);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(4);
  for (const auto& topic : options.topics)
    rd_kafka_topic_partition_list_add(list, topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(handle_.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    Fail(KafkaExitStatus(code), "could not join group \"" + options.group + "\": " + KafkaErrorText(code));
}

Consumer::~Consumer() {
  if (handle_) rd_kafka_consumer_close(handle_.get());
}

int64_t Consumer::Resolve(const OffsetSpec& spec, const std::string& topic, int32_t partition, bool is_start) {
  const Watermarks marks = QueryWatermarks(handle_.get(), topic, partition);
  switch (spec.kind) {
    case OffsetSpec::Kind::kBeginning: return marks.low;
    case OffsetSpec::Kind::kEnd: return marks.high;
    case OffsetSpec::Kind::kTail: return std::max(marks.low, marks.high - spec.value);
    case OffsetSpec::Kind::kTime: return OffsetForTime(handle_.get(), topic, partition, spec.value);
    case OffsetSpec::Kind::kOffset: break;
  }
  if (is_start && (spec.value < marks.low || spec.value > marks.high))
    Fail(ExitStatus::kNoInput,
         "offset " + std::to_string(spec.value) + " of topic \"" + topic + "\" partition " + std::to_string(partition) +
             " is not there",
         "the partition holds " + std::to_string(marks.low) + " to " + std::to_string(marks.high) + " (not included)",
         spec.value < marks.low
             ? "retention removed it; start anew with --from beginning, which misses what was removed"
             : "the topic was made anew, or the position belongs to another cluster");
  return spec.value;
}

int64_t Consumer::StartOf(const std::string& topic, int32_t partition) {
  if (options_.from_position) {
    const auto& offsets = options_.from_position->kafka;
    const auto found = offsets.find(topic);
    if (found == offsets.end() || found->second.count(partition) == 0) return Resolve({}, topic, partition, true);
    return Resolve({OffsetSpec::Kind::kOffset, found->second.at(partition)}, topic, partition, true);
  }
  return Resolve(options_.from, topic, partition, true);
}

int64_t Consumer::EndOf(const std::string& topic, int32_t partition) {
  if (options_.until_position) {
    const auto& offsets = options_.until_position->kafka;
    const auto found = offsets.find(topic);
    if (found == offsets.end() || found->second.count(partition) == 0) return 0;
    return found->second.at(partition);
  }
  return options_.until ? Resolve(*options_.until, topic, partition, false) : -1;
}

/// A topic that came since the position was taken is read from its beginning; a position that has none of the topics
/// is rather one of other topics.
void Consumer::WarnOfOtherTopics(const rd_kafka_topic_partition_list_s* list) const {
  const auto warn = [list](const std::optional<Position>& position, const std::string& result) {
    if (!position || position->kafka.empty()) return;
    for (int i = 0; i < list->cnt; ++i)
      if (position->kafka.count(list->elems[i].topic) > 0) return;
    LogWarning("the position has none of the topics that are read, " + result + "; it has \"" +
               Shown(position->kafka.begin()->first) + "\"");
  };
  warn(options_.from_position, "which are read from their beginning");
  warn(options_.until_position, "and ends before the first record of each");
}

void Consumer::AssignByHand() {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(16);
  try {
    for (const auto& topic : SelectTopics(handle_.get(), options_.topics)) {
      for (const int32_t partition : topic.partitions) {
        if (!options_.partitions.Has(partition)) continue;
        rd_kafka_topic_partition_list_add(list, topic.name.c_str(), partition)->offset = StartOf(topic.name, partition);
      }
    }
    WarnOfOtherTopics(list);
    if (list->cnt == 0) Fail(ExitStatus::kNoInput, "none of the topics has the partitions that --partitions names");
    Assign(list);
  } catch (...) {
    rd_kafka_topic_partition_list_destroy(list);
    throw;
  }
  rd_kafka_topic_partition_list_destroy(list);
}

void Consumer::Assign(rd_kafka_topic_partition_list_t* list) {
  partitions_.clear();
  last_found_ = 0;
  for (int i = 0; i < list->cnt; ++i) {
    Partition partition;
    partition.topic = list->elems[i].topic;
    partition.id = list->elems[i].partition;
    partition.next = list->elems[i].offset;
    partition.end = EndOf(partition.topic, partition.id);
    partition.done = partition.end >= 0 && partition.next >= partition.end;
    partitions_.push_back(std::move(partition));
  }
  if (const auto code = rd_kafka_assign(handle_.get(), list); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    Fail(KafkaExitStatus(code), "could not assign partitions: " + KafkaErrorText(code));
}

void Consumer::OnRebalance(rd_kafka_t* handle, int code, rd_kafka_topic_partition_list_t* list, void* opaque) {
  auto* self = static_cast<Opaque*>(opaque)->consumer;
  if (code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    // What was written is stored; the library commits it before the partitions go to another member.
    self->partitions_.clear();
    rd_kafka_assign(handle, nullptr);
    return;
  }
  // An exception must not pass through the library's own frames.
  try {
    rd_kafka_committed(handle, list, 30'000);
    for (int i = 0; i < list->cnt; ++i)
      if (list->elems[i].offset < 0)
        list->elems[i].offset =
            self->Resolve(self->options_.from, list->elems[i].topic, list->elems[i].partition, true);
    self->Assign(list);
  } catch (...) {
    self->rebalance_error_ = std::current_exception();
  }
  LogVerbose("group \"" + self->options_.group + "\" gave " + std::to_string(list->cnt) + " partitions");
}

Consumer::Partition* Consumer::Find(const char* topic, int32_t partition) {
  const auto is = [&](const Partition& candidate) { return candidate.id == partition && candidate.topic == topic; };
  if (last_found_ < partitions_.size() && is(partitions_[last_found_])) return &partitions_[last_found_];
  for (size_t i = 0; i < partitions_.size(); ++i) {
    if (!is(partitions_[i])) continue;
    last_found_ = i;
    return &partitions_[i];
  }
  return nullptr;
}

rd_kafka_message_t* Consumer::Poll(int timeout_ms) {
  rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_.get(), timeout_ms);
  if (rebalance_error_) {
    if (message != nullptr) rd_kafka_message_destroy(message);
    std::rethrow_exception(std::exchange(rebalance_error_, nullptr));
  }
  if (message == nullptr || message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return message;
  const int code = message->err;
  const std::string topic = message->rkt != nullptr ? rd_kafka_topic_name(message->rkt) : "";
  const std::string text = rd_kafka_message_errstr(message);
  const int32_t id = message->partition;
  const int64_t offset = message->offset;
  rd_kafka_message_destroy(message);
  if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    if (Partition* partition = Find(topic.c_str(), id)) {
      // Behind the last record may lie a transaction's marker, which has an offset too.
      partition->next = std::max(partition->next, offset);
      partition->done = partition->end >= 0;
    }
    return nullptr;
  }
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
      code == RD_KAFKA_RESP_ERR__RESOLVE) {
    LogVerbose("waiting for Kafka: " + text);
    return nullptr;
  }
  const std::string place = topic.empty() ? "" : " of topic \"" + topic + "\" partition " + std::to_string(id);
  if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
    Fail(ExitStatus::kNoInput, "the offset to read next" + place + " is no longer there", text,
         "retention removed it, or the topic was made anew; start anew with --from beginning, which misses what was "
         "removed");
  Fail(KafkaExitStatus(code), "could not read from Kafka" + place + ": " + text);
}

bool Consumer::Take(const rd_kafka_message_t* message) {
  Partition* partition = Find(rd_kafka_topic_name(message->rkt), message->partition);
  // A message that was fetched before a rebalance took its partition away: its new owner reads it again.
  if (partition == nullptr) return true;
  if (partition->end >= 0 && message->offset >= partition->end) {
    partition->done = true;
    return true;
  }
  partition->next = message->offset + 1;
  if (partition->end >= 0 && partition->next >= partition->end) partition->done = true;
  return false;
}

bool Consumer::done() const {
  return options_.ends() && !partitions_.empty() &&
         std::all_of(partitions_.begin(), partitions_.end(), [](const Partition& partition) { return partition.done; });
}

Position Consumer::position() const {
  Position position;
  for (const auto& partition : partitions_) position.kafka[partition.topic][partition.id] = partition.next;
  return position;
}

std::optional<Position> Consumer::until() const {
  if (!options_.ends() || partitions_.empty()) return std::nullopt;
  Position position;
  for (const auto& partition : partitions_) position.kafka[partition.topic][partition.id] = partition.end;
  return position;
}

void Consumer::StoreOffsets() {
  if (options_.group.empty() || partitions_.empty()) return;
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(static_cast<int>(partitions_.size()));
  for (const auto& partition : partitions_)
    rd_kafka_topic_partition_list_add(list, partition.topic.c_str(), partition.id)->offset = partition.next;
  rd_kafka_offsets_store(handle_.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
}

}  // namespace cdc::kafka
