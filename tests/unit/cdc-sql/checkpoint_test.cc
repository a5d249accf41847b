#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "common/error.h"
#include "sql_text.h"
#include "tools/cdc-sql/plan/fingerprint.h"
#include "tools/cdc-sql/run/dataflow.h"
#include "tools/cdc-sql/run/value_text.h"
#include "tools/cdc-sql/state/checkpoint_store.h"
#include "tools/cdc-sql/state/step_journal.h"

namespace cdc::sql {

namespace {

/// Writes down the changes that reach it.
class Recorder : public Operator {
 public:
  Recorder(const std::vector<PlanColumn>& columns, std::string* text) : columns_(columns), text_(text) {}
  void Push(size_t, const Batch& batch) override {
    for (size_t row = 0; row < batch.rows; ++row) {
      *text_ += RowKindText(batch.kinds[row]);
      for (size_t i = 0; i < columns_.size(); ++i) {
        *text_ += ",";
        AppendValueJson(*text_, *batch.columns[i], row, columns_[i].type, {});
      }
      *text_ += "\n";
    }
  }

 private:
  std::vector<PlanColumn> columns_;
  std::string* text_;
};

struct Run {
  BoundScript script;
  std::unique_ptr<Dataflow> flow;
  std::string changes;

  Run(const std::string& sql, ChangeMode mode) {
    BindScript(ParseScript(KeptSource(sql)), {}, &script);
    flow = std::make_unique<Dataflow>(mode);
    flow->Add(script.sinks[0], std::make_unique<Recorder>(script.sinks[0].input->columns, &changes));
  }
};

const char* kTables =
    "CREATE TABLE t (k STRING, v INT, w DECIMAL(10, 2), d DOUBLE) WITH ('connector' = 'kafka', 'format' = "
    "'debezium-json');"
    "CREATE TABLE u (k STRING, x INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'kafka', 'format' = "
    "'debezium-json');"
    "CREATE TABLE e (k STRING, v INT, ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND) "
    "WITH ('connector' = 'kafka', 'format' = 'json');"
    "CREATE TABLE f (k STRING, x INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND) WITH ('connector' "
    "= 'kafka', 'format' = 'json');"
    "CREATE TABLE g (k STRING, x INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND, PRIMARY KEY (k) "
    "NOT ENFORCED) WITH ('connector' = 'kafka', 'format' = 'debezium-json');"
    "CREATE TABLE o (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'jdbc');";

#define TUMBLED(table) "TABLE(TUMBLE(TABLE " table ", DESCRIPTOR(ts), INTERVAL '5' SECOND))"

/// At least one for each operator that keeps state, each accumulator, and combinations.
const char* kQueries[] = {
    "SELECT k, COUNT(*), COUNT(v), SUM(v), AVG(v), SUM(w), AVG(w), SUM(d), AVG(d) FROM t GROUP BY k",
    "SELECT k, MIN(v), MAX(v), MIN(w), MAX(d), MIN(k), COUNT(DISTINCT v), SUM(DISTINCT w) FROM t GROUP BY k",
    "SELECT k, MIN(v), MAX(v), MAX(k), MIN(ts) FROM e GROUP BY k",
    "SELECT k, FIRST_VALUE(v), LAST_VALUE(v) FROM e GROUP BY k",
    "SELECT k, LISTAGG(k, ';'), COLLECT(v), ARRAY_AGG(v), JSON_ARRAYAGG(v) FROM t GROUP BY k",
    "SELECT k, STDDEV_POP(v), VAR_SAMP(w), VAR_POP(d), PERCENTILE(v, 0.5) FROM t GROUP BY k",
    "SELECT DISTINCT k, v FROM t",
    "SELECT k, v, COUNT(*) FROM t GROUP BY GROUPING SETS ((k, v), (k), ())",
    "SELECT t.k, v, x FROM t JOIN u ON t.k = u.k",
    "SELECT t.k, v, x FROM t LEFT JOIN u ON t.k = u.k AND v <= x",
    "SELECT t.k, v, x FROM t FULL JOIN u ON t.k = u.k",
    "SELECT k, v FROM t WHERE k IN (SELECT k FROM u WHERE u.x < t.v)",
    "SELECT k, v FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k)",
    "SELECT k, v FROM t WHERE v NOT IN (SELECT x FROM u)",
    "SELECT k FROM t INTERSECT SELECT k FROM u",
    "SELECT k, v FROM t EXCEPT ALL SELECT k, x FROM u",
    "SELECT k, v, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS rn FROM t) WHERE rn <= 2",
    "SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS rn FROM e) WHERE rn <= 3",
    "SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM e) WHERE rn = 1",
    "SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM e) WHERE rn = 1",
    "SELECT k, n, rn FROM (SELECT k, n, ROW_NUMBER() OVER (ORDER BY n DESC) AS rn FROM (SELECT k, COUNT(*) AS n FROM e "
    "GROUP BY k)) WHERE rn <= 2",
    "SELECT k, n FROM (SELECT k, COUNT(*) AS n FROM e GROUP BY k) ORDER BY n DESC LIMIT 2",
    "SELECT k, v FROM t ORDER BY v LIMIT 3",
    "SELECT k, v FROM e LIMIT 7",
    "SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY v) FROM t WHERE v IS NOT NULL",
    "SELECT k, v, RANK() OVER (PARTITION BY k ORDER BY v), SUM(v) OVER (PARTITION BY k ORDER BY v) FROM t",
    "SELECT k, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) FROM t",
    "SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY ts) FROM e",
    "SELECT k, v, COUNT(*) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '4' SECOND PRECEDING AND CURRENT "
    "ROW), MAX(v) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '4' SECOND PRECEDING AND CURRENT ROW) FROM e",
    "SELECT k, v, SUM(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM e",
    "SELECT k, v, LAG(v, 2) OVER (PARTITION BY k ORDER BY ts) FROM e",
    "SELECT * FROM e MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.v AS a, SUM(B.v) AS s, LAST(B.ts) AS t AFTER "
    "MATCH SKIP PAST LAST ROW PATTERN (A B+ C) WITHIN INTERVAL '20' SECOND DEFINE B AS B.v >= A.v, C AS C.v < LAST(B.v))",
    "SELECT k, v, COUNT(*) OVER (PARTITION BY k ORDER BY p) FROM e",
    "SELECT window_start, k, COUNT(*), SUM(v), COUNT(DISTINCT v) FROM " TUMBLED("e") " GROUP BY window_start, "
    "window_end, k",
    "SELECT window_start, k, MAX(v) FROM TABLE(HOP(TABLE e, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND)) "
    "GROUP BY window_start, window_end, k",
    "SELECT window_start, window_end, k, COUNT(*) FROM TABLE(SESSION(TABLE e PARTITION BY k, DESCRIPTOR(ts), INTERVAL "
    "'2' SECOND)) GROUP BY window_start, window_end, k",
    "SELECT a.k, a.v, b.x FROM (SELECT * FROM " TUMBLED("e") ") a FULL JOIN (SELECT * FROM " TUMBLED("f") ") b ON a.k "
    "= b.k AND a.window_start = b.window_start AND a.window_end = b.window_end",
    "WITH c AS (SELECT k, COUNT(*) AS n, window_start, window_end FROM " TUMBLED("e") " GROUP BY k, window_start, "
    "window_end) SELECT c.k, c.n FROM c JOIN (SELECT MAX(n) AS n, window_start, window_end FROM c GROUP BY window_start, "
    "window_end) AS m ON c.window_start = m.window_start AND c.window_end = m.window_end AND c.n >= m.n",
    "SELECT window_start, k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v) AS "
    "rn FROM " TUMBLED("e") ") WHERE rn <= 2",
    "SELECT e.k, v, x FROM e LEFT JOIN f ON e.k = f.k AND e.ts BETWEEN f.ts - INTERVAL '5' SECOND AND f.ts + INTERVAL "
    "'2' SECOND",
    "SELECT e.k, v, x FROM e LEFT JOIN g FOR SYSTEM_TIME AS OF e.ts ON e.k = g.k",
    "SELECT ts, k, v FROM e ORDER BY ts",
    "INSERT INTO o SELECT k, v FROM t WHERE k IS NOT NULL ON CONFLICT DO DEDUPLICATE",
    "SELECT n, COUNT(*) FROM (SELECT k, COUNT(*) AS n FROM t GROUP BY k) GROUP BY n",
};

/// Random changes of a table: of one whose rows never go only new ones.
class RandomRows {
 public:
  RandomRows(const PlanNode& scan, std::mt19937_64& random) : scan_(scan), random_(random) {}

