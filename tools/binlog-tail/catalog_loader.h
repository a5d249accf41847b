#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/mysql/connection.h"
#include "common/table_schema.h"
#include "tools/binlog-tail/table_filter.h"

namespace cdc::tail {

/// Definitions of all captured tables, in Debezium's order: by the first pattern of the include list that matches, then
/// by name. information_schema is read in one pass, however many tables there are; SHOW CREATE TABLE once a table.
/// Errors: 66 for a name in the include list that no table has; those of the connection.
std::vector<std::shared_ptr<const TableSchema>> LoadTables(MysqlConnection& connection, const TableFilter& filter);

/// One table; null if it is not there.
std::shared_ptr<const TableSchema> LoadTable(MysqlConnection& connection, const std::string& database,
                                             const std::string& table);

}  // namespace cdc::tail
