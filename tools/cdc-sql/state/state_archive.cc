#include "tools/cdc-sql/state/state_archive.h"

#include "common/error.h"

namespace cdc::sql {

namespace {

constexpr size_t kBlock = size_t{1} << 20;

[[noreturn]] void FailState(const std::string& why) {
  Fail(ExitStatus::kData, "the state in the checkpoint cannot be read: " + why);
}

}  // namespace

void StateArchive::WriteIfFull() {
  if (buffer_.size() < kBlock) return;
  write_(buffer_);
  buffer_.clear();
}

void StateArchive::Need(size_t size) {
  while (buffer_.size() - at_ < size) {
    buffer_.erase(0, at_);
    at_ = 0;
    if (!read_(&buffer_)) FailState("it ends too early");
  }
}

void StateArchive::Fixed(void* value, size_t size) {
  bytes_ += size;
  if (!loading()) {
    buffer_.append(static_cast<const char*>(value), size);
    return WriteIfFull();
  }
  Need(size);
  std::memcpy(value, buffer_.data() + at_, size);
  at_ += size;
}

uint64_t StateArchive::Varint(uint64_t value) {
  if (!loading()) {
    uint64_t rest = value;
    for (; rest >= 0x80; rest >>= 7, ++bytes_) buffer_ += static_cast<char>(rest | 0x80);
    buffer_ += static_cast<char>(rest);
    ++bytes_;
    return value;
  }
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    Need(1);
    ++bytes_;
    const auto byte = static_cast<unsigned char>(buffer_[at_++]);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  FailState("a number is too long");
}

void StateArchive::Part(std::string& text) {
  const uint64_t size = Varint(text.size());
  bytes_ += size;
  if (!loading()) {
    buffer_ += text;
    return WriteIfFull();
  }
  Need(size);
  text.assign(buffer_, at_, size);
  at_ += size;
}

void StateArchive::Tag(std::string_view word) {
  std::string found(word);
  Part(found);
  if (found != word) FailState("\"" + Shown(found) + "\" stands where \"" + std::string(word) + "\" belongs");
}

void StateArchive::Finish() {
  if (!loading()) {
    write_(buffer_);
    buffer_.clear();
    return;
  }
  if (at_ != buffer_.size() || read_(&buffer_)) FailState("there is more than belongs there");
}

}  // namespace cdc::sql
