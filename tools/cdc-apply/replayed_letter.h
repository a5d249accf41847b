#pragma once

#include <string>

#include "tools/cdc-apply/apply_mode.h"
#include "tools/cdc-apply/row_change.h"

namespace cdc::apply {

/// Of a dead letter that deletes a row, or gives it another key. By the time that it is applied the key may be another
/// row's, so what is there goes only where it still is what the letter tells (and of versions only one that began
/// before); where that cannot be told it stays, with a warning. `can_compare`: the target can tell. Errors: 65 for a
/// letter of which only the row under the old key has the rest, and for one that empties a table.
void CheckReplayedLetter(RowChange* change, ApplyMode mode, bool can_compare);

/// `table`: as it is named in the target.
void WarnOfOthersRow(const std::string& table);

}  // namespace cdc::apply
