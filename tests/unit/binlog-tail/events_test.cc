#include <doctest/doctest.h>

#include "common/error.h"
#include "memory_source.h"
#include "recorded_events.h"
#include "tools/binlog-tail/event_reader.h"
#include "tools/binlog-tail/gtid_event.h"
#include "tools/binlog-tail/gtid_set_binary.h"
#include "tools/binlog-tail/query_event.h"
#include "tools/binlog-tail/small_events.h"
#include "tools/binlog-tail/table_map_event.h"

using namespace cdc;
using namespace cdc::tail;

namespace {

constexpr const char* kUuid = "7baa778c-e63b-11f1-a83e-02fc00000001";

template <typename Decode>
auto Decoded(const char* hex, Decode decode) {
  static std::vector<std::string> kept;
  kept.push_back(BodyOf(hex));
  return decode(CursorOver(kept.back()));
}

std::string ErrorOf(const std::vector<std::string>& events) {
  MemorySource source(events);
  EventReader reader(source);
  Event event;
  try {
    while (reader.Next(&event, -1) == EventSource::Status::kEvent) {
    }
  } catch (const Failure& failure) {
    return failure.error().what;
  }
  return "";
}

}  // namespace

TEST_CASE("format description: version, checksums, post-header lengths") {
  const std::string event = FromHex(types::kFormatDescription);
  const std::string body = event.substr(19);
  const FormatDescription description = DecodeFormatDescription(CursorOver(body));
  CHECK(description.server_version == "9.7.4-2");
  CHECK_FALSE(description.is_mariadb);
  CHECK(description.has_checksums());
  CHECK(description.post_header_lengths.size() == 42);
  CHECK(description.PostHeaderLength(EventType::kQuery, 0) == 13);
  CHECK(description.PostHeaderLength(EventType::kMariadbGtid, 19) == 19);
}

TEST_CASE("GTID: plain, DDL, tagged") {
  const auto decode = [](ByteCursor body) { return DecodeGtidEvent(EventType::kGtid, body); };
  const GtidEvent plain = Decoded(types::kGtid, decode);
  CHECK(plain.Text() == std::string(kUuid) + ":109");
  CHECK(plain.flags == 0);
  CHECK(plain.transaction_bytes == 810);
  const GtidEvent commit = Decoded(changes::kGtid, decode);
  CHECK(commit.flags == 1);
  CHECK(commit.transaction_bytes == 171);
  CHECK(Decoded(changes::kGtid2, decode).transaction_bytes == 262);
  const GtidEvent tagged =
      Decoded(changes::kGtidTaggedLog, [](ByteCursor body) { return DecodeGtidEvent(EventType::kGtidTagged, body); });
  CHECK(tagged.Text() == std::string(kUuid) + ":mytag_1:1");
  CHECK(tagged.original_commit_us == 0x0660d832e74335);
  CHECK(tagged.transaction_bytes == 294);
}

TEST_CASE("variable-length integers of tagged GTIDs") {
  const auto number = [](const char* hex) {
    const std::string bytes = FromHex(hex);
    ByteCursor cursor = CursorOver(bytes);
    return ReadVarlenUnsigned(cursor);
  };
  CHECK(number("76") == 59);
  CHECK(number("9904") == 294);
  CHECK(number("83120b") == 90704);
  CHECK(number("7f3543e732d86006") == 0x0660d832e74335);
  CHECK(number("ffffffffffffffffff") == UINT64_MAX);
}

TEST_CASE("GTID sets: decoded, and encoded to the same bytes") {
  for (const auto& [hex, text] :
       {std::pair{types::kPreviousGtids, std::string(kUuid) + ":1-108"},
        std::pair{changes::kPreviousGtidsWithATag, std::string(kUuid) + ":1-130," + kUuid + ":mytag_1:1"}}) {
    const GtidSet set = Decoded(hex, DecodeGtidSet);
    CHECK(set == GtidSet::Parse(text));
  }
  std::string bytes;
  AppendGtidSetBinary(bytes, GtidSet::Parse(std::string(kUuid) + ":1-130:140," + kUuid + ":mytag_1:1"));
  CHECK(DecodeGtidSet(CursorOver(bytes)) == GtidSet::Parse(std::string(kUuid) + ":1-130:140," + kUuid + ":mytag_1:1"));
  bytes.clear();
  AppendGtidSetBinary(bytes, GtidSet());
  CHECK(bytes == std::string(8, '\0'));
  bytes.clear();
  AppendGtidSetBinary(bytes, GtidSet::Parse(std::string(kUuid) + ":1-5"));
  CHECK(bytes == FromHex("0100000000000000 7baa778ce63b11f1a83e02fc00000001 0100000000000000 0100000000000000 "
                         "0600000000000000"));
}

