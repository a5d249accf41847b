#pragma once

#include <chrono>
#include <string>

#include "tools/cdc-encode/other_records.h"

namespace cdc::encode {

/// heartbeat.interval.ms: a record now and then, with the end of a transaction or, where the source is idle, with its
/// own heartbeats. One is written at the end of a snapshot.
class Heartbeats {
 public:
  Heartbeats(const EncodeSettings& settings, OtherRecords& records);

  bool IsDue() const;
  void Write();

  /// Between begin and mark, before the mark.
  void TakeMark() {
    if (IsDue()) Write();
  }

 private:
  const EncodeSettings& settings_;
  OtherRecords& records_;
  std::string topic_, key_;
  bool any_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace cdc::encode