  Batch Next() {
    BatchBuilder builder(scan_.columns);
    for (size_t changes = random_() % 4; changes > 0; --changes) {
      const uint64_t choice = rows_.empty() || scan_.append_only ? 0 : random_() % 3;
      if (choice == 0) {
        std::vector<Datum> row = NewRow();
        if (!scan_.append_only && scan_.unique_key && Holds(row)) continue;
        Append(builder, row, RowKind::kInsert);
        if (!scan_.append_only) rows_.push_back(std::move(row));
        continue;
      }
      const size_t at = random_() % rows_.size();
      if (choice == 1) {
        Append(builder, rows_[at], RowKind::kDelete);
        rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(at));
        continue;
      }
      Append(builder, rows_[at], RowKind::kUpdateBefore);
      const Datum key = rows_[at][0];
      rows_[at] = NewRow();
      rows_[at][0] = key;
      Append(builder, rows_[at], RowKind::kUpdateAfter);
    }
    return builder.Take();
  }

 private:
  bool Holds(const std::vector<Datum>& row) const {
    for (const std::vector<Datum>& known : rows_)
      if (known[0] == row[0]) return true;
    return false;
  }
  std::vector<Datum> NewRow() {
    std::vector<Datum> row;
    clock_ += static_cast<int64_t>(random_() % 900);
    for (const PlanColumn& column : scan_.columns) {
      Datum value;
      value.is_null = column.name != "ts" && column.type.nullable && random_() % 9 == 0;
      const auto number = static_cast<int64_t>(random_() % 9) - 3;
      switch (column.type.physical()) {
        case Physical::kString: value.text = std::string(1, static_cast<char>('a' + random_() % 4)); break;
        case Physical::kInt64: value.integer = number; break;
        case Physical::kDouble: value.real = static_cast<double>(number) / 4; break;
        case Physical::kInt128:
          // Times jump back and forth a little, so that some rows are late.
          value.wide = column.name == "ts" ? Int128{clock_ - static_cast<int64_t>(random_() % 4000)} * 1000000
                                           : Int128{number * 25};
          break;
        case Physical::kBool: value.boolean = 1; break;
      }
      if (value.is_null) value = Datum{};
      row.push_back(value);
    }
    return row;
  }
  static void Append(BatchBuilder& builder, const std::vector<Datum>& row, RowKind kind) {
    for (size_t i = 0; i < row.size(); ++i) builder.column(i).AppendDatum(row[i]);
    builder.RowDone(kind);
  }

