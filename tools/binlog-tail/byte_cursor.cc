#include "tools/binlog-tail/byte_cursor.h"

#include <string>

#include "common/error.h"

namespace cdc::tail {

uint64_t ByteCursor::ReadPackedTail(uint8_t first) {
  switch (first) {
    case 252: return ReadLittleEndian(2);
    case 253: return ReadLittleEndian(3);
    case 254: return ReadLittleEndian(8);
    default: FailHere("a packed integer cannot begin with " + std::to_string(first));
  }
}

void ByteCursor::FailShort(uint64_t needed) const {
  FailHere(std::to_string(needed) + " bytes are needed, " + std::to_string(remaining()) + " remain");
}

void ByteCursor::FailHere(std::string_view problem) const {
  Fail(ExitStatus::kData, std::string(problem) + " (at offset " + std::to_string(offset()) + ")");
}

}  // namespace cdc::tail
