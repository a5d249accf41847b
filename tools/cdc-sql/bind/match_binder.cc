// MATCH_RECOGNIZE.
#include <algorithm>

#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

namespace {

bool SameExprs(const std::vector<BoundExpr>& a, const std::vector<BoundExpr>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), SameExpr);
}

bool SameReference(const MatchReference& a, const MatchReference& b) {
  if (a.variable != b.variable || a.aggregate.has_value() != b.aggregate.has_value() || !SameExprs(a.exprs, b.exprs))
    return false;
  if (!a.aggregate) return a.from_first == b.from_first && a.offset == b.offset;
  return a.aggregate->text == b.aggregate->text;
}

}  // namespace

size_t MatchCalls::Add(MatchReference reference) {
  const auto known = std::find_if(references.begin(), references.end(),
                                  [&](const MatchReference& other) { return SameReference(other, reference); });
  if (known != references.end()) return static_cast<size_t>(known - references.begin());
  references.push_back(std::move(reference));
  return references.size() - 1;
}

BoundExpr MatchCalls::OverInput(const BoundExpr& expr, int* variable) const {
  std::vector<BoundExpr> replacements(width);
  bool first = true;
  ForEachColumn(expr, [&](size_t column) {
    const int found = static_cast<int>(column / input_width) - 1;
    if (!first && found != *variable)
      FailAt(expr.span, "the columns are those of several variables of the pattern", "one call takes one of them");
    first = false;
    *variable = found;
    const size_t input = column % input_width;
    replacements[column] = ColumnExpr(input, {}, column_types[input], expr.span);
  });
  if (first) *variable = MatchReference::kAnyVariable;
  return Substitute(expr, replacements);
}

BoundExpr MatchCalls::Resolved(const BoundExpr& expr) {
  std::vector<size_t> columns;
  ForEachColumn(expr, [&columns](size_t column) { columns.push_back(column); });
  std::vector<BoundExpr> replacements(width + references.size() + columns.size());
  for (const size_t column : columns) {
    if (column >= width) {
      const size_t reference = column - width;
      replacements[column] = ColumnExpr(reference, {}, references[reference].type, expr.span);
      continue;
    }
    MatchReference reference;
    reference.variable = static_cast<int>(column / input_width) - 1;
    reference.type = column_types[column % input_width].WithNullable(true);
    reference.exprs.push_back(ColumnExpr(column % input_width, {}, reference.type, expr.span));
    const SqlType type = reference.type;
    replacements[column] = ColumnExpr(Add(std::move(reference)), {}, type, expr.span);
  }
  return Substitute(expr, replacements);
}

/// FIRST, LAST, MATCH_ROWTIME and aggregates: column `width` + i for reference i.
BoundExpr ExprBinder::BindMatchCall(const Expr& expr) {
  const std::string& function = expr.text;
  if (inside_aggregate_) FailAt(expr.span, function + " inside another function of the match");
  if (function == "PREV" || function == "NEXT")
    FailAt(expr.span, function + " is not available", "LAST(A.x, 1) is the row of A before its last one");
  if (function == "MATCH_NUMBER" || function == "CLASSIFIER") FailAt(expr.span, function + " is not available");
  MatchReference reference;
  ExprBinder inner(scope_, session_);
  inner.match_ = match_;
  inner.inside_aggregate_ = true;
  if (function == "MATCH_ROWTIME" || function == "MATCH_PROCTIME") {
    if ((function == "MATCH_PROCTIME") != match_->proctime)
      FailAt(expr.span,
             function + " needs rows in the order of " + (match_->proctime ? "event time" : "processing time"));
    reference.type = match_->column_types[match_->time].WithNullable(false);
    reference.exprs.push_back(ColumnExpr(match_->time, {}, reference.type, expr.span));
  } else if (function == "FIRST" || function == "LAST") {
    if (expr.args.empty() || expr.args.size() > 2)
      FailAt(expr.span, function + " takes a value and how many rows to go on",
             function + "(A.x), " + function + "(A.x, 1)");
    reference.from_first = function == "FIRST";
    if (expr.args.size() == 2) {
      const BoundExpr offset = inner.Bind(*expr.args[1]);
      if (offset.kind != BoundExpr::Kind::kLiteral || !offset.type.is_integer() || offset.literal.integer < 0)
        FailAt(offset.span, "how many rows to go on is a whole number, as a literal");
      reference.offset = offset.literal.integer;
    }
    BoundExpr value = match_->OverInput(inner.Bind(*expr.args[0]), &reference.variable);
    reference.type = value.type.WithNullable(true);
    reference.exprs.push_back(std::move(value));
  } else {
    if (expr.distinct || expr.filter)
      FailAt(expr.span, std::string(expr.distinct ? "DISTINCT" : "FILTER") + " is not available in MATCH_RECOGNIZE",
             expr.distinct ? "ARRAY_DISTINCT(ARRAY_AGG(A.x)) takes each value once"
                           : function + "(CASE WHEN … THEN A.x END) leaves values out");
    std::vector<BoundExpr> argument, filter;
    AggregateCall call = MakeAggregate(expr, inner, false, &argument, &filter);
    if (!argument.empty()) {
      call.argument = reference.exprs.size();
      reference.exprs.push_back(match_->OverInput(argument[0], &reference.variable));
    }
    reference.type = call.type;
    reference.aggregate = std::move(call);
  }
  const SqlType type = reference.type;
  return ColumnExpr(match_->width + match_->Add(std::move(reference)), std::string(expr.span.text()), type, expr.span);
}

