#pragma once

#include <memory>
#include <string>

#include "tools/cdc-apply/sql_server.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply {

/// A session with a MySQL or MariaDB server: mysql://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?OPTION=VALUE&…].
std::unique_ptr<SqlServer> ConnectMysql(const TargetUrl& url);

}  // namespace cdc::apply
