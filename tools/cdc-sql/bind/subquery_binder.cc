// Sub-queries in conditions and expressions, made joins.
#include <algorithm>

#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/subquery_scope.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

/// FROM and WHERE of a sub-query, without the conditions that need the outer query: those come back.
QueryBinder::Source QueryBinder::BindInner(const Source& outer, const Query& query, Conditions* correlated) {
  const SelectBody& select = query.select;
  Conditions conditions, own;
  if (select.where) SplitConditions(*select.where, &conditions);
  Source source;
  if (select.from) {
    source = BindFrom(*select.from, &conditions);
  } else {
    source.plan = std::make_unique<PlanNode>();
    source.plan->kind = PlanNode::Kind::kValues;
    source.plan->append_only = true;
    source.plan->rows.emplace_back();
  }
  for (const Expr* condition : conditions)
    (NeedsOuter(*condition, source.scope, outer.scope) ? *correlated : own).push_back(condition);
  BindWhere(&source, own);
  return source;
}

void QueryBinder::BindWhere(Source* source, const Conditions& conditions) {
  // Those with sub-queries come last: joins of fewer rows, and what bounds a rank stands right above it.
  Conditions ordered = conditions;
  std::stable_partition(ordered.begin(), ordered.end(), [](const Expr* condition) { return !HasSubquery(*condition); });
  for (const Expr* condition : ordered) {
    if (BindSubqueryCondition(source, *condition)) continue;
    Scalars scalars;
    const size_t width = source->plan->columns.size();
    AddScalars(source, *condition, &scalars);
    ExprBinder binder(source->scope, session_);
    binder.ForbidAggregates("WHERE");
    binder.SetScalars(&scalars);
    source->plan = MakeFilter(std::move(source->plan), binder.BindCondition(*condition, "WHERE"));
    if (scalars.empty()) continue;
    // The values of the sub-queries have done their work.
    std::vector<BoundExpr> exprs;
    std::vector<std::string> names;
    for (size_t i = 0; i < width; ++i) {
      exprs.push_back(ColumnExpr(i, source->plan->columns[i].name, source->plan->columns[i].type));
      names.push_back(source->plan->columns[i].name);
    }
    source->plan = MakeProject(std::move(source->plan), std::move(exprs), std::move(names));
    source->scope.columns.resize(width);
  }
}

/// What EXISTS selects is read by nobody, but is to be there.
void QueryBinder::CheckItems(const Query& query, const Scope& inner, const Scope& outer) {
  const Scope both = Combined(outer, inner);
  for (const SelectItem& item : query.select.items) {
    const Expr& expr = *item.expr;
    if (expr.kind == ExprKind::kStar) {
      if (!expr.name.parts.empty() && !both.HasQualifier(expr.name.last()) && !both.Knows(expr.name))
        FailAt(expr.span, "there is no table '" + expr.name.last() + "' in FROM");
    } else if ((UsesInner(expr, inner, outer) || NeedsOuter(expr, inner, outer) || expr.kind == ExprKind::kColumn) &&
               !HasSubquery(expr)) {
      ExprBinder(both, session_).Bind(expr);
    }
  }
}

/// EXISTS of a query that has one row whatever the rows are: it is true, and only its errors are told. What it
/// aggregates may be columns of the outer query too.
void QueryBinder::CheckOneRow(const Source& outer, const Query& query) {
  Conditions correlated;
  const Source inner = BindInner(outer, query, &correlated);
  Source both;
  both.scope = Combined(outer.scope, inner.scope);
  both.plan = std::make_unique<PlanNode>();
  both.plan->kind = PlanNode::Kind::kValues;
  both.plan->append_only = outer.plan->append_only && inner.plan->append_only;
  both.plan->columns = outer.plan->columns;
  both.plan->columns.insert(both.plan->columns.end(), inner.plan->columns.begin(), inner.plan->columns.end());
  BindWhere(&both, correlated);
  Scalars scalars;
  for (const SelectItem& item : query.select.items) AddScalars(&both, *item.expr, &scalars);
  std::vector<BoundExpr> outputs;
  std::vector<std::string> names;
  BindGrouped(query.select, std::move(both), {}, scalars, nullptr, {}, &outputs, &names);
}

