#pragma once

#include <cstdint>
#include <string>

namespace cdc::tail {

// Type numbers of binlog events: MySQL up to 9.7, MariaDB from 160 on. "v1" row events are MariaDB's and MySQL 5.5's.
#define CDC_EVENT_TYPES(X)              \
  X(Unknown, 0)                         \
  X(StartV3, 1)                         \
  X(Query, 2)                           \
  X(Stop, 3)                            \
  X(Rotate, 4)                          \
  X(IntVar, 5)                          \
  X(AppendBlock, 9)                     \
  X(DeleteFile, 11)                     \
  X(Rand, 13)                           \
  X(UserVar, 14)                        \
  X(FormatDescription, 15)              \
  X(Xid, 16)                            \
  X(BeginLoadQuery, 17)                 \
  X(ExecuteLoadQuery, 18)               \
  X(TableMap, 19)                       \
  X(WriteRowsV1, 23)                    \
  X(UpdateRowsV1, 24)                   \
  X(DeleteRowsV1, 25)                   \
  X(Incident, 26)                       \
  X(Heartbeat, 27)                      \
  X(Ignorable, 28)                      \
  X(RowsQuery, 29)                      \
  X(WriteRows, 30)                      \
  X(UpdateRows, 31)                     \
  X(DeleteRows, 32)                     \
  X(Gtid, 33)                           \
  X(AnonymousGtid, 34)                  \
  X(PreviousGtids, 35)                  \
  X(TransactionContext, 36)             \
  X(ViewChange, 37)                     \
  X(XaPrepare, 38)                      \
  X(PartialUpdateRows, 39)              \
  X(TransactionPayload, 40)             \
  X(HeartbeatV2, 41)                    \
  X(GtidTagged, 42)                     \
  X(MariadbAnnotateRows, 160)           \
  X(MariadbBinlogCheckpoint, 161)       \
  X(MariadbGtid, 162)                   \
  X(MariadbGtidList, 163)               \
  X(MariadbStartEncryption, 164)        \
  X(MariadbQueryCompressed, 165)        \
  X(MariadbWriteRowsCompressedV1, 166)  \
  X(MariadbUpdateRowsCompressedV1, 167) \
  X(MariadbDeleteRowsCompressedV1, 168) \
  X(MariadbWriteRowsCompressed, 169)    \
  X(MariadbUpdateRowsCompressed, 170)   \
  X(MariadbDeleteRowsCompressed, 171)

enum class EventType : uint8_t {
#define CDC_EVENT_TYPE_VALUE(name, number) k##name = number,
  CDC_EVENT_TYPES(CDC_EVENT_TYPE_VALUE)
#undef CDC_EVENT_TYPE_VALUE
};

/// "WriteRows", or "type 77" for a number that is not in the table.
std::string EventTypeName(EventType type);

}  // namespace cdc::tail
