#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <sstream>

#include "stateful_runs.h"
#include "tools/cdc-sql/functions/accumulator.h"
#include "tools/cdc-sql/plan/explain.h"
#include "tools/cdc-sql/run/op_session.h"

/// Sessions against a recomputation from all rows that are open.

namespace cdc::sql {

namespace {

struct OpenRow {
  int64_t time = 0;
  int64_t v = 0;
  bool adds = true;
};

/// Keeps the rows themselves, and finds their sessions anew whenever it is asked.
class NaiveSessions {
 public:
  explicit NaiveSessions(int64_t gap) : gap_(gap) {}

  /// False: the row is late.
  bool Add(const std::string& key, const OpenRow& row, int64_t watermark) {
    std::vector<OpenRow>& rows = open_[key];
    std::vector<OpenRow> with = rows;
    with.push_back(row);
    for (const std::vector<OpenRow>& session : Split(with))
      if (session.front().time <= row.time && row.time <= session.back().time && EndOf(session) - 1 <= watermark)
        return false;
    rows = std::move(with);
    return true;
  }

  /// The lines of the sessions that are over, which go.
  std::multiset<std::string> Fire(int64_t watermark) {
    std::multiset<std::string> lines;
    for (auto& [key, rows] : open_) {
      std::vector<OpenRow> stay;
      for (const std::vector<OpenRow>& session : Split(rows)) {
        if (EndOf(session) - 1 > watermark) {
          stay.insert(stay.end(), session.begin(), session.end());
        } else if (const std::string line = LineOf(key, session); !line.empty()) {
          lines.insert(line);
        }
      }
      rows = std::move(stay);
    }
    return lines;
  }

  std::map<std::string, std::vector<OpenRow>>& open() { return open_; }

 private:
  int64_t EndOf(const std::vector<OpenRow>& session) const { return session.back().time + gap_; }
  std::vector<std::vector<OpenRow>> Split(std::vector<OpenRow> rows) const {
    std::stable_sort(rows.begin(), rows.end(), [](const OpenRow& a, const OpenRow& b) { return a.time < b.time; });
    std::vector<std::vector<OpenRow>> sessions;
    for (const OpenRow& row : rows) {
      if (sessions.empty() || row.time > EndOf(sessions.back())) sessions.emplace_back();
      sessions.back().push_back(row);
    }
    return sessions;
  }
  std::string LineOf(const std::string& key, const std::vector<OpenRow>& session) const {
    std::multiset<int64_t> values;
    for (const OpenRow& row : session)
      if (row.adds) values.insert(row.v);
    for (const OpenRow& row : session)
      if (!row.adds) values.erase(values.find(row.v));
    if (values.empty()) return "";
    int64_t sum = 0;
    for (const int64_t value : values) sum += value;
    std::ostringstream line;
    line << key << " " << session.front().time << " " << EndOf(session) << " " << values.size() << " " << sum << " "
         << *values.begin() << " " << *values.rbegin() << " " << std::set<int64_t>(values.begin(), values.end()).size();
    return line.str();
  }

  int64_t gap_;
  std::map<std::string, std::vector<OpenRow>> open_;
};

/// Takes the rows of the query below apart.
class Lines : public Operator {
 public:
  explicit Lines(std::multiset<std::string>* lines) : lines_(lines) {}
  void Push(size_t, const Batch& batch) override {
    for (size_t row = 0; row < batch.rows; ++row) {
      REQUIRE(batch.kinds[row] == RowKind::kInsert);
      std::ostringstream line;
      line << batch.columns[0]->strings()[row];
      for (size_t i = 1; i < 3; ++i) line << " " << static_cast<int64_t>(batch.columns[i]->wides()[row] / 1000000);
      for (size_t i = 3; i < batch.columns.size(); ++i) line << " " << batch.columns[i]->ints()[row];
      lines_->insert(line.str());
    }
  }

