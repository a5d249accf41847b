#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/line_input.h"
#include "common/record_line.h"
#include "common/stream_reader.h"
#include "tools/kcat-produce/produce_options.h"
#include "tools/kcat-produce/producer.h"

namespace cdc::kafka {

/// Reads the stream and produces it. A marked stream is written in Kafka transactions, each with the position record
/// of its last mark; source transactions that the position topic has already are dropped whole. The lines of a source
/// transaction are held back until its mark, so that a Kafka transaction never holds half of one; one that is larger
/// than kHeldBytes gets a Kafka transaction of its own.
class ProduceLoop {
 public:
  ProduceLoop(LineInput& input, ProduceOptions& options);
  int Run();

 private:
  static constexpr size_t kHeldBytes = size_t{8} << 20;
  static constexpr size_t kSplitBytes = size_t{64} << 20;

  int ReadToEnd();
  int PatienceMs() const;
  void CheckReachable();
  void Open();
  void TakeHello();
  void TakeBegin();
  void TakeRow();
  void TakeMark();
  void Send(std::string_view line, const std::string& where);
  void SendHeld();
  bool IsAhead(std::string_view topic) const;
  Producer& Ahead();
  void BeginIfNeeded();
  void SplitIfDue();
  void CommitIfDue();
  void CommitIfRested();
  void Commit();
  void WritePosition();
  int Finish(StreamReader::Event event);
  std::string StatusLine() const;

  using Clock = std::chrono::steady_clock;
  LineInput& input_;
  ProduceOptions& options_;
  StreamReader reader_;
  RecordLineReader lines_;
  RecordLine record_;
  std::unique_ptr<Producer> producer_;
  std::unique_ptr<Producer> ahead_;        // outside of transactions, once there is something for it
  std::vector<std::string> ahead_topics_;  // whose records it takes
  bool transactional_ = false;
  std::optional<Position> stored_;
  bool dropping_ = false, snapshot_ = false;
  bool streaming_ = false;  // the current source transaction is too large to be held
  bool committing_ = false;
  std::string held_;                           // its lines, with their LF
  std::string held_where_;                     // of the first held line
  std::string position_key_, position_value_;  // of the last mark, not yet committed
  uint64_t uncommitted_bytes_ = 0;
  Clock::time_point oldest_uncommitted_{};
  Clock::time_point next_commit_{};  // not before
  uint64_t records_ = 0, commits_ = 0, dropped_ = 0;
};

}  // namespace cdc::kafka
