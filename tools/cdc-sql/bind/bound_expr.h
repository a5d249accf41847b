#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/cdc-sql/bind/sql_type.h"
#include "tools/cdc-sql/run/column.h"
#include "tools/cdc-sql/sql/source_span.h"

namespace cdc::sql {

struct BoundExpr;

/// One evaluation of a function over the rows of a batch.
struct EvalCall {
  const BoundExpr& expr;
  const std::vector<ColumnPtr>& args;
  size_t rows;
  int64_t watermark = INT64_MIN;  ///< of the operator that evaluates
};

/// Fills `out` (empty, of the result's physical kind) with `rows` values.
using ScalarImpl = std::function<void(const EvalCall&, ColumnVector& out)>;

/// An expression whose names are resolved and whose types are known.
struct BoundExpr {
  enum class Kind {
    kColumn,    ///< column of the input batch
    kLiteral,   ///< literal
    kCall,      ///< impl over all args
    kAnd,       ///< args two or more; those after the first are evaluated for rows that need them only
    kOr,        ///< likewise
    kCase,      ///< args when, then, …, else: each evaluated for the rows that reach it only
    kCoalesce,  ///< args of one type, each evaluated for the rows that are still NULL only
  };
  Kind kind = Kind::kLiteral;
  SqlType type;
  Span span;
  size_t column = 0;
  std::string name;  ///< of the column or function; with the args it tells two calls apart
  Datum literal;
  ScalarImpl impl;
  std::vector<BoundExpr> args;
  bool can_fail = false;  ///< evaluating it, or what is in it, may stop the query (x / 0, a cast)
  bool deterministic = true;
  bool uses_watermark = false;  ///< CURRENT_WATERMARK is in it
  mutable ColumnPtr repeated;   ///< kLiteral: the value as a column, for as many rows as were needed so far

  /// As SQL text, for EXPLAIN and messages.
  std::string Text() const;
};

BoundExpr ColumnExpr(size_t column, std::string name, const SqlType& type, const Span& span = {});
BoundExpr LiteralExpr(Datum value, const SqlType& type, const Span& span);
BoundExpr BooleanLiteral(bool holds, const Span& span);
BoundExpr NullExpr(const SqlType& type, const Span& span);
/// A call; can_fail and deterministic are taken from the args.
BoundExpr CallExpr(std::string name, const SqlType& type, std::vector<BoundExpr> args, ScalarImpl impl,
                   const Span& span);

/// Same value in every row: same columns, literals and calls.
bool SameExpr(const BoundExpr& a, const BoundExpr& b);
bool AnyNullable(const std::vector<BoundExpr>& args);
/// Calls `use` for every column that is read.
void ForEachColumn(const BoundExpr& expr, const std::function<void(size_t)>& use);
/// Puts `replacements[i]` where column i is read.
BoundExpr Substitute(const BoundExpr& expr, const std::vector<BoundExpr>& replacements);
/// Text of a value in SQL or in a result (NULL as "NULL").
std::string DatumText(const Datum& value, const SqlType& type);

}  // namespace cdc::sql
