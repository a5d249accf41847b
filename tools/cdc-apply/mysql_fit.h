#pragma once

#include <string>
#include <vector>

#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

struct FittedTypes {
  std::vector<std::string> types;  ///< of the table's columns
  NamedTypes giving_room;          ///< columns that the source has no more, and which have to be stored beside the row
};

/// The types of the columns of a table in MySQL or MariaDB, so that it fits into what InnoDB holds of a key and the
/// server of a row. `types`: as each column alone would have it. `there`: the columns that the table has already.
FittedTypes FitIntoMysql(const TargetTable& table, std::vector<std::string> types, const NamedTypes& there,
                         bool is_mariadb);

}  // namespace cdc::apply
