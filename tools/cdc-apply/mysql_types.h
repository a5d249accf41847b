#pragma once

#include <string>

#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// The type that a column gets in a table that cdc-apply creates in MySQL or MariaDB: the source's own where it is
/// known and can hold what the target's character set makes of it, else one for what the values are. `in_key`: it must
/// be one that can be indexed whole.
std::string MysqlColumnType(const TargetColumn& column, bool in_key);

}  // namespace cdc::apply
