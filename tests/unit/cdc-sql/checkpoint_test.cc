#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "common/error.h"
#include "stateful_runs.h"
#include "tools/cdc-sql/plan/fingerprint.h"
#include "tools/cdc-sql/state/checkpoint_store.h"
#include "tools/cdc-sql/state/step_journal.h"

namespace cdc::sql {

namespace {

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
  file.put('9');
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
  CHECK(print("SELECT k, GROUPING(k) FROM t GROUP BY ROLLUP (k)") ==
        print("SELECT a.k, GROUPING(a.k) FROM t AS a GROUP BY ROLLUP (a.k)"));
  CHECK(print("SELECT k, GROUPING(k) FROM t GROUP BY ROLLUP (k, v)") !=
        print("SELECT k, GROUPING(v) FROM t GROUP BY ROLLUP (k, v)"));
}

}  // namespace cdc::sql
