#include "tools/cdc-sql/bind/subquery_scope.h"

#include <algorithm>
#include <map>

#include "tools/cdc-sql/bind/expr_binder.h"

namespace cdc::sql {

/// Whose column a name is, of two scopes: the inner one's first; but that of a table of either is looked for before
/// fields of columns are, as in Flink.
static bool IsOf(const Name& name, const Scope& scope, const Scope& other) {
  if (scope.HasTableColumn(name)) return true;
  return !other.HasTableColumn(name) && scope.Knows(name);
}

bool NeedsOuter(const Expr& expr, const Scope& inner, const Scope& outer) {
  if (expr.kind == ExprKind::kColumn) return !IsOf(expr.name, inner, outer) && outer.Knows(expr.name);
  return std::any_of(expr.args.begin(), expr.args.end(),
                     [&](const ExprPtr& arg) { return NeedsOuter(*arg, inner, outer); });
}

bool UsesInner(const Expr& expr, const Scope& inner, const Scope& outer) {
  if (expr.kind == ExprKind::kColumn) return IsOf(expr.name, inner, outer);
  return std::any_of(expr.args.begin(), expr.args.end(),
                     [&](const ExprPtr& arg) { return UsesInner(*arg, inner, outer); });
}

bool HasSubquery(const Expr& expr) {
  return expr.kind == ExprKind::kScalarQuery || expr.kind == ExprKind::kExists || expr.kind == ExprKind::kInQuery ||
         expr.kind == ExprKind::kQuantified ||
         std::any_of(expr.args.begin(), expr.args.end(), [](const ExprPtr& arg) { return HasSubquery(*arg); });
}

static const Expr& WithoutNot(const Expr& condition) {
  const Expr* at = &condition;
  while (at->kind == ExprKind::kUnary && at->text == "NOT") at = at->args[0].get();
  return *at;
}

bool IsSubqueryCondition(const Expr& condition) {
  const ExprKind kind = WithoutNot(condition).kind;
  return kind == ExprKind::kExists || kind == ExprKind::kInQuery || kind == ExprKind::kQuantified;
}

const std::string& OppositeComparison(const std::string& op) {
  static const std::map<std::string, std::string> kOpposites = {{"=", "<>"}, {"<>", "="}, {"<", ">="},
                                                                {">=", "<"}, {">", "<="}, {"<=", ">"}};
  return kOpposites.at(op);
}

std::vector<const Expr*> ComparedParts(const Expr& condition) {
  const Expr& at = WithoutNot(condition);
  std::vector<const Expr*> parts;
  for (const ExprPtr& arg : at.args) {
    if (arg->kind != ExprKind::kRow) parts.push_back(arg.get());
    for (const ExprPtr& part : arg->args)
      if (arg->kind == ExprKind::kRow) parts.push_back(part.get());
  }
  return parts;
}

Scope Combined(const Scope& outer, const Scope& inner) {
  Scope both = outer;
  for (Scope::Column& column : both.columns) {
    if (inner.HasQualifier(column.qualifier)) column.qualifier.clear();
    if (inner.Knows({{column.name}, {}})) column.hidden = true;
  }
  both.Append(inner);
  return both;
}

/// SELECT, FROM and WHERE, whatever stands behind.
static bool IsPlainBody(const Query& query) {
  const SelectBody& select = query.select;
  if (query.kind != Query::Kind::kSelect || select.grouped || select.having || select.qualify || !select.from)
    return false;
  return std::none_of(select.items.begin(), select.items.end(),
                      [](const SelectItem& item) { return ContainsAggregate(*item.expr) || ContainsOver(*item.expr); });
}

bool IsPlain(const Query& query, bool distinct) {
  return IsPlainBody(query) && (!query.select.distinct || distinct) && !query.limit && !query.offset;
}

bool TakesFirst(const Query& query) {
  return IsPlainBody(query) && !query.select.distinct && query.limit && !query.order_by.empty();
}

bool Aggregates(const Query& query) {
  const SelectBody& select = query.select;
  if (query.kind != Query::Kind::kSelect || select.qualify || select.distinct || query.limit || query.offset ||
      !query.order_by.empty() || !select.from || !select.grouping_sets.empty())
    return false;
  const auto has = [](const SelectItem& item, bool (*what)(const Expr&)) { return what(*item.expr); };
  return std::none_of(select.items.begin(), select.items.end(),
                      [&](const SelectItem& item) { return has(item, ContainsOver); }) &&
         (select.grouped || select.having ||
          std::any_of(select.items.begin(), select.items.end(),
                      [&](const SelectItem& item) { return has(item, ContainsAggregate); }));
}

bool HasOneRow(const Query& query) {
  return Aggregates(query) && !query.select.grouped && !query.select.having;
}

}  // namespace cdc::sql
