#include <doctest/doctest.h>
#include <unistd.h>

#include "common/ddl/parser.h"
#include "common/error.h"
#include "memory_source.h"
#include "recorded_events.h"
#include "tools/binlog-tail/log_stream.h"

using namespace cdc;
using namespace cdc::tail;

namespace {

/// The lines that a log gives, without the LF of the last.
std::vector<std::string> LinesOf(std::vector<std::string> events, CatalogServer server = {}) {
  MemorySource source(std::move(events));
  EventReader reader(source);
  Catalog catalog(std::move(server));
  const TableFilter filter;
  ByteOutput output(-1, "test");
  StreamWriter writer(output);
  LogStream stream(reader, filter, catalog, writer, LogStream::Options());
  reader.SetStart("binlog.000001", 4);
  stream.Run(Until());
  std::vector<std::string> lines;
  std::string_view text = output.buffer();
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string RowOf(const std::vector<std::string>& lines, size_t index) {
  for (const auto& line : lines)
    if (line.rfind("{\"op\":", 0) == 0 && index-- == 0) return line;
  return "";
}

}  // namespace

TEST_CASE("a row of every common type") {
  const auto lines = LinesOf(EventsFromHex(
      {types::kFormatDescription, types::kGtid, types::kQuery, types::kTableMap, types::kWriteRows, types::kXid}));
  CHECK(
      RowOf(lines, 0) ==
      "{\"op\":\"c\",\"db\":\"t\",\"table\":\"a\",\"after\":{\"id\":1,\"ti\":-1,\"tu\":255,\"si\":-2,\"mi\":-3,"
      "\"mu\":16777213,\"bi\":-4,\"bu\":18446744073709551612,\"f\":1.5,\"d\":-0.1,\"dc\":\"-1234567890.1234\","
      "\"d2\":\"1234567890\",\"yr\":2024,\"bt\":\"AgE=\",\"bt8\":\"/w==\",\"dt\":\"2024-02-29\",\"t0\":\"-838:59:59\","
      "\"t2\":\"-00:00:01.10\",\"t6\":\"12:34:56.789012\",\"dm0\":\"2024-02-29 13:14:15\","
      "\"dm3\":\"2024-02-29 13:14:15.678\",\"dm6\":\"9999-12-31 23:59:59.999999\",\"ts0\":\"2024-02-29 13:14:15\","
      "\"ts1\":\"2024-02-29 13:14:15.6\",\"ts6\":\"2024-02-29 13:14:15.678901\",\"c10\":\"abc é\",\"c200\":\"x€\","
      "\"b4\":\"AAEAAA==\",\"v10\":\"héllo\",\"v300\":\"longlatin é\",\"vb\":\"AP8A\",\"tb\":\"dGI=\",\"tx\":\"tëxt\","
      "\"mt\":\"mt\",\"lb\":\"bGI=\",\"en\":\"b\",\"st\":\"x,z\",\"js\":{\"a\":1},"
      "\"g\":\"5hAAAAEBAAAAAAAAAAAAAEAAAAAAAADwPw==\",\"p\":\"AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==\",\"v0\":\"\"},"
      "\"ts_us\":1795331519589312,\"gtid\":\"7baa778c-e63b-11f1-a83e-02fc00000001:109\",\"file\":\"binlog.000001\","
      "\"pos\":685,\"row\":0,\"server_id\":3397,\"thread\":149}");
  CHECK(lines.size() == 4);
  CHECK(lines[0].rfind("{\"@cdc\":\"begin\",\"n\":1,\"pos\":{", 0) == 0);
  CHECK(lines[1].rfind("{\"@cdc\":\"table\",\"db\":\"t\",\"table\":\"a\",\"at\":\"map\",\"columns\":[{\"name\":\"id\","
                       "\"type\":\"int unsigned\",\"null\":false}",
                       0) == 0);
  CHECK(lines[1].find("{\"name\":\"c200\",\"type\":\"char(200)\",\"null\":true,\"charset\":\"utf8mb4\"") !=
        std::string::npos);
  CHECK(lines[1].find("`en` enum('a','b','c') CHARACTER SET") != std::string::npos);
  CHECK(lines[3].rfind("{\"@cdc\":\"mark\",\"n\":1,\"rows\":1,", 0) == 0);
}

/// A log of whole transactions, each with its GTID event made to measure.
static std::vector<std::string> Log(std::initializer_list<std::vector<std::string>> transactions) {
  std::vector<std::string> events = {FromHex(types::kFormatDescription)};
  uint64_t gno = 1;
  for (const auto& transaction : transactions) {
    events.push_back(MakeGtid(gno++, transaction));
    for (const auto& event : transaction) events.push_back(Unplaced(event));
  }
  return events;
}

static std::string Xid() {
  return FromHex(types::kXid);
}
static std::string Begin() {
  return FromHex(types::kQuery);
}

/// `sql` in the shape of the recorded BEGIN.
static std::string Query(const std::string& sql) {
  const std::string body = BodyOf(types::kQuery);
  return MakeEvent(EventType::kQuery, body.substr(0, body.size() - 5) + sql);
}

TEST_CASE("partial JSON updates: applied where the document is there, else told") {
  const auto lines = LinesOf(Log({{Begin(), FromHex(changes::kTableMap), FromHex(changes::kPartialUpdateRows),
                                   FromHex(changes::kPartialUpdateRows2), FromHex(changes::kPartialUpdateRows3),
                                   FromHex(changes::kDeleteRows), Xid()}}));
  CHECK(RowOf(lines, 0).find("\"after\":{\"id\":1,\"j\":{\"a\":2,\"b\":[10,99,30],\"c\":\"xxx") != std::string::npos);
  CHECK(RowOf(lines, 1).find("\"before\":{\"id\":1},\"after\":{\"s\":\"q\"},") != std::string::npos);
  CHECK(RowOf(lines, 2).find("\"before\":{\"id\":1},\"after\":{\"j\":{\"@changes\":[{\"remove\":\"$.b[0]\"}]}},") !=
        std::string::npos);
  CHECK(RowOf(lines, 3).find("{\"op\":\"d\",\"db\":\"v\",\"table\":\"j\",\"before\":{\"id\":1},\"ts_us\":") == 0);
}

TEST_CASE("XA: rows come with the commit, or not at all") {
  const std::string start = FromHex(changes::kQuery), end = Query("XA END X'6731',X'6231',7");
  const std::vector<std::string> prepare = {start, FromHex(changes::kTableMap), FromHex(changes::kWriteRows), end,
                                            FromHex(changes::kXaPrepare)};
  const std::vector<std::string> other = {Begin(), FromHex(changes::kTableMap), FromHex(changes::kDeleteRows), Xid()};
  const auto committed = LinesOf(Log({prepare, other, {Query("XA COMMIT X'6731',X'6231',7")}}));
  CHECK(RowOf(committed, 0).find("\"op\":\"d\"") != std::string::npos);
  CHECK(RowOf(committed, 1).find("\"op\":\"c\"") != std::string::npos);
  CHECK(RowOf(committed, 2).empty());
  CHECK(committed.back().rfind("{\"@cdc\":\"mark\",\"n\":3,\"rows\":1,", 0) == 0);
  // While the branch is open, the positions say where to begin again.
  size_t open = 0;
  for (const auto& line : committed)
    if (line.find(",\"xa\":{\"open\":[\"X'6731',X'6231',7\"],\"from\":{") != std::string::npos) ++open;
  CHECK(open == 2);
  const auto rolled_back = LinesOf(Log({prepare, {Query("XA ROLLBACK X'6731',X'6231',7")}}));
  CHECK(RowOf(rolled_back, 0).empty());
  CHECK_THROWS_WITH_AS(LinesOf(Log({{Query("XA COMMIT X'6731',X'6231',7")}})),
                       doctest::Contains("rows were logged before"), Failure);
}

TEST_CASE("statements: ddl lines, truncation, what was logged as text") {
  const auto lines =
      LinesOf(Log({{Query("CREATE TABLE x (id INT)")}, {Query("TRUNCATE TABLE x")}, {Query("FLUSH TABLES")}}));
  REQUIRE(lines.size() == 11);
  CHECK(lines[9].rfind("{\"@cdc\":\"ddl\",\"query\":\"FLUSH TABLES\"", 0) == 0);
  CHECK(lines[1].rfind("{\"@cdc\":\"ddl\",\"query\":\"CREATE TABLE x (id INT)\",\"db\":\"t\",\"charset\":\"utf8mb4\",",
                       0) == 0);
  CHECK(lines[5].rfind("{\"@cdc\":\"table\",\"db\":\"t\",\"table\":\"x\",", 0) == 0);
  CHECK(lines[6].rfind("{\"op\":\"t\",\"db\":\"t\",\"table\":\"x\",\"ts_us\":", 0) == 0);
  CHECK(lines[7].find("\"rows\":1,") != std::string::npos);
  CHECK_THROWS_WITH_AS(LinesOf(Log({{Begin(), Query("INSERT INTO x VALUES (1)"), Xid()}})),
                       doctest::Contains("logged as text"), Failure);
}

/// The table map of changes::kTableMap as a server with binlog_row_metadata=MINIMAL writes it.
static std::string MapWithoutNames() {
  std::string body = BodyOf(changes::kTableMap);
  const std::string names = FromHex("0407026964016a0173");
  body.erase(body.find(names), names.size());
  return MakeEvent(EventType::kTableMap, body);
}

TEST_CASE(
    "a statement that cannot be understood: names are the map's, or the server's if they fit, or there are none") {
  const std::vector<std::string> made = {
      Query("CREATE TABLE v.j (id INT PRIMARY KEY, old JSON, s VARCHAR(20) CHARACTER SET latin1)")};
  const std::vector<std::string> unclear = {Query("ALTER TABLE v.j ADD COLUMN (((")};
  const auto rows = [&](const std::string& map) {
    return std::vector<std::string>{Begin(), map, FromHex(changes::kWriteRows), Xid()};
  };
  const std::string bare = MapWithoutNames();
  CHECK(RowOf(LinesOf(Log({made, rows(bare)})), 0).find("\"after\":{\"id\":2,\"old\":null,\"s\":\"t\"}") !=
        std::string::npos);
  // The log's own names.
  CHECK(RowOf(LinesOf(Log({made, unclear, rows(FromHex(changes::kTableMap))})), 0)
            .find("\"after\":{\"id\":2,\"j\":null,\"s\":\"t\"}") != std::string::npos);
  // No names anywhere: not those from before the statement.
  CHECK_THROWS_WITH_AS(LinesOf(Log({made, unclear, rows(bare)})),
                       doctest::Contains("the column names of table \"v.j\" are not in the log"), Failure);
  // The server's.
  CatalogServer server;
  std::string types = "JSON, last VARCHAR(20) CHARACTER SET latin1";
  std::map<TableKey, Position> later;
  server.load = [&](const std::string& db, const std::string& table) {
    const auto create = ddl::ParseStatement("CREATE TABLE j (id INT PRIMARY KEY, now " + types + ")", {}).create_table;
    auto schema = std::make_shared<TableSchema>(ddl::SchemaOf(create, {}));
    schema->db = db;
    schema->table = table;
    ServerTables said;
    said.tables = {schema};
    said.as_of = Position::Parse("binlog.000001:99999");
    return said;
  };
  server.changes = [&](const Position&, const Position&) {
    TableChanges changes;
    changes.last = later;
    return changes;
  };
  CHECK(RowOf(LinesOf(Log({made, unclear, rows(bare)}), server), 0)
            .find("\"after\":{\"id\":2,\"now\":null,\"last\":\"t\"}") != std::string::npos);
  // … unless it was changed since,
  later[{"v", "j"}] = Position::Parse("binlog.000001:88888");
  CHECK_THROWS_WITH_AS(LinesOf(Log({made, unclear, rows(bare)}), server),
                       doctest::Contains("the columns that table \"v.j\" had at this position are not known"), Failure);
  later.clear();
  // … or is of another shape.
  types = "JSON";
  CHECK_THROWS_WITH_AS(LinesOf(Log({made, unclear, rows(bare)}), server),
                       doctest::Contains("rows of table \"v.j\" do not fit its definition"), Failure);
}

TEST_CASE("what does not fit together is refused") {
  CHECK_THROWS_WITH_AS(LinesOf(Log({{Begin(), FromHex(changes::kWriteRows), Xid()}})),
                       doctest::Contains("without its table map"), Failure);
  CHECK_THROWS_WITH_AS(LinesOf(Log({{Begin()}})), doctest::Contains("ends inside the transaction"), Failure);
  CHECK_THROWS_WITH_AS(LinesOf(Log({{Begin(), MakeEvent(EventType::kIncident, FromHex("0100 00"))}})),
                       doctest::Contains("lost events"), Failure);
  CHECK_THROWS_WITH_AS(LinesOf(Log({{Begin(), MakeEvent(static_cast<EventType>(99), "x")}})),
                       doctest::Contains("is not known"), Failure);
  CHECK_NOTHROW(LinesOf(Log({{Begin(), MakeEvent(static_cast<EventType>(99), "x", 0x80), Xid()}})));
  // Where it stands, and how to look at it.
  try {
    LinesOf(Log({{Begin(), MakeEvent(static_cast<EventType>(99), "x"), Xid()}}));
    FAIL("an unknown event was passed over");
  } catch (const Failure& failure) {
    CHECK(failure.error().what.find(" at binlog.000001:") != std::string::npos);
    CHECK(failure.error().hint.find("mysqlbinlog -vv --start-position=") != std::string::npos);
    CHECK(failure.error().status == ExitStatus::kData);
  }
  // Rows of another table's width.
  CHECK_THROWS_AS(LinesOf(Log({{Begin(), FromHex(types::kTableMap), FromHex(changes::kWriteRows), Xid()}})), Failure);
}

TEST_CASE("rows cut at any length, or with any byte changed, throw or decode, and never read outside") {
  for (const char* hex : {types::kWriteRows, changes::kPartialUpdateRows}) {
    const char* map = hex == types::kWriteRows ? types::kTableMap : changes::kTableMap;
    const auto type = hex == types::kWriteRows ? EventType::kWriteRows : EventType::kPartialUpdateRows;
    const std::string body = BodyOf(hex);
    const auto attempt = [&](const std::string& changed) {
      try {
        LinesOf(Log({{Begin(), FromHex(map), MakeEvent(type, changed), Xid()}}));
      } catch (const Failure&) {
      }
    };
    for (size_t size = 6; size < body.size(); ++size) attempt(body.substr(0, size));
    for (size_t at = 6; at < body.size(); ++at)
      for (int bit = 0; bit < 8; bit += 3) {
        std::string changed = body;
        changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
        attempt(changed);
      }
  }
}

TEST_CASE("MariaDB: without names in the log there are no rows") {
  CHECK_THROWS_WITH_AS(LinesOf(EventsFromHex({types::kFormatDescription, mariadb::kMariadbGtid2, mariadb::kTableMap,
                                              mariadb::kWriteRowsV1, mariadb::kXid})),
                       doctest::Contains("the column names of table \"v.j\" are not in the log"), Failure);
}
