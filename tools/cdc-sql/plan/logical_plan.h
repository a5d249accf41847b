#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/cdc-sql/bind/bound_expr.h"
#include "tools/cdc-sql/bind/catalog.h"

namespace cdc::sql {

struct PlanColumn {
  std::string name;
  SqlType type;
};

/// One aggregate of a GROUP BY.
struct AggregateCall {
  std::string function;            ///< COUNT, SUM, AVG, MIN, MAX
  std::optional<size_t> argument;  ///< input column; nothing for COUNT(*)
  std::optional<size_t> filter;    ///< input column, BOOLEAN
  bool distinct = false;
  SqlType argument_type;
  SqlType type;
  std::string text;  ///< for EXPLAIN
};

struct PlanNode;
using PlanPtr = std::unique_ptr<PlanNode>;

/// A query as a tree of operations on changing rows.
struct PlanNode {
  enum class Kind { kScan, kValues, kFilter, kProject, kAggregate, kJoin, kUnionAll };
  Kind kind = Kind::kScan;
  std::vector<PlanColumn> columns;
  std::vector<PlanPtr> inputs;
  Span span;

  const TableDef* table = nullptr;  ///< kScan: columns are its physical and metadata columns
  std::vector<std::pair<std::string, std::string>> scan_options;  ///< kScan: of an OPTIONS hint
  std::vector<std::vector<BoundExpr>> rows;                       ///< kValues
  std::vector<BoundExpr> exprs;                                   ///< kProject
  std::optional<size_t> rowtime;  ///< kProject: the event time column, which may not be NULL
  BoundExpr predicate;            ///< kFilter; kJoin over the columns of both inputs, if has_predicate
  bool has_predicate = false;
  std::vector<size_t> keys;  ///< kAggregate: input columns
  std::vector<AggregateCall> aggregates;
  JoinKind join = JoinKind::kInner;
  std::vector<size_t> left_keys, right_keys;  ///< kJoin: columns of each input that are equal

  /// Columns that tell rows apart at every moment, if known. Empty vector: at most one row.
  std::optional<std::vector<size_t>> unique_key;
  bool append_only = false;  ///< rows come and never change or go
  bool stateful() const { return kind == Kind::kAggregate || kind == Kind::kJoin; }
};

/// Where the rows of a query go.
struct PlanSink {
  PlanPtr input;
  const TableDef* table = nullptr;  ///< null: a SELECT
  std::vector<size_t> key;          ///< columns of the records' key
  bool has_key = false;
  bool drop_nulls = false;  ///< rows with a NULL in a NOT NULL column are left out instead of refused
  int query_number = 1;     ///< of a SELECT, from 1
};

}  // namespace cdc::sql
