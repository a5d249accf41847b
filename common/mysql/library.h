#pragma once

#include <mysql.h>

namespace cdc {

/// The client library's own handle, whose name differs between MySQL's and MariaDB's. Included by sources only.
struct MysqlHandle {
  MYSQL* raw = nullptr;
};

}  // namespace cdc