 private:
  std::multiset<std::string>* lines_;
};

const char* const kSessionTables =
    "CREATE TABLE e (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND) WITH ('connector' "
    "= 'kafka', 'format' = 'json');"
    "CREATE TABLE c (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND) WITH ('connector' "
    "= 'kafka', 'format' = 'debezium-json');";

std::string SessionQuery(const std::string& table) {
  return kSessionTables + ("SELECT k, window_start, window_end, COUNT(*), SUM(v), MIN(v), MAX(v), COUNT(DISTINCT v) "
                           "FROM TABLE(SESSION(TABLE " +
                           table +
                           " PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY k, window_start, "
                           "window_end");
}

/// How many rows were late.
int64_t SessionsAgainstOracle(bool changes, ChangeMode mode, uint64_t seed) {
  INFO("seed ", seed, changes ? " changing rows" : " new rows", mode == ChangeMode::kNet ? " in steps" : " row by row");
  std::mt19937_64 random(seed);
  BoundScript script;
  BindScript(ParseScript(KeptSource(SessionQuery(changes ? "c" : "e"))), {}, &script);
  std::multiset<std::string> lines;
  Dataflow flow(mode);
  flow.Add(script.sinks[0], std::make_unique<Lines>(&lines));
  NaiveSessions naive(2000);
  int64_t clock = 1'700'000'000'000, watermark = INT64_MIN, fired = 0, late = 0;
  for (int step = 0; step < 300; ++step) {
    clock += static_cast<int64_t>(random() % 8 == 0 ? random() % 9000 : random() % 900);
    OpenRow row{clock - static_cast<int64_t>(random() % 4 == 0 ? random() % 6000 : random() % 800),
                static_cast<int64_t>(random() % 5) - 2};
    std::string key(1, static_cast<char>('a' + random() % 3));
    if (auto& open = naive.open()[key]; changes && random() % 3 == 0 && !open.empty()) {
      // Takes a row back that is in an open session, and only there.
      const OpenRow& taken = open[random() % open.size()];
      const auto same = [&taken](bool adds) {
        return [&taken, adds](const OpenRow& known) {
          return known.time == taken.time && known.v == taken.v && known.adds == adds;
        };
      };
      if (std::count_if(open.begin(), open.end(), same(true)) > std::count_if(open.begin(), open.end(), same(false)))
        row = {taken.time, taken.v, false};
    }
    const Dataflow::Source& source = flow.sources()[0];
    BatchBuilder builder(source.scan->columns);
    builder.column(0).AppendCopy(key);
    builder.column(1).Append(row.v);
    builder.column(2).Append(Int128{row.time} * 1000000);
    builder.RowDone(row.adds ? RowKind::kInsert : RowKind::kDelete);
    late += naive.Add(key, row, watermark) ? 0 : 1;
    watermark = std::max(watermark, row.time - 3000);
    source.entry->Push(0, builder.Take());
    flow.EndStep();
    const std::multiset<std::string> expected = naive.Fire(watermark);
    fired += static_cast<int64_t>(expected.size());
    REQUIRE(lines == expected);
    lines.clear();
  }
  flow.EndTime();
  REQUIRE(lines == naive.Fire(INT64_MAX));
  CHECK(fired > 20);
  return late;
}

std::string PlanOf(const std::string& sql) {
  BoundScript script;
  BindScript(ParseScript(KeptSource(kSessionTables + sql)), {}, &script);
  return ExplainPlan(script.sinks[0], false);
}

}  // namespace

TEST_CASE("aggregates of sessions are what a recomputation gives, after every row") {
  int64_t late = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed)
    for (const ChangeMode mode : {ChangeMode::kTrace, ChangeMode::kNet})
      for (const bool changes : {false, true}) late += SessionsAgainstOracle(changes, mode, seed);
  CHECK(late > 0);
}

TEST_CASE("a session keeps accumulators where they can be merged, else rows") {
  const std::string from = " FROM TABLE(SESSION(TABLE e PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND)) ";
  const std::string by = from + "GROUP BY k, window_start, window_end";
  const auto merged = [](const std::string& plan) { return plan.find("SessionAggregate(by k;") != std::string::npos; };
  CHECK(merged(PlanOf("SELECT k, SUM(v), COUNT(DISTINCT v), LISTAGG(k)" + by)));
  CHECK(merged(PlanOf("SELECT k, UPPER(k), window_time, COUNT(*) FILTER (WHERE v > 0)" + by + ", window_time")));
  CHECK_FALSE(merged(PlanOf("SELECT k, LISTAGG(DISTINCT k)" + by)));
  CHECK_FALSE(merged(PlanOf("SELECT k, MAX(window_end)" + by)));
  CHECK_FALSE(merged(PlanOf("SELECT k, v, COUNT(*)" + by + ", v")));
  CHECK(PlanOf("SELECT k, LISTAGG(DISTINCT k)" + by).find("keeps rows of open sessions") != std::string::npos);
}

