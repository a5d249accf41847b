// One SELECT: its columns, groups and windows.
#include "tools/cdc-sql/bind/query_binder.h"

#include <algorithm>
#include <set>

#include "tools/cdc-sql/bind/aliases.h"
#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/bind/subquery_scope.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/nested_values.h"
#include "tools/cdc-sql/plan/filter_node.h"
#include "tools/cdc-sql/plan/session_aggregate.h"
#include "tools/cdc-sql/plan/session_filter.h"

namespace cdc::sql {

namespace {

/// Names made different as Flink does: a, a0, a1.
std::vector<std::string> UniqueNames(const std::vector<std::string>& names) {
  std::set<std::string> taken;
  std::vector<std::string> unique;
  for (const std::string& name : names) {
    std::string candidate = name;
    for (int i = 0; !taken.insert(candidate).second; ++i) candidate = name + std::to_string(i);
    unique.push_back(candidate);
  }
  return unique;
}

}  // namespace

namespace {

/// row.*: the fields of a ROW column. False if there is no such column.
bool ExpandRow(const Expr& star, const Scope& scope, ExprBinder& binder, std::vector<BoundExpr>* exprs,
               std::vector<std::string>* names) {
  const bool known = std::any_of(scope.columns.begin(), scope.columns.end(), [&star](const Scope::Column& column) {
    return column.name == star.name.last() && column.type.kind == TypeKind::kRow;
  });
  if (!known) return false;
  Expr column;
  column.kind = ExprKind::kColumn;
  column.span = star.span;
  column.name = star.name;
  const BoundExpr row = binder.Bind(column);
  for (const std::string& field : row.type.field_names) {
    exprs->push_back(BindField(row, field, star.span));
    names->push_back(field);
  }
  return true;
}

}  // namespace

void QueryBinder::ExpandItems(const SelectBody& select, const Scope& scope, ExprBinder& binder, bool grouped,
                              std::vector<BoundExpr>* exprs, std::vector<std::string>* names) {
  for (const SelectItem& item : select.items) {
    const Expr& expr = *item.expr;
    if (expr.kind == ExprKind::kStar) {
      const std::string qualifier = expr.name.parts.empty() ? "" : expr.name.last();
      if (scope.columns.empty()) FailAt(expr.span, "* without a FROM clause");
      if (!qualifier.empty() && !scope.HasQualifier(qualifier) && ExpandRow(expr, scope, binder, exprs, names))
        continue;
      if (!qualifier.empty() && !scope.HasQualifier(qualifier))
        FailAt(expr.span, "there is no table '" + qualifier + "' in FROM");
      for (size_t i = 0; i < scope.columns.size(); ++i) {
        const Scope::Column& column = scope.columns[i];
        if ((qualifier.empty() && column.hidden) || (!qualifier.empty() && column.qualifier != qualifier)) continue;
        if (column.twice)
          FailAt(expr.span, "column '" + column.name + "' is ambiguous",
                 "give the two columns names that differ: AS …");
        if (grouped) {
          Expr name;
          name.kind = ExprKind::kColumn;
          name.span = expr.span;
          name.name.span = expr.span;
          if (!column.qualifier.empty()) name.name.parts.push_back(column.qualifier);
          name.name.parts.push_back(column.name);
          exprs->push_back(binder.Bind(name));
        } else {
          exprs->push_back(ColumnExpr(i, column.name, column.type, expr.span));
        }
        names->push_back(column.name);
      }
      continue;
    }
    BoundExpr bound = binder.Bind(expr);
    if (bound.type.kind == TypeKind::kNull)
      FailAt(expr.span, "NULL has no type here", "CAST(NULL AS STRING) gives it one");
    exprs->push_back(std::move(bound));
    names->push_back(OutputName(item, names->size()));
  }
}

namespace {

/// An aggregate over HOP needs a size that is a multiple of the slide.
void CheckWindowOf(const PlanNode& plan, const Span& span) {
  if (plan.kind == PlanNode::Kind::kWindow && plan.window_spec.kind == WindowSpec::Kind::kHop &&
      plan.window_spec.size % plan.window_spec.slide != 0)
    FailAt(plan.span.source != nullptr ? plan.span : span,
           "an aggregate over HOP needs a size that is a multiple of the slide",
           "HOP(TABLE t, DESCRIPTOR(ts), slide, size)");
  for (const PlanPtr& input : plan.inputs)
    if (plan.kind == PlanNode::Kind::kProject || plan.kind == PlanNode::Kind::kFilter) CheckWindowOf(*input, span);
}

}  // namespace

namespace {

/// Windows that share parts, and sessions, which grow together, are put together of results, which these functions of
/// Flink's do not know; GROUP BY TUMBLE(…) and its kin do not know functions of JSON at all.
void CheckMerges(const PlanNode& input, const PlanNode& aggregate, bool in_group_by) {
  const PlanNode* window = &input;
  while (window->kind != PlanNode::Kind::kWindow && window->inputs.size() == 1) window = window->inputs[0].get();
  if (window->kind != PlanNode::Kind::kWindow) return;
  const bool alone = window->window_spec.kind == WindowSpec::Kind::kTumble;
  for (const AggregateCall& call : aggregate.aggregates) {
    const bool ends = call.function == "FIRST_VALUE" || call.function == "LAST_VALUE";
    const bool json = call.function == "JSON_ARRAYAGG" || (in_group_by && call.function == "JSON_OBJECTAGG");
    if ((ends && !alone) || (json && (in_group_by || !alone)))
      FailAt(aggregate.span, call.function + " is not available in such windows",
             in_group_by && json ? "FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), …)) has it"
                                 : "windows of TUMBLE have it; or ARRAY_AGG(x)");
    const bool takes_back = call.distinct && (call.function == "SUM" || call.function == "LISTAGG");
    if (takes_back && window->window_spec.kind == WindowSpec::Kind::kHop && !in_group_by)
      FailAt(aggregate.span, call.function + "(DISTINCT …) is not available in windows of HOP",
             "COUNT, AVG and ARRAY_AGG have DISTINCT there; windows of TUMBLE have all");
  }
}

}  // namespace

/// What a query in HAVING may use of the query around it: the keys that are columns, by their names.
static Scope ScopeOfGroups(const Grouping& grouping, const Scope& from, const std::vector<PlanColumn>& columns) {
  Scope scope;
  for (size_t i = 0; i < columns.size(); ++i) {
    Scope::Column column = {"", "$group", columns[i].type, true};
    if (i < grouping.keys.size() && grouping.keys[i].kind == BoundExpr::Kind::kColumn) {
      column = from.columns[grouping.keys[i].column];
      column.type = columns[i].type;
    }
    scope.columns.push_back(std::move(column));
  }
  return scope;
}

PlanPtr QueryBinder::BindGrouped(const SelectBody& select, Source source, const std::vector<BoundExpr>& extra_keys,
                                 const Scalars& scalars, OverCalls* overs, const Behind& behind,
                                 std::vector<BoundExpr>* outputs, std::vector<std::string>* names) {
  Grouping grouping;
  for (const BoundExpr& key : extra_keys) {
    grouping.keys.push_back(key);
    grouping.key_names.push_back(key.Text());
  }
  std::vector<const Expr*> written;
  for (const ExprPtr& key : select.group_by) written.push_back(key.get());
  BindWindowGroup(select, &source, &grouping, &written);
  ExprBinder key_binder(source.scope, session_);
  key_binder.ForbidAggregates("GROUP BY");
  for (const Expr* key : written) {
    if (key == nullptr) continue;  // bound by BindWindowGroup
    if (key->kind == ExprKind::kNumber)
      FailAt(key->span, "GROUP BY takes expressions, not positions", "write the column's name");
    BoundExpr bound = key_binder.Bind(*key);
    if (!source.plan->window || bound.kind != BoundExpr::Kind::kColumn) bound.type = bound.type.Plain();
    grouping.key_names.push_back(key->kind == ExprKind::kColumn ? key->name.last() : bound.Text());
    if (bound.type.kind == TypeKind::kNull) FailAt(bound.span, "NULL has no type here");
    grouping.keys.push_back(std::move(bound));
  }
  for (const std::vector<size_t>& set : select.grouping_sets) {
    grouping.sets.emplace_back(grouping.keys.size(), uint8_t{0});
    for (const size_t key : set) grouping.sets.back()[key] = 1;
  }
  if (!grouping.sets.empty()) {
    if (!extra_keys.empty()) FailAt(select.span, "GROUPING SETS in a correlated sub-query are not available");
    // A key that is not in every set may be NULL; the last key tells the sets apart.
    for (size_t i = 0; i < grouping.keys.size(); ++i)
      for (const std::vector<uint8_t>& set : grouping.sets)
        if (set[i] == 0) grouping.keys[i].type.nullable = true;
    grouping.keys.push_back(LiteralExpr({}, SqlType::Of(TypeKind::kInt, false), select.span));
    grouping.key_names.push_back("$set");
  }
  ExprBinder binder(source.scope, session_, &grouping);
  binder.SetScalars(&scalars);
  binder.CollectOver(overs);
  ExpandItems(select, source.scope, binder, true, outputs, names);
  std::vector<BoundExpr> having;
  std::vector<std::pair<const Expr*, std::vector<BoundExpr>>> with_queries;  // and what they compare
  if (select.having) {
    binder.CollectOver(nullptr);
    Conditions conditions;
    SplitConditions(*select.having, &conditions);
    for (const Expr* condition : conditions) {
      if (!IsSubqueryCondition(*condition)) {
        having.push_back(binder.BindCondition(*condition, "HAVING"));
        continue;
      }
      with_queries.emplace_back(condition, std::vector<BoundExpr>());
      for (const Expr* part : ComparedParts(*condition)) with_queries.back().second.push_back(binder.Bind(*part));
    }
    binder.CollectOver(overs);
  }
  BindOrder(select, behind, &source.scope, binder, outputs, names);
  if (behind.qualify) {
    outputs->push_back(binder.BindCondition(*behind.qualify, "QUALIFY"));
    names->push_back("$qualify");
  }

  // Below: keys, arguments and filters as columns. Above: keys and results.
  std::vector<BoundExpr> inputs = grouping.keys;
  std::vector<std::string> input_names = grouping.key_names;
  const auto input_column = [&](const BoundExpr& expr) {
    for (size_t i = grouping.sets.empty() ? 0 : grouping.keys.size(); i < inputs.size(); ++i)
      if (SameExpr(inputs[i], expr)) return i;
    input_names.push_back(expr.Text());
    inputs.push_back(expr);
    return inputs.size() - 1;
  };
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kAggregate;
  node->span = select.span;
  for (size_t i = 0; i < grouping.keys.size(); ++i) {
    node->keys.push_back(i);
    node->columns.push_back({grouping.key_names[i], grouping.keys[i].type});
  }
  bool grows = false;  // over sessions of other keys: the groups are sent as they grow, and kept until their end
  if (source.plan->window) {
    const WindowColumns window = *source.plan->window;
    std::optional<size_t> start, end;
    for (size_t i = 0; i < grouping.keys.size(); ++i) {
      const BoundExpr& key = grouping.keys[i];
      const auto in_all = [i](const std::vector<uint8_t>& set) { return set[i] != 0; };
      if (key.kind != BoundExpr::Kind::kColumn || !std::all_of(grouping.sets.begin(), grouping.sets.end(), in_all))
        continue;
      if (key.column == window.start) start = i;
      if (key.column == window.end) end = i;
    }
    if (start && end) {
      CheckWindowOf(*source.plan, select.span);
      source.plan = PushBelowSession(std::move(source.plan));
      node->fires_by = end;
      node->by_clock = window.proctime;
      node->zone = window.zone;
      grows = grouping.window_call.empty() && IsOfSessions(*source.plan) &&
              (!grouping.sets.empty() || !KeysAreOfSessions(*source.plan, grouping.keys));
      if (!grows) {
        node->window = window;
        node->window->start = *start;
        node->window->end = *end;
      }
    }
  }
  if (!node->fires_by || grows)
    for (PlanColumn& column : node->columns) column.type = column.type.Plain();
  for (Grouping::Call& call : grouping.calls) {
    AggregateCall aggregate = call.call;
    if (!call.argument.empty()) aggregate.argument = input_column(call.argument[0]);
    if (!call.filter.empty()) aggregate.filter = input_column(call.filter[0]);
    node->columns.push_back({aggregate.text, aggregate.type});
    node->aggregates.push_back(std::move(aggregate));
  }
  if (node->fires_by && !grows) CheckMerges(*source.plan, *node, !grouping.window_call.empty());
  node->unique_key = node->keys;
  node->sends_same = select.state_ttl && select.from && select.from->kind != TableRef::Kind::kJoin;
  node->append_only = (node->fires_by && !grows) || (source.plan->append_only && node->aggregates.empty());
  if (grouping.sets.empty()) {
    node->inputs.push_back(MakeProject(std::move(source.plan), std::move(inputs), std::move(input_names)));
  } else {
    auto expand = std::make_unique<PlanNode>();
    expand->kind = PlanNode::Kind::kExpand;
    expand->append_only = source.plan->append_only;
    for (size_t i = 0; i < inputs.size(); ++i) expand->columns.push_back({input_names[i], inputs[i].type});
    for (size_t number = 0; number < grouping.sets.size(); ++number) {
      std::vector<BoundExpr> exprs = inputs;
      for (size_t i = 0; i + 1 < grouping.keys.size(); ++i)
        if (grouping.sets[number][i] == 0) exprs[i] = NullExpr(exprs[i].type, exprs[i].span);
      Datum set;
      set.is_null = false;
      set.integer = static_cast<int64_t>(number);
      exprs[grouping.keys.size() - 1] = LiteralExpr(set, SqlType::Of(TypeKind::kInt, false), select.span);
      expand->expansions.push_back(std::move(exprs));
    }
    expand->inputs.push_back(std::move(source.plan));
    node->inputs.push_back(std::move(expand));
  }
  const std::vector<PlanColumn> columns = node->columns;
  PlanPtr plan = std::move(node);
  if (!having.empty()) plan = MakeFilter(std::move(plan), Conjunction(std::move(having)));
  if (!with_queries.empty()) {
    Source groups = {std::move(plan), ScopeOfGroups(grouping, source.scope, columns)};
    for (const auto& [condition, compared] : with_queries) BindSubqueryCondition(&groups, *condition, &compared);
    plan = std::move(groups.plan);
  }
  return plan;
}

/// ORDER BY and QUALIFY may name columns of SELECT, which come before those of FROM.
QueryBinder::Behind QueryBinder::WithoutAliases(const Query& query, OrderColumns* columns) {
  const SelectBody& select = query.select;
  Behind behind;
  behind.columns = columns;
  for (const OrderItem& item : query.order_by)
    if (item.expr->kind != ExprKind::kNumber)
      behind.order.emplace_back(item.expr.get(), WithoutAlias(*item.expr, select.items));
  if (select.qualify) behind.qualify = WithoutAlias(*select.qualify, select.items);
  return behind;
}

/// What ORDER BY speaks of: an output column, by its name or as the same expression, or one more behind those. DISTINCT
/// rows have no other columns.
void QueryBinder::BindOrder(const SelectBody& select, const Behind& behind, Scope* scope, ExprBinder& binder,
                            std::vector<BoundExpr>* exprs, std::vector<std::string>* names) {
  const auto outputs = static_cast<std::ptrdiff_t>(exprs->size());
  for (const auto& [written, expr] : behind.order) {
    if (written->kind == ExprKind::kColumn && written->name.parts.size() == 1) {
      const auto named = std::find(names->begin(), names->begin() + outputs, written->name.last());
      if (named != names->begin() + outputs) {
        behind.columns->columns[written] = static_cast<size_t>(named - names->begin());
        continue;
      }
    }
    scope->MakeSharedAmbiguous(true);
    BoundExpr bound = binder.Bind(*expr);
    scope->MakeSharedAmbiguous(false);
    if (bound.type.kind == TypeKind::kNull) FailAt(written->span, "NULL has no type here, and no order");
    const auto same =
        std::find_if(exprs->begin(), exprs->end(), [&bound](const BoundExpr& known) { return SameExpr(known, bound); });
    behind.columns->columns[written] = static_cast<size_t>(same - exprs->begin());
    if (same != exprs->end()) continue;
    if (select.distinct)
      FailAt(written->span, "ORDER BY of SELECT DISTINCT takes what SELECT has only",
             "other values may differ among equal rows");
    exprs->push_back(std::move(bound));
    names->push_back("$order");
    ++behind.columns->behind;
  }
}

PlanPtr QueryBinder::BindSelect(const Query& query, OrderColumns* order) {
  const SelectBody& select = query.select;
  Source source;
  Conditions conditions;
  if (select.where) SplitConditions(*select.where, &conditions);
  if (select.from) {
    source = BindFrom(*select.from, &conditions);
  } else {  // one row without columns
    source.plan = std::make_unique<PlanNode>();
    source.plan->kind = PlanNode::Kind::kValues;
    source.plan->append_only = true;
    source.plan->rows.emplace_back();
  }
  source.scope.MakeSharedAmbiguous(true);
  BindWhere(&source, conditions);
  source.scope.MakeSharedAmbiguous(false);
  bool grouped = select.grouped || select.having != nullptr;
  for (const SelectItem& item : select.items) grouped = grouped || ContainsAggregate(*item.expr);
  Scalars scalars;
  for (const SelectItem& item : select.items) AddScalars(&source, *item.expr, &scalars);
  AddHavingScalars(&source, select, &scalars);
  const Behind behind = WithoutAliases(query, order);
  for (const auto& [written, expr] : behind.order)
    if (written->kind != ExprKind::kColumn) AddScalars(&source, *expr, &scalars);  // else SELECT has computed it
  if (behind.qualify) AddScalars(&source, *behind.qualify, &scalars);
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  OverCalls overs;
  overs.windows = &select.windows;
  PlanPtr plan;
  if (grouped) {
    plan = BindGrouped(select, std::move(source), {}, scalars, &overs, behind, &exprs, &names);
  } else {
    ExprBinder binder(source.scope, session_);
    binder.SetScalars(&scalars);
    binder.CollectOver(&overs);
    ExpandItems(select, source.scope, binder, false, &exprs, &names);
    BindOrder(select, behind, &source.scope, binder, &exprs, &names);
    if (behind.qualify) {
      exprs.push_back(binder.BindCondition(*behind.qualify, "QUALIFY"));
      names.push_back("$qualify");
    }
    plan = std::move(source.plan);
  }
  if (!overs.calls.empty()) plan = BuildOver(std::move(plan), overs, &exprs);
  if (select.qualify) {
    if (overs.calls.empty())
      FailAt(select.qualify->span, "QUALIFY without a function OVER a window", "WHERE and HAVING filter other values");
    plan = MakeFilter(std::move(plan), std::move(exprs.back()));
    exprs.pop_back();
    names.pop_back();
  }
  plan = MakeProject(std::move(plan), std::move(exprs), UniqueNames(names));
  return select.distinct ? MakeDistinct(std::move(plan)) : std::move(plan);
}

}  // namespace cdc::sql