  const PlanNode& scan_;
  std::mt19937_64& random_;
  int64_t clock_ = 1'700'000'000'000;
  std::vector<std::vector<Datum>> rows_;
};

std::string Saved(Dataflow& flow) {
  std::string bytes;
  StateArchive state = StateArchive::Saving([&bytes](std::string_view block) { bytes += block; });
  flow.Persist(state);
  state.Finish();
  return bytes;
}

void Load(Dataflow& flow, const std::string& bytes) {
  size_t at = 0;
  StateArchive state = StateArchive::Loading([&](std::string* more) {
    const size_t size = std::min<size_t>(7, bytes.size() - at);  // little by little, so that parts are cut
    more->append(bytes, at, size);
    at += size;
    return size > 0;
  });
  flow.Persist(state);
  state.Finish();
}

/// Two runs get the same rows; the state of one goes through a checkpoint now and then. Their changes are the same, in
/// the same order.
void StopsMakeNoDifference(const std::string& query, ChangeMode mode, uint64_t seed) {
  INFO("seed ", seed, mode == ChangeMode::kNet ? " in steps: " : " row by row: ", query);
  std::mt19937_64 random(seed);
  Run steady(kTables + query, mode);
  auto stopped = std::make_unique<Run>(kTables + query, mode);
  std::vector<RandomRows> tables;
  for (const Dataflow::Source& source : steady.flow->sources()) tables.emplace_back(*source.scan, random);
  size_t changes = 0;
  for (int step = 0; step < 60; ++step) {
    for (size_t i = 0; i < tables.size(); ++i) {
      const Batch batch = tables[i].Next();
      if (batch.rows == 0) continue;
      steady.flow->sources()[i].entry->Push(0, batch);
      stopped->flow->sources()[i].entry->Push(0, batch);
    }
    steady.flow->EndStep();
    stopped->flow->EndStep();
    REQUIRE(stopped->changes == steady.changes);
    changes += steady.changes.size();
    steady.changes.clear();
    stopped->changes.clear();
    if (random() % 6 != 0) continue;
    const std::string bytes = Saved(*stopped->flow);
    stopped = std::make_unique<Run>(kTables + query, mode);
    Load(*stopped->flow, bytes);
    REQUIRE(Saved(*stopped->flow).size() == bytes.size());  // hash tables have another order
  }
  steady.flow->EndTime();
  stopped->flow->EndTime();
  REQUIRE(stopped->changes == steady.changes);
  CHECK(changes + steady.changes.size() > 0);
}

/// A folder that goes with the test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "checkpoints-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

CheckpointHead HeadAt(uint64_t number, uint64_t pos) {
  CheckpointHead head;
  head.number = number;
  head.position.file = "binlog.000003";
  head.position.pos = pos;
  head.query = "q";
  return head;
}

void Write(const CheckpointStore& store, uint64_t number, uint64_t pos, std::string text = "state") {
  CHECK(WriteCheckpoint(store.PathOf(number), HeadAt(number, pos), [&text](StateArchive& state) { state(text); }));
}

std::string ReadText(const std::string& path) {
  std::string text;
  ReadCheckpointState(path, [&text](StateArchive& state) { state(text); });
  return text;
}

void Damage(const std::string& path, size_t from_end) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(-static_cast<std::streamoff>(from_end), std::ios::end);
  const int byte = file.get();
  file.seekp(-static_cast<std::streamoff>(from_end), std::ios::end);
  file.put(static_cast<char>(byte ^ 1));
}

