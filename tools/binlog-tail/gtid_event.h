#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {

/// GTID, ANONYMOUS_GTID and GTID_TAGGED_LOG: the first event of a transaction.
struct GtidEvent {
  uint8_t flags = 0;  ///< 1: may hold statement-based changes
  std::string uuid;   ///< text form, lower case; empty for an anonymous transaction
  std::string tag;    ///< empty without one
  int64_t gno = 0;
  uint64_t original_commit_us = 0;  ///< microseconds since 1970; 0 where the server does not say (before 8.0)
  uint64_t immediate_commit_us = 0;
  uint64_t transaction_bytes = 0;  ///< whole transaction as stored, this event included; 0: not told

  /// "uuid:42", "uuid:tag:42", or "" for an anonymous one.
  std::string Text() const;
};

/// `body` without checksum.
GtidEvent DecodeGtidEvent(EventType type, ByteCursor body);

/// MariaDB's own GTID event.
struct MariadbGtidEvent {
  uint64_t sequence = 0;
  uint32_t domain_id = 0;
  uint8_t flags = 0;
  uint8_t extra_flags = 0;
  std::string xid;  ///< as in XA statements, X'67',X'62',7; empty without
  std::optional<uint32_t> thread_id;

  bool standalone() const { return (flags & 1) != 0; }  ///< one event follows, without COMMIT
  bool is_ddl() const { return (flags & 32) != 0; }
  /// An ALTER that is logged in two phases: it begins, or is given up; only the one between, COMMIT ALTER, changes the
  /// table. All carry the statement.
  bool alters_nothing() const { return (extra_flags & (2 | 8)) != 0; }
  bool prepares_xa() const { return (flags & 64) != 0; }
  bool completes_xa() const { return (flags & 128) != 0; }
};
MariadbGtidEvent DecodeMariadbGtidEvent(ByteCursor body);

/// "X'6731',X'6231',7", the form that the server uses in XA statements.
std::string XidText(std::string_view gtrid, std::string_view bqual, int64_t format_id);

/// 16 bytes as 8-4-4-4-12.
std::string UuidText(const uint8_t* bytes);

/// The variable-length integers of GTID_TAGGED_LOG and of tagged GTID sets.
uint64_t ReadVarlenUnsigned(ByteCursor& cursor);
int64_t ReadVarlenSigned(ByteCursor& cursor);

}  // namespace cdc::tail