TEST_CASE("QUERY: database, text, status variables") {
  std::string inflated;
  const auto decode = [&](ByteCursor body) { return DecodeQueryEvent(EventType::kQuery, body, 13, &inflated); };
  const QueryEvent begin = Decoded(types::kQuery, decode);
  CHECK(begin.sql == "BEGIN");
  CHECK(begin.database == "t");
  CHECK(begin.thread_id == 0x95);
  CHECK(*begin.sql_mode == 0x45a00020);
  CHECK(*begin.client_collation == 255);
  CHECK(*begin.time_zone == "+00:00");
  CHECK(Decoded(changes::kQuery, decode).sql == "XA START X'6731',X'6231',7");
  const QueryEvent create = Decoded(mariadb::kQuery, decode);
  CHECK(create.sql.substr(0, 12) == "create table");
  CHECK(create.commits_itself);
  const QueryEvent compressed = Decoded(mariadb::kQueryCompressed, [&](ByteCursor body) {
    return DecodeQueryEvent(EventType::kMariadbQueryCompressed, body, 13, &inflated);
  });
  CHECK(compressed.sql == "create table if not exists kk(a int, b varchar(300))");
}

TEST_CASE("TABLE_MAP: all types and full metadata") {
  const TableMap map = Decoded(types::kTableMap, [](ByteCursor body) { return DecodeTableMap(body, false); });
  CHECK(map.database == "t");
  CHECK(map.table == "a");
  REQUIRE(map.columns.size() == 41);
  const auto& columns = map.columns;
  CHECK(*columns[0].name == "id");
  CHECK(*columns[0].is_unsigned);
  CHECK_FALSE(columns[0].nullable);
  CHECK_FALSE(*columns[1].is_unsigned);
  CHECK(*columns[12].is_unsigned);  // YEAR is counted among the numbers
  CHECK(columns[10].meta == (14 << 8 | 4));
  CHECK(columns[13].meta == 10);  // BIT(10)
  CHECK(*columns[26].name == "c200");
  CHECK(columns[26].meta == 800);
  CHECK(columns[26].type == ColumnType::kString);
  CHECK(*columns[27].collation == 63);
  CHECK(columns[35].type == ColumnType::kEnum);
  CHECK(columns[35].members == std::vector<std::string>{"a", "b", "c"});
  CHECK(columns[36].members == std::vector<std::string>{"x", "y", "z"});
  CHECK(columns[37].type == ColumnType::kJson);
  CHECK(*columns[39].geometry_type == 1);
  CHECK(*columns[40].visible);
  CHECK(map.primary_key == std::vector<std::pair<uint32_t, uint32_t>>{{0, 0}});
}

TEST_CASE("MariaDB's GTID events, lists and annotations") {
  const MariadbGtidEvent ddl = Decoded(mariadb::kMariadbGtid, DecodeMariadbGtidEvent);
  CHECK(ddl.sequence == 82);
  CHECK(ddl.standalone());
  CHECK(ddl.is_ddl());
  CHECK(*ddl.thread_id == 58);
  CHECK_FALSE(Decoded(mariadb::kMariadbGtid2, DecodeMariadbGtidEvent).standalone());
  CHECK(Decoded(mariadb::kGtidList, DecodeMariadbGtidList).ToString() == "0-3318-81,5-3318-1");
  CHECK(Decoded(mariadb::kAnnotate, [](ByteCursor body) {
          return DecodeRowsQueryEvent(EventType::kMariadbAnnotateRows, body);
        }).substr(0, 20) == "insert into j values");
}

