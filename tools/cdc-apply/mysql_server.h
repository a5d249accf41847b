#pragma once

#include <memory>
#include <string>

#include "common/mysql/server_options.h"
#include "tools/cdc-apply/sql_server.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply {

/// How mysql://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?OPTION=VALUE&…] says that the server is reached. Errors: 64.
ServerOptions MysqlOptionsOf(const TargetUrl& url);

/// A session with a MySQL or MariaDB server.
std::unique_ptr<SqlServer> ConnectMysql(const TargetUrl& url);

}  // namespace cdc::apply
