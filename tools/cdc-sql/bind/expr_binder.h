#pragma once

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
};

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

 private:
  BoundExpr BindNode(const Expr& expr);
  BoundExpr BindNumber(const Expr& expr, bool negative);
  BoundExpr BindInterval(const Expr& expr);
  BoundExpr BindTemporal(const Expr& expr);
  BoundExpr BindUnary(const Expr& expr);
  BoundExpr BindBinary(const Expr& expr);
  BoundExpr Combine(const Expr& expr, BoundExpr left, BoundExpr right);
  bool MayBeKey(const Expr& expr) const;
  BoundExpr BindBetween(const Expr& expr);
  BoundExpr BindIn(const Expr& expr);
  BoundExpr BindCaseNode(const Expr& expr);
  BoundExpr BindCall(const Expr& expr);
  BoundExpr BindAggregate(const Expr& expr);
  SqlType AggregateType(const Expr& expr, const std::string& function, const SqlType& argument) const;

  const Scope& scope_;
  const Session& session_;
  Grouping* grouping_;
  const char* forbidden_in_ = nullptr;
  bool inside_aggregate_ = false;
};

bool IsAggregateFunction(const std::string& name);
bool ContainsAggregate(const Expr& expr);

}  // namespace cdc::sql