TEST_CASE("small events") {
  const XaPrepareEvent prepare = Decoded(changes::kXaPrepare, DecodeXaPrepareEvent);
  CHECK(prepare.xid == "X'6731',X'6231',7");
  CHECK_FALSE(prepare.one_phase);
  CHECK(Decoded(changes::kRowsQuery, [](ByteCursor body) {
          return DecodeRowsQueryEvent(EventType::kRowsQuery, body);
        }) == "update j set j=json_set(j,'$.a',2,'$.b[1]',99) where id=1");
  const std::string heartbeat = FromHex("01 0d 62696e6c6f672e303030303031 02 09 fe0500000001000000 00");
  EventHeader header;
  header.type = EventType::kHeartbeatV2;
  const HeartbeatEvent event = DecodeHeartbeatEvent(header, CursorOver(heartbeat), false);
  CHECK(event.file == "binlog.000001");
  CHECK(event.position == 0x100000005);
}

TEST_CASE("compressed transactions are opened") {
  MemorySource source(EventsFromHex({types::kFormatDescription, changes::kGtid2, changes::kTransactionPayload}));
  EventReader reader(source);
  Event event;
  std::vector<EventType> seen;
  while (reader.Next(&event, -1) == EventSource::Status::kEvent) {
    seen.push_back(event.header.type);
    CHECK(event.in_payload == (seen.size() > 3));
  }
  CHECK(seen == std::vector<EventType>{EventType::kFormatDescription, EventType::kGtid, EventType::kTransactionPayload,
                                       EventType::kQuery, EventType::kTableMap, EventType::kWriteRows,
                                       EventType::kXid});
}

TEST_CASE("each checksum is verified") {
  for (const char* hex : {types::kGtid, types::kTableMap, types::kWriteRows, mariadb::kWriteRowsV1}) {
    std::string event = FromHex(hex);
    CHECK(ErrorOf({FromHex(types::kFormatDescription), event}) == "");
    event[25] = static_cast<char>(event[25] ^ 1);
    CHECK(ErrorOf({FromHex(types::kFormatDescription), event}).find("checksum") != std::string::npos);
  }
}

TEST_CASE("an event cut at any length is refused") {
  const std::string whole = FromHex(types::kTableMap);
  for (size_t size = 0; size < whole.size(); ++size)
    CHECK(ErrorOf({FromHex(types::kFormatDescription), whole.substr(0, size)}) != "");
}

TEST_CASE("bodies cut at any length, or with any byte changed, throw or decode, and never read outside") {
  for (const char* hex : {types::kTableMap, mariadb::kTableMap, types::kGtid, changes::kGtidTaggedLog, types::kQuery,
                          mariadb::kQuery, changes::kPreviousGtidsWithATag, changes::kXaPrepare}) {
    const std::string body = BodyOf(hex);
    const auto decode_all = [](const std::string& bytes) {
      // On the heap with no byte behind, so that the sanitizer sees the slightest overrun.
      const std::vector<uint8_t> copy(bytes.begin(), bytes.end());
      const ByteCursor cursor(copy.data(), copy.size());
      std::string inflated;
      const auto attempt = [](auto decode) {
        try {
          decode();
        } catch (const Failure&) {
        }
      };
      attempt([&] { DecodeTableMap(cursor, false); });
      attempt([&] { DecodeTableMap(cursor, true); });
      attempt([&] { DecodeGtidEvent(EventType::kGtid, cursor); });
      attempt([&] { DecodeGtidEvent(EventType::kGtidTagged, cursor); });
      attempt([&] { DecodeMariadbGtidEvent(cursor); });
      attempt([&] { DecodeGtidSet(cursor); });
      attempt([&] { DecodeQueryEvent(EventType::kQuery, cursor, 13, &inflated); });
      attempt([&] { DecodeXaPrepareEvent(cursor); });
    };
    for (size_t size = 0; size <= body.size(); ++size) decode_all(body.substr(0, size));
    for (size_t at = 0; at < body.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = body;
        changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
        decode_all(changed);
      }
    }
  }
}
