#pragma once

#include <functional>
#include <string>

#include "tools/cdc-apply/apply_mode.h"

namespace cdc::apply {

/// Where the target lacks a table, and --ddl says that it is not to be made: 78, with the statement that makes it.
void CheckMayCreate(DdlMode mode, const std::string& table, const std::string& sql);

/// Whether a column that the target lacks is to be left out, which is warned of. Errors: 78 for --ddl stop, and for a
/// column of the key.
bool IsLeftOut(DdlMode mode, const std::string& table, const std::string& column, bool in_key, const std::string& sql);

/// Calls `make`, which makes the table or a column of it. Errors: 78 for what the target does not take, such as names
/// that it keeps for itself.
void MakeInTarget(const std::string& table, const std::function<void()>& make);

/// Whether types and key of the target may be altered to be the source's. Errors: 78 for --ddl stop.
bool MayAlter(DdlMode mode, const std::string& table);

}  // namespace cdc::apply