ExitStatus StatusOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.error().status;
  }
  return ExitStatus::kOk;
}

}  // namespace

TEST_CASE("the state of every operator goes through a checkpoint unchanged") {
  const uint64_t seed = std::random_device()();
  for (const char* query : kQueries)
    for (uint64_t i = 0; i < 4; ++i)
      for (const ChangeMode mode : {ChangeMode::kTrace, ChangeMode::kNet}) StopsMakeNoDifference(query, mode, seed + i);
}

TEST_CASE("equal parts of a query are computed once, those of other options are not") {
  const auto sources = [](const std::string& query) {
    return Run(kTables + query, ChangeMode::kNet).flow->sources().size();
  };
  CHECK(sources("SELECT a.k FROM t AS a JOIN t AS b ON a.k = b.k") == 1);
  CHECK(sources("SELECT a.k FROM t AS a JOIN (SELECT * FROM t WHERE v > 1) AS b ON a.k = b.k") == 1);
  CHECK(sources("SELECT a.k FROM t /*+ OPTIONS('debezium-json.ignore-parse-errors' = 'true') */ AS a JOIN t AS b ON "
                "a.k = b.k") == 2);
}

TEST_CASE("a checkpoint is read back, and damage is found") {
  const Folder folder;
  const CheckpointStore store(folder.path);
  std::string large;
  std::mt19937_64 random(1);
  while (large.size() < 5'000'000) large += static_cast<char>(random());
  Write(store, 1, 100, large);
  const CheckpointHead head = ReadCheckpointHead(store.PathOf(1));
  CHECK(head.number == 1);
  CHECK(head.position.pos == 100);
  CHECK(head.query == "q");
  CHECK(head.transactions);
  CHECK_FALSE(FindDamage(store.PathOf(1)));
  CHECK(ReadText(store.PathOf(1)) == large);
  // An existing one stays as it is.
  CHECK_FALSE(WriteCheckpoint(store.PathOf(1), HeadAt(1, 7), [](StateArchive& state) { state.Tag("other"); }));
  CHECK(ReadText(store.PathOf(1)) == large);
  for (const size_t from_end : {3, 90, 2'000'000}) {
    Damage(store.PathOf(1), from_end);
    CHECK(FindDamage(store.PathOf(1)).has_value());
    Damage(store.PathOf(1), from_end);
  }
  CHECK_FALSE(FindDamage(store.PathOf(1)));
  std::filesystem::resize_file(store.PathOf(1), 1'000'000);
  CHECK(FindDamage(store.PathOf(1)).has_value());
  // What is whole but holds something else than is asked for.
  Write(store, 2, 200, "short");
  CHECK(StatusOf([&] { ReadCheckpointState(store.PathOf(2), [](StateArchive& state) { state.Tag("other"); }); }) ==
        ExitStatus::kData);
  CHECK(StatusOf([&] { ReadCheckpointState(store.PathOf(2), [](StateArchive&) {}); }) == ExitStatus::kData);
}

