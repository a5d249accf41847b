#pragma once

namespace cdc {

/// TERM, INT and HUP ask for an orderly stop: handlers set a flag and write a byte to a pipe that loops can poll. The
/// second such signal leaves at once, with its default action and so with 128 + its number. PIPE is ignored (writes
/// report EPIPE instead). USR1 asks for one status line.
void InstallStopSignals();

bool StopRequested();

/// For a program that goes on after what it was doing stopped: forgets that a stop was asked for.
void ForgetStop();

/// The signal that asked for the stop, 0 if none did.
int StopSignal();

/// Readable once a stop was requested, or a status line was asked for; for poll().
int StopFd();

/// True once after each USR1.
bool TakeStatusRequest();

/// Leaves as a program killed by `signal_number` does, so that a shell sees 128 + n.
[[noreturn]] void DieOfSignal(int signal_number);

}  // namespace cdc
