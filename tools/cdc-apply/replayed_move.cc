#include "tools/cdc-apply/replayed_move.h"

#include "common/error.h"
#include "common/log.h"

namespace cdc::apply {

void CheckReplayedMove(RowChange* change, ApplyMode mode, bool can_compare) {
  // The other modes remove nothing.
  if (mode != ApplyMode::kUpsert && mode != ApplyMode::kVersions) return;
  if (IsPartial(change->after))
    Fail(ExitStatus::kData,
         "a dead letter moves a row of table \"" + change->table->name +
             "\" to another key, and does not hold all of it",
         "", "give \"after\" in the letter all columns: the old key may be another row's by now");
  if (can_compare && !IsPartial(change->before)) return;
  WarnOfOthersRow(change->table->name);
  change->has_before = change->checks_old_row = false;
}

void WarnOfOthersRow(const std::string& table) {
  LogWarning("a dead letter moves a row of table \"" + table +
             "\" to another key: the row that has the old key stays, since it is not known to be the one that moved");
}

}  // namespace cdc::apply
