#pragma once

#include <memory>
#include <string>

#include "tools/cdc-apply/sql_server.h"

namespace cdc::apply {

/// A session with a PostgreSQL server. `url` is libpq's own: postgresql://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?…].
std::unique_ptr<SqlServer> ConnectPostgresql(const std::string& url);

}  // namespace cdc::apply
