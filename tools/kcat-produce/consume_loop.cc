#include "tools/kcat-produce/consume_loop.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>

#include "common/json_writer.h"
#include "common/log.h"
#include "common/property_file.h"
#include "common/record_line.h"
#include "common/stop.h"

namespace cdc::kafka {
namespace {

constexpr auto kBatchFor = std::chrono::milliseconds(20);
constexpr int kPollMs = 100;
constexpr std::string_view kNoTransaction = ",\"txn\":\"none\"";

}  // namespace

ConsumeLoop::ConsumeLoop(Consumer& consumer, ConsumeOptions& options, ByteOutput& output)
    : consumer_(consumer), options_(options), writer_(output) {}

void ConsumeLoop::WriteStart() {
  const bool from_beginning =
      options_.group.empty() && !options_.from_position && options_.from.kind == OffsetSpec::Kind::kBeginning;
  std::string hello = "{\"@cdc\":\"hello\",\"v\":1,\"tool\":\"kcat-consume " CDC_VERSION "\",\"slot\":";
  AppendJsonString(hello, options_.slot);
  hello += ",\"source\":{\"kind\":\"kafka\"},\"begins\":";
  hello += from_beginning ? "\"beginning\"" : "\"position\"";
  if (!options_.resume_from.empty() && options_.from_position) hello += ",\"resumed\":true";
  hello += ",\"pos\":";
  consumer_.position().AppendJson(hello);
  if (const auto until = consumer_.until()) hello += ",\"until\":" + until->ToJson();
  writer_.Control(hello + "}");
  if (options_.schema_file.empty()) return;
  const std::string text = ReadFile(options_.schema_file);
  size_t at = 0, number = 0;
  while (at < text.size()) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.empty()) continue;
    ControlLine control;
    control.Parse(line, options_.schema_file + " line " + std::to_string(number));
    if (control.kind() != ControlKind::kSchema)
      Fail(ExitStatus::kData, options_.schema_file + " line " + std::to_string(number) + ": not a schema line",
           Shown(line));
    writer_.Control(line);
  }
}

bool ConsumeLoop::Add(rd_kafka_message_t* message) {
  if (consumer_.Take(message)) return false;
  RecordLine record;
  record.topic = rd_kafka_topic_name(message->rkt);
  record.partition = message->partition;
  record.offset = message->offset;
  rd_kafka_timestamp_type_t type;
  record.ts_ms = rd_kafka_message_timestamp(message, &type);
  record.tstype = type == RD_KAFKA_TIMESTAMP_CREATE_TIME       ? "create"
                  : type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? "logappend"
                                                               : "unknown";
  if (message->key != nullptr) record.key = {false, {static_cast<const char*>(message->key), message->key_len}};
  if (message->payload != nullptr) record.payload = {false, {static_cast<const char*>(message->payload), message->len}};
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name;
    const void* value;
    size_t size;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
      record.headers.emplace_back(
          name, value == nullptr ? RecordBytes{} : RecordBytes{false, {static_cast<const char*>(value), size}});
  }
  if (batch_records_++ == 0) batch_since_ = Clock::now();
  AppendRecordLine(batch_, record, writer_.control_lines());
  newest_ms_ = std::max(newest_ms_, record.ts_ms);
  ++records_;
  return true;
}

void ConsumeLoop::WriteBatch() {
  if (batch_records_ == 0) return;
  const Position position = consumer_.position();
  ++batches_;
  writer_.Begin(batches_, position, kNoTransaction);
  writer_.buffer() += batch_;
  for (uint64_t i = 0; i < batch_records_; ++i) writer_.RowWritten();
  writer_.Mark(batches_, newest_ms_ * 1000, position, kNoTransaction);
  batch_.clear();
  batch_records_ = 0;
}

int ConsumeLoop::Run() {
  WriteStart();
  bool counted_out = false;
  while (!StopRequested() && !consumer_.done() && !counted_out) {
    rd_kafka_message_t* message = consumer_.Poll(0);
    if (message == nullptr) {
      WriteBatch();
      writer_.Flush();
      // Only what the reader of our output can see counts as read for the group.
      consumer_.StoreOffsets();
      if (consumer_.done()) break;
      writer_.CheckReader();
      message = consumer_.Poll(kPollMs);
    }
    if (TakeStatusRequest()) LogStatus(StatusLine());
    if (message == nullptr) continue;
    try {
      Add(message);
    } catch (...) {
      rd_kafka_message_destroy(message);
      throw;
    }
    rd_kafka_message_destroy(message);
    counted_out = options_.count > 0 && records_ >= options_.count;
    if (batch_records_ >= kBatchRecords || batch_.size() >= kBatchBytes ||
        (batch_records_ % 64 == 63 && Clock::now() - batch_since_ >= kBatchFor))
      WriteBatch();
  }
  WriteBatch();
  writer_.End(StopRequested() ? "signal" : "until", 0, consumer_.position().ToJson());
  writer_.Flush();
  consumer_.StoreOffsets();
  LogVerbose(StatusLine());
  return 0;
}

std::string ConsumeLoop::StatusLine() const {
  return std::to_string(records_) + " records in " + std::to_string(batches_) + " batches, position " +
         consumer_.position().ToJson();
}

}  // namespace cdc::kafka
