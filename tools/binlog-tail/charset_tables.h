#pragma once

#include <cstddef>
#include <cstdint>

namespace cdc::tail {

/// MySQL's tables of character sets, as make-charset-tables got them from a server. 0 stands for "no character".

struct SingleByteTable {
  const char* charset;
  const uint16_t* upper;  ///< Unicode of the bytes from 0x80 on
  const uint16_t* lower;  ///< of the bytes below; null where they are ASCII
};
extern const SingleByteTable kSingleByteTables[];
extern const size_t kSingleByteTableCount;

struct CodePoint {
  uint32_t code;  ///< the bytes, first one highest
  uint32_t unicode;
};

/// Multi-byte sets: iconv's table, and where MySQL's differs from it.
struct MultiByteTable {
  const char* charset;
  const char* iconv_name;
  const CodePoint* differences;  ///< sorted by code within a length
  size_t difference_count;
};
extern const MultiByteTable kMultiByteTables[];
extern const size_t kMultiByteTableCount;

}  // namespace cdc::tail
