#include "tools/binlog-tail/stream_start.h"

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "common/error.h"
#include "common/log.h"
#include "common/sink_position.h"
#include "tools/binlog-tail/event_reader.h"
#include "tools/binlog-tail/log_time.h"
#include "tools/binlog-tail/stream_frame.h"

namespace cdc::tail {
namespace {

using Kind = StreamStart::Kind;

bool BeginsTransaction(EventType type) {
  return type == EventType::kGtid || type == EventType::kAnonymousGtid || type == EventType::kGtidTagged ||
         type == EventType::kMariadbGtid;
}

bool IsBetweenTransactions(EventType type) {
  return type == EventType::kRotate || type == EventType::kStop || type == EventType::kMariadbBinlogCheckpoint;
}

std::vector<std::string> LogNames(MysqlConnection& connection) {
  std::vector<std::string> names = ReadLogNames(connection);
  if (names.empty()) Fail(ExitStatus::kNoInput, "server " + connection.name() + " has no binary log file");
  return names;
}

StreamStart HeadOf(Kind kind, const std::string& file, const ServerInfo& info) {
  StreamStart start;
  start.kind = kind;
  start.position.file = file;
  start.position.pos = 4;
  start.position.server_uuid = info.server_uuid;
  return start;
}

/// When a log file begins, in whole seconds since 1970, which are all that its head tells.
int64_t FileBegin(const Options& options, const std::string& file) {
  DumpRequest request;
  request.file = file;
  MysqlConnection reader(options.server);
  BinlogDump dump(reader, request);
  const int64_t begins = ReadFileTime(dump);
  LogVerbose("log file " + file + " begins at " + std::to_string(begins) + " (seconds since 1970)");
  return begins;
}

/// A server numbers its log files from 1.
bool IsFirstLogEver(const std::string& file) {
  const size_t dot = file.rfind('.');
  return dot != std::string::npos && std::strtoull(file.c_str() + dot + 1, nullptr, 10) <= 1;
}

/// The head of the last file that begins before the time.
StreamStart AtTime(const Options& options, MysqlConnection& connection, const ServerInfo& info, int64_t time_us) {
  const auto logs = LogNames(connection);
  const size_t index =
      LastBefore(logs.size(), [&](size_t i) { return (FileBegin(options, logs[i]) + 1) * 1000000 <= time_us; });
  if (index == 0 && !IsFirstLogEver(logs[0]))
    if (const int64_t begins = FileBegin(options, logs[0]); begins * 1000000 > time_us)
      FailPurged("server " + connection.name() + " does not have the log of " + options.from + " any more",
                 "its oldest log file, " + logs[0] + ", begins at @" + std::to_string(begins * 1000));
  StreamStart start = HeadOf(Kind::kTime, logs[index], info);
  start.time_us = time_us;
  return start;
}

/// A position in --from or of the sink; nothing where there is none.
std::optional<Position> GivenPosition(const Options& options, bool terminal) {
  const std::string& from = options.from;
  if (!options.resume_from.empty()) {
    const std::optional<Position> stored = AskSinkPosition(options.resume_from, options.slot);
    if (stored && !stored->snapshot.empty()) {
      LogNote("the snapshot that " + Shown(options.resume_from) + " has did not come to its end: it begins anew");
      return std::nullopt;
    }
    return stored;
  }
  if (from.empty() && !terminal) LogNote("nothing remembers the position of this run: --resume-from SINK does");
  if (from.empty() || from == "now" || from == "beginning" || from[0] == '@') return std::nullopt;
  const Position given = Position::Parse(from);
  if (!given.snapshot.empty())
    Fail(ExitStatus::kNoInput, "the position is of a snapshot that did not come to its end", "",
         "begin it anew: --snapshot initial, without --from");
  return given;
}

StreamStart AtPosition(const Position& given, MysqlConnection& connection, const ServerInfo& info,
                       const GtidSources& sources) {
  StreamStart start;
  start.position = ReadingStart(given);
  Position& position = start.position;
  if (position.is_kafka()) Fail(ExitStatus::kUsage, "a position in Kafka is no position in a server's log");
  if (position.gtids && position.file.empty()) CheckGtidsOf(connection, info, *position.gtids, "give FILE:POS");
  CheckNotPurged(connection, info, position, sources);
  if (position.gtids && info.gtid_mode && !info.is_mariadb) position.gtids->Union(PurgedOfOthers(connection, sources));
  if (position.server_uuid.empty()) position.server_uuid = info.server_uuid;
  // A file and position do not tell which transactions came before; the head of the file does. Nor does a position of
  // the connector inside a transaction, which follows its first event.
  const bool inside = position.event > 0 || position.row > 0;
  start.read_from_head = !position.gtids && ((info.gtid_mode && !info.is_mariadb) || inside);
  return start;
}

}  // namespace

std::string ReplicaUuid(const std::string& slot, uint32_t server_id) {
  const uint64_t high = std::hash<std::string>()(slot), low = high * 0x9E3779B97F4A7C15U + server_id;
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xFFFF), static_cast<unsigned>(high & 0xFFFF),
                static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFF));
  return text;
}

