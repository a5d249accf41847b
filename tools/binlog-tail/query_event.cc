#include "tools/binlog-tail/query_event.h"

#include "tools/binlog-tail/compressed.h"

namespace cdc::tail {
namespace {

// Status variables; an unknown code ends them, since their lengths are not told.
enum StatusVariable : uint8_t {
  kFlags2 = 0,
  kSqlMode = 1,
  kCatalog = 2,
  kAutoIncrement = 3,
  kCharset = 4,
  kTimeZone = 5,
  kCatalogNoZero = 6,
  kLcTimeNames = 7,
  kCharsetDatabase = 8,
  kTableMapForUpdate = 9,
  kMasterDataWritten = 10,
  kInvoker = 11,
  kUpdatedDatabases = 12,
  kMicroseconds = 13,
  kExplicitDefaults = 16,
  kDdlXid = 17,
  kDefaultCollationUtf8mb4 = 18,
  kRequirePrimaryKey = 19,
  kDefaultTableEncryption = 20,
  kCascadeTriggers = 21,
  kMariadbMicroseconds = 128,
  kMariadbXid = 129,
  kMariadbGtidFlags3 = 130,
  kMariadbCharsetCollations = 131
};

/// False if the code is not known.
bool DecodeStatusVariable(uint8_t code, ByteCursor& vars, QueryEvent& event) {
  constexpr uint8_t kMoreThan16Databases = 254;
  constexpr uint8_t kAlterCommitOrRollback = 4 | 8;
  switch (code) {
    case kFlags2: vars.Skip(4); return true;
    case kSqlMode: event.sql_mode = vars.ReadU64(); return true;
    case kCatalog: vars.Skip(static_cast<size_t>(vars.ReadU8()) + 1); return true;
    case kAutoIncrement: vars.Skip(4); return true;
    case kCharset:
      event.client_collation = vars.ReadU16();
      event.connection_collation = vars.ReadU16();
      event.server_collation = vars.ReadU16();
      return true;
    case kTimeZone: event.time_zone = vars.TakeText(vars.ReadU8()); return true;
    case kCatalogNoZero: vars.Skip(vars.ReadU8()); return true;
    case kLcTimeNames: vars.Skip(2); return true;
    case kCharsetDatabase: event.database_collation = vars.ReadU16(); return true;
    case kTableMapForUpdate: vars.Skip(8); return true;
    case kMasterDataWritten: vars.Skip(4); return true;
    case kInvoker:
      vars.Skip(vars.ReadU8());
      vars.Skip(vars.ReadU8());
      return true;
    case kUpdatedDatabases: {
      const uint8_t count = vars.ReadU8();
      for (int i = 0; count != kMoreThan16Databases && i < count; ++i)
        while (vars.ReadU8() != 0) {
        }
      return true;
    }
    case kMicroseconds:
    case kMariadbMicroseconds: event.microseconds = static_cast<uint32_t>(vars.ReadLittleEndian(3)); return true;
    case kExplicitDefaults:
    case kRequirePrimaryKey:
    case kDefaultTableEncryption:
    case kCascadeTriggers: vars.Skip(1); return true;
    case kDefaultCollationUtf8mb4: vars.Skip(2); return true;
    case kDdlXid:
    case kMariadbXid:
      vars.Skip(8);
      event.commits_itself = true;
      return true;
    case kMariadbGtidFlags3:
      event.mariadb_gtid_flags3 = vars.ReadU8();
      if ((event.mariadb_gtid_flags3 & kAlterCommitOrRollback) != 0) vars.Skip(8);
      return true;
    case kMariadbCharsetCollations: vars.Skip(size_t{4} * vars.ReadU8()); return true;
    default: return false;
  }
}

}  // namespace

QueryEvent DecodeQueryEvent(EventType type, ByteCursor body, size_t post_header_bytes, std::string* inflated) {
  QueryEvent event;
  event.thread_id = body.ReadU32();
  body.Skip(4);  // execution time
  const size_t database_length = body.ReadU8();
  event.error_code = body.ReadU16();
  const size_t status_length = body.ReadU16();
  if (post_header_bytes > 13) body.Skip(post_header_bytes - 13);
  ByteCursor vars = body.TakeCursor(status_length);
  while (!vars.at_end() && DecodeStatusVariable(vars.ReadU8(), vars, event)) {
  }
  event.database = body.TakeText(database_length);
  body.Skip(1);
  if (type == EventType::kMariadbQueryCompressed) {
    InflateMariadb(body, inflated);
    event.sql = *inflated;
  } else {
    event.sql = body.TakeRest();
  }
  return event;
}

}  // namespace cdc::tail