namespace {

/// The input's columns, by themselves and for each variable of the pattern.
Scope ScopeOf(const Scope& input, const std::vector<MatchPattern::Element>& elements) {
  Scope scope;
  for (const Scope::Column& column : input.columns) scope.columns.push_back({"", column.name, column.type, false});
  for (const MatchPattern::Element& element : elements)
    for (const Scope::Column& column : input.columns)
      scope.columns.push_back({element.variable, column.name, column.type, true});
  return scope;
}

std::vector<MatchPattern::Element> ElementsOf(const MatchClause& clause) {
  std::vector<MatchPattern::Element> elements;
  int64_t least = 0;
  for (const MatchClause::Element& ast : clause.pattern) {
    for (const MatchPattern::Element& known : elements)
      if (known.variable == ast.variable) FailAt(ast.span, "a second variable '" + ast.variable + "' in the PATTERN");
    MatchPattern::Element element;
    element.variable = ast.variable;
    element.least = ast.least;
    element.most = ast.most;
    const bool optional = ast.least == 0 && ast.most == 1;
    if (optional && ast.reluctant)
      FailAt(ast.span, "a reluctant optional variable is not available", "leave out the second ?");
    element.greedy = ast.least != ast.most && !optional && !ast.reluctant;
    least += ast.least;
    elements.push_back(std::move(element));
  }
  if (least == 0)
    FailAt(clause.pattern.front().span, "the PATTERN can match no row at all", "give one variable a + instead of a *");
  if (elements.back().greedy)
    FailAt(clause.pattern.back().span, "the last variable of a PATTERN cannot be greedy",
           "a ? behind its quantifier makes it reluctant; or end the PATTERN with a variable that has none");
  return elements;
}

size_t ElementNamed(const std::vector<MatchPattern::Element>& elements, const std::string& variable, const Span& span) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [&](const MatchPattern::Element& element) { return element.variable == variable; });
  if (found == elements.end()) FailAt(span, "there is no variable '" + variable + "' in the PATTERN");
  return static_cast<size_t>(found - elements.begin());
}

/// Columns of the input that PARTITION BY and ORDER BY name.
size_t ColumnOf(const Expr& expr, const Scope& scope, const Session& session) {
  const BoundExpr bound = ExprBinder(scope, session).Bind(expr);
  if (bound.kind != BoundExpr::Kind::kColumn)
    FailAt(expr.span, "MATCH_RECOGNIZE takes a column here", "compute it in a query in FROM");
  return bound.column;
}

}  // namespace

QueryBinder::Source QueryBinder::BindMatch(const MatchClause& clause, Source input, const std::string& alias) {
  if (!input.plan->append_only)
    FailAt(clause.span, "MATCH_RECOGNIZE takes new rows only, and these change",
           "a table of a format that has new rows only, such as json");
  auto match = std::make_shared<MatchPattern>();
  for (const ExprPtr& expr : clause.partition_by) match->partition.push_back(ColumnOf(*expr, input.scope, session_));
  for (const OrderItem& item : clause.order_by) {
    const bool nulls_first = item.nulls_first.value_or(!item.descending);
    match->order.push_back({ColumnOf(*item.expr, input.scope, session_), item.descending, nulls_first});
  }
  const std::string by_time = "ORDER BY a time attribute, ascending: the column of a WATERMARK, or PROCTIME()";
  if (match->order.empty() || match->order[0].descending)
    FailAt(clause.span, "MATCH_RECOGNIZE needs an order", by_time);
  const SqlType time = input.scope.columns[match->order[0].column].type;
  if (!time.rowtime && !time.proctime)
    FailAt(clause.order_by[0].expr->span, "MATCH_RECOGNIZE goes by a time attribute first", by_time);
  match->proctime = time.proctime;
  match->elements = ElementsOf(clause);
  match->skip = clause.skip;
  if (!clause.skip_variable.empty())
    match->skip_element = ElementNamed(match->elements, clause.skip_variable, clause.skip_span);
  if (clause.within) {
    const BoundExpr within = ExprBinder(input.scope, session_).Bind(*clause.within);
    if (within.kind != BoundExpr::Kind::kLiteral || within.type.kind != TypeKind::kIntervalDay ||
        within.literal.integer <= 0)
      FailAt(clause.within->span, "WITHIN takes an interval of days or less", "WITHIN INTERVAL '10' SECOND");
    match->within = within.literal.integer;
  }

  const Scope scope = ScopeOf(input.scope, match->elements);
  MatchCalls calls;
  calls.input_width = input.scope.columns.size();
  calls.width = scope.columns.size();
  calls.time = match->order[0].column;
  calls.proctime = match->proctime;
  for (const Scope::Column& column : input.scope.columns) calls.column_types.push_back(column.type);
  ExprBinder binder(scope, session_);
  binder.CollectMatch(&calls);
  for (const MatchClause::Definition& definition : clause.define) {
    MatchPattern::Element& element =
        match->elements[ElementNamed(match->elements, definition.variable, definition.span)];
    if (element.has_condition) FailAt(definition.span, "a second definition of '" + definition.variable + "'");
    element.has_condition = true;
    element.condition = calls.Resolved(binder.BindCondition(*definition.condition, "DEFINE"));
  }
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kMatch;
  node->span = clause.span;
  node->append_only = true;
  for (const size_t column : match->partition)
    node->columns.push_back({input.scope.columns[column].name, input.scope.columns[column].type.Plain()});
  for (const SelectItem& item : clause.measures) {
    match->measures.push_back(calls.Resolved(binder.Bind(*item.expr)));
    node->columns.push_back({item.alias, match->measures.back().type});
  }
  match->references = std::move(calls.references);
  node->match = std::move(match);
  node->inputs.push_back(std::move(input.plan));
  Source source;
  source.plan = std::move(node);
  source.scope = Scope::Of(*source.plan, alias);
  return source;
}

}  // namespace cdc::sql