TEST_CASE("the checkpoint that is chosen is the newest whole one that is not ahead of the sink") {
  const Folder folder;
  const CheckpointStore store(folder.path);
  Position sink = HeadAt(0, 250).position;
  CHECK_FALSE(store.Choose(sink));
  for (uint64_t n = 1; n <= 4; ++n) Write(store, n, n * 100);
  CHECK(store.Choose(sink)->head.number == 2);
  CHECK(store.Choose(std::nullopt)->head.number == 4);
  sink.pos = 300;
  CHECK(store.Choose(sink)->head.number == 3);
  Damage(store.PathOf(3), 1);
  CHECK(store.Choose(sink)->head.number == 2);
  sink.pos = 99;
  CHECK_FALSE(store.Choose(sink));
  // Nobody is known to ask for old ones.
  store.Prune(2);
  REQUIRE(store.List().size() == 2);
  CHECK(store.List()[0].head.number == 3);
}

TEST_CASE("a checkpoint of a newer format is refused and left as it is") {
  const Folder folder;
  const CheckpointStore store(folder.path);
  Write(store, 1, 100);
  std::fstream file(store.PathOf(1), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::string("{\"checkpoint\":\"cdc-sql\",\"v\":").size()));
  file.put('2');
  file.close();
  CHECK(StatusOf([&] { store.List(); }) == ExitStatus::kConfig);
  CHECK(std::filesystem::exists(store.PathOf(1)));
}

TEST_CASE("a folder belongs to one process, and what was not finished goes") {
  const Folder folder;
  std::ofstream(folder.path + "/checkpoint-000000000001.77.tmp") << "half";
  CheckpointStore first(folder.path), second(folder.path);
  first.Lock();
  CHECK_FALSE(std::filesystem::exists(folder.path + "/checkpoint-000000000001.77.tmp"));
  CHECK(StatusOf([&] { second.Lock(); }) == ExitStatus::kTempFail);
}

TEST_CASE("a journal gives the steps back, without one that was being written") {
  const Folder folder;
  const CheckpointStore store(folder.path);
  const auto step = [](int64_t end) {
    JournalStep made;
    made.runs = {{"a \"topic\"", 0, end}, {"b", 3, end * 2}};
    made.position.kafka["a \"topic\""][0] = end;
    made.ts_us = 7;
    return made;
  };
  {
    StepJournal journal(store);
    journal.Begin(4);
    journal.Append(step(1));
    journal.Append(step(2));
    journal.Begin(5);
    journal.Append(step(3));
  }
  std::ofstream(store.JournalOf(5), std::ios::app) << "{\"runs\":[[\"a";
  uint64_t last = 0;
  {
    StepJournal journal(store);
    const std::deque<JournalStep> steps = journal.Recall(4, &last);
    REQUIRE(steps.size() == 3);
    CHECK(last == 5);
    CHECK(steps[2].runs[0].topic == "a \"topic\"");
    CHECK(steps[2].runs[1].end == 6);
    CHECK(steps[2].position.kafka.at("a \"topic\"").at(0) == 3);
    journal.Append(step(4));
  }
  StepJournal journal(store);
  CHECK(journal.Recall(5, &last).size() == 2);
}

TEST_CASE("the fingerprint is of what a query does, not of how it is written") {
  const auto print = [](const std::string& sql) {
    BoundScript script;
    BindScript(ParseScript(KeptSource(kTables + sql)), {}, &script);
    return PlanText(script);
  };
  const std::string one = print("SELECT k, SUM(v) FROM t WHERE v > 1 GROUP BY k");
  CHECK(one == print("SELECT k,   SUM(v) -- all of them\nFROM t WHERE (v > 1) GROUP BY k"));
  for (const char* other :
       {"SELECT k, SUM(v) FROM t WHERE v > 2 GROUP BY k", "SELECT k, SUM(x) FROM u WHERE x > 1 GROUP BY k",
        "SELECT k, MAX(v) FROM t WHERE v > 1 GROUP BY k",
        "SELECT k, SUM(CAST(v AS BIGINT)) FROM t WHERE v > 1 GROUP BY k",
        "SET 'table.local-time-zone' = 'Europe/Oslo'; SELECT k, SUM(v) FROM t WHERE v > 1 GROUP BY k",
        "SELECT k, SUM(v) FROM t /*+ OPTIONS('debezium-json.ignore-parse-errors' = 'true') */ WHERE v > 1 GROUP BY k"})
    CHECK(one != print(other));
  CHECK(one ==
        print("SELECT k, SUM(v) FROM t /*+ OPTIONS('debezium-json.ignore-parse-errors' = 'false', 'topic' = 'other', "
              "'properties.bootstrap.servers' = 'k:1') */ WHERE v > 1 GROUP BY k"));
}

}  // namespace cdc::sql
