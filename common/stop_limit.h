#pragma once

#include <sys/types.h>

#include <string>

namespace cdc {

/// Where the program has not ended so long after a stop was asked for (stop.h), it says `warning` and leaves at once
/// with status 0: for waits that cannot be ended, in a program that loses nothing when it is killed.
void LimitStop(unsigned seconds, const std::string& warning);

/// A process that then gets TERM; 0: none.
void SetChildOfStop(pid_t child);

}  // namespace cdc
