#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "sql_text.h"
#include "tools/cdc-sql/connect/result_sink.h"
#include "tools/cdc-sql/run/dataflow.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

/// Applies the changes that reach it, and fails the test when one takes away a row that is not there.
class Materialized : public Operator {
 public:
  Materialized(const std::vector<PlanColumn>& columns, std::multiset<std::string>* rows)
      : columns_(columns), rows_(rows) {}
  void Push(size_t, const Batch& batch) override {
    for (size_t row = 0; row < batch.rows; ++row) {
      std::string text;
      for (size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) text += ",";
        AppendValueJson(text, *batch.columns[i], row, columns_[i].type, {});
      }
      ++changes;
      if (Adds(batch.kinds[row])) {
        rows_->insert(text);
      } else {
        const auto found = rows_->find(text);
        REQUIRE_MESSAGE(found != rows_->end(), "taken away but not there: " << text);
        rows_->erase(found);
      }
    }
  }
  size_t changes = 0;

 private:
  std::vector<PlanColumn> columns_;
  std::multiset<std::string>* rows_;
};

struct Running {
  BoundScript script;
  std::unique_ptr<Dataflow> flow;
  std::multiset<std::string> result;

  Running(const std::string& sql, ChangeMode mode) {
    BindScript(ParseScript(KeptSource(sql)), {}, &script);
    flow = std::make_unique<Dataflow>(mode);
    flow->Add(script.sinks[0], std::make_unique<Materialized>(script.sinks[0].input->columns, &result));
  }
};

static const char* kTables =
    "CREATE TABLE t (k STRING, v INT, w DECIMAL(10, 2)) WITH ('connector' = 'kafka', 'format' = 'debezium-json');"
    "CREATE TABLE u (k STRING, x INT) WITH ('connector' = 'kafka', 'format' = 'debezium-json');";

struct Row {
  std::string k;
  bool k_null = false;
  int64_t v = 0;
  bool v_null = false;
  Int128 w = 0;
  auto operator<=>(const Row&) const = default;
};

static void Append(BatchBuilder& builder, const Row& row, RowKind kind) {
  if (row.k_null)
    builder.column(0).AppendNull();
  else
    builder.column(0).AppendCopy(row.k);
  if (row.v_null)
    builder.column(1).AppendNull();
  else
    builder.column(1).Append(row.v);
  if (builder.columns().size() > 2) builder.column(2).Append(row.w);
  builder.RowDone(kind);
}

/// A table under random changes: at each step some rows come, go or change.
class RandomTable {
 public:
  explicit RandomTable(std::mt19937_64& random) : random_(random) {}

  Row NewRow() {
    Row row;
    row.k = std::string(1, static_cast<char>('a' + random_() % 5));
    row.k_null = random_() % 12 == 0;
    row.v = static_cast<int64_t>(random_() % 7) - 3;
    row.v_null = random_() % 8 == 0;
    row.w = static_cast<int64_t>(random_() % 1000) - 500;
    return row;
  }

  void Step(BatchBuilder& builder) {
    for (size_t changes = random_() % 4 + 1; changes > 0; --changes) {
      const uint64_t choice = random_() % 3;
      if (choice == 0 || rows.empty()) {
        rows.push_back(NewRow());
        Append(builder, rows.back(), RowKind::kInsert);
        continue;
      }
      const size_t at = random_() % rows.size();
      if (choice == 1) {
        Append(builder, rows[at], RowKind::kDelete);
        rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        Append(builder, rows[at], RowKind::kUpdateBefore);
        rows[at] = NewRow();
        Append(builder, rows[at], RowKind::kUpdateAfter);
      }
    }
  }

  std::vector<Row> rows;

 private:
  std::mt19937_64& random_;
};

static std::string Quoted(const Row& row) {
  return row.k_null ? "null" : "\"" + row.k + "\"";
}

static std::string Decimal(Int128 value, int scale) {
  std::string text;
  AppendDecimal(text, value, scale);
  return text;
}

