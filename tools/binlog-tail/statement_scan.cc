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

bool IsAboutDatabase(ddl::StatementKind kind) {
  return kind == ddl::StatementKind::kCreateDatabase || kind == ddl::StatementKind::kAlterDatabase ||
         kind == ddl::StatementKind::kDropDatabase;
}

}  // namespace

TableChanges ReadTableChanges(EventSource& source, const Position& from, const Position& until, bool lower_case_names) {
  TableChanges changes;
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
    const LoggedStatement logged = ReadStatement(TextOf(query), lower_case_names);
    for (const TableKey& table : TablesChangedBy(logged)) changes.last[table] = place;
    for (TableKey& table : TablesDefinedBy(logged)) changes.defined.insert(std::move(table));
    changes.others = changes.others || !logged.parsed || IsAboutDatabase(logged.statement.kind);
  }
  return changes;
}

}  // namespace cdc::tail
