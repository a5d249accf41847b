#pragma once

#include <string>
#include <vector>

#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// The types of the columns of a table that is made in MySQL or MariaDB, so that it fits into what InnoDB holds of a
/// key and the server of a row. `types`: as each column alone would have it.
std::vector<std::string> FitIntoMysql(const TargetTable& table, std::vector<std::string> types, bool is_mariadb);

}  // namespace cdc::apply
