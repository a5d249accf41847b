#include "tools/cdc-apply/replayed_letter.h"

#include "common/error.h"
#include "common/log.h"

namespace cdc::apply {

void CheckReplayedLetter(RowChange* change, ApplyMode mode, bool can_compare) {
  // The other modes remove nothing.
  if (mode != ApplyMode::kUpsert && mode != ApplyMode::kVersions) return;
  // When a version began tells whether it is meant.
  const bool time_tells = mode == ApplyMode::kVersions && change->kind != RowChange::Kind::kUpsert;
  if (change->kind == RowChange::Kind::kTruncate) {
    change->checks_old_row = true;
    if (time_tells) return;
    Fail(ExitStatus::kData,
         "a dead letter empties table \"" + change->table->name + "\", and which rows came after it is not known", "",
         "take the letter out, and remove the older rows by hand; or take a new snapshot of the table");
  }
  if (change->kind == RowChange::Kind::kUpsert && IsPartial(change->after))
    Fail(ExitStatus::kData,
         "a dead letter moves a row of table \"" + change->table->name +
             "\" to another key, and does not hold all of it",
         "", "give \"after\" in the letter all columns: the old key may be another row's by now");
  if (can_compare && (time_tells || !IsPartial(change->before))) return;
  WarnOfOthersRow(change->table->name);
  if (change->kind == RowChange::Kind::kDelete) change->kind = RowChange::Kind::kNone;
  change->has_before = change->checks_old_row = false;
}

void WarnOfOthersRow(const std::string& table) {
  LogWarning("a dead letter takes a row of table \"" + table +
             "\" from its key: the row that has this key now stays, since it is not known to be the same");
}

}  // namespace cdc::apply
