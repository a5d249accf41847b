#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/mysql/server_options.h"
#include "tools/cdc-apply/target_url.h"

namespace cdc::apply::starrocks {

/// A database of a StarRocks cluster, and how to reach it.
struct Place {
  std::string name;      ///< for messages
  std::string load_url;  ///< "http://fe:8030", of the front end
  std::string database;
  std::string user, password;
  std::string ca_file;
  ServerOptions query;  ///< the front end's port for SQL
  /// HOST or HOST:PORT; "*" is any. Besides the front end's own host, which is always allowed, on any port.
  std::vector<std::string> redirect_hosts;
  int timeout_s = 600;                                  ///< of a load transaction
  std::optional<std::chrono::seconds> request_timeout;  ///< of one request; none: longer than the transaction's
  int replication = 0;                                  ///< of tables that are created; 0: the cluster's default
  int buckets = 0;                                      ///< likewise
  std::string transactions;                             ///< "multi", "per-table"; empty: by the server's version
};

/// starrocks://USER[:PASSWORD]@FRONT-END[:PORT]/DATABASE[?…]. Errors: 64.
Place ParsePlace(const TargetUrl& url);

}  // namespace cdc::apply::starrocks
