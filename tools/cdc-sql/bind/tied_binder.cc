// Sub-queries that group, and those with one value: tied to the outer query by equalities, which become keys.
#include <algorithm>

#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/subquery_scope.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

namespace {

/// The outer columns that an expression of a sub-query uses.
void CollectOuter(const Expr& expr, const Scope& inner, const Scope& outer, std::vector<size_t>* columns) {
  if (NeedsOuter(expr, inner, outer) && expr.kind == ExprKind::kColumn) {
    const size_t column = outer.ResolvePath(expr.name).column;
    if (std::find(columns->begin(), columns->end(), column) == columns->end()) columns->push_back(column);
  }
  for (const ExprPtr& arg : expr.args) CollectOuter(*arg, inner, outer, columns);
}

/// Whether a condition is an equality of an expression of the inner query and one of the outer; which side is which.
bool IsTie(const Expr& condition, const Scope& inner, const Scope& outer, const Expr** inside, const Expr** outside) {
  if (condition.kind != ExprKind::kBinary || condition.text != "=") return false;
  const bool first = !NeedsOuter(*condition.args[0], inner, outer);
  *inside = condition.args[first ? 0 : 1].get();
  *outside = condition.args[first ? 1 : 0].get();
  std::vector<size_t> used;
  return !NeedsOuter(**inside, inner, outer) && !HasSubquery(condition) && !UsesInner(**outside, inner, outer);
}

}  // namespace

