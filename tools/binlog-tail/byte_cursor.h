#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cdc::tail {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the fixed-width readers copy little-endian bytes");

/// Bounded reading of bytes that came off a wire or a disk. Every read checks what remains; a read past the end throws
/// Failure(kData) that says how many bytes were needed, how many were left and at which offset. Views point into the
/// bytes given, which must outlive them.
class ByteCursor {
 public:
  ByteCursor() = default;

  /// `offset`: what the first byte's offset is called in messages (an event's position in its file).
  ByteCursor(const uint8_t* data, size_t size, uint64_t offset = 0)
      : position_(data), end_(data + size), begin_(data), offset_(offset) {}

  size_t remaining() const { return static_cast<size_t>(end_ - position_); }
  bool at_end() const { return position_ == end_; }
  const uint8_t* position() const { return position_; }
  uint64_t offset() const { return offset_ + static_cast<uint64_t>(position_ - begin_); }

  /// The next `size` bytes, which are passed over.
  const uint8_t* Take(size_t size) {
    if (remaining() < size) FailShort(size);
    const uint8_t* taken = position_;
    position_ += size;
    return taken;
  }
  std::string_view TakeText(size_t size) { return {reinterpret_cast<const char*>(Take(size)), size}; }
  std::string_view TakeRest() { return TakeText(remaining()); }
  ByteCursor TakeCursor(size_t size) {
    const uint64_t at = offset();
    return ByteCursor(Take(size), size, at);
  }
  void Skip(size_t size) { Take(size); }

  uint8_t ReadU8() { return *Take(1); }
  uint16_t ReadU16() { return ReadFixed<uint16_t>(); }
  uint32_t ReadU32() { return ReadFixed<uint32_t>(); }
  uint64_t ReadU64() { return ReadFixed<uint64_t>(); }

  /// Little-endian unsigned of 1 to 8 bytes.
  uint64_t ReadLittleEndian(size_t size) {
    const uint8_t* bytes = Take(size);
    uint64_t value = 0;
    for (size_t i = size; i > 0; --i) value = value << 8 | bytes[i - 1];
    return value;
  }

  /// Big-endian unsigned of 1 to 8 bytes.
  uint64_t ReadBigEndian(size_t size) {
    const uint8_t* bytes = Take(size);
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value = value << 8 | bytes[i];
    return value;
  }

  /// The length-encoded integer: one byte up to 250, else 252, 253, 254 and then 2, 3 or 8 bytes.
  uint64_t ReadPacked() {
    const uint8_t first = ReadU8();
    if (first < 251) return first;
    return ReadPackedTail(first);
  }

  /// A packed length that must fit into what remains.
  size_t ReadPackedLength() {
    const uint64_t length = ReadPacked();
    if (length > remaining()) FailShort(length);
    return static_cast<size_t>(length);
  }

  /// Throws Failure(kData): `problem` at this offset.
  [[noreturn]] void FailHere(std::string_view problem) const;

 private:
  template <typename Integer>
  Integer ReadFixed() {
    Integer value;
    std::memcpy(&value, Take(sizeof value), sizeof value);
    return value;
  }
  uint64_t ReadPackedTail(uint8_t first);
  [[noreturn]] void FailShort(uint64_t needed) const;

  const uint8_t* position_ = nullptr;
  const uint8_t* end_ = nullptr;
  const uint8_t* begin_ = nullptr;
  uint64_t offset_ = 0;
};

/// Bit `index` of a bitmap whose lowest bit is the first.
inline bool BitLsb(const uint8_t* bitmap, size_t index) {
  return (bitmap[index / 8] >> (index % 8) & 1) != 0;
}

/// Bit `index` of a bitmap whose highest bit is the first.
inline bool BitMsb(std::string_view bitmap, size_t index) {
  return (static_cast<uint8_t>(bitmap[index / 8]) >> (7 - index % 8) & 1) != 0;
}

}  // namespace cdc::tail
