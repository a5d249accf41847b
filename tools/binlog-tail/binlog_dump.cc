#include "tools/binlog-tail/binlog_dump.h"

#include <sys/socket.h>

#include "common/error.h"
#include "common/json_scan.h"
#include "common/mysql/library.h"
#include "tools/binlog-tail/gtid_set_binary.h"

namespace cdc::tail {
namespace {

constexpr unsigned kFatalReadingLog = 1236;
constexpr unsigned kSameReplica = 4052;  // MariaDB's ER_SLAVE_SAME_ID
// To MySQL: heartbeats may carry 64-bit positions. To MariaDB: send ANNOTATE_ROWS, without which positions have gaps.
constexpr uint16_t kDumpFlags = 2;

}  // namespace

std::string ServerIdLock(uint32_t server_id) {
  return "cdcutils server id " + std::to_string(server_id);
}

struct BinlogDump::State {
  std::string gtid_bytes;
#ifndef MARIADB_BASE_VERSION
  std::string file;
  MYSQL_RPL request{};
#endif
};

BinlogDump::~BinlogDump() {
  delete state_;
}

void BinlogDump::SetUpSession(const DumpRequest& request) {
  const std::string nanoseconds = std::to_string(request.heartbeat_ms * 1000000);
  connection_.Execute(
      "SET @master_binlog_checksum = 'CRC32', @source_binlog_checksum = 'CRC32', @master_heartbeat_period = " +
      nanoseconds + ", @source_heartbeat_period = " + nanoseconds);
  if (request.server_id != 0) {
    const std::string uuid = connection_.Quoted(request.replica_uuid);
    connection_.Execute("SET @slave_uuid = " + uuid + ", @replica_uuid = " + uuid);
    TakeOver(request);
  }
  // A reader whose own reader is slow does not read for a while; the server is to be patient.
  connection_.Execute("SET SESSION net_write_timeout = 3600");
  if (!connection_.is_mariadb()) return;
  connection_.Execute("SET @mariadb_slave_capability = 4, @slave_gtid_strict_mode = 0");
  if (request.gtids && request.file.empty())
    connection_.Execute("SET @slave_connect_state = " + connection_.Quoted(request.gtids->ToString()));
}

/// One reader of each uuid: the last that was started. A named lock of the connection tells a reader that was cut off
/// whether it was replaced meanwhile; its own old connection, which the server may not know to be dead, is ended.
void BinlogDump::TakeOver(const DumpRequest& request) {
  const std::string lock = connection_.Quoted("cdcutils " + request.replica_uuid);
  uint64_t holder = 0;
  ParseJsonUnsigned(connection_.Value("SELECT IS_USED_LOCK(" + lock + ")"), &holder);
  if (holder != 0 && request.lost_connection != 0 && holder != request.lost_connection)
    Fail(ExitStatus::kTempFail,
         "server " + connection_.name() + ": another reader with the same slot and server id took over");
  unsigned refused;  // the connection of another user: then the server itself ends the older dump
  if (holder != 0) connection_.TryExecute("KILL " + std::to_string(holder), &refused);
  connection_.Value("SELECT GET_LOCK(" + lock + ", 10)");
  connection_.Value("SELECT GET_LOCK(" + connection_.Quoted(ServerIdLock(request.server_id)) + ", 0)");
}

#ifdef MARIADB_BASE_VERSION

BinlogDump::BinlogDump(MysqlConnection& connection, const DumpRequest& request)
    : connection_(connection), state_(new State) {
  constexpr auto kComBinlogDump = static_cast<enum_server_command>(0x12);
  constexpr auto kComBinlogDumpGtid = static_cast<enum_server_command>(0x1e);
  SetUpSession(request);
  std::string command;
  const auto append = [&](uint64_t value, size_t size) { command.append(reinterpret_cast<const char*>(&value), size); };
  const bool by_gtid = request.gtids.has_value() && !connection.is_mariadb();
  if (by_gtid) {
    AppendGtidSetBinary(state_->gtid_bytes, *request.gtids);
    append(kDumpFlags, 2);
    append(request.server_id, 4);
    append(request.file.size(), 4);
    command += request.file;
    append(request.pos, 8);
    append(state_->gtid_bytes.size(), 4);
    command += state_->gtid_bytes;
  } else {
    append(request.pos, 4);
    append(kDumpFlags, 2);
    append(request.server_id, 4);
    command += request.file;
  }
  MYSQL* mysql = connection.handle().raw;
  if (mysql->methods->db_command(mysql, by_gtid ? kComBinlogDumpGtid : kComBinlogDump, command.data(), command.size(),
                                 1, nullptr) != 0)
    FailDump();
}

bool BinlogDump::Read(const uint8_t** data, size_t* size) {
  constexpr unsigned char kEofPacket = 0xFE;
  MYSQL* mysql = connection_.handle().raw;
  const unsigned long length = mysql_net_read_packet(mysql);
  // The library's packet_error is 32 bits wide whatever the type here.
  if (static_cast<uint32_t>(length) == UINT32_MAX) FailDump();
  const unsigned char* packet = mysql->net.read_pos;
  if (length == 0) Fail(ExitStatus::kProtocol, "server " + connection_.name() + " sent an empty packet in its log");
  if (packet[0] == kEofPacket && length < 9) return false;
  *data = packet + 1;
  *size = length - 1;
  return true;
}

void BinlogDump::Interrupt() {
  shutdown(static_cast<int>(mysql_get_socket(connection_.handle().raw)), SHUT_RDWR);
}

#else

BinlogDump::BinlogDump(MysqlConnection& connection, const DumpRequest& request)
    : connection_(connection), state_(new State) {
  SetUpSession(request);
  MYSQL_RPL& rpl = state_->request;
  state_->file = request.file;
  rpl.file_name = state_->file.c_str();
  rpl.file_name_length = state_->file.size();
  rpl.start_position = request.pos;
  rpl.server_id = request.server_id;
  rpl.flags = kDumpFlags;
  if (request.gtids && !connection.is_mariadb()) {
    AppendGtidSetBinary(state_->gtid_bytes, *request.gtids);
    rpl.flags |= MYSQL_RPL_GTID;
    rpl.gtid_set_encoded_size = state_->gtid_bytes.size();
    rpl.gtid_set_arg = state_->gtid_bytes.data();
  }
  if (mysql_binlog_open(connection.handle().raw, &rpl) != 0) FailDump();
}

bool BinlogDump::Read(const uint8_t** data, size_t* size) {
  MYSQL_RPL& rpl = state_->request;
  if (mysql_binlog_fetch(connection_.handle().raw, &rpl) != 0) FailDump();
  if (rpl.size == 0) return false;
  *data = rpl.buffer + 1;
  *size = rpl.size - 1;
  return true;
}

void BinlogDump::Interrupt() {
  shutdown(connection_.handle().raw->net.fd, SHUT_RDWR);
}

#endif

void BinlogDump::FailDump() {
  MYSQL* mysql = connection_.handle().raw;
  // Numbers from 2000 on are the client's: whatever broke the connection now, it was good before.
  constexpr unsigned kFirstOfClient = 2000;
  // KILL QUERY ends the dump, and no more than that.
  constexpr unsigned kInterrupted = 1317;
  const unsigned number = mysql_errno(mysql);
  if ((number >= kFirstOfClient && number < 3000) || number == kInterrupted)
    Fail(ExitStatus::kUnavailable, "server " + connection_.name() + ": lost the connection: " + mysql_error(mysql),
         "error " + std::to_string(mysql_errno(mysql)));
  if (mysql_errno(mysql) == kSameReplica)
    Fail(ExitStatus::kTempFail,
         "server " + connection_.name() + ": another reader with the same server id took over: " + mysql_error(mysql),
         "error " + std::to_string(kSameReplica), "give each reader a --server-id of its own");
  if (mysql_errno(mysql) != kFatalReadingLog) connection_.FailServer("read the binary log");
  const std::string text = mysql_error(mysql);
  const bool fenced = text.find("has connected to the") != std::string::npos;
  const bool missing = text.find("purged") != std::string::npos || text.find("Could not find") != std::string::npos ||
                       text.find("impossible position") != std::string::npos ||
                       text.find("not in the master") != std::string::npos ||
                       text.find("> file size") != std::string::npos;
  if (text.find("anonymous transaction") != std::string::npos)
    Fail(ExitStatus::kConfig, "server " + connection_.name() + ": cannot read the binary log: " + text, "error 1236",
         "it holds transactions without GTIDs, and gtid_mode or the position asks for them: begin by file and position "
         "(--from FILE:POS), with gtid_mode = ON_PERMISSIVE while these are read, or read the files of the log");
  Fail(fenced    ? ExitStatus::kTempFail
       : missing ? ExitStatus::kNoInput
                 : ExitStatus::kData,
       "server " + connection_.name() + ": cannot read the binary log: " + text, "error 1236",
       fenced ? "another reader with the same slot and server id took over"
              : "the log from this position on is not there: take a new snapshot (--snapshot initial), or give another "
                "position (--from)");
}

}  // namespace cdc::tail
