// EXISTS and IN inside expressions, made columns.
#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/subquery_scope.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

/// Joins counts of the inner rows by their keys to the rows of the query: one for each of `counted`, of all rows where
/// it is empty, else of those where its expression is not NULL. Gives the column of the first; NULL stands for zero.
size_t QueryBinder::JoinCounts(Source* source, Source inner, std::vector<BoundExpr> keys,
                               std::vector<BoundExpr> outer_keys, const std::vector<std::vector<BoundExpr>>& counted,
                               const Span& span) {
  const size_t left_size = source->plan->columns.size();
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kAggregate;
  node->span = span;
  node->unique_key.emplace();
  std::vector<std::string> names;
  for (size_t i = 0; i < keys.size(); ++i) {
    names.push_back("$key" + std::to_string(i));
    node->columns.push_back({names.back(), keys[i].type.Plain()});
    node->keys.push_back(i);
    node->unique_key->push_back(i);
  }
  std::vector<BoundExpr> inputs = std::move(keys);
  for (const std::vector<BoundExpr>& values : counted) {
    AggregateCall call;
    call.function = "COUNT";
    call.type = SqlType::Of(TypeKind::kBigint, false);
    call.text = values.empty() ? "COUNT(*)" : "COUNT(value)";
    if (!values.empty()) {
      call.argument = inputs.size();
      call.argument_type = values[0].type;
      inputs.push_back(values[0]);
      names.push_back("$value");
    }
    node->columns.push_back({call.text, call.type});
    node->aggregates.push_back(std::move(call));
  }
  const size_t key_count = node->keys.size();
  node->inputs.push_back(MakeProject(std::move(inner.plan), std::move(inputs), std::move(names)));
  Source counts;
  counts.plan = std::move(node);
  counts.scope = Scope::Of(*counts.plan, "");
  for (Scope::Column& column : counts.scope.columns) {
    column.hidden = true;
    column.name = "$scalar";
  }
  std::vector<BoundExpr> parts;
  for (size_t i = 0; i < key_count; ++i)
    parts.push_back(BindComparison(
        "=", std::move(outer_keys[i]),
        ColumnExpr(left_size + i, counts.plan->columns[i].name, counts.plan->columns[i].type), span, session_));
  *source = MakeJoin(JoinKind::kLeft, std::move(*source), std::move(counts), std::move(parts), span);
  return left_size + key_count;
}

/// EXISTS and IN inside an expression: a column that says whether they hold. IN is NULL where a NULL may be the match.
void QueryBinder::AddMark(Source* source, const Expr& expr, Scalars* scalars) {
  const Query& query = *expr.query;
  const bool in = expr.kind == ExprKind::kInQuery;
  const bool always = !in && HasOneRow(query);
  const auto bind_inner = [&](Conditions* correlated, std::vector<BoundExpr>* values) {
    ctes_.emplace_back();
    for (const Query::Cte& cte : query.ctes) ctes_.back()[cte.name] = &cte;
    if (++depth_ > kMaxDepth) FailAt(query.span, "too many queries inside each other");
    Source inner;
    if (always) {
      CheckOneRow(*source, query);
    } else if (IsPlain(query) && !(in && query.select.items[0].expr->kind == ExprKind::kStar)) {
      inner = BindInner(*source, query, correlated);
      if (!in) CheckItems(query, inner.scope, source->scope);
      if (in)
        for (const SelectItem& item : query.select.items)
          values->push_back(ExprBinder(inner.scope, session_).Bind(*item.expr));
    } else {
      inner.plan = Bind(query);
      inner.scope = Scope::Of(*inner.plan, "");
      if (in)
        for (size_t i = 0; i < inner.plan->columns.size(); ++i)
          values->push_back(ColumnExpr(i, inner.plan->columns[i].name, inner.plan->columns[i].type, query.span));
    }
    --depth_;
    ctes_.pop_back();
    if (in && (values->size() != 1 || expr.args[0]->kind == ExprKind::kRow))
      FailAt(expr.span, "IN of several columns stands by itself, AND-ed in WHERE");
    return inner;
  };
  const auto zero = [&] {
    Datum datum;
    datum.is_null = false;
    return LiteralExpr(datum, SqlType::Of(TypeKind::kBigint, false), expr.span);
  };
  const auto count_at = [&](size_t column) {
    std::vector<BoundExpr> args = {ColumnExpr(column, "$scalar", source->plan->columns[column].type, expr.span),
                                   zero()};
    return BindCoalesce(std::move(args), expr.span, session_);
  };
  Conditions correlated;
  std::vector<BoundExpr> values, keys, outer_keys;
  Source inner = bind_inner(&correlated, &values);
  if (!always) TieInner(*source, &inner, correlated, &keys, &outer_keys);
  BoundExpr mark;
  if (always) {
    mark = BooleanLiteral(true, expr.span);
  } else if (!in) {
    const size_t rows = JoinCounts(source, std::move(inner), std::move(keys), std::move(outer_keys), {{}}, expr.span);
    mark = BindComparison(">", count_at(rows), zero(), expr.span, session_);
  } else {
    const BoundExpr x = ExprBinder(source->scope, session_).Bind(*expr.args[0]);
    const bool may_be_null = x.type.nullable || values[0].type.nullable;
    keys.push_back(values[0]);
    keys.back().type = keys.back().type.Plain();
    outer_keys.push_back(x);
    const size_t same = JoinCounts(source, std::move(inner), std::move(keys), std::move(outer_keys), {{}}, expr.span);
    mark = BindComparison(">", count_at(same), zero(), expr.span, session_);
    if (may_be_null) {
      Conditions again;
      std::vector<BoundExpr> value, all_keys, all_outer_keys;
      Source all = bind_inner(&again, &value);
      TieInner(*source, &all, again, &all_keys, &all_outer_keys);
      const size_t rows = JoinCounts(source, std::move(all), std::move(all_keys), std::move(all_outer_keys),
                                     {{}, {value[0]}}, expr.span);
      const auto unknown = [&] { return NullExpr(SqlType::Of(TypeKind::kBoolean), expr.span); };
      std::vector<BoundExpr> branches;
      branches.push_back(BindComparison("=", count_at(rows), zero(), expr.span, session_));
      branches.push_back(BooleanLiteral(false, expr.span));
      branches.push_back(BindIs("NULL", false, x, expr.span));
      branches.push_back(unknown());
      branches.push_back(std::move(mark));
      branches.push_back(BooleanLiteral(true, expr.span));
      branches.push_back(BindComparison("<", count_at(rows + 1), count_at(rows), expr.span, session_));
      branches.push_back(unknown());
      branches.push_back(BooleanLiteral(false, expr.span));
      mark = BindCase(std::move(branches), expr.span, session_);
    }
  }
  if (expr.negated) mark = BindNot(std::move(mark), expr.span);
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  for (size_t i = 0; i < source->plan->columns.size(); ++i) {
    exprs.push_back(ColumnExpr(i, source->plan->columns[i].name, source->plan->columns[i].type));
    names.push_back(source->plan->columns[i].name);
  }
  exprs.push_back(std::move(mark));
  names.push_back("$scalar");
  source->plan = MakeProject(std::move(source->plan), std::move(exprs), std::move(names));
  const size_t column = source->plan->columns.size() - 1;
  source->scope.columns.push_back({"", "$scalar", source->plan->columns[column].type, true});
  (*scalars)[&expr] = {column};
}

}  // namespace cdc::sql
