#include "tools/cdc-sql/bind/aliases.h"

#include <algorithm>

#include "tools/cdc-sql/sql/expr_copy.h"

namespace cdc::sql {

namespace {

using Items = std::vector<SelectItem>;

/// What an alias stands for; the expression itself if it is none.
const Expr& BehindAlias(const Expr& expr, const Items& items) {
  if (expr.kind != ExprKind::kColumn || expr.name.parts.size() != 1) return expr;
  const auto named = std::find_if(items.begin(), items.end(), [&expr](const SelectItem& item) {
    if (item.alias.empty()) return item.expr->kind == ExprKind::kColumn && item.expr->name.last() == expr.name.last();
    return item.alias == expr.name.last();
  });
  return named == items.end() ? expr : *named->expr;
}

}  // namespace

ExprPtr WithoutAlias(const Expr& expr, const std::vector<SelectItem>& items) {
  // In SELECT itself its aliases are not known: what stands behind one is copied as it is.
  return CopyExpr(expr, [&items](const Expr& written) -> const Expr& { return BehindAlias(written, items); });
}

std::string OutputName(const SelectItem& item, size_t position) {
  if (!item.alias.empty()) return item.alias;
  const Expr& expr = *item.expr;
  if (expr.kind == ExprKind::kColumn) return expr.name.last();
  const std::string written(expr.span.text());
  if (expr.kind == ExprKind::kCall && expr.args.empty() && !expr.star && !expr.over &&
      written.find('(') == std::string::npos)
    return written;
  return "EXPR$" + std::to_string(position);
}

}  // namespace cdc::sql
