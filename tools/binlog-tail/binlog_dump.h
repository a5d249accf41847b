#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/gtid_set.h"
#include "common/mysql/connection.h"

namespace cdc::tail {

/// What a replica asks a server for.
struct DumpRequest {
  /// 0: no replica, which looks at the log once: the server ends it at the log's end. It stops no other reader, where a
  /// replica stops an older one of its id (MariaDB's COM_BINLOG_DUMP) or uuid (MySQL's).
  uint32_t server_id = 0;
  std::string replica_uuid;  ///< empty where server_id is 0
  int64_t heartbeat_ms = 10000;
  std::string file;  ///< empty: decided by `gtids`
  uint64_t pos = 4;
  /// Connection of the same reader that was lost; 0: none, and another reader with the same uuid has to yield.
  uint64_t lost_connection = 0;
  std::optional<GtidSet> gtids;  ///< the transactions that we have: start after them
};

/// The named lock that a reader holds beside its dump, for --check: the server does not tell ids of dumps.
std::string ServerIdLock(uint32_t server_id);

/// The binary log as a server sends it, event by event. Blocking; Interrupt() from another thread ends a wait.
class BinlogDump {
 public:
  /// Sets the session up as a replica does and asks for the log. `connection` serves nothing else from here on.
  BinlogDump(MysqlConnection& connection, const DumpRequest& request);
  ~BinlogDump();

  /// False at the end that the server declares. Errors: 66 for a position that is not there (any more), 77 for a
  /// missing privilege, 69 for a lost connection.
  bool Read(const uint8_t** data, size_t* size);

  /// Shuts the socket down.
  void Interrupt();

 private:
  void SetUpSession(const DumpRequest& request);
  void TakeOver(const DumpRequest& request);
  [[noreturn]] void FailDump();
  MysqlConnection& connection_;
  struct State;
  State* state_;
};

}  // namespace cdc::tail
