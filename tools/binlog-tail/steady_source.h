#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "common/error.h"
#include "tools/binlog-tail/patience.h"
#include "tools/binlog-tail/server_source.h"

namespace cdc::tail {

/// Events from a server over as many connections as it takes. When one is lost, or silent for too long, the next one is
/// asked for what comes after the last event handed out; whoever reads sees one log without a seam.
class SteadySource : public EventSource {
 public:
  /// Called when a connection was lost, before the next, with the server as it is to be reached: what to ask for now.
  /// Fails where the stream cannot go on.
  using Resume = std::function<DumpRequest(const ServerOptions&)>;

  SteadySource(const ServerOptions& server, const DumpRequest& request, const Retry& retry, Resume resume);

  /// The server's number for the connection; 0 while there is none.
  uint64_t connection_id() const { return source_ ? source_->connection_id() : 0; }

  /// Errors: those of ServerSource, 69 when it gives up, those of `resume`.
  Status Next(Bytes* bytes, int timeout_ms) override;

 private:
  void Open(const ServerOptions& server, const DumpRequest& request);
  void Lost(const Failure& failure);
  Status Reconnect(int timeout_ms);

  ServerOptions server_;
  Retry retry_;
  Resume resume_;
  std::unique_ptr<ServerSource> source_;
  std::optional<Failure> lost_;  // why the connection was lost first
  uint64_t lost_connection_ = 0;
  int64_t lost_ms_ = 0;  // when
  int64_t wait_ms_ = 0;  // before the next attempt
  int64_t next_ms_ = 0;  // when that is due
};

}  // namespace cdc::tail