void CheckIsBetween(EventSource& source, const Position& start) {
  EventReader reader(source);
  reader.SetStart(start.file, 4);
  const std::string place = start.file + ":" + std::to_string(start.pos);
  uint64_t transaction = 0;  // where the last one began
  for (Event event;;) {
    const EventSource::Status status = reader.Next(&event, -1);
    if (status == EventSource::Status::kTimeout) continue;
    if (status != EventSource::Status::kEvent || reader.file() != start.file || event.begin > start.pos) return;
    const bool begins = BeginsTransaction(event.header.type);
    if (begins) transaction = event.begin;
    if (event.end <= start.pos || event.begin == event.end) continue;
    const bool at_event = event.begin == start.pos;
    if (at_event && (begins || transaction == 0 || IsBetweenTransactions(event.header.type))) return;
    Fail(
        ExitStatus::kNoInput,
        "position " + place + " is inside " +
            (at_event ? "a transaction" : "an event; the event that holds it begins at " + std::to_string(event.begin)),
        EventTypeName(event.header.type) + " event" +
            (transaction == 0 ? "" : ", in the transaction that begins at " + std::to_string(transaction)),
        "begin there: --from " + start.file + ":" + std::to_string(transaction == 0 ? event.begin : transaction));
  }
}

StreamStart FindStart(const Options& options, MysqlConnection& connection, const ServerInfo& info, bool terminal) {
  const SnapshotPlan& plan = options.snapshot;
  StreamStart start;
  start.kind = Kind::kSnapshot;
  const std::optional<Position> given = GivenPosition(options, terminal);
  if (given && !(plan.rows && plan.every_start && options.from.empty())) {
    if (!plan.stream && options.from.empty()) {
      start = AtPosition(given.value(), connection, info, options.gtid_sources);
      start.kind = Kind::kNothing;
      return start;
    }
    try {
      return AtPosition(*given, connection, info, options.gtid_sources);
    } catch (const Failure& failure) {
      if (!plan.when_gone || failure.error().status != ExitStatus::kNoInput) throw;
      LogWarning(std::string(failure.what()) + "; a new snapshot is taken");
      return start;
    }
  }
  if (options.from == "beginning") return HeadOf(Kind::kBeginning, LogNames(connection).front(), info);
  if (const auto time_us = InstantOf("--from", options.from)) return AtTime(options, connection, info, *time_us);
  if (options.from.empty()) {
    if (plan.needs_position)
      Fail(ExitStatus::kNoInput, "snapshot mode recovery goes on from a position, and none is known", "",
           "give one: --from POSITION or --resume-from SINK; or begin with --snapshot initial");
    if (plan.rows) return start;
    if (plan.from_beginning) return HeadOf(Kind::kBeginning, LogNames(connection).front(), info);
  }
  start.kind = Kind::kNow;
  return start;
}

}  // namespace cdc::tail
