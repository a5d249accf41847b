#include "tools/cdc-encode/java_hash.h"

namespace cdc::encode {

uint32_t JavaBucket(const std::string& text, uint32_t capacity) {
  uint32_t hash = 0;
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at])); };
    const size_t size = byte(i) < 0x80 ? 1 : byte(i) < 0xE0 ? 2 : byte(i) < 0xF0 ? 3 : 4;
    uint32_t code = size == 1 ? byte(i) : byte(i) & (0x7Fu >> size);
    for (size_t j = 1; j < size && i + j < text.size(); ++j) code = code << 6 | (byte(i + j) & 63u);
    if (size == 4) {
      hash = hash * 31 + 0xD800 + ((code - 0x10000) >> 10);
      code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    hash = hash * 31 + code;
    i += size;
  }
  return (hash ^ hash >> 16) & (capacity - 1);
}

}  // namespace cdc::encode
