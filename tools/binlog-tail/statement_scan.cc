#include "tools/binlog-tail/statement_scan.h"

#include "common/ddl/parser.h"
#include "common/error.h"
#include "tools/binlog-tail/event_reader.h"
#include "tools/binlog-tail/small_events.h"

namespace cdc::tail {
namespace {

/// True where nothing of `until` is left to read.
bool IsBehind(const EventReader& reader, const Position& until) {
  const int order = CompareLogNames(reader.file(), until.file);
  return order > 0 || (order == 0 && reader.position() >= until.pos);
}

}  // namespace

std::map<TableKey, Position> LastTableChanges(EventSource& source, const Position& from, const Position& until,
                                              bool lower_case_names) {
  std::map<TableKey, Position> last;
  EventReader reader(source);
  reader.SetStart(from.file, from.pos);
  std::string inflated;
  Event event;
  while (!IsBehind(reader, until) || reader.file().empty()) {
    const EventSource::Status status = reader.Next(&event, -1);
    if (status == EventSource::Status::kTimeout) continue;
    if (status != EventSource::Status::kEvent) break;
    const EventType type = event.header.type;
    if (type == EventType::kHeartbeat || type == EventType::kHeartbeatV2) {
      // The rest may be transactions that are not sent: then only this says that the end is reached.
      constexpr uint64_t kLow = 0xFFFFFFFF;
      const HeartbeatEvent heartbeat = DecodeHeartbeatEvent(event.header, event.body, reader.format().is_mariadb);
      const int order = CompareLogNames(heartbeat.file, until.file);
      if (order > 0 || (order == 0 && (heartbeat.position & kLow) >= (until.pos & kLow))) break;
    }
    if (type != EventType::kQuery && type != EventType::kMariadbQueryCompressed) continue;
    const QueryEvent query =
        DecodeQueryEvent(type, event.body, reader.format().PostHeaderLength(EventType::kQuery, 13), &inflated);
    if (query.sql == "BEGIN" || query.sql == "COMMIT") continue;
    Position place;
    place.file = reader.file();
    place.pos = event.begin;
    // One that cannot be understood is met again by the stream, which then trusts no definition from before it.
    for (const TableKey& table : TablesChangedBy(ReadStatement(TextOf(query), lower_case_names))) last[table] = place;
  }
  return last;
}

}  // namespace cdc::tail
