#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/error.h"
#include "sql_text.h"
#include "tools/cdc-sql/run/dataflow.h"
#include "tools/cdc-sql/run/value_text.h"

/// For tests of state: queries of all operators that keep some, and random changes of their tables.

namespace cdc::sql {

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

  Run(const std::string& sql, ChangeMode mode, Spill* spill = nullptr) {
    BindScript(ParseScript(KeptSource(sql)), {}, &script);
    flow = std::make_unique<Dataflow>(mode, spill);
    flow->Add(script.sinks[0], std::make_unique<Recorder>(script.sinks[0].input->columns, &changes));
  }
};

inline const char* const kTables =
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

#define SESSIONS(table, gap) "TABLE(SESSION(TABLE " table " PARTITION BY k, DESCRIPTOR(ts), INTERVAL '" gap "' SECOND))"
#define TUMBLED(table) "TABLE(TUMBLE(TABLE " table ", DESCRIPTOR(ts), INTERVAL '5' SECOND))"

/// At least one for each operator that keeps state, each accumulator, and combinations.
inline const char* const kQueries[] = {
    "SELECT k, COUNT(*), COUNT(v), SUM(v), AVG(v), SUM(w), AVG(w), SUM(d), AVG(d) FROM t GROUP BY k",
    "SELECT k, MIN(v), MAX(v), MIN(w), MAX(d), MIN(k), COUNT(DISTINCT v), SUM(DISTINCT w) FROM t GROUP BY k",
    "SELECT k, COUNT(DISTINCT v), COUNT(DISTINCT v) FILTER (WHERE d > 0), SUM(DISTINCT v) FILTER (WHERE w < 5), "
    "COUNT(DISTINCT w), COUNT(DISTINCT w) FILTER (WHERE v > 2), ARRAY_AGG(DISTINCT v) FROM t GROUP BY k",
    "SELECT k, COUNT(DISTINCT v), COUNT(DISTINCT v) FILTER (WHERE v > 1), LISTAGG(DISTINCT k), COUNT(DISTINCT ts) "
    "FROM e GROUP BY k",
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
    "SELECT window_start, window_end, k, COUNT(*), COUNT(DISTINCT v), LISTAGG(k), MIN(v), AVG(v), VAR_POP(v) FROM "
    SESSIONS("e", "2") " GROUP BY window_start, window_end, k",
    "SELECT k, window_time, COUNT(*), MAX(x), MIN(x), SUM(x), COLLECT(x), STDDEV_POP(x) FROM " SESSIONS("g", "2")
    " GROUP BY k, window_time, window_start, window_end",
    "SELECT window_start, window_end, k, LISTAGG(DISTINCT k) FROM " SESSIONS("e", "2")
    " GROUP BY window_start, window_end, k",
    "SELECT window_start, window_end, v, LAST_VALUE(k), COUNT(*) FROM " SESSIONS("e", "3")
    " GROUP BY window_start, window_end, v",
    "SELECT k, v, ts, window_start FROM " SESSIONS("e", "1"),
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

inline std::string Saved(Dataflow& flow) {
  std::string bytes;
  StateArchive state = StateArchive::Saving([&bytes](std::string_view block) { bytes += block; });
  flow.Persist(state);
  state.Finish();
  return bytes;
}

inline void Load(Dataflow& flow, const std::string& bytes) {
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

/// What the action fails with; kOk if it does not.
inline ExitStatus StatusOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.error().status;
  }
  return ExitStatus::kOk;
}

}  // namespace cdc::sql
