#include "tools/kcat-produce/producer.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "common/log.h"
#include "common/stop.h"
#include "tools/kcat-produce/cluster.h"

namespace cdc::kafka {
namespace {

std::string DumpRecord(std::string_view key, size_t value_size) {
  return "the record has key " + (key.empty() ? "null" : Shown(std::string(key))) + " and a value of " +
         std::to_string(value_size) + " bytes";
}

const char* HintFor(int code) {
  return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
             ? "raise max.message.bytes of the topic, and message.max.bytes here: -X message.max.bytes=..."
             : "";
}

constexpr int kTransactionTimeoutMs = 60'000;
constexpr auto kLongestVisibleWait = std::chrono::seconds(10);
constexpr const char* kQueueProperty = "queue.buffering.max.kbytes";

/// About what may be under way at once (five requests of 1 MB): librdkafka, seen with 2.0.2, spins while messages
/// beyond that wait and their linger is over. Two of the largest records always fit.
void SetQueueSize(rd_kafka_conf_t* conf) {
  std::array<char, 32> largest{};
  size_t size = largest.size();
  rd_kafka_conf_get(conf, "message.max.bytes", largest.data(), &size);
  const long kilobytes = std::max(4096L, 2 * (std::atol(largest.data()) >> 10));
  rd_kafka_conf_set(conf, kQueueProperty, std::to_string(kilobytes).c_str(), nullptr, 0);
}

}  // namespace

Producer::Producer(const KafkaConfig& given, const std::string& transactional_id, int connect_timeout_ms)
    : transactional_(!transactional_id.empty()) {
  KafkaConfig config = given;
  config.SetDefault("enable.idempotence", "true");
  // The Java producer's choice of partition, so that a key's records stay where Debezium's would be.
  config.SetDefault("partitioner", "murmur2_random");
  // Callers flush when they have nothing more to send: nothing waits for the linger's end, and before a flush only full
  // requests go out.
  config.SetDefault("linger.ms", "1000");
  if (transactional_) config.Set("transactional.id", transactional_id, "--slot");
  rd_kafka_conf_t* conf = config.Build();
  if (!config.Has(kQueueProperty)) SetQueueSize(conf);
  rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
  opaque_.producer = this;
  handle_ = ConnectKafka(true, conf, config.brokers(), connect_timeout_ms, &opaque_);
  if (transactional_)
    if (rd_kafka_error_t* error = rd_kafka_init_transactions(handle_.get(), kTransactionTimeoutMs))
      FailTransaction("begin work on transactions", error);
}

void Producer::TopicDeleter::operator()(rd_kafka_topic_s* topic) const {
  rd_kafka_topic_destroy(topic);
}

Producer::~Producer() {
  // What is still queued belongs to a run that failed, or was flushed: waiting for it would only delay the exit.
  if (handle_) rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void Producer::OnDelivery(rd_kafka_s* handle, const rd_kafka_message_t* message, void*) {
  auto* self = static_cast<Opaque*>(rd_kafka_opaque(handle))->producer;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++self->delivered_;
    if (self->transactional_) self->NoteDelivered(*message);
    return;
  }
  if (self->failed_++ == 0) {
    self->failed_code_ = message->err;
    self->failed_topic_ = rd_kafka_topic_name(message->rkt);
    self->failed_record_ = DumpRecord({static_cast<const char*>(message->key), message->key_len}, message->len);
  }
}

/// Those of a partition come one after the other.
void Producer::NoteDelivered(const rd_kafka_message_t& message) {
  const std::pair key(message.rkt, message.partition);
  if (last_end_ == ends_.end() || last_end_->first != key) last_end_ = ends_.try_emplace(key, 0).first;
  last_end_->second = std::max(last_end_->second, message.offset + 1);
}

void Producer::CheckDeliveries() {
  if (failed_ == 0) return;
  Fail(KafkaExitStatus(failed_code_),
       "could not deliver " + std::to_string(failed_) + " records, the first to topic \"" + failed_topic_ +
           "\": " + KafkaErrorText(failed_code_),
       failed_record_ + "; " + std::to_string(delivered_) + " records were delivered", HintFor(failed_code_));
}

rd_kafka_topic_s* Producer::TopicHandle(std::string_view topic) {
  if (topic_ == nullptr || topic != topic_name_) {
    topic_name_ = topic;
    auto found = topics_.find(topic_name_);
    if (found == topics_.end()) {
      TopicPointer made(rd_kafka_topic_new(handle_.get(), topic_name_.c_str(), nullptr));
      if (!made)
        Fail(ExitStatus::kData,
             "cannot produce to topic " + Shown(topic_name_) + ": " + KafkaErrorText(rd_kafka_last_error()));
      found = topics_.emplace(topic_name_, std::move(made)).first;
    }
    topic_ = found->second.get();
  }
  return topic_;
}

void Producer::Produce(const RecordLine& record, Placement placement) {
  rd_kafka_headers_t* headers = nullptr;
  if (!record.headers.empty()) {
    headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers)
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()),
                          value.is_null ? nullptr : value.bytes.data(),
                          value.is_null ? 0 : static_cast<ssize_t>(value.bytes.size()));
  }
  const auto bytes = [](const RecordBytes& value) -> void* {
    // An empty value is not null: librdkafka tells them apart by the pointer.
    return value.is_null         ? nullptr
           : value.bytes.empty() ? const_cast<char*>("")
                                 : const_cast<char*>(value.bytes.data());
  };
  for (;;) {
    rd_kafka_resp_err_t code = rd_kafka_producev(
        handle_.get(), RD_KAFKA_V_RKT(TopicHandle(record.topic)),
        RD_KAFKA_V_PARTITION(placement.keep_partition ? record.partition : RD_KAFKA_PARTITION_UA),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(bytes(record.key), record.key.bytes.size()),
        RD_KAFKA_V_VALUE(bytes(record.payload), record.payload.bytes.size()),
        RD_KAFKA_V_TIMESTAMP(placement.keep_timestamp && record.ts_ms >= 0 ? record.ts_ms : 0),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      if (rd_kafka_outq_len(handle_.get()) == 0)
        Fail(ExitStatus::kData, "a record for topic \"" + topic_name_ + "\" is larger than the producer's queue",
             DumpRecord(record.key.bytes, record.payload.bytes.size()), std::string("raise ") + kQueueProperty);
      rd_kafka_poll(handle_.get(), 100);
      CheckDeliveries();
      continue;
    }
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    Fail(KafkaExitStatus(code),
         "cannot produce to topic \"" + std::string(record.topic) + "\": " + KafkaErrorText(code),
         DumpRecord(record.key.bytes, record.payload.bytes.size()), HintFor(code));
  }
  // Taking the answers costs a lock: not after each record.
  if (++produced_ % 64 != 0) return;
  rd_kafka_poll(handle_.get(), 0);
  CheckDeliveries();
}

