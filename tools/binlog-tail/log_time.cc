#include "tools/binlog-tail/log_time.h"

#include "common/error.h"
#include "common/json_scan.h"
#include "tools/binlog-tail/event_header.h"

namespace cdc::tail {

size_t LastBefore(size_t count, const std::function<bool(size_t)>& begins_before) {
  size_t low = 0, high = count;  // low begins before, high does not
  while (low + 1 < high) {
    const size_t middle = low + (high - low) / 2;
    (begins_before(middle) ? low : high) = middle;
  }
  return low;
}

int64_t ReadFileTime(BinlogDump& dump) {
  const uint8_t* data;
  size_t size;
  while (dump.Read(&data, &size)) {
    ByteCursor cursor(data, size, 0);
    const EventHeader header = DecodeEventHeader(cursor);
    if (header.type == EventType::kFormatDescription) return header.timestamp;
  }
  Fail(ExitStatus::kData, "a log file has no head");
}

int64_t ServerTime(MysqlConnection& connection) {
  int64_t now = 0;
  ParseJsonInteger(connection.Value("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"), &now);
  return now;
}

}  // namespace cdc::tail