/// Ties the inner rows to the outer ones by keys: what is inside, and what it equals outside. For conditions that are
/// no equalities the outer values that they use, each once, are joined to the inner rows, and are keys as well.
void QueryBinder::TieInner(const Source& outer, Source* inner, const Conditions& correlated,
                           std::vector<BoundExpr>* keys, std::vector<BoundExpr>* outer_keys) {
  Conditions others;
  std::vector<size_t> used;
  for (const Expr* condition : correlated) {
    const Expr *inside = nullptr, *outside = nullptr;
    if (!IsTie(*condition, inner->scope, outer.scope, &inside, &outside)) {
      if (HasSubquery(*condition))
        FailAt(condition->span, "a sub-query that uses columns of a query two levels up is not available");
      CollectOuter(*condition, inner->scope, outer.scope, &used);
      others.push_back(condition);
      continue;
    }
    keys->push_back(ExprBinder(inner->scope, session_).Bind(*inside));
    keys->back().type = keys->back().type.Plain();
    outer_keys->push_back(ExprBinder(outer.scope, session_).Bind(*outside));
  }
  if (others.empty()) return;
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  Source values;
  for (const size_t column : used) {
    Scope::Column known = outer.scope.columns[column];
    known.type = known.type.Plain();
    exprs.push_back(ColumnExpr(column, known.name, known.type));
    names.push_back(known.name);
    values.scope.columns.push_back(std::move(known));
  }
  values.plan = MakeDistinct(MakeProject(std::make_unique<PlanNode>(*outer.plan), std::move(exprs), std::move(names)));
  Scope both = Combined(values.scope, inner->scope);  // the inner columns go first
  std::rotate(both.columns.begin(), both.columns.begin() + static_cast<std::ptrdiff_t>(used.size()),
              both.columns.end());
  std::vector<BoundExpr> parts;
  ExprBinder binder(both, session_);
  binder.ForbidAggregates("WHERE");
  for (const Expr* condition : others) parts.push_back(binder.BindCondition(*condition, "WHERE"));
  const size_t width = inner->plan->columns.size();
  *inner = MakeJoin(JoinKind::kInner, std::move(*inner), std::move(values), std::move(parts), others[0]->span);
  for (size_t i = 0; i < both.columns.size(); ++i) both.columns[i].type = inner->plan->columns[i].type;
  inner->scope = std::move(both);
  for (size_t i = 0; i < used.size(); ++i) {
    const PlanColumn& column = inner->plan->columns[width + i];
    keys->push_back(ColumnExpr(width + i, column.name, column.type));
    outer_keys->push_back(ColumnExpr(used[i], column.name, outer.plan->columns[used[i]].type));
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
/// `parts`: the keys' conditions for the join. With `above`, which gets the expressions of the query's own columns over
/// those of both sides of the join, the columns are the keys and the aggregates, and where no row is tied to an outer
/// one, COUNT is 0. `ties` gets what the keys equal in the outer query, in place of `parts`.
PlanPtr QueryBinder::BindTiedGroups(const Source& outer, const Query& query, std::vector<BoundExpr>* parts,
                                    std::vector<BoundExpr>* above, std::vector<std::string>* names,
                                    std::vector<BoundExpr>* ties) {
  Conditions correlated;
  Source from = BindInner(outer, query, &correlated);
  std::vector<BoundExpr> keys, outer_keys, outputs;
  std::vector<std::string> own_names;
  TieInner(outer, &from, correlated, &keys, &outer_keys);
  Scalars scalars;
  for (const SelectItem& item : query.select.items) AddScalars(&from, *item.expr, &scalars);
  AddHavingScalars(&from, query.select, &scalars);
  PlanPtr plan = BindGrouped(query.select, std::move(from), keys, scalars, nullptr, {}, &outputs, &own_names);
  const size_t left_size = outer.plan->columns.size();
  const bool counts_none = !query.select.grouped && !query.select.having && !keys.empty();
  Datum zero;
  zero.is_null = false;
  if (above != nullptr && counts_none) {
    std::vector<BoundExpr> shifted;
    for (size_t i = 0; i < plan->columns.size(); ++i) {
      const PlanColumn& column = plan->columns[i];
      shifted.push_back(ColumnExpr(left_size + i, column.name, column.type.WithNullable(true)));
      if (i < keys.size() || plan->aggregates[i - keys.size()].function != "COUNT") continue;
      std::vector<BoundExpr> args = {shifted.back(), LiteralExpr(zero, column.type, query.span)};
      shifted.back() = BindCoalesce(std::move(args), query.span, session_);
    }
    for (const BoundExpr& output : outputs) above->push_back(Substitute(output, shifted));
  } else {
    std::vector<BoundExpr> columns;
    std::vector<std::string> all_names;
    for (size_t i = 0; i < keys.size(); ++i) {
      columns.push_back(ColumnExpr(i, plan->columns[i].name, plan->columns[i].type));
      all_names.push_back("$key" + std::to_string(i));
    }
    columns.insert(columns.end(), outputs.begin(), outputs.end());
    all_names.insert(all_names.end(), own_names.begin(), own_names.end());
    plan = MakeProject(std::move(plan), std::move(columns), std::move(all_names));
    if (above != nullptr)
      for (size_t i = keys.size(); i < plan->columns.size(); ++i)
        above->push_back(ColumnExpr(left_size + i, plan->columns[i].name, plan->columns[i].type.WithNullable(true)));
  }
  if (names != nullptr) *names = std::move(own_names);
  if (ties != nullptr) {
    *ties = std::move(outer_keys);
  } else {
    TieKeys(*plan, left_size, std::move(outer_keys), query.span, parts);
  }
  return plan;
}

/// A plain query that takes out duplicates, or the first rows in an order, among the rows of each key that ties it to
/// the outer one. The columns are the keys, then its own, whose names `names` gets.
PlanPtr QueryBinder::BindTiedRows(const Source& outer, const Query& query, std::vector<BoundExpr>* parts,
                                  std::vector<std::string>* names) {
  Conditions correlated;
  Source from = BindInner(outer, query, &correlated);
  std::vector<BoundExpr> outputs, outer_keys;
  TieInner(outer, &from, correlated, &outputs, &outer_keys);
  const size_t keys = outputs.size();
  std::vector<std::string> all_names;
  for (size_t i = 0; i < keys; ++i) all_names.push_back("$key" + std::to_string(i));
  std::vector<BoundExpr> own;
  ExprBinder binder(from.scope, session_);
  ExpandItems(query.select, from.scope, binder, false, &own, names);
  outputs.insert(outputs.end(), own.begin(), own.end());
  all_names.insert(all_names.end(), names->begin(), names->end());
  PlanPtr plan;
  if (TakesFirst(query)) {
    plan = FirstOfEach(query, std::move(from), std::move(outputs), std::move(all_names), keys);
  } else {
    plan = MakeProject(std::move(from.plan), std::move(outputs), std::move(all_names));
    if (query.select.distinct) plan = MakeDistinct(std::move(plan));
  }
  TieKeys(*plan, outer.plan->columns.size(), std::move(outer_keys), query.span, parts);
  return plan;
}

/// A query without aggregates that has one value for each key that ties it to the outer one.
PlanPtr QueryBinder::BindTiedValue(const Source& outer, const Query& query, std::vector<BoundExpr>* parts) {
  Conditions correlated;
  Source from = BindInner(outer, query, &correlated);
  std::vector<BoundExpr> outputs, outer_keys;
  TieInner(outer, &from, correlated, &outputs, &outer_keys);
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
  call.text = "the one row of the query at " + PlaceOf(span);
  single->columns.push_back({input->columns[value].name, call.type});
  single->aggregates.push_back(std::move(call));
  single->inputs.push_back(std::move(input));
  return single;
}

}  // namespace cdc::sql