/// [NOT] EXISTS (…), x [NOT] IN (…), [NOT] x op SOME | ALL (…). False if the condition is none of them.
bool QueryBinder::BindSubqueryCondition(Source* source, const Expr& condition, const std::vector<BoundExpr>* wanted) {
  if (!IsSubqueryCondition(condition)) return false;
  const Expr* at = &condition;
  bool negated = false;
  while (at->kind == ExprKind::kUnary) {
    negated = !negated;
    at = at->args[0].get();
  }
  bool quantified = at->kind == ExprKind::kQuantified;
  const bool in = at->kind == ExprKind::kInQuery || quantified;
  if (at->negated) negated = !negated;
  // NOT x > SOME is x <= ALL. ALL holds where no row denies it or leaves it open: an anti join.
  std::string op = "=";
  if (quantified) {
    op = negated ? OppositeComparison(at->text) : at->text;
    negated = at->star != negated;
    if (negated && op == "<>") {  // x <> ALL is x NOT IN, whose values may be keys
      op = "=";
      quantified = false;
    }
  }
  const Query& query = *at->query;
  ctes_.emplace_back();
  for (const Query::Cte& cte : query.ctes) ctes_.back()[cte.name] = &cte;
  if (++depth_ > kMaxDepth) FailAt(query.span, "too many queries inside each other");
  Source inner;
  Conditions correlated;
  // Flink takes EXISTS for true there, though it sends no row of such a query before there is one to aggregate.
  const bool always = at->kind == ExprKind::kExists && HasOneRow(query);
  std::vector<BoundExpr> values;  // of the inner query, that IN compares with
  std::vector<BoundExpr> parts;
  if (always) {
    CheckOneRow(*source, query);
  } else if (IsPlain(query, true)) {  // one row or several makes no difference
    inner = BindInner(*source, query, &correlated);
    if (!in) CheckItems(query, inner.scope, source->scope);
    if (in)
      for (const SelectItem& item : query.select.items) {
        if (item.expr->kind == ExprKind::kStar) {
          for (size_t i = 0; i < inner.scope.columns.size(); ++i)
            values.push_back(ColumnExpr(i, inner.scope.columns[i].name, inner.scope.columns[i].type, item.expr->span));
        } else {
          values.push_back(ExprBinder(inner.scope, session_).Bind(*item.expr));
        }
      }
  } else {
    size_t keys = 0;
    if (Aggregates(query)) {  // without GROUP BY too it has a row only where there are rows to aggregate
      inner.plan = BindTiedGroups(*source, query, &parts);
      keys = parts.size();
    } else {
      inner.plan = Bind(query);
    }
    inner.scope = Scope::Of(*inner.plan, "");
    for (size_t i = keys; i < inner.plan->columns.size(); ++i)
      values.push_back(ColumnExpr(i, inner.plan->columns[i].name, inner.plan->columns[i].type, query.span));
  }
  --depth_;
  ctes_.pop_back();
  if (always) {
    if (negated) source->plan = MakeFilter(std::move(source->plan), BooleanLiteral(false, at->span));
    return true;
  }
  const size_t left_size = source->plan->columns.size();
  const Scope both = Combined(source->scope, inner.scope);
  ExprBinder binder(both, session_);
  binder.ForbidAggregates("WHERE");
  for (const Expr* part : correlated) {
    if (HasSubquery(*part))
      FailAt(part->span, "a sub-query that uses columns of a query two levels up is not available");
    parts.push_back(binder.BindCondition(*part, "WHERE"));
  }
  bool null_aware = false;
  if (in) {
    std::vector<BoundExpr> own;
    if (wanted == nullptr) {
      ExprBinder outer(source->scope, session_);
      for (const Expr* part : ComparedParts(*at)) own.push_back(outer.Bind(*part));
      wanted = &own;
    }
    if (wanted->size() != values.size())
      FailAt(query.span, "the query of IN has " + std::to_string(values.size()) + " columns, " +
                             std::to_string(wanted->size()) + " are compared");
    for (size_t i = 0; i < wanted->size(); ++i) {
      BoundExpr x = (*wanted)[i];
      // Columns of the inner query stand behind those of the outer one.
      std::vector<BoundExpr> shifted;
      for (size_t k = 0; k < inner.plan->columns.size(); ++k)
        shifted.push_back(ColumnExpr(left_size + k, inner.plan->columns[k].name, inner.plan->columns[k].type));
      null_aware = negated && !quantified && wanted->size() == 1 && (x.type.nullable || values[i].type.nullable);
      BoundExpr holds = BindComparison(op, std::move(x), Substitute(values[i], shifted), at->span, session_);
      // Of several columns one that differs settles it, and one that is open does not. Others stay keys of the join.
      if (negated && !quantified && wanted->size() > 1 && holds.type.nullable)
        holds = BindIs("FALSE", true, std::move(holds), at->span);
      if (quantified && negated) holds = BindIs("TRUE", true, std::move(holds), at->span);
      parts.push_back(std::move(holds));
    }
  }
  *source = MakeJoin(negated ? JoinKind::kAnti : JoinKind::kSemi, std::move(*source), std::move(inner),
                     std::move(parts), at->span, null_aware);
  return true;
}