TEST_CASE("groups that are not those of the sessions change, and take no memory behind their end") {
  const std::string query = std::string(kSessionTables) +
                            "SELECT window_start, window_end, COUNT(*), FIRST_VALUE(k) FROM TABLE(SESSION(TABLE e "
                            "PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY window_start, window_end";
  for (const ChangeMode mode : {ChangeMode::kTrace, ChangeMode::kNet}) {
    Run run(query, mode);
    const Dataflow::Source& source = run.flow->sources()[0];
    const size_t empty = Saved(*run.flow).size();
    for (int64_t i = 0; i < 200; ++i) {
      BatchBuilder builder(source.scan->columns);
      for (const char* key : {"a", "b"}) {
        builder.column(0).AppendCopy(key);
        builder.column(1).Append(i);
        builder.column(2).Append(Int128{1'700'000'000'000 + i * 5000} * 1000000);
        builder.RowDone(RowKind::kInsert);
      }
      source.entry->Push(0, builder.Take());
      run.flow->EndStep();
    }
    CHECK((run.changes.find("+U") != std::string::npos) == (mode == ChangeMode::kTrace));
    CHECK(Saved(*run.flow).size() < empty + 500);
  }
}

TEST_CASE("of two groups that become one the smaller is taken over") {
  for (const char* function : {"COUNT", "MIN", "ARRAY_AGG"}) {
    INFO(function);
    AggregateCall call;
    call.function = function;
    call.distinct = call.function == "COUNT";
    call.argument = 0;
    call.argument_type.kind = TypeKind::kBigint;
    const auto accumulator = MakeAccumulator(call, false);
    accumulator->Resize(2);
    ColumnVector values(Physical::kInt64);
    for (int64_t i = 0; i < 1000; ++i) values.Append(i);
    accumulator->Add(0, &values, 7, 1);
    for (size_t i = 0; i < 1000; ++i) accumulator->Add(1, &values, i, 1);
    const size_t small = accumulator->GroupBytes(0), large = accumulator->GroupBytes(1);
    accumulator->Merge(0, 1);
    CHECK(accumulator->GroupBytes(0) >= large);
    CHECK(accumulator->GroupBytes(1) <= small);
  }
}

TEST_CASE("rows of sessions that become one are in the order in which they came") {
  SessionRows large, small;
  for (uint64_t number = 0; number < 100; ++number) (number == 50 ? small : large).rows.push_back({number, {}, {}});
  large.rows.reserve(101);
  const SessionRows::Row* rows = large.rows.data();
  small.Merge(large);
  CHECK(small.rows.data() == rows);  // not moved
  small.Sort();
  REQUIRE(small.rows.size() == 100);
  for (uint64_t number = 0; number < 100; ++number) CHECK(small.rows[number].number == number);
}

namespace {

/// Counts how often one is moved.
struct Moved {
  static inline int64_t moves = 0;
  Moved() = default;
  Moved(Moved&&) noexcept { ++moves; }
  Moved& operator=(Moved&&) noexcept {
    ++moves;
    return *this;
  }
  void Persist(StateArchive&) {}
};

}  // namespace

TEST_CASE("a new session does not move the others of its partition") {
  OpenSessions<Moved> sessions(10, TimeZone{});
  constexpr int64_t kSessions = 1000;
  for (int64_t i = kSessions; i > 0; --i) sessions.Find("a", i * 100, 0, [](Moved&, Moved&) {});
  CHECK(Moved::moves < 10 * kSessions);
  int64_t last = 0, fired = 0;
  sessions.Fire(INT64_MAX, [&](std::string_view, const auto& session) {
    CHECK(session.start > last);
    last = session.start;
    ++fired;
  });
  CHECK(fired == kSessions);
}

}  // namespace cdc::sql
