#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/cdc-sql/state/state_archive.h"

namespace cdc::sql {

/// Whether the time of a partition holds back that of its table.
enum class PartitionState : uint8_t {
  kOpen,       ///< it does
  kElsewhere,  ///< not read here: another member of the group has it, or the stream does not tell partitions
  kIdle,       ///< no row came from it for a while
  kEnded,      ///< no more rows come
};

/// The partitions that the rows of a table come from. One that the stream tells of counts before its first row.
class SourcePartitions {
 public:
  using Clock = std::chrono::steady_clock;

  /// The partition of a record. `number` -1: the stream does not tell.
  size_t Find(std::string_view topic, int32_t number);
  /// `here`: the partitions of `topic` that the stream reads.
  void Read(const std::string& topic, const std::map<int32_t, int64_t>& here);
  /// Those of `topic` that have come to the offset at which reading them ends.
  void End(const std::string& topic, const std::map<int32_t, int64_t>& here, const std::map<int32_t, int64_t>& until);

  /// From now on partitions that send no row for so long become idle, by the clock, when FindIdle is called.
  void SetIdleAfter(int64_t millis) {
    idle_ms_ = millis;
    begun_ = Clock::now();
  }
  void FindIdle(Clock::time_point now);

  bool empty() const { return names_.empty(); }
  const std::vector<PartitionState>& states() const { return states_; }
  /// Whether they have changed since it was asked.
  bool TakeChange() { return std::exchange(changed_, false); }

  /// Which they are, not how they are: that is another run's.
  void Persist(StateArchive& state);

 private:
  using Name = std::pair<std::string, int32_t>;
  static constexpr int32_t kUntold = -1;
  size_t FindOrAdd(std::string_view topic, int32_t number);
  void Set(size_t index, PartitionState state);
  bool tells() const;

  std::vector<Name> names_;
  std::vector<PartitionState> states_;
  std::vector<Clock::time_point> heard_;  ///< of the last row
  int64_t idle_ms_ = 0;                   ///< 0: they never do
  Clock::time_point begun_;
  bool silent_ = false;  ///< so long has there been no partition at all
  size_t last_ = 0;
  bool changed_ = false;
};

}  // namespace cdc::sql