void QueryBinder::AddScalars(Source* source, const Expr& expr, Scalars* scalars) {
  if (expr.kind == ExprKind::kScalarQuery) return AddScalar(source, expr, scalars);
  if (IsSubqueryCondition(expr) && expr.kind != ExprKind::kUnary) return AddMark(source, expr, scalars);
  for (const ExprPtr& arg : expr.args) AddScalars(source, *arg, scalars);
  if (expr.filter) AddScalars(source, *expr.filter, scalars);
}

/// A condition with a sub-query that is a part of another one; null: there is none.
static const Expr* ConditionInside(const Expr& expr) {
  for (const ExprPtr& arg : expr.args) {
    if (IsSubqueryCondition(*arg)) return arg.get();
    if (const Expr* inside = ConditionInside(*arg)) return inside;
  }
  return nullptr;
}

/// Those of HAVING, but for the conditions that become joins with the groups.
void QueryBinder::AddHavingScalars(Source* source, const SelectBody& select, Scalars* scalars) {
  Conditions conditions;
  if (select.having) SplitConditions(*select.having, &conditions);
  for (const Expr* condition : conditions) {
    if (IsSubqueryCondition(*condition)) continue;
    if (const Expr* inside = ConditionInside(*condition))
      FailAt(inside->span,
             "a condition with a sub-query inside " + std::string(condition->text == "OR" ? "OR" : "another one") +
                 " is not available in HAVING",
             "SELECT … FROM (the query without HAVING) WHERE … takes it; so does HAVING with AND");
    AddScalars(source, *condition, scalars);
  }
}

/// Joins the value of a scalar sub-query to the rows of the query, as a hidden column at their end.
void QueryBinder::AddScalar(Source* source, const Expr& expr, Scalars* scalars) {
  const Query& query = *expr.query;
  const SelectBody& select = query.select;
  const size_t left_size = source->plan->columns.size();
  ctes_.emplace_back();
  for (const Query::Cte& cte : query.ctes) ctes_.back()[cte.name] = &cte;
  if (++depth_ > kMaxDepth) FailAt(query.span, "too many queries inside each other");
  Source inner;
  std::vector<BoundExpr> parts, above;
  if (Aggregates(query) && !select.grouped && !select.having && select.items.size() == 1) {
    inner.plan = BindTiedGroups(*source, query, &parts, &above);
  } else if (IsPlain(query) && select.items.size() == 1 && select.items[0].expr->kind != ExprKind::kStar) {
    inner.plan = BindTiedValue(*source, query, &parts);
  } else {
    inner.plan = Bind(query);
    if (inner.plan->columns.size() != 1) FailAt(query.span, "a query inside an expression has one column");
    if (!inner.plan->unique_key || !inner.plan->unique_key->empty())
      inner.plan = MakeSingleValue(std::move(inner.plan), query.span);
  }
  --depth_;
  ctes_.pop_back();
  const size_t last = left_size + inner.plan->columns.size() - 1;
  inner.scope = Scope::Of(*inner.plan, "");
  std::vector<size_t> used;
  for (const BoundExpr& part : parts)
    ForEachColumn(part, [&](size_t column) {
      if (column < left_size) used.push_back(column);
    });
  const Scope scope = source->scope;
  *source = MakeJoin(JoinKind::kLeft, std::move(*source), std::move(inner), std::move(parts), expr.span);
  if (above.empty()) above.push_back(ColumnExpr(last, "$scalar", source->plan->columns[last].type));
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  for (size_t i = 0; i < left_size; ++i) {
    exprs.push_back(ColumnExpr(i, source->plan->columns[i].name, source->plan->columns[i].type));
    names.push_back(source->plan->columns[i].name);
  }
  exprs.push_back(std::move(above[0]));
  names.push_back("$scalar");
  source->plan = MakeProject(std::move(source->plan), std::move(exprs), std::move(names));
  source->scope = scope;
  source->scope.columns.push_back({"", "$scalar", source->plan->columns[left_size].type, true});
  for (size_t i = 0; i < left_size; ++i) source->scope.columns[i].type = source->plan->columns[i].type;
  (*scalars)[&expr] = {left_size, std::move(used)};
}

}  // namespace cdc::sql
