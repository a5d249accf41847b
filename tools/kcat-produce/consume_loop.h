#pragma once

#include <chrono>
#include <string>

#include "common/stream_writer.h"
#include "tools/kcat-produce/consume_options.h"
#include "tools/kcat-produce/consumer.h"

namespace cdc::kafka {

/// Writes what a Consumer reads as record lines, in batches between begin and mark that end where polling runs dry, at
/// the latest after 20 ms or 10,000 records. A batch is gathered first, since its begin names the position after it.
class ConsumeLoop {
 public:
  ConsumeLoop(Consumer& consumer, ConsumeOptions& options, ByteOutput& output);

  /// Until the end that was asked for, or a signal. Returns the exit status.
  int Run();

 private:
  static constexpr uint64_t kBatchRecords = 10'000;
  static constexpr size_t kBatchBytes = size_t{4} << 20;

  void WriteStart();
  bool Add(rd_kafka_message_s* message);
  void WriteBatch();
  std::string StatusLine() const;

  using Clock = std::chrono::steady_clock;
  Consumer& consumer_;
  ConsumeOptions& options_;
  StreamWriter writer_;
  std::string batch_;
  uint64_t batch_records_ = 0;
  Clock::time_point batch_since_{};
  int64_t newest_ms_ = 0;
  uint64_t records_ = 0;
  uint64_t batches_ = 0;
};

}  // namespace cdc::kafka
