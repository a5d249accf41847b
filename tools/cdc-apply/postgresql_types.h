#pragma once

#include <string>

#include "tools/cdc-apply/target_table.h"

namespace cdc::apply {

/// The type that a column gets in a table that cdc-apply creates in PostgreSQL.
std::string PostgresqlColumnType(const TargetColumn& column);

}  // namespace cdc::apply
