#pragma once

#include "tools/cdc-apply/row_arena.h"
#include "tools/cdc-apply/target_table.h"
#include "tools/cdc-apply/value.h"

namespace cdc::apply {

/// A row of table `from` as one of `to`, which the table became while the row waited: values follow the names of their
/// columns, and columns that `from` lacks get `missing`. The row lies in the arena; null stays null.
const Value* Reshape(const Value* row, const TargetTable& from, const TargetTable& to, const Value& missing,
                     RowArena& arena);

}  // namespace cdc::apply
