#pragma once

#include <cstdint>

namespace cdc {

/// Milliseconds of a clock that only goes forward, from a beginning of its own: for waits and paces.
int64_t MonotonicMs();

}  // namespace cdc
