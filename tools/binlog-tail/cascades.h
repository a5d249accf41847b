#pragma once

#include "common/mysql/connection.h"
#include "tools/binlog-tail/catalog_loader.h"

namespace cdc::tail {

/// What InnoDB itself changes in tables with foreign keys that cascade no log tells; since MySQL 9.6 the server above
/// it does these. One warning names the tables.
void WarnOfCascades(const MysqlConnection& connection, const ServerTables& said);

}  // namespace cdc::tail