/// The aggregate query below, computed anew from all rows.
static std::multiset<std::string> Recompute(const std::vector<Row>& rows) {
  std::map<std::string, std::vector<Row>> groups;
  for (const Row& row : rows) groups[Quoted(row)].push_back(row);
  std::multiset<std::string> result;
  for (const auto& [key, members] : groups) {
    int64_t count = 0, sum = 0;
    Int128 total = 0, filtered = 0;
    bool any_filtered = false;
    std::set<int64_t> values;
    for (const Row& row : members) {
      total += row.w;
      if (row.v > 0 && !row.v_null) {
        filtered += row.w;
        any_filtered = true;
      }
      if (row.v_null) continue;
      ++count;
      sum += row.v;
      values.insert(row.v);
    }
    std::string text = key + "," + std::to_string(members.size()) + "," + std::to_string(count) + ",";
    text += (count == 0 ? "null" : std::to_string(sum)) + "," +
            (count == 0 ? "null" : std::to_string(*values.begin())) + ",";
    text += (count == 0 ? "null" : std::to_string(*values.rbegin())) + "," + std::to_string(values.size()) + ",";
    text += (count == 0 ? "null" : std::to_string(sum / count)) + "," + Decimal(total, 2) + ",";
    text += any_filtered ? Decimal(filtered, 2) : "null";
    result.insert(text);
  }
  return result;
}

static void AggregateAgainstOracle(ChangeMode mode, uint64_t seed) {
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  Running running(std::string(kTables) +
                      "SELECT k, COUNT(*), COUNT(v), SUM(v), MIN(v), MAX(v), COUNT(DISTINCT v), AVG(v), SUM(w), "
                      "SUM(w) FILTER (WHERE v > 0) FROM t GROUP BY k",
                  mode);
  RandomTable table(random);
  const Dataflow::Source& source = running.flow->sources()[0];
  for (int step = 0; step < 150; ++step) {
    BatchBuilder builder(source.scan->columns);
    table.Step(builder);
    source.entry->Push(0, builder.Take());
    running.flow->EndStep();
    REQUIRE(running.result == Recompute(table.rows));
  }
}

TEST_CASE("an aggregate is what a recomputation gives, after every step") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    AggregateAgainstOracle(ChangeMode::kTrace, seed);
    AggregateAgainstOracle(ChangeMode::kNet, seed);
  }
}

static std::string NumberOrNull(const Row& row) {
  return row.v_null ? "null" : std::to_string(row.v);
}

/// `kind`: "", LEFT, RIGHT or FULL.
static std::multiset<std::string> JoinAnew(const std::string& kind, const std::vector<Row>& left,
                                           const std::vector<Row>& right) {
  std::multiset<std::string> result;
  std::set<size_t> met;
  for (const Row& a : left) {
    bool alone = true;
    for (size_t i = 0; i < right.size(); ++i) {
      const Row& b = right[i];
      if (a.k_null || b.k_null || a.k != b.k || a.v_null || b.v_null || a.v > b.v) continue;
      result.insert(Quoted(a) + "," + NumberOrNull(a) + "," + Quoted(b) + "," + NumberOrNull(b));
      met.insert(i);
      alone = false;
    }
    if (alone && (kind == "LEFT" || kind == "FULL")) result.insert(Quoted(a) + "," + NumberOrNull(a) + ",null,null");
  }
  if (kind != "RIGHT" && kind != "FULL") return result;
  for (size_t i = 0; i < right.size(); ++i)
    if (met.count(i) == 0) result.insert("null,null," + Quoted(right[i]) + "," + NumberOrNull(right[i]));
  return result;
}

static void JoinAgainstOracle(const std::string& kind, ChangeMode mode, uint64_t seed) {
  INFO("join ", kind, " seed ", seed);
  std::mt19937_64 random(seed);
  Running running(std::string(kTables) + "SELECT t.k, v, u.k, x FROM t " + kind + " JOIN u ON t.k = u.k AND v <= x",
                  mode);
  RandomTable left(random), right(random);
  for (int step = 0; step < 120; ++step) {
    for (const Dataflow::Source& source : running.flow->sources()) {
      BatchBuilder builder(source.scan->columns);
      (source.scan->table->name == "t" ? left : right).Step(builder);
      source.entry->Push(0, builder.Take());
    }
    running.flow->EndStep();
    REQUIRE(running.result == JoinAnew(kind, left.rows, right.rows));
  }
}

