// Sub-queries that group, and those with one value: tied to the outer query by equalities, which become keys.
#include <algorithm>

#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/subquery_scope.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

/// Equalities with the outer query, which become keys of an aggregate: what is inside, and what it equals outside.
void QueryBinder::CorrelationKeys(const Conditions& correlated, const Scope& inner, const Scope& outer,
                                  std::vector<BoundExpr>* keys, std::vector<BoundExpr>* outer_keys) {
  for (const Expr* condition : correlated) {
    const bool equality = condition->kind == ExprKind::kBinary && condition->text == "=";
    const bool first = equality && !NeedsOuter(*condition->args[0], inner, outer);
    const Expr* inside = equality ? condition->args[first ? 0 : 1].get() : nullptr;
    const Expr* outside = equality ? condition->args[first ? 1 : 0].get() : nullptr;
    if (!equality || NeedsOuter(*inside, inner, outer))
      FailAt(condition->span, "a sub-query inside an expression is tied to the outer query by equalities",
             "put the query into FROM and join with it");
    keys->push_back(ExprBinder(inner, session_).Bind(*inside));
    keys->back().type = keys->back().type.Plain();
    outer_keys->push_back(ExprBinder(outer, session_).Bind(*outside));
  }
}

/// The conditions of a join that bring the keys, which are the first columns on its right side, to the outer rows.
void QueryBinder::TieKeys(const PlanNode& inner, size_t left_size, std::vector<BoundExpr> outer_keys, const Span& span,
                          std::vector<BoundExpr>* parts) {
  for (size_t i = 0; i < outer_keys.size(); ++i)
    parts->push_back(BindComparison("=", std::move(outer_keys[i]),
                                    ColumnExpr(left_size + i, inner.columns[i].name, inner.columns[i].type), span,
                                    session_));
}

/// A query that aggregates, grouped by what ties it to the outer one too: the columns are these keys, then its own.
/// `parts`: the keys' conditions for the join.
PlanPtr QueryBinder::BindTiedGroups(const Source& outer, const Query& query, std::vector<BoundExpr>* parts) {
  Conditions correlated;
  Source from = BindInner(outer, query, &correlated);
  std::vector<BoundExpr> keys, outer_keys, outputs;
  std::vector<std::string> names;
  CorrelationKeys(correlated, from.scope, outer.scope, &keys, &outer_keys);
  Scalars scalars;
  for (const SelectItem& item : query.select.items) AddScalars(&from, *item.expr, &scalars);
  if (query.select.having) AddScalars(&from, *query.select.having, &scalars);
  PlanPtr grouped = BindGrouped(query.select, std::move(from), keys, scalars, nullptr, &outputs, &names);
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    outputs.insert(outputs.begin() + at, ColumnExpr(i, grouped->columns[i].name, grouped->columns[i].type));
    names.insert(names.begin() + at, "$key" + std::to_string(i));
  }
  PlanPtr plan = MakeProject(std::move(grouped), std::move(outputs), std::move(names));
  TieKeys(*plan, outer.plan->columns.size(), std::move(outer_keys), query.span, parts);
  return plan;
}

/// A query without aggregates that has one value for each key that ties it to the outer one.
PlanPtr QueryBinder::BindTiedValue(const Source& outer, const Query& query, std::vector<BoundExpr>* parts) {
  Conditions correlated;
  Source from = BindInner(outer, query, &correlated);
  std::vector<BoundExpr> outputs, outer_keys;
  CorrelationKeys(correlated, from.scope, outer.scope, &outputs, &outer_keys);
  std::vector<std::string> names;
  for (size_t i = 0; i < outputs.size(); ++i) names.push_back("$key" + std::to_string(i));
  const Expr& value = *query.select.items[0].expr;
  Scalars scalars;
  AddScalars(&from, value, &scalars);
  ExprBinder binder(from.scope, session_);
  binder.SetScalars(&scalars);
  outputs.push_back(binder.Bind(value));
  if (outputs.back().type.kind == TypeKind::kNull)
    FailAt(value.span, "NULL has no type here", "CAST(NULL AS STRING) gives it one");
  names.push_back("$value");
  PlanPtr plan = MakeProject(std::move(from.plan), std::move(outputs), std::move(names));
  const std::optional<std::vector<size_t>>& unique = plan->unique_key;
  const auto is_key = [&outer_keys](size_t column) { return column < outer_keys.size(); };
  if (!unique || !std::all_of(unique->begin(), unique->end(), is_key))
    plan = MakeSingleValue(std::move(plan), query.span);
  TieKeys(*plan, outer.plan->columns.size(), std::move(outer_keys), query.span, parts);
  return plan;
}

/// The value of the last column for each of the columns before it: more than one row is an error of the data.
PlanPtr QueryBinder::MakeSingleValue(PlanPtr input, const Span& span) {
  auto single = std::make_unique<PlanNode>();
  single->kind = PlanNode::Kind::kAggregate;
  single->span = span;
  single->unique_key.emplace();
  const size_t value = input->columns.size() - 1;
  for (size_t i = 0; i < value; ++i) {
    single->columns.push_back({input->columns[i].name, input->columns[i].type.Plain()});
    single->keys.push_back(i);
    single->unique_key->push_back(i);
  }
  AggregateCall call;
  call.function = "SINGLE_VALUE";
  call.argument = value;
  call.argument_type = input->columns[value].type.Plain();
  call.type = call.argument_type.WithNullable(true);
  call.text = "SINGLE_VALUE(" + input->columns[value].name + ")";
  single->columns.push_back({input->columns[value].name, call.type});
  single->aggregates.push_back(std::move(call));
  single->inputs.push_back(std::move(input));
  return single;
}

}  // namespace cdc::sql
