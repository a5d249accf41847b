// Sub-queries in conditions and expressions, made joins.
#include <algorithm>

#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

namespace {

/// Whether a column of the expression is found in `outer` and not in `inner`.
bool NeedsOuter(const Expr& expr, const Scope& inner, const Scope& outer) {
  if (expr.kind == ExprKind::kColumn) return !inner.Knows(expr.name) && outer.Knows(expr.name);
  return std::any_of(expr.args.begin(), expr.args.end(),
                     [&](const ExprPtr& arg) { return NeedsOuter(*arg, inner, outer); });
}

bool HasSubquery(const Expr& expr) {
  return expr.kind == ExprKind::kScalarQuery || expr.kind == ExprKind::kExists || expr.kind == ExprKind::kInQuery ||
         expr.kind == ExprKind::kQuantified ||
         std::any_of(expr.args.begin(), expr.args.end(), [](const ExprPtr& arg) { return HasSubquery(*arg); });
}

/// Columns of both queries: names of the inner one hide those of the outer one.
Scope Combined(const Scope& outer, const Scope& inner) {
  Scope both = outer;
  for (Scope::Column& column : both.columns) {
    if (inner.HasQualifier(column.qualifier)) column.qualifier.clear();
    if (inner.Knows({{column.name}, {}})) column.hidden = true;
  }
  both.Append(inner);
  return both;
}

bool IsPlain(const Query& query) {
  const SelectBody& select = query.select;
  if (query.kind != Query::Kind::kSelect || select.grouped || select.having || select.qualify || select.distinct ||
      query.limit || query.offset || !select.from)
    return false;
  return std::none_of(select.items.begin(), select.items.end(),
                      [](const SelectItem& item) { return ContainsAggregate(*item.expr) || ContainsOver(*item.expr); });
}

}  // namespace

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
  for (const Expr* condition : conditions) {
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

/// [NOT] EXISTS (…), x [NOT] IN (…), [NOT] x op SOME | ALL (…). False if the condition is none of them.
bool QueryBinder::BindSubqueryCondition(Source* source, const Expr& condition) {
  const Expr* at = &condition;
  bool negated = false;
  while (at->kind == ExprKind::kUnary && at->text == "NOT") {
    negated = !negated;
    at = at->args[0].get();
  }
  const bool quantified = at->kind == ExprKind::kQuantified;
  if (at->kind != ExprKind::kExists && at->kind != ExprKind::kInQuery && !quantified) return false;
  if (at->negated) negated = !negated;
  // NOT x > SOME is x <= ALL. ALL holds where no row denies it or leaves it open: an anti join.
  std::string op = "=";
  if (quantified) {
    static const std::map<std::string, std::string> kOpposite = {{"=", "<>"}, {"<>", "="}, {"<", ">="},
                                                                 {">=", "<"}, {">", "<="}, {"<=", ">"}};
    op = negated ? kOpposite.at(at->text) : at->text;
    negated = at->star != negated;
  }
  const Query& query = *at->query;
  ctes_.emplace_back();
  for (const Query::Cte& cte : query.ctes) ctes_.back()[cte.name] = &cte;
  if (++depth_ > kMaxDepth) FailAt(query.span, "too many queries inside each other");
  Source inner;
  Conditions correlated;
  const bool in = at->kind == ExprKind::kInQuery || quantified;
  std::vector<BoundExpr> values;  // of the inner query, that IN compares with
  if (IsPlain(query)) {
    inner = BindInner(*source, query, &correlated);
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
    inner.plan = Bind(query);
    inner.scope = Scope::Of(*inner.plan, "");
    for (size_t i = 0; i < inner.plan->columns.size(); ++i)
      values.push_back(ColumnExpr(i, inner.plan->columns[i].name, inner.plan->columns[i].type, query.span));
  }
  --depth_;
  ctes_.pop_back();
  const size_t left_size = source->plan->columns.size();
  const Scope both = Combined(source->scope, inner.scope);
  std::vector<BoundExpr> parts;
  ExprBinder binder(both, session_);
  binder.ForbidAggregates("WHERE");
  for (const Expr* part : correlated) {
    if (HasSubquery(*part))
      FailAt(part->span, "a sub-query that uses columns of a query two levels up is not available");
    parts.push_back(binder.BindCondition(*part, "WHERE"));
  }
  bool null_aware = false;
  if (in) {
    std::vector<const Expr*> wanted = {at->args[0].get()};
    if (at->args[0]->kind == ExprKind::kRow) {
      wanted.clear();
      for (const ExprPtr& part : at->args[0]->args) wanted.push_back(part.get());
    }
    if (wanted.size() != values.size())
      FailAt(query.span, "the query of IN has " + std::to_string(values.size()) + " columns, " +
                             std::to_string(wanted.size()) + " are compared");
    for (size_t i = 0; i < wanted.size(); ++i) {
      BoundExpr x = ExprBinder(source->scope, session_).Bind(*wanted[i]);
      // Columns of the inner query stand behind those of the outer one.
      std::vector<BoundExpr> shifted;
      for (size_t k = 0; k < inner.plan->columns.size(); ++k)
        shifted.push_back(ColumnExpr(left_size + k, inner.plan->columns[k].name, inner.plan->columns[k].type));
      null_aware = null_aware || (negated && !quantified && (x.type.nullable || values[i].type.nullable));
      BoundExpr holds = BindComparison(op, std::move(x), Substitute(values[i], shifted), at->span, session_);
      if (quantified && negated) holds = BindIs("TRUE", true, std::move(holds), at->span);
      parts.push_back(std::move(holds));
    }
    if (null_aware && values.size() > 1)
      FailAt(at->span, "NOT IN of several columns that may be NULL is not available", "NOT EXISTS with equalities");
  }
  *source = MakeJoin(negated ? JoinKind::kAnti : JoinKind::kSemi, std::move(*source), std::move(inner),
                     std::move(parts), at->span, null_aware);
  return true;
}

/// JOIN LATERAL (SELECT … WHERE … with columns of the left side).
QueryBinder::Source QueryBinder::BindLateral(const TableRef& join, Source left) {
  const TableRef& ref = *join.right;
  const Query& query = *ref.query;
  const bool outer = join.join == JoinKind::kLeft;
  if (!outer && join.join != JoinKind::kInner && join.join != JoinKind::kCross)
    FailAt(join.span, "LATERAL is available for inner and left joins");
  if (!IsPlain(query))
    FailAt(query.span, "a LATERAL query that groups, ranks or limits is not available",
           "put the columns that tie it to the left side into GROUP BY or PARTITION BY, and join on them");
  ctes_.emplace_back();
  for (const Query::Cte& cte : query.ctes) ctes_.back()[cte.name] = &cte;
  if (++depth_ > kMaxDepth) FailAt(query.span, "too many queries inside each other");
  Conditions correlated;
  Source inner = BindInner(left, query, &correlated);
  --depth_;
  ctes_.pop_back();
  const size_t left_size = left.plan->columns.size();
  Scope scope = left.scope;
  const Scope both = Combined(left.scope, inner.scope);
  ExprBinder binder(both, session_);
  binder.ForbidAggregates("WHERE");
  std::vector<BoundExpr> parts, exprs;
  std::vector<std::string> names;
  for (const Expr* condition : correlated) parts.push_back(binder.BindCondition(*condition, "WHERE"));
  for (size_t i = 0; i < left_size; ++i) {
    exprs.push_back(ColumnExpr(i, left.plan->columns[i].name, left.plan->columns[i].type));
    names.push_back(left.plan->columns[i].name);
  }
  for (const SelectItem& item : query.select.items) {
    if (item.expr->kind == ExprKind::kStar) {
      for (size_t i = 0; i < inner.scope.columns.size(); ++i) {
        const Scope::Column& column = inner.scope.columns[i];
        exprs.push_back(ColumnExpr(left_size + i, column.name, column.type, item.expr->span));
        names.push_back(column.name);
      }
      continue;
    }
    exprs.push_back(binder.Bind(*item.expr));
    names.push_back(!item.alias.empty()                    ? item.alias
                    : item.expr->kind == ExprKind::kColumn ? item.expr->name.last()
                                                           : "EXPR$" + std::to_string(names.size() - left_size));
    if (outer && exprs.back().kind != BoundExpr::Kind::kColumn)
      FailAt(item.expr->span, "LEFT JOIN LATERAL takes columns only", "compute the value in the query around it");
  }
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

void QueryBinder::AddScalars(Source* source, const Expr& expr, Scalars* scalars) {
  if (expr.kind == ExprKind::kScalarQuery) return AddScalar(source, expr, scalars);
  if (expr.kind == ExprKind::kExists || expr.kind == ExprKind::kInQuery) return AddMark(source, expr, scalars);
  for (const ExprPtr& arg : expr.args) AddScalars(source, *arg, scalars);
}

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
  const auto bind_inner = [&](Conditions* correlated, std::vector<BoundExpr>* values) {
    ctes_.emplace_back();
    for (const Query::Cte& cte : query.ctes) ctes_.back()[cte.name] = &cte;
    if (++depth_ > kMaxDepth) FailAt(query.span, "too many queries inside each other");
    Source inner;
    if (IsPlain(query) && !(in && query.select.items[0].expr->kind == ExprKind::kStar)) {
      inner = BindInner(*source, query, correlated);
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
  CorrelationKeys(correlated, inner.scope, source->scope, &keys, &outer_keys);
  BoundExpr mark;
  if (!in) {
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
      CorrelationKeys(again, all.scope, source->scope, &all_keys, &all_outer_keys);
      const size_t rows = JoinCounts(source, std::move(all), std::move(all_keys), std::move(all_outer_keys),
                                     {{}, {value[0]}}, expr.span);
      const auto constant = [&](bool holds) {
        Datum datum;
        datum.is_null = false;
        datum.boolean = holds ? 1 : 0;
        return LiteralExpr(datum, SqlType::Of(TypeKind::kBoolean, false), expr.span);
      };
      const auto unknown = [&] { return NullExpr(SqlType::Of(TypeKind::kBoolean), expr.span); };
      std::vector<BoundExpr> branches;
      branches.push_back(BindComparison("=", count_at(rows), zero(), expr.span, session_));
      branches.push_back(constant(false));
      branches.push_back(BindIs("NULL", false, x, expr.span));
      branches.push_back(unknown());
      branches.push_back(std::move(mark));
      branches.push_back(constant(true));
      branches.push_back(BindComparison("<", count_at(rows + 1), count_at(rows), expr.span, session_));
      branches.push_back(unknown());
      branches.push_back(constant(false));
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
  (*scalars)[&expr] = {column, true};
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
  std::vector<BoundExpr> parts;
  bool counts = false;
  Conditions correlated;
  const bool aggregate = query.kind == Query::Kind::kSelect && !select.grouped && !select.having && select.from &&
                         select.items.size() == 1 && ContainsAggregate(*select.items[0].expr) && !select.distinct &&
                         !query.limit && !query.offset;
  if (aggregate) {
    Source from = BindInner(*source, query, &correlated);
    counts = select.items[0].expr->kind == ExprKind::kCall && select.items[0].expr->text == "COUNT";
    std::vector<BoundExpr> keys, outer_keys;
    CorrelationKeys(correlated, from.scope, source->scope, &keys, &outer_keys);
    std::vector<BoundExpr> outputs;
    std::vector<std::string> names;
    const size_t key_count = keys.size();
    PlanPtr grouped = BindGrouped(select, std::move(from), keys, {}, nullptr, &outputs, &names);
    for (size_t i = 0; i < key_count; ++i) {
      outputs.insert(outputs.begin() + static_cast<std::ptrdiff_t>(i),
                     ColumnExpr(i, grouped->columns[i].name, grouped->columns[i].type));
      names.insert(names.begin() + static_cast<std::ptrdiff_t>(i), "$key" + std::to_string(i));
    }
    inner.plan = MakeProject(std::move(grouped), std::move(outputs), std::move(names));
    for (size_t i = 0; i < key_count; ++i)
      parts.push_back(BindComparison(
          "=", std::move(outer_keys[i]),
          ColumnExpr(left_size + i, inner.plan->columns[i].name, inner.plan->columns[i].type), expr.span, session_));
  } else {
    inner.plan = Bind(query);
    if (inner.plan->columns.size() != 1) FailAt(query.span, "a query inside an expression has one column");
    if (!inner.plan->unique_key || !inner.plan->unique_key->empty()) {
      // More than one row is an error of the data.
      auto single = std::make_unique<PlanNode>();
      single->kind = PlanNode::Kind::kAggregate;
      single->span = query.span;
      AggregateCall call;
      call.function = "SINGLE_VALUE";
      call.argument = 0;
      call.argument_type = inner.plan->columns[0].type.Plain();
      call.type = call.argument_type.WithNullable(true);
      call.text = "SINGLE_VALUE(" + inner.plan->columns[0].name + ")";
      single->columns.push_back({inner.plan->columns[0].name, call.type});
      single->aggregates.push_back(std::move(call));
      single->unique_key.emplace();
      single->inputs.push_back(std::move(inner.plan));
      inner.plan = std::move(single);
    }
  }
  --depth_;
  ctes_.pop_back();
  const size_t value = left_size + inner.plan->columns.size() - 1;
  inner.scope = Scope::Of(*inner.plan, "");
  for (Scope::Column& column : inner.scope.columns) {
    column.hidden = true;
    column.name = "$scalar";
  }
  const bool correlated_value = !parts.empty();
  const bool correlated_count = counts && correlated_value;
  *source = MakeJoin(JoinKind::kLeft, std::move(*source), std::move(inner), std::move(parts), expr.span);
  if (correlated_count) {  // no rows: a count of zero
    std::vector<BoundExpr> exprs;
    std::vector<std::string> names;
    for (size_t i = 0; i < source->plan->columns.size(); ++i) {
      const PlanColumn& column = source->plan->columns[i];
      exprs.push_back(ColumnExpr(i, column.name, column.type));
      names.push_back(column.name);
      if (i != value) continue;
      Datum zero;
      zero.is_null = false;
      std::vector<BoundExpr> args = {exprs.back(), LiteralExpr(zero, column.type.WithNullable(false), expr.span)};
      exprs.back() = BindCoalesce(std::move(args), expr.span, session_);
    }
    source->plan = MakeProject(std::move(source->plan), std::move(exprs), std::move(names));
    source->scope.columns[value].type = source->plan->columns[value].type;
  }
  (*scalars)[&expr] = {value, correlated_value};
}

}  // namespace cdc::sql
