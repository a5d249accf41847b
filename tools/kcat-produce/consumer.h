#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/kafka_config.h"
#include "common/position.h"
#include "tools/kcat-produce/consume_options.h"

struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace cdc::kafka {

/// Reads partitions, assigned by hand or by a group, each from its start to its end if it has one.
class Consumer {
 public:
  explicit Consumer(ConsumeOptions& options);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  /// One message, or null: nothing came within `timeout_ms`, or something that is no message (the end of a partition).
  /// Errors: 66 when an offset is no longer there, 69, 77.
  rd_kafka_message_s* Poll(int timeout_ms);

  /// Counts a message as read: the position goes past it. True if the message lies at or past the partition's end and
  /// is not to be used.
  bool Take(const rd_kafka_message_s* message);

  /// All partitions have reached their end (never without --until).
  bool done() const;

  /// Next offsets of all assigned partitions.
  Position position() const;

  /// Where reading ends in each of them; none without --until, or before the group has given them out.
  std::optional<Position> until() const;

  /// In a group: what was written may be committed for the group.
  void StoreOffsets();

  rd_kafka_s* handle() { return handle_.get(); }

 private:
  struct Partition {
    std::string topic;
    int32_t id = 0;
    int64_t next = 0;  ///< offset to read next
    int64_t end = -1;  ///< exclusive; -1: none
    bool done = false;
  };
  static void OnRebalance(rd_kafka_s* handle, int code, rd_kafka_topic_partition_list_s* list, void* opaque);
  void WarnOfOtherTopics(const rd_kafka_topic_partition_list_s* list) const;
  void AssignByHand();
  void Assign(rd_kafka_topic_partition_list_s* list);
  int64_t StartOf(const std::string& topic, int32_t partition);
  int64_t EndOf(const std::string& topic, int32_t partition);
  int64_t Resolve(const OffsetSpec& spec, const std::string& topic, int32_t partition, bool is_start);
  Partition* Find(const char* topic, int32_t partition);
  struct Opaque : KafkaBackgroundError {
    Consumer* consumer = nullptr;
  };
  ConsumeOptions& options_;
  Opaque opaque_;
  KafkaHandle handle_;
  std::vector<Partition> partitions_;
  size_t last_found_ = 0;
  std::exception_ptr rebalance_error_;
};

}  // namespace cdc::kafka
