#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/kafka_config.h"
#include "common/record_line.h"

struct rd_kafka_message_s;
struct rd_kafka_error_s;
struct rd_kafka_topic_s;

namespace cdc::kafka {

/// A producer whose delivery reports decide: the first record that could not be delivered is an error, also if later
/// ones could.
class Producer {
 public:
  /// `transactional_id` empty: idempotent only. Waits for the cluster, and in the transactional case for the fencing
  /// of any older copy.
  Producer(const KafkaConfig& config, const std::string& transactional_id, int connect_timeout_ms);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  struct Placement {
    bool keep_partition = false;  ///< obey the line's partition
    bool keep_timestamp = false;  ///< obey the line's ts
  };

  /// Hands a record to the library; waits while its queue is full. Errors: those of earlier deliveries.
  void Produce(const RecordLine& record, Placement placement);

  void BeginTransaction();
  /// Errors: 75: the outcome may be unknown, the position in Kafka tells it at the next start.
  void CommitTransaction();
  void AbortTransaction();
  /// Waits until what was committed can be read. A commit is done when the coordinator has it, and its mark reaches the
  /// partitions a little later: a reader that begins in between, and reads to the end, would not see it.
  void AwaitVisible();
  bool in_transaction() const { return in_transaction_; }

  /// Waits until all is delivered. Errors: 69 or 65 with topic, and how many records were not.
  void Flush();

  uint64_t delivered() const { return delivered_; }
  rd_kafka_s* handle() { return handle_.get(); }

 private:
  struct TopicDeleter {
    void operator()(rd_kafka_topic_s* topic) const;
  };
  using TopicPointer = std::unique_ptr<rd_kafka_topic_s, TopicDeleter>;

  /// The library's own lookup takes locks for each record.
  rd_kafka_topic_s* TopicHandle(std::string_view topic);
  static void OnDelivery(rd_kafka_s* handle, const rd_kafka_message_s* message, void* opaque);
  void CheckDeliveries();
  void NoteDelivered(const rd_kafka_message_s& message);
  [[noreturn]] void FailTransaction(const char* what, rd_kafka_error_s* error);
  // What librdkafka's opaque points to.
  struct Opaque : KafkaBackgroundError {
    Producer* producer = nullptr;
  };
  Opaque opaque_;
  KafkaHandle handle_;
  std::unordered_map<std::string, TopicPointer> topics_;
  std::string topic_name_;  // of the record before, whose handle topic_ is
  rd_kafka_topic_s* topic_ = nullptr;
  bool transactional_ = false;
  bool in_transaction_ = false;
  uint64_t produced_ = 0, delivered_ = 0;
  std::map<std::pair<rd_kafka_topic_s*, int32_t>, int64_t> ends_;  // behind the last record of each partition
  decltype(ends_)::iterator last_end_ = ends_.end();               // of the delivery before
  uint64_t failed_ = 0;
  int failed_code_ = 0;
  std::string failed_topic_, failed_record_;
};

}  // namespace cdc::kafka
