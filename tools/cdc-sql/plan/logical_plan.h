#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/cdc-sql/bind/bound_expr.h"
#include "tools/cdc-sql/bind/catalog.h"
#include "tools/cdc-sql/plan/column_use.h"
#include "tools/cdc-sql/run/time_zone.h"

namespace cdc::sql {

struct PlanColumn {
  std::string name;
  SqlType type;
};

/// One aggregate of a GROUP BY.
struct AggregateCall {
  static constexpr const char* kUnused = "UNUSED";  ///< nothing reads it: always NULL
  std::string function;                             ///< COUNT, SUM, AVG, MIN, MAX and so on, or kUnused
  std::optional<size_t> argument;                   ///< input column; nothing for COUNT(*)
  std::optional<size_t> filter;                     ///< input column, BOOLEAN
  bool distinct = false;
  std::vector<Datum> parameters;  ///< constant arguments after the first: LISTAGG's separator
  std::string option;             ///< "ABSENT ON NULL" and the like
  SqlType argument_type;
  SqlType type;
  std::string text;  ///< for EXPLAIN
};

/// A column to sort by. Flink: NULL is the least value, unless NULLS FIRST or LAST says otherwise.
struct SortKey {
  size_t column = 0;
  bool descending = false;
  bool nulls_first = true;
};

/// TUMBLE, HOP, CUMULATE or SESSION. Lengths in milliseconds.
struct WindowSpec {
  enum class Kind { kTumble, kHop, kCumulate, kSession };
  Kind kind = Kind::kTumble;
  size_t time = 0;    ///< input column
  int64_t size = 0;   ///< of the window; of SESSION the gap
  int64_t slide = 0;  ///< HOP: from start to start; CUMULATE: the step
  int64_t offset = 0;
  std::vector<size_t> partition;  ///< SESSION: input columns
  bool proctime = false;
};

/// Columns that say to which window a row belongs.
struct WindowColumns {
  size_t start = 0, end = 0;
  TimeZone zone = {};
  bool proctime = false;
};

/// The function of an OVER window, over the input's columns.
struct OverCall {
  AggregateCall call;             ///< also ROW_NUMBER, RANK, DENSE_RANK, LAG
  std::vector<size_t> arguments;  ///< LAG: value, offset and default
  int64_t lag = 1;
};

/// PARTITION BY, ORDER BY and frame that the functions of a node share.
struct OverWindow {
  std::vector<size_t> partition;
  std::vector<SortKey> order;
  bool rows = false;                       ///< ROWS, else RANGE
  std::optional<int64_t> preceding;        ///< rows, or milliseconds; nothing: UNBOUNDED
  bool rowtime = false, proctime = false;  ///< the order is that of a time attribute
};

/// What a condition or measure of MATCH_RECOGNIZE reads of the rows of a match: a value of one of them, or an
/// aggregate.
struct MatchReference {
  static constexpr int kAnyVariable = -1;
  int variable = kAnyVariable;  ///< index in the pattern
  bool from_first = false;      ///< FIRST(…, offset), else LAST(…, offset): of the rows of the variable
  int64_t offset = 0;
  std::vector<BoundExpr> exprs;            ///< over the input's columns: the value, or argument and filter
  std::optional<AggregateCall> aggregate;  ///< over all rows of the variable; its columns are those of `exprs`
  SqlType type;
};

/// MATCH_RECOGNIZE over rows ordered by a time attribute. Conditions and measures read the columns of `references`.
struct MatchPattern {
  struct Element {
    std::string variable;
    int64_t least = 1, most = 1;
    bool greedy = false;  ///< is left only by a row that does not fulfil its condition, even if it takes no more
    bool has_condition = false;
    BoundExpr condition;
  };
  std::vector<size_t> partition;  ///< input columns
  std::vector<SortKey> order;     ///< the first one is the time
  bool proctime = false;
  std::vector<Element> elements;
  std::vector<MatchReference> references;
  std::vector<BoundExpr> measures;
  MatchClause::Skip skip = MatchClause::Skip::kToNextRow;
  size_t skip_element = 0;
  int64_t within = 0;  ///< milliseconds that a match takes less than; 0: any
};

/// A code in a column for a kind of change.
struct ChangeCode {
  std::string code;
  RowKind kind = RowKind::kInsert;
};

struct PlanNode;
using PlanPtr = std::unique_ptr<PlanNode>;

/// The inputs of a node. A copy of the node has copies of them, down to the tables.
struct PlanInputs : std::vector<PlanPtr> {
  PlanInputs() = default;
  PlanInputs(const PlanInputs& other);
  PlanInputs(PlanInputs&&) = default;
  PlanInputs& operator=(const PlanInputs&) = delete;
  PlanInputs& operator=(PlanInputs&&) = default;
  PlanInputs& operator=(std::vector<PlanPtr>&& inputs) {
    std::vector<PlanPtr>::operator=(std::move(inputs));
    return *this;
  }
};

/// A query as a tree of operations on changing rows.
struct PlanNode {
  enum class Kind {
    kScan,
    kValues,
    kFilter,
    kProject,
    kAggregate,
    kJoin,
    kUnionAll,
    kWatermark,      ///< exprs[0]: the watermark of a row
    kWindow,         ///< the columns of the input, then window_start, window_end, window_time
    kOver,           ///< the columns of the input, then those of the functions
    kRank,           ///< rows with rank_from..rank_to of their partition; the input's columns and the rank
    kDedup,          ///< the first or last row of a partition, by time; the input's columns and the rank, which is 1
    kSort,           ///< by event time first
    kLimit,          ///< the first rows, and no more
    kSetOp,          ///< INTERSECT and EXCEPT of two inputs
    kUnnest,         ///< the columns of the input, then those of the elements of exprs[0]
    kNormalize,      ///< keys: the last row of each key, from changes that may come twice
    kMaterialize,    ///< keys: of several rows of a key the last one
    kToChangelog,    ///< change_codes: the code of a row's kind of change as a first column; rows of other kinds go
    kFromChangelog,  ///< change_codes; keys: the column with the code
    kExpand,         ///< each row once for each list of expansions
    kTemporalJoin,   ///< the version of the right side at the time of the left row
    kMatch,          ///< match: the partition's columns, then the measures
  };
  Kind kind = Kind::kScan;
  std::vector<PlanColumn> columns;
  PlanInputs inputs;
  Span span;

