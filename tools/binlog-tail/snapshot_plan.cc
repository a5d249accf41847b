#include "tools/binlog-tail/snapshot_plan.h"

namespace cdc::tail {

bool SetSnapshotMode(const std::string& mode, SnapshotPlan* plan) {
  plan->rows = mode == "initial" || mode == "initial_only" || mode == "always" || mode == "when_needed";
  plan->every_start = mode == "always";
  plan->when_gone = mode == "when_needed";
  plan->stream = mode != "initial_only";
  plan->from_beginning = mode == "never";
  plan->needs_position = plan->trusts_present = mode == "recovery";
  return plan->rows || plan->from_beginning || plan->needs_position || mode == "no_data" || mode == "schema_only" ||
         mode == "schema_only_recovery";
}

}  // namespace cdc::tail
