#pragma once

#include <string>
#include <vector>

#include "tools/cdc-sql/bind/catalog.h"

namespace cdc::sql {

/// ALTER TABLE … ADD and DROP PARTITION: the partitions that the catalog knows of, which rows that are written and read
/// do not depend on. Returns whether the statement is one of these. Errors: 78 at the statement.
bool AlterPartitions(const AlterTable& alter, TableDef* table);

/// What SHOW PARTITIONS lists: "a=1/b=2", in the order in which they were added. Errors: 78 at the table's name.
std::vector<std::string> PartitionNames(const TableDef& table, const Statement& statement);

}  // namespace cdc::sql
