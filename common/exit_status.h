#pragma once

namespace cdc {

/// Exit statuses of every tool: the sysexits numbers. A supervisor restarts on 69, 71, 75 and 76 only.
enum class ExitStatus : int {
  kOk = 0,
  kDifference = 1,     ///< a verification found differences, or a check found failures
  kUsage = 64,         ///< wrong command line
  kData = 65,          ///< an input line, row or event that cannot be taken as it is
  kNoInput = 66,       ///< unknown table or topic, or a position that is no longer there
  kUnavailable = 69,   ///< a service could not be reached
  kSoftware = 70,      ///< our own bug
  kOsError = 71,       ///< out of memory, descriptors, processes
  kCannotCreate = 73,  ///< an output could not be created
  kIoError = 74,       ///< reading or writing failed
  kTempFail = 75,      ///< upstream died, fenced by a newer copy, time ran out
  kProtocol = 76,      ///< the peer broke the protocol
  kNoPermission = 77,  ///< authentication or privileges
  kConfig = 78,        ///< SQL text, connector, property, job file or server setting that is refused
};

}  // namespace cdc
