#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/cdc-sql/bind/bound_expr.h"

namespace cdc::sql {

inline std::vector<BoundExpr> Pair(BoundExpr left, BoundExpr right) {
  std::vector<BoundExpr> args;
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  return args;
}

/// The type as people write it, without NOT NULL.
inline std::string TypeName(const BoundExpr& expr) {
  return expr.type.Plain().WithNullable(true).Text();
}

[[noreturn]] inline void RefuseOperator(const std::string& op, const BoundExpr& left, const BoundExpr& right,
                                        const Span& span, const std::string& hint = {}) {
  FailAt(span, op + " cannot be applied to " + TypeName(left) + " and " + TypeName(right), hint);
}

}  // namespace cdc::sql
