#pragma once

#include <string>

namespace cdc::apply {

/// Refuses (78) to go on with a table that the slot has delivered before, and that is not there any more.
[[noreturn]] void FailRemoved(const std::string& table, const std::string& slot);

/// Refuses (78) to add rows to a table that has rows of another --mode or --deletes. Both as RowsOption tells them; an
/// earlier version has stored nothing, and that is taken for the same.
void CheckRowsOption(const std::string& table, const std::string& slot, const std::string& stored,
                     const std::string& wanted);

/// Refuses (78) a table that is another table's already: of slot `slot`, under the name `other`. `release`: what frees
/// it if that slot is no longer used; in a database a statement of SQL.
[[noreturn]] void FailShared(const std::string& table, const std::string& other, const std::string& slot,
                             const std::string& release);
[[noreturn]] void FailShared(const std::string& table, const std::string& other, const std::string& slot);

}  // namespace cdc::apply
