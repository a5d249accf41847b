#pragma once

#include <string>

namespace cdc::apply {

/// Refuses (78) a table that another slot writes to. Each slot has a file in `folder`, whose name is the slot's and
/// `suffix`, and whose member "names" tells its tables; `own` is that of this slot.
void CheckNameIsFree(const std::string& folder, const std::string& suffix, const std::string& own,
                     const std::string& table);

}  // namespace cdc::apply
