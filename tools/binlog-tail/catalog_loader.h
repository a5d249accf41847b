#pragma once

#include <memory>
#include <string>

#include "common/mysql/connection.h"
#include "tools/binlog-tail/catalog.h"
#include "tools/binlog-tail/table_filter.h"

namespace cdc::tail {

struct LoadPlan {
  const TableFilter* filter;
  bool must_exist = false;  ///< a name in the include list that no table has is an error (66)
  bool others = false;      ///< the CREATE text of tables that are not captured as well, as far as they are visible
};

/// Definitions of all captured tables, in Debezium's order: by the first pattern of the include list that matches, then
/// by name. information_schema is read in one pass, however many tables there are; SHOW CREATE TABLE once a table.
/// Their place in the log is not told: see definitions.h. Errors: 66 as the plan says; those of the connection.
ServerTables LoadTables(MysqlConnection& connection, const LoadPlan& plan);

/// Reads again what `changes` names. False: none of it is of interest, and `said` is as it was.
bool ReloadChanged(MysqlConnection& connection, const LoadPlan& plan, const TableChanges& changes, ServerTables* said);

/// What a user may do, out of SHOW GRANTS with the active roles: whether any table can be read at all.
bool MayReadTables(MysqlConnection& connection);

/// No table of the server is captured, where that means a mistake. Errors: 77 where the user may read no table, else 66
/// with the filter and what there is.
[[noreturn]] void FailNoTables(MysqlConnection& connection, const TableFilter& filter);

/// Whether a change of the table may change others too: it is a view, has triggers, or keys that refer to it cascade.
bool ReachesFurther(MysqlConnection& connection, const std::string& database, const std::string& table);

/// MariaDB: a sequence has the name.
bool IsSequence(MysqlConnection& connection, const std::string& database, const std::string& name);

/// One table; null if it is not there. Errors: 77 if that is not to be seen for want of SELECT on it.
std::shared_ptr<const TableSchema> LoadTable(MysqlConnection& connection, const TableKey& key);

}  // namespace cdc::tail
