#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/binlog-tail/binlog_dump.h"
#include "tools/binlog-tail/event_source.h"

namespace cdc::tail {

/// Events from a server. A thread of its own reads packets, since neither client library can tell whether its next read
/// would wait (with TLS a socket says nothing); so the output is flushed exactly when there is nothing to decode, and
/// reading and decoding use two cores.
class ServerSource : public EventSource {
 public:
  ServerSource(const ServerOptions& server, const DumpRequest& request);
  ~ServerSource() override;

  /// The server's number for the connection.
  uint64_t connection_id() const { return connection_id_; }

  /// The log of a request without a server id ends where it ended when it was read up to there. Errors: those of
  /// BinlogDump; 69 if the server closes the connection.
  Status Next(Bytes* bytes, int timeout_ms) override;

 private:
  struct Batch {
    std::vector<uint8_t> bytes;
    std::vector<size_t> ends;  // of each event in bytes
    void Clear();
  };
  void ReadLoop();
  Status WaitForBatch(int timeout_ms);

  MysqlConnection connection_;
  uint64_t connection_id_;
  bool looks_once_;
  BinlogDump dump_;
  int event_fd_;
  Batch draining_;   // handed out
  size_t next_ = 0;  // event of it
  std::mutex mutex_;
  std::condition_variable room_;
  Batch filling_;  // guarded, like the following
  bool waiting_ = false;
  bool closing_ = false;
  bool finished_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace cdc::tail
