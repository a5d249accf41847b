#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "tools/cdc-sql/run/dataflow.h"

namespace cdc::sql {

/// What --stats says on standard error: of each operator the rows that left it, the size of its state, and how far
/// its time is behind the clock.
class Statistics {
 public:
  /// `interval_ms`: between two reports while rows come; 0: only the last one, and those that USR1 asks for.
  explicit Statistics(int64_t interval_ms) : interval_ms_(interval_ms) {}

  bool IsDue() const;
  int64_t interval_ms() const { return interval_ms_; }
  /// Between steps. `records`: taken so far.
  void Report(const std::vector<PlanSink>& sinks, const Dataflow& dataflow, uint64_t records);

 private:
  using Clock = std::chrono::steady_clock;
  /// "12 rows (4/s)" of a count that was reported before under the same key.
  std::string Rate(const void* key, uint64_t count, double seconds);

  int64_t interval_ms_;
  Clock::time_point reported_ = Clock::now();
  std::map<const void*, uint64_t> before_;
};

}  // namespace cdc::sql
