#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace cdc::sql {

/// Each `step`-th character from first to last has its other case `distance` away.
struct CaseRange {
  uint32_t first, last, step;
  int32_t distance;
};

/// What becomes of one character is several; 0 ends them early.
struct CaseText {
  uint32_t code;
  uint32_t text[3];
};

extern const CaseRange kUpperRanges[];
extern const size_t kUpperRangeCount;
extern const CaseRange kLowerRanges[];
extern const size_t kLowerRangeCount;
extern const CaseText kUpperTexts[];
extern const size_t kUpperTextCount;

}  // namespace cdc::sql