void Producer::FailTransaction(const char* what, rd_kafka_error_t* error) {
  const int code = rd_kafka_error_code(error);
  const std::string text = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  const bool fenced = code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                      code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
  // A record that failed is the cause where there is one.
  if (!fenced) CheckDeliveries();
  const ExitStatus status = KafkaExitStatus(code);
  Fail(status == ExitStatus::kNoPermission ? status : ExitStatus::kTempFail,
       std::string("could not ") + what + ": " + text, fenced ? "another kcat-produce took the slot over" : "",
       fenced ? ""
              : "start the pipeline again: it goes on from the position in Kafka. A transaction that takes longer than "
                "the broker's "
                "transaction.max.timeout.ms needs --split-transactions");
}

void Producer::BeginTransaction() {
  if (rd_kafka_error_t* error = rd_kafka_begin_transaction(handle_.get()))
    FailTransaction("begin a transaction", error);
  in_transaction_ = true;
}

void Producer::CommitTransaction() {
  in_transaction_ = false;
  // A flush wakes the library's threads once; a partition that joins the transaction only after that would wait for its
  // linger's end (seen with librdkafka 2.0.2).
  constexpr int kLongestFlushMs = 50;
  for (int wait = 1; rd_kafka_outq_len(handle_.get()) > 0 && failed_ == 0; wait = std::min(2 * wait, kLongestFlushMs))
    rd_kafka_flush(handle_.get(), wait);
  if (rd_kafka_error_t* error = rd_kafka_commit_transaction(handle_.get(), kTransactionTimeoutMs))
    FailTransaction("commit a transaction", error);
  CheckDeliveries();
}

void Producer::AwaitVisible() {
  constexpr int kPollMs = 5;
  const auto give_up = std::chrono::steady_clock::now() + kLongestVisibleWait;
  for (const auto& [partition, end] : ends_) {
    const std::string topic = rd_kafka_topic_name(partition.first);
    // The end that readers of committed records are told.
    while (QueryWatermarks(handle_.get(), topic, partition.second).high < end && !StopRequested()) {
      if (std::chrono::steady_clock::now() > give_up)
        return LogWarning("topic \"" + topic +
                          "\" does not show yet all that was committed to it: another "
                          "transaction may be open before it");
      rd_kafka_poll(handle_.get(), kPollMs);
    }
  }
}

void Producer::AbortTransaction() {
  if (!in_transaction_) return;
  in_transaction_ = false;
  if (rd_kafka_error_t* error = rd_kafka_abort_transaction(handle_.get(), kTransactionTimeoutMs)) {
    // The broker aborts it at its timeout, or at the next start's init_transactions.
    LogVerbose(std::string("could not abort the transaction: ") + rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
  }
}

void Producer::Flush() {
  // Deliveries end by themselves: acknowledged, or failed after message.timeout.ms.
  while (rd_kafka_outq_len(handle_.get()) > 0) {
    rd_kafka_flush(handle_.get(), 1000);
    CheckDeliveries();
    if (StopRequested() && rd_kafka_outq_len(handle_.get()) > 0 && opaque_.code != 0)
      Fail(ExitStatus::kUnavailable,
           "could not deliver " + std::to_string(rd_kafka_outq_len(handle_.get())) + " records before the stop",
           opaque_.text);
  }
  CheckDeliveries();
}

}  // namespace cdc::kafka
