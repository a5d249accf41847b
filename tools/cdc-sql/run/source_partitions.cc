#include "tools/cdc-sql/run/source_partitions.h"

#include <algorithm>

namespace cdc::sql {

size_t SourcePartitions::FindOrAdd(std::string_view topic, int32_t number) {
  const auto is = [&](const Name& name) { return name.second == number && name.first == topic; };
  if (last_ < names_.size() && is(names_[last_])) return last_;
  last_ = static_cast<size_t>(std::find_if(names_.begin(), names_.end(), is) - names_.begin());
  if (last_ < names_.size()) return last_;
  names_.emplace_back(std::string(topic), number);
  states_.push_back(PartitionState::kOpen);
  heard_.push_back(Clock::now());
  changed_ = changed_ || std::exchange(silent_, false);
  return last_;
}

void SourcePartitions::Set(size_t index, PartitionState state) {
  changed_ = changed_ || states_[index] != state;
  states_[index] = state;
}

bool SourcePartitions::tells() const {
  return std::none_of(names_.begin(), names_.end(), [](const Name& name) { return name.second == kUntold; });
}

size_t SourcePartitions::Find(std::string_view topic, int32_t number) {
  const size_t known = names_.size();
  const size_t index = FindOrAdd(topic, number);
  if (idle_ms_ > 0) {
    heard_[index] = Clock::now();
    if (states_[index] == PartitionState::kIdle) Set(index, PartitionState::kOpen);
  }
  if (number != kUntold || names_.size() == known) return index;
  // The marks are of a topic that an earlier stage has read: none of these rows come from its partitions.
  for (size_t i = 0; i < known; ++i)
    if (names_[i].second != kUntold) Set(i, PartitionState::kElsewhere);
  return index;
}

void SourcePartitions::Read(const std::string& topic, const std::map<int32_t, int64_t>& here) {
  if (!tells()) return;
  for (const auto& [number, offset] : here) {
    const size_t known = names_.size();
    const size_t index = FindOrAdd(topic, number);
    changed_ = changed_ || names_.size() > known;
    if (states_[index] == PartitionState::kElsewhere) Set(index, PartitionState::kOpen);
  }
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i].first == topic && here.count(names_[i].second) == 0) Set(i, PartitionState::kElsewhere);
}

void SourcePartitions::End(const std::string& topic, const std::map<int32_t, int64_t>& here,
                           const std::map<int32_t, int64_t>& until) {
  if (!tells()) return;
  for (const auto& [number, offset] : here) {
    const auto end = until.find(number);
    if (end != until.end() && offset >= end->second) Set(FindOrAdd(topic, number), PartitionState::kEnded);
  }
}

void SourcePartitions::FindIdle(Clock::time_point now) {
  if (idle_ms_ == 0) return;
  const std::chrono::milliseconds after(idle_ms_);
  if (names_.empty() && !silent_ && now - begun_ >= after) silent_ = changed_ = true;
  for (size_t i = 0; i < names_.size(); ++i)
    if (states_[i] == PartitionState::kOpen && now - heard_[i] >= after) Set(i, PartitionState::kIdle);
}

void SourcePartitions::Persist(StateArchive& state) {
  state(names_);
  if (!state.loading()) return;
  states_.assign(names_.size(), PartitionState::kOpen);
  heard_.assign(names_.size(), Clock::now());
  changed_ = !names_.empty();
}

}  // namespace cdc::sql