TEST_CASE("a join is what a recomputation gives, after every step") {
  for (uint64_t seed = 1; seed <= 10; ++seed)
    for (const char* kind : {"", "LEFT", "RIGHT", "FULL"}) {
      JoinAgainstOracle(kind, ChangeMode::kTrace, seed);
      JoinAgainstOracle(kind, ChangeMode::kNet, seed);
    }
}

TEST_CASE("DISTINCT and UNION are what a recomputation gives, after every step") {
  for (uint64_t seed = 1; seed <= 10; ++seed)
    for (const ChangeMode mode : {ChangeMode::kTrace, ChangeMode::kNet}) {
      INFO("seed ", seed);
      std::mt19937_64 random(seed);
      Running running(std::string(kTables) + "SELECT k, v FROM t UNION SELECT k, x FROM u WHERE x > 0", mode);
      RandomTable left(random), right(random);
      for (int step = 0; step < 100; ++step) {
        for (const Dataflow::Source& source : running.flow->sources()) {
          BatchBuilder builder(source.scan->columns);
          (source.scan->table->name == "t" ? left : right).Step(builder);
          source.entry->Push(0, builder.Take());
        }
        running.flow->EndStep();
        std::set<std::string> expected;
        for (const Row& row : left.rows) expected.insert(Quoted(row) + "," + NumberOrNull(row));
        for (const Row& row : right.rows)
          if (!row.v_null && row.v > 0) expected.insert(Quoted(row) + "," + NumberOrNull(row));
        REQUIRE(running.result == std::multiset<std::string>(expected.begin(), expected.end()));
      }
    }
}

TEST_CASE("a step that changes nothing in the end sends nothing") {
  Running running(std::string(kTables) + "SELECT SUM(v) FROM t", ChangeMode::kNet);
  const Dataflow::Source& source = running.flow->sources()[0];
  const auto push = [&](std::vector<std::pair<Row, RowKind>> changes) {
    BatchBuilder builder(source.scan->columns);
    for (const auto& [row, kind] : changes) Append(builder, row, kind);
    source.entry->Push(0, builder.Take());
    running.flow->EndStep();
  };
  const Row ten{"a", false, 10, false, 0}, nine{"a", false, 9, false, 0}, eleven{"b", false, 11, false, 0},
      other{"b", false, 10, false, 0};
  push({{ten, RowKind::kInsert}, {other, RowKind::kInsert}});
  CHECK(running.result == std::multiset<std::string>{"20"});
  // A transfer within one transaction: nobody sees 19.
  push({{ten, RowKind::kUpdateBefore},
        {nine, RowKind::kUpdateAfter},
        {other, RowKind::kUpdateBefore},
        {eleven, RowKind::kUpdateAfter}});
  CHECK(running.result == std::multiset<std::string>{"20"});
}

TEST_CASE("taking away what never was is ignored") {
  for (const ChangeMode mode : {ChangeMode::kTrace, ChangeMode::kNet}) {
    Running running(std::string(kTables) + "SELECT k, COUNT(*), SUM(v) FROM t GROUP BY k", mode);
    const Dataflow::Source& source = running.flow->sources()[0];
    BatchBuilder builder(source.scan->columns);
    Append(builder, {"a", false, 1, false, 0}, RowKind::kDelete);
    Append(builder, {"a", false, 2, false, 0}, RowKind::kInsert);
    Append(builder, {"a", false, 1, false, 0}, RowKind::kInsert);
    Append(builder, {"a", false, 3, false, 0}, RowKind::kInsert);
    source.entry->Push(0, builder.Take());
    running.flow->EndStep();
    CHECK(running.result == std::multiset<std::string>{"\"a\",3,6"});
  }
}

}  // namespace cdc::sql
