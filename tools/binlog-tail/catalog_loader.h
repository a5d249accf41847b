#pragma once

#include <string>

#include "common/mysql/connection.h"
#include "tools/binlog-tail/catalog.h"
#include "tools/binlog-tail/server_info.h"
#include "tools/binlog-tail/table_filter.h"

namespace cdc::tail {

/// Definitions of all captured tables, in Debezium's order: by the first pattern of the include list that matches, then
/// by name. information_schema is read in one pass, however many tables there are; SHOW CREATE TABLE once a table.
/// Errors: with `must_exist`, 66 for a name in the include list that no table has; those of the connection.
ServerTables LoadTables(MysqlConnection& connection, const ServerInfo& info, const TableFilter& filter,
                        bool must_exist);

/// What a user may do, out of SHOW GRANTS with the active roles: whether any table can be read at all.
bool MayReadTables(MysqlConnection& connection);

/// No table of the server is captured, where that means a mistake. Errors: 77 where the user may read no table, else 66
/// with the filter and what there is.
[[noreturn]] void FailNoTables(MysqlConnection& connection, const TableFilter& filter);

/// Whether a change of the table may change others too: it is a view, has triggers, or keys that refer to it cascade.
bool ReachesFurther(MysqlConnection& connection, const std::string& database, const std::string& table);

/// One table; none if it is not there. Errors: 77 if that is not to be seen for want of SELECT on it.
ServerTables LoadTable(MysqlConnection& connection, const ServerInfo& info, const std::string& database,
                       const std::string& table);

}  // namespace cdc::tail
