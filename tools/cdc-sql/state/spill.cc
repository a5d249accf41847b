#include "tools/cdc-sql/state/spill.h"

#include <algorithm>

#include "common/error.h"
#include "tools/cdc-sql/state/spill_index.h"

namespace cdc::sql {

namespace {

/// What is put away at once: more would hold the stream up, less costs more a group.
constexpr size_t kChunk = size_t{4} << 20;
/// A group that takes more than a quarter of the limit stays: it would be written and read again and again.
constexpr size_t kLargeShare = 4;
constexpr size_t kSmallestLarge = size_t{64} << 10;

}  // namespace

Spill::Spill(size_t limit, OpenStore open) : limit_(limit), open_(std::move(open)) {}

uint16_t Spill::Add(SpillIndex* index) {
  CDC_CHECK(indexes_.size() < UINT16_MAX, "more operators with state than a script can have");
  indexes_.push_back(index);
  return static_cast<uint16_t>(indexes_.size() - 1);
}

SpillStore& Spill::store() {
  if (!store_) store_ = open_();
  return *store_;
}

void Spill::Check(const std::string& error) {
  if (error.empty()) return;
  failed_ = true;
  Fail(ExitStatus::kIoError, "state that memory has no room for could not be kept on disk: " + error, "",
       "--spill DIR names a folder on a disk with room; checkpoints stay as they are");
}

void Spill::PutAway() {
  for (SpillIndex* index : indexes_) index->Settle();
  const size_t target = limit_ - std::min(limit_ / 8, kChunk);
  while (used_ > target && PutSome(std::min(used_ - target, kChunk))) {
  }
  touches_ = patience_ = tolerated_ = 0;
  if (used_ <= limit_) return;
  tolerated_ = used_ + used_ / 8;
  for (const SpillIndex* index : indexes_) patience_ += (index->index_.size() + index->places_.size() / 16) / 128;
}

bool Spill::PutSome(size_t wanted) {
  Choose(wanted);
  if (chosen_.empty()) return false;
  // In order they take less time to write.
  std::sort(stored_.begin(), stored_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  if (!stored_.empty()) Check(store().Put(stored_));
  for (const auto& [index, group] : chosen_) index->Drop(group);
  chosen_.clear();
  stored_.clear();
  return true;
}

void Spill::Choose(size_t wanted) {
  const size_t large = std::max(limit_ / kLargeShare, kSmallestLarge);
  // In a second round all that was touched before the first may go.
  size_t looks = 0;
  for (const SpillIndex* index : indexes_) looks += 2 * (index->places_.size() + 1);
  for (size_t found = 0; found < wanted && looks > 0; --looks) {
    SpillIndex& index = *indexes_[turn_];
    if (hand_ >= index.places_.size()) {
      hand_ = 0;
      turn_ = (turn_ + 1) % indexes_.size();
      continue;
    }
    const uint32_t group = hand_++;
    if (!index.IsIdle(group, large)) continue;
    found += index.TakeOut(group, &stored_);
    chosen_.emplace_back(&index, group);
  }
}

bool Spill::Fetch(std::string_view key, std::string* value) {
  bool found = false;
  Check(store().Get(key, value, &found));
  return found;
}

void Spill::Forget(std::string_view key) {
  Check(store().Remove(key));
}

void Spill::Store(std::string key, std::string value) {
  stored_bytes_ += key.size() + value.size();
  stored_.push_back({std::move(key), std::move(value)});
  if (stored_bytes_ >= kChunk) FlushStored();
}

void Spill::FlushStored() {
  if (!stored_.empty()) Check(store().Put(stored_));
  stored_.clear();
  stored_bytes_ = 0;
}

void Spill::BeginCopy() {
  if (store_) copy_.Begin(store_->ReadAll());
}

void Spill::SendCopy() {
  if (store_) copy_.Send();
}

void Spill::BeginReading() {
  reader_ = copy_.IsCopy() ? copy_.Receive() : store_ ? store_->ReadAll() : nullptr;
  reader_has_ = false;
}

void Spill::ForEach(uint16_t space, const std::function<void(std::string_view, std::string_view)>& take) {
  const auto space_of = [](std::string_view key) {
    return static_cast<uint16_t>(static_cast<unsigned char>(key[0]) << 8 | static_cast<unsigned char>(key[1]));
  };
  for (;;) {
    if (!reader_has_ && !reader_->Next(&read_key_, &read_value_)) return Check(reader_->Error());
    reader_has_ = true;
    if (space_of(read_key_) > space) return;
    if (space_of(read_key_) == space) take(read_key_.substr(2), read_value_);
    reader_has_ = false;
  }
}

}  // namespace cdc::sql
