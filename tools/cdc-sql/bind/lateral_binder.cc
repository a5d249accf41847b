// LATERAL queries, made joins.
#include "tools/cdc-sql/bind/aliases.h"
#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/subquery_scope.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

/// Values that a LEFT JOIN LATERAL makes of columns, all NULL where the right side has no row: those of the right
/// side's columns alone are computed below the join, as columns behind its own; of others a column tells whether a row
/// is there.
void QueryBinder::ComputeBelow(size_t left_size, PlanPtr* inner, std::vector<BoundExpr>* exprs) {
  std::vector<BoundExpr> below, shifted;
  std::vector<std::string> names;
  for (size_t i = 0; i < left_size; ++i) shifted.emplace_back();  // read by no value that is computed below
  for (size_t i = 0; i < (*inner)->columns.size(); ++i) {
    const PlanColumn& column = (*inner)->columns[i];
    below.push_back(ColumnExpr(i, column.name, column.type));
    shifted.push_back(below.back());
    names.push_back(column.name);
  }
  const auto add = [&](BoundExpr value) {
    const size_t place = left_size + below.size();
    const SqlType type = value.type;
    below.push_back(std::move(value));
    names.push_back("$value");
    return ColumnExpr(place, "$value", type.WithNullable(true));
  };
  std::optional<BoundExpr> is_there;
  for (size_t i = left_size; i < exprs->size(); ++i) {
    BoundExpr& expr = (*exprs)[i];
    if (expr.kind == BoundExpr::Kind::kColumn && expr.column >= left_size) continue;
    bool left = false;
    ForEachColumn(expr, [&](size_t column) { left = left || column < left_size; });
    if (!left) {
      expr = add(Substitute(expr, shifted));
      continue;
    }
    if (!is_there) is_there = add(BooleanLiteral(true, expr.span));
    const Span span = expr.span;
    BoundExpr none = NullExpr(expr.type.WithNullable(true), span);
    std::vector<BoundExpr> branches = {*is_there, std::move(expr), std::move(none)};
    expr = BindCase(std::move(branches), span, session_);
  }
  if (below.size() > (*inner)->columns.size())
    *inner = MakeProject(std::move(*inner), std::move(below), std::move(names));
}

/// JOIN LATERAL (SELECT … WHERE … with columns of the left side).
QueryBinder::Source QueryBinder::BindLateral(const TableRef& join, Source left) {
  const TableRef& ref = *join.right;
  const Query& query = *ref.query;
  const bool outer = join.join == JoinKind::kLeft;
  if (!outer && join.join != JoinKind::kInner && join.join != JoinKind::kCross)
    FailAt(join.span, "LATERAL is available for inner and left joins");
  const bool rows = TakesFirst(query) || (query.select.distinct && IsPlain(query, true));
  const bool below = rows || Aggregates(query);  // its columns are computed below the join
  if (!below && !IsPlain(query))
    FailAt(query.span, "a LATERAL query that ranks, or limits groups, is not available",
           "put the columns that tie it to the left side into GROUP BY or PARTITION BY, and join on them");
  ctes_.emplace_back();
  for (const Query::Cte& cte : query.ctes) ctes_.back()[cte.name] = &cte;
  if (++depth_ > kMaxDepth) FailAt(query.span, "too many queries inside each other");
  Conditions correlated;
  std::vector<BoundExpr> parts, exprs, values;
  std::vector<std::string> value_names;
  Source inner;
  if (rows) {
    inner.plan = BindTiedRows(left, query, &parts, &value_names);
    const std::vector<PlanColumn>& columns = inner.plan->columns;
    for (size_t i = columns.size() - value_names.size(); i < columns.size(); ++i)
      values.push_back(ColumnExpr(left.plan->columns.size() + i, columns[i].name, columns[i].type));
    inner.scope = Scope::Of(*inner.plan, "");
  } else if (below) {
    inner.plan = BindTiedGroups(left, query, &parts, &values, &value_names);
    inner.scope = Scope::Of(*inner.plan, "");
  } else {
    inner = BindInner(left, query, &correlated);
  }
  --depth_;
  ctes_.pop_back();
  const size_t left_size = left.plan->columns.size();
  Scope scope = left.scope;
  const Scope both = Combined(left.scope, inner.scope);
  ExprBinder binder(both, session_);
  binder.ForbidAggregates("WHERE");
  std::vector<std::string> names;
  for (const Expr* condition : correlated) parts.push_back(binder.BindCondition(*condition, "WHERE"));
  for (size_t i = 0; i < left_size; ++i) {
    exprs.push_back(ColumnExpr(i, left.plan->columns[i].name, left.plan->columns[i].type));
    names.push_back(left.plan->columns[i].name);
  }
  exprs.insert(exprs.end(), values.begin(), values.end());
  names.insert(names.end(), value_names.begin(), value_names.end());
  for (const SelectItem& item : query.select.items) {
    if (below) break;
    if (item.expr->kind == ExprKind::kStar) {
      for (size_t i = 0; i < inner.scope.columns.size(); ++i) {
        const Scope::Column& column = inner.scope.columns[i];
        exprs.push_back(ColumnExpr(left_size + i, column.name, column.type, item.expr->span));
        names.push_back(column.name);
      }
      continue;
    }
    exprs.push_back(binder.Bind(*item.expr));
    names.push_back(OutputName(item, names.size() - left_size));
  }
  if (outer && !below) ComputeBelow(left_size, &inner.plan, &exprs);
  if (!ref.column_aliases.empty() && ref.column_aliases.size() != names.size() - left_size)
    FailAt(ref.span, "the alias names " + std::to_string(ref.column_aliases.size()) + " columns of " +
                         std::to_string(names.size() - left_size));
  for (size_t i = 0; i < ref.column_aliases.size(); ++i) names[left_size + i] = ref.column_aliases[i];
  Source joined = MakeJoin(join.join, std::move(left), std::move(inner), std::move(parts), ref.span);
  for (size_t i = left_size; i < exprs.size(); ++i) {
    if (exprs[i].kind == BoundExpr::Kind::kColumn) exprs[i].type = joined.plan->columns[exprs[i].column].type;
    scope.columns.push_back({ref.alias, names[i], exprs[i].type, false});
  }
  joined.plan = MakeProject(std::move(joined.plan), std::move(exprs), std::move(names));
  joined.scope = std::move(scope);
  if (!join.on) return joined;
  ExprBinder on(joined.scope, session_);
  const BoundExpr condition = on.BindCondition(*join.on, "ON");
  const bool always = condition.kind == BoundExpr::Kind::kLiteral && condition.literal.boolean != 0;
  if (outer && !always) FailAt(join.on->span, "LEFT JOIN LATERAL is ON TRUE", "put the condition into the query");
  if (!always) joined.plan = MakeFilter(std::move(joined.plan), condition);
  return joined;
}

}  // namespace cdc::sql
