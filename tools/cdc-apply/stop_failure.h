#pragma once

#include "common/error.h"

namespace cdc::apply {

/// A stop was asked for (common/stop.h), and what was waited for did not come within a second. Of status 75, so that
/// nothing tries again.
class StopFailure : public Failure {
 public:
  explicit StopFailure(const std::string& what) : Failure({ExitStatus::kTempFail, what, "", ""}) {}
};

}  // namespace cdc::apply
