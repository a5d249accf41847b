#pragma once

#include <functional>
#include <optional>
#include <string>

#include "tools/binlog-tail/statement.h"

namespace cdc::tail {

/// A table that a statement of rows (INSERT, REPLACE, LOAD, UPDATE, DELETE) writes, where its text shows that it writes
/// none of those that `captures` is true of; nothing where it may write one of them, or where that cannot be told.
/// Views, triggers, cascades and functions stand in no text.
std::optional<TableKey> OnlyWrites(const LoggedStatement& logged,
                                   const std::function<bool(const std::string&, const std::string&)>& captures);

}  // namespace cdc::tail
