#include "tools/cdc-sql/state/value_table.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "common/error.h"

namespace cdc::sql {

namespace {

constexpr size_t kFirstPlaces = 4;
constexpr size_t kDeadBytes = 1024;  ///< fewer are not worth the work

/// Each bit of the value counts for each of the hash, as the lower ones choose the place: murmur's last steps.
uint64_t HashOf(int64_t value) {
  auto mixed = static_cast<uint64_t>(value);
  mixed = (mixed ^ (mixed >> 33)) * 0xFF51AFD7ED558CCDU;
  mixed = (mixed ^ (mixed >> 33)) * 0xC4CEB9FE1A85EC53U;
  return mixed ^ (mixed >> 33);
}

/// As much of it as the slot of a text has room for.
uint64_t HashOf(std::string_view value) {
  const size_t hash = std::hash<std::string_view>{}(value);
  return (hash ^ (hash >> 32)) & UINT32_MAX;
}

}  // namespace

bool ValueTable::IsFree(size_t at) const {
  for (size_t i = 1; i <= width_; ++i)
    if (slots_[at + i] != 0) return false;
  return true;
}

std::string_view ValueTable::TextOf(int64_t word) const {
  const char* at = bytes_.data() + (static_cast<uint64_t>(word) & UINT32_MAX);
  uint32_t size = 0;
  std::memcpy(&size, at, sizeof size);
  return {at + sizeof size, size};
}

uint64_t ValueTable::HashOfSlot(size_t at) const {
  return of_ == Of::kIntegers ? HashOf(slots_[at]) : static_cast<uint64_t>(slots_[at]) >> 32;
}

template <typename IsIt>
size_t ValueTable::Locate(uint64_t hash, IsIt is_it) const {
  const size_t mask = places() - 1;
  size_t place = hash & mask;
  while (!IsFree(place * stride()) && !is_it(slots_[place * stride()])) place = (place + 1) & mask;
  return place * stride();
}

size_t ValueTable::LocateText(std::string_view value, uint64_t hash) const {
  return Locate(hash, [&](int64_t word) { return static_cast<uint64_t>(word) >> 32 == hash && TextOf(word) == value; });
}

int64_t* ValueTable::Take(size_t at, int64_t word) {
  ++live_;
  slots_[at] = word;
  return &slots_[at + 1];
}

int64_t* ValueTable::FindOrAdd(int64_t value) {
  MakeRoom();
  const size_t at = Locate(HashOf(value), [value](int64_t word) { return word == value; });
  return IsFree(at) ? Take(at, value) : &slots_[at + 1];
}

int64_t* ValueTable::FindOrAdd(std::string_view value) {
  MakeRoom();
  const uint64_t hash = HashOf(value);
  size_t at = LocateText(value, hash);
  if (!IsFree(at)) return &slots_[at + 1];
  if (dead_bytes_ > 0 && !HasBytesFor(value)) {
    Rebuild(slots_.size());
    at = LocateText(value, hash);
  }
  return Take(at, AppendText(value, hash));
}

int64_t* ValueTable::Find(int64_t value) {
  if (slots_.empty()) return nullptr;
  const size_t at = Locate(HashOf(value), [value](int64_t word) { return word == value; });
  return IsFree(at) ? nullptr : &slots_[at + 1];
}

int64_t* ValueTable::Find(std::string_view value) {
  if (slots_.empty()) return nullptr;
  const size_t at = LocateText(value, HashOf(value));
  return IsFree(at) ? nullptr : &slots_[at + 1];
}

bool ValueTable::HasBytesFor(std::string_view value) const {
  return bytes_.size() + sizeof(uint32_t) + value.size() <= most_bytes_;
}

int64_t ValueTable::AppendText(std::string_view value, uint64_t hash) {
  const size_t begin = bytes_.size();
  const auto size = static_cast<uint32_t>(value.size());
  if (!HasBytesFor(value))
    Fail(ExitStatus::kData, "the different values of a DISTINCT are more than 4 GB in one group", "",
         "DISTINCT of a hash, such as MD5(x), keeps 32 bytes of each; GROUP BY more columns makes groups smaller");
  bytes_.append(reinterpret_cast<const char*>(&size), sizeof size);
  bytes_.append(value);
  return static_cast<int64_t>(hash << 32 | begin);
}

void ValueTable::Reserve(size_t values) {
  size_t wanted = std::max(kFirstPlaces, places());
  while (values * 4 > wanted * 3) wanted *= 2;
  if (wanted > places()) Rebuild(wanted * stride());
}

void ValueTable::MakeRoom() {
  Reserve(live_ + size_t{1});
  if (dead_bytes_ > kDeadBytes && dead_bytes_ > bytes_.size() / 2) Rebuild(slots_.size());
}

/// With so many numbers in all; bytes that are dead are left behind.
void ValueTable::Rebuild(size_t numbers) {
  const ValueTable old = std::move(*this);
  *this = ValueTable(old.of_, old.width_, old.most_bytes_);
  slots_.resize(numbers);
  bytes_.reserve(old.bytes_.size() - old.dead_bytes_);
  for (size_t from = 0; from < old.slots_.size(); from += stride()) {
    if (old.IsFree(from)) continue;
    const uint64_t hash = old.HashOfSlot(from);
    int64_t word = old.slots_[from];
    if (of_ == Of::kBytes) word = AppendText(old.TextOf(word), hash);
    const int64_t* kept = &old.slots_[from + 1];
    std::copy(kept, kept + width_, Take(Locate(hash, [](int64_t) { return false; }), word));
  }
}

/// Closes the gap: what was pushed past it is moved back.
void ValueTable::Remove(const int64_t* numbers) {
  const size_t mask = places() - 1;
  size_t hole = static_cast<size_t>(numbers - slots_.data()) / stride();
  --live_;
  if (of_ == Of::kBytes)
    dead_bytes_ += static_cast<uint32_t>(sizeof(uint32_t) + TextOf(slots_[hole * stride()]).size());
  for (size_t place = (hole + 1) & mask; !IsFree(place * stride()); place = (place + 1) & mask) {
    const size_t home = HashOfSlot(place * stride()) & mask;
    const bool movable = hole <= place ? (home <= hole || home > place) : (home <= hole && home > place);
    if (!movable) continue;
    std::copy_n(&slots_[place * stride()], stride(), &slots_[hole * stride()]);
    hole = place;
  }
  std::fill_n(&slots_[hole * stride()], stride(), 0);
}

}  // namespace cdc::sql