  const TableDef* table = nullptr;                 ///< kScan: columns are its physical and metadata columns
  std::shared_ptr<const TableDef> hinted;          ///< kScan: `table` with the options of a hint, if there is one
  std::vector<ColumnUse> uses;                     ///< kScan: by column; empty: all of them, whole
  std::vector<std::vector<BoundExpr>> rows;        ///< kValues
  std::vector<BoundExpr> exprs;                    ///< kProject
  std::vector<std::vector<BoundExpr>> expansions;  ///< kExpand
  std::optional<size_t> rowtime;                   ///< kProject: the event time column, which may not be NULL
  /// kFilter; kJoin over the columns of both inputs, and kNormalize for the rows that are kept, if has_predicate
  BoundExpr predicate;
  bool has_predicate = false;
  /// kNormalize: what follows takes changes by key too, so that record by record nothing need be kept.
  bool keys_suffice = false;
  std::vector<size_t> keys;  ///< kAggregate: input columns
  std::vector<AggregateCall> aggregates;
  JoinKind join = JoinKind::kInner;
  std::vector<size_t> left_keys, right_keys;  ///< kJoin: columns of each input that are equal
  std::vector<uint8_t> null_safe;             ///< kJoin: by key: NULL equals NULL (IS NOT DISTINCT FROM); may be empty
  bool lookup = false;                        ///< kTemporalJoin: of the clock, not of event time
  bool null_aware = false;                    ///< kJoin, kAnti: NOT IN, where a NULL decides nothing

