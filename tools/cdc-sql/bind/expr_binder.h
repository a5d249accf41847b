#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tools/cdc-sql/bind/scope.h"
#include "tools/cdc-sql/bind/session.h"

namespace cdc::sql {

/// The keys and aggregates that a grouped query computes: what its SELECT and HAVING may use.
struct Grouping {
  std::vector<BoundExpr> keys;  ///< over the columns of FROM
  std::vector<std::string> key_names;
  struct Call {
    AggregateCall call;
    std::vector<BoundExpr> argument;  ///< none or one
    std::vector<BoundExpr> filter;    ///< none or one
  };
  std::vector<Call> calls;
  /// GROUPING SETS: for each set which keys (of those written) are in it; the last key is the set's number.
  std::vector<std::vector<uint8_t>> sets;
  /// GROUP BY TUMBLE(…) and the like: the call as written, and the keys with start, end and time of the window.
  std::string window_call;
  size_t window_start = 0, window_end = 0, window_time = 0;
};

/// The OVER functions of a SELECT. Until its plan is made, function i is column kFirst + i.
struct OverCalls {
  static constexpr size_t kFirst = size_t{1} << 24;
  struct Call {
    AggregateCall call;
    std::vector<BoundExpr> argument;  ///< none or one
    std::vector<BoundExpr> filter;
    const OverSpec* spec = nullptr;
    std::vector<BoundExpr> parts;  ///< PARTITION BY, then ORDER BY
  };
  const std::vector<std::pair<std::string, std::shared_ptr<OverSpec>>>* windows = nullptr;
  std::vector<Call> calls;
  std::vector<std::shared_ptr<OverSpec>> extended;  ///< OVER (w ORDER BY … ROWS …) with what w has
  /// The specification itself, behind a name of WINDOW. Errors: 78.
  const OverSpec& Resolved(const OverSpec& spec);

 private:
  const OverSpec& Extended(const OverSpec& spec, const OverSpec& window);
};

/// What DEFINE and MEASURES read of the rows of a match. The binder's scope has the input's columns once without a
/// qualifier and once for each variable of the pattern; reference i is column `width` + i beyond them.
struct MatchCalls {
  size_t input_width = 0;
  size_t width = 0;  ///< of the scope
  size_t time = 0;   ///< input column
  bool proctime = false;
  std::vector<SqlType> column_types;  ///< of the input
  std::vector<MatchReference> references;

  /// The place of an equal reference, or of this one, added.
  size_t Add(MatchReference reference);
  /// An expression over the scope as one over the references: a column by itself is that of the last row.
  BoundExpr Resolved(const BoundExpr& expr);
  /// An expression over the columns of one variable as one over the input's. Errors: 78 if there are several.
  BoundExpr OverInput(const BoundExpr& expr, int* variable) const;
};

/// The column that holds the value of a scalar sub-query.
struct ScalarColumn {
  size_t column = 0;
  std::vector<size_t> outer = {};  ///< columns of the query around it, by which it differs from row to row
};
using Scalars = std::map<const Expr*, ScalarColumn>;

/// Turns syntax into typed expressions. With a Grouping the result reads the columns keys…, aggregates… instead of
/// those of FROM.
class ExprBinder {
 public:
  ExprBinder(const Scope& scope, const Session& session, Grouping* grouping = nullptr)
      : scope_(scope), session_(session), grouping_(grouping) {}

  BoundExpr Bind(const Expr& expr);
  /// A WHERE, HAVING or ON clause.
  BoundExpr BindCondition(const Expr& expr, const char* clause);
  /// The name of the clause that forbids aggregates, for messages.
  void ForbidAggregates(const char* where) { forbidden_in_ = where; }
  /// OVER functions are possible, and are collected.
  void CollectOver(OverCalls* overs) { overs_ = overs; }
  /// The expression is one of MATCH_RECOGNIZE.
  void CollectMatch(MatchCalls* calls) { match_ = calls; }
  /// Columns that hold the values of scalar sub-queries.
  void SetScalars(const Scalars* scalars) { scalars_ = scalars; }

 private:
  BoundExpr BindNode(const Expr& expr);
  std::vector<BoundExpr> BindAll(const Expr& expr);
  BoundExpr BindNumber(const Expr& expr, bool negative);
  BoundExpr BindCastTo(const Expr& expr);
  BoundExpr BindInterval(const Expr& expr);
  BoundExpr BindTemporal(const Expr& expr);
  BoundExpr BindUnary(const Expr& expr);
  BoundExpr BindBinary(const Expr& expr);
  BoundExpr BindOverlaps(const Expr& expr);
  BoundExpr Combine(const Expr& expr, BoundExpr left, BoundExpr right);
  bool MayBeKey(const Expr& expr) const;
  BoundExpr BindBetween(const Expr& expr);
  BoundExpr BindListedRow(const Expr& value, const Expr& listed);
  BoundExpr BindIn(const Expr& expr);
  BoundExpr BindOne(const BoundExpr& value, const Expr& listed, SqlType* common);
  BoundExpr BindCaseNode(const Expr& expr);
  BoundExpr BindCall(const Expr& expr);
  BoundExpr BindAggregate(const Expr& expr);
  BoundExpr BindOver(const Expr& expr);
  BoundExpr BindGroupedScalar(BoundExpr value, const ScalarColumn& scalar, const Expr& expr);
  BoundExpr BindMatchCall(const Expr& expr);
  BoundExpr BindGroupingId(const Expr& expr);
  std::optional<BoundExpr> BindWindowBound(const Expr& expr);
  static bool IsRowMapOrBytes(const SqlType& type);
  /// `has_rows`: what is aggregated has a row whenever there is a result.
  AggregateCall MakeAggregate(const Expr& expr, ExprBinder& inner, bool has_rows, std::vector<BoundExpr>* argument,
                              std::vector<BoundExpr>* filter);
  SqlType AggregateType(const Expr& expr, const std::string& function, const SqlType& argument, bool never_empty) const;

  const Scope& scope_;
  const Session& session_;
  Grouping* grouping_;
  const char* forbidden_in_ = nullptr;
  bool inside_aggregate_ = false;
  OverCalls* overs_ = nullptr;
  MatchCalls* match_ = nullptr;
  const Scalars* scalars_ = nullptr;
};

bool IsAggregateFunction(const std::string& name);
/// The names of those that are available, with those of OVER.
std::vector<std::string> AggregateFunctions();
bool IsGroupingFunction(const std::string& name);
bool ContainsAggregate(const Expr& expr);
bool ContainsOver(const Expr& expr);

}  // namespace cdc::sql
