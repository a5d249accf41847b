#include <doctest/doctest.h>

#include <map>
#include <random>

#include "stateful_runs.h"
#include "tools/cdc-sql/run/turns.h"
#include "tools/cdc-sql/run/whole_turns.h"

namespace cdc::sql {

namespace {

/// Beside those that each keep a kind of state: joins of a table with itself, and what follows and precedes joins.
const char* const kJoins[] = {
    "SELECT a.k, a.v, b.v FROM t AS a JOIN t AS b ON a.k = b.k AND a.v < b.v",
    "SELECT a.k, a.v, b.v, c.d FROM t AS a JOIN t AS b ON a.k = b.k JOIN t AS c ON b.v = c.v",
    "SELECT t.k, t.v, n FROM t LEFT JOIN (SELECT k, COUNT(*) AS n FROM t GROUP BY k) AS c ON t.k = c.k",
    "SELECT c.k, n, x FROM (SELECT k, COUNT(*) AS n FROM t GROUP BY k) AS c FULL JOIN u ON c.k = u.k",
    "SELECT x, SUM(v), COUNT(DISTINCT d) FROM t JOIN u ON t.k = u.k GROUP BY x",
    "SELECT n, COUNT(*) FROM (SELECT t.k, SUM(x) AS n FROM t JOIN u ON t.k = u.k GROUP BY t.k) GROUP BY n",
    "SELECT k, v, x FROM (SELECT t.k, v, x, ROW_NUMBER() OVER (PARTITION BY t.k ORDER BY v, x) AS rn FROM t JOIN u ON "
    "t.k = u.k) WHERE rn <= 2",
    "SELECT k, v, b FROM (SELECT a.k, a.v, b.v AS b, ROW_NUMBER() OVER (PARTITION BY a.k ORDER BY b.v DESC) AS rn FROM "
    "e "
    "AS a JOIN e AS b ON a.v = b.v WHERE a.k < b.k) WHERE rn = 1",
    "SELECT t.k, t.v, u.x, o.x FROM t JOIN u ON t.k = u.k LEFT JOIN u AS o ON t.v = o.x",
};

/// What one turn after the other gives beside what the turns of a batch give together.
struct TurnByTurnAndWhole {
  TurnByTurnAndWhole(const std::string& sql, ChangeMode mode, bool in_steps)
      : steps(in_steps), by_turn(sql, mode), whole(sql, mode) {
    // Once more, with turns taken together.
    whole.flow = std::make_unique<Dataflow>(mode);
    whole.flow->TakeTurnsWhole(whole.script.sinks[0], steps);
    whole.flow->Add(whole.script.sinks[0],
                    std::make_unique<Recorder>(whole.script.sinks[0].input->columns, &whole.changes));
  }

  /// A batch of random changes, each turn some of one table.
  void Push(std::mt19937_64& random) {
    std::map<const TableDef*, TurnBuilder> batches;
    const auto turns = static_cast<uint32_t>(1 + random() % 30);
    const auto& sources = by_turn.flow->sources();
    for (uint32_t turn = 0; turn < turns; ++turn) {
      const PlanNode& scan = *sources[random() % sources.size()].scan;
      const Batch rows = rows_.try_emplace(scan.table->name, scan, random).first->second.Next();
      TurnBuilder& batch = batches.try_emplace(scan.table, scan.columns).first->second;
      batch.SetTurn(turn);
      for (size_t row = 0; row < rows.rows; ++row) batch.AppendRow(rows, row, rows.kinds[row]);
    }
    for (auto& [table, builder] : batches) {
      const Batch batch = builder.Take();
      if (batch.rows == 0) continue;
      PushTo(*by_turn.flow, table->name, batch);
      PushTo(*whole.flow, table->name, batch);
    }
    by_turn.flow->TakeTurns(turns, steps);
    whole.flow->TakeTurns(turns, steps);
  }
  void EndStep() {
    by_turn.flow->EndStep();
    whole.flow->EndStep();
  }

  bool steps;
  Run by_turn, whole;

 private:
  static void PushTo(Dataflow& flow, const std::string& table, const Batch& batch) {
    for (const Dataflow::Source& source : flow.sources())
      if (source.scan->table->name == table) source.entry->Push(0, batch);
  }
  std::map<std::string, RandomRows> rows_;
};

void Compare(const std::string& query, ChangeMode mode, bool steps, size_t* taken_whole) {
  INFO(query, mode == ChangeMode::kNet ? " net" : " trace", steps ? " in steps" : "");
  std::mt19937_64 random(7);
  TurnByTurnAndWhole runs(std::string(kTables) + query + ";", mode, steps);
  if (mode == ChangeMode::kTrace && SharesSource(*runs.whole.script.sinks[0].input)) return;  // never runs so
  if (MayTakeTurnsWhole(*runs.whole.script.sinks[0].input, mode)) ++*taken_whole;
  for (int batch = 0; batch < 40; ++batch) {
    runs.Push(random);
    // A transaction may have several batches.
    if (mode == ChangeMode::kNet && !steps && batch % 3 != 1) runs.EndStep();
    REQUIRE(runs.whole.changes == runs.by_turn.changes);
  }
  runs.EndStep();
  runs.by_turn.flow->EndTime();
  runs.whole.flow->EndTime();
  CHECK(runs.whole.changes == runs.by_turn.changes);
  CHECK(Saved(*runs.whole.flow).size() == Saved(*runs.by_turn.flow).size());
}

size_t CompareAll(ChangeMode mode, bool steps) {
  size_t taken_whole = 0;
  for (const char* query : kQueries) Compare(query, mode, steps, &taken_whole);
  for (const char* query : kJoins) Compare(query, mode, steps, &taken_whole);
  return taken_whole;
}

}  // namespace

TEST_CASE("the turns of a batch taken together give what one after the other gives") {
  SUBCASE("record by record") {
    CHECK(CompareAll(ChangeMode::kTrace, false) > 20);
  }
  SUBCASE("each record a step") {
    CHECK(CompareAll(ChangeMode::kNet, true) > 20);
  }
  SUBCASE("in transactions") {
    CHECK(CompareAll(ChangeMode::kNet, false) > 20);
  }
}

}  // namespace cdc::sql