  int64_t idle_ms = 0;     ///< kScan: a partition without rows for so long does not hold time back; 0: it does
  int64_t granule = 0;     ///< kWatermark: multiples of it matter to what follows; 0: nothing does
  WindowSpec window_spec;  ///< kWindow
  TimeZone zone;           ///< that the windows are in; UTC for TIMESTAMP
  std::optional<WindowColumns> window;   ///< rows belong to windows of a WindowSpec, on append-only or open windows
  std::optional<size_t> fires_by;        ///< kAggregate, kRank, kJoin: the column with the window's end
  std::optional<size_t> fires_by_right;  ///< kJoin: that of the right input
  OverWindow over;                       ///< kOver, kRank, kDedup: partition and order
  std::vector<OverCall> over_calls;      ///< kOver
  std::shared_ptr<const MatchPattern> match;  ///< kMatch
  int64_t rank_from = 1, rank_to = 1;         ///< kRank
  bool rank_output = true;                    ///< kRank: the rank is used further on
  /// kRank: columns of the input that tell its rows apart, which only rise in the order: OpRankUpdate.
  std::optional<std::vector<size_t>> rank_key;
  /// kAggregate, kNormalize: rows that do not change are sent again, as by Flink where state may expire.
  bool sends_same = false;
  bool by_clock = false;                        ///< kAggregate with fires_by: the windows are of processing time
  bool keep_last = false;                       ///< kDedup
  std::vector<SortKey> sort;                    ///< kSort
  int64_t limit = 0;                            ///< kLimit
  bool set_intersect = false, set_all = false;  ///< kSetOp
  bool unnest_outer = false, unnest_ordinality = false;  ///< kUnnest
  size_t left_time = 0, right_time = 0;  ///< kTemporalJoin; kJoin with has_bounds: columns of event time
  /// kJoin between event times: left time − right time lies in [time_low, time_high] milliseconds.
  bool has_bounds = false;
  int64_t time_low = 0, time_high = 0;

  /// Columns that tell rows apart at every moment, if known. Empty vector: at most one row.
  std::optional<std::vector<size_t>> unique_key;
  std::optional<std::vector<size_t>> other_key;  ///< another one, for where columns of the first are dropped
  bool append_only = false;                      ///< rows come and never change or go
  std::vector<ChangeCode> change_codes;          ///< kToChangelog: one a kind at most; kFromChangelog: one or more
  /// kRank: rows are sent by rank; else they come and go. A rank that can be 1 only is a constant.
  bool rank_decides() const { return rank_from > 1 || (rank_output && rank_to > 1); }
  /// kDedup: the first row by event time is known when its time has come.
  bool waits_for_time() const { return over.rowtime && !keep_last; }
  bool stateful() const {
    return kind == Kind::kAggregate || kind == Kind::kJoin || kind == Kind::kOver || kind == Kind::kRank ||
           kind == Kind::kDedup || kind == Kind::kMatch || kind == Kind::kSort || kind == Kind::kLimit ||
           kind == Kind::kSetOp || kind == Kind::kTemporalJoin || kind == Kind::kNormalize ||
           kind == Kind::kMaterialize || (kind == Kind::kWindow && window_spec.kind == WindowSpec::Kind::kSession);
  }
  /// Of the state: that which no watermark bounds, by key.
  bool may_spill() const {
    switch (kind) {
      case Kind::kAggregate:
      case Kind::kRank: return !fires_by;
      case Kind::kJoin: return !fires_by && !has_bounds;
      case Kind::kOver:
      case Kind::kDedup:
      case Kind::kSetOp:
      case Kind::kNormalize:
      case Kind::kMaterialize: return true;
      default: return false;
    }
  }
};

/// Where the rows of a query go.
struct PlanSink {
  PlanPtr input;
  const TableDef* table = nullptr;         ///< null: a SELECT
  std::shared_ptr<const TableDef> hinted;  ///< `table` with the options of a hint, if there is one
  bool first_images = false;               ///< an upsert table gets a tombstone for the first image of an update
  std::vector<size_t> key;                 ///< columns of the records' key
  bool has_key = false;
  std::vector<std::pair<size_t, std::string>>
      metadata;             ///< columns that are no part of the value: "timestamp", "headers"
  bool drop_nulls = false;  ///< rows with a NULL in a NOT NULL column are left out instead of refused
  int query_number = 1;     ///< of a SELECT, from 1
};

}  // namespace cdc::sql
