// EXISTS, IN, SOME and ALL inside expressions, made columns.
#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/subquery_scope.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

static BoundExpr Zero(const Span& span) {
  Datum datum;
  datum.is_null = false;
  return LiteralExpr(datum, SqlType::Of(TypeKind::kBigint, false), span);
}

/// Joins aggregates of the inner rows by their keys to the rows of the query: COUNT(*), and each function of `of` over
/// the value. Gives the column of the first; there is NULL, which stands for zero, where there are no rows.
size_t QueryBinder::JoinAggregates(Source* source, Tied tied, const std::vector<std::string>& of, const Span& span) {
  const size_t left_size = source->plan->columns.size();
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kAggregate;
  node->span = span;
  node->unique_key.emplace();
  std::vector<std::string> names;
  for (size_t i = 0; i < tied.keys.size(); ++i) {
    names.push_back("$key" + std::to_string(i));
    node->columns.push_back({names.back(), tied.keys[i].type.Plain()});
    node->keys.push_back(i);
    node->unique_key->push_back(i);
  }
  std::vector<BoundExpr> inputs = std::move(tied.keys);
  const auto add = [&](const std::string& function, const char* what) {
    AggregateCall call;
    call.function = function;
    call.type =
        function == "COUNT" ? SqlType::Of(TypeKind::kBigint, false) : tied.value.type.Plain().WithNullable(true);
    call.text = function + "(" + what + ")";
    node->columns.push_back({call.text, call.type});
    node->aggregates.push_back(std::move(call));
  };
  const size_t value_column = inputs.size();
  if (!of.empty()) {
    inputs.push_back(tied.value);
    names.push_back("$value");
  }
  add("COUNT", "*");
  for (const std::string& function : of) {
    add(function, "value");
    node->aggregates.back().argument = value_column;
    node->aggregates.back().argument_type = tied.value.type.Plain();
  }
  const size_t key_count = node->keys.size();
  node->inputs.push_back(MakeProject(std::move(tied.rows.plan), std::move(inputs), std::move(names)));
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
        "=", std::move(tied.outer_keys[i]),
        ColumnExpr(left_size + i, counts.plan->columns[i].name, counts.plan->columns[i].type), span, session_));
  *source = MakeJoin(JoinKind::kLeft, std::move(*source), std::move(counts), std::move(parts), span);
  return left_size + key_count;
}

/// The rows of a sub-query inside an expression, with what ties them to those of the query around it, and with the
/// value that x is compared with.
QueryBinder::Tied QueryBinder::BindTied(const Source& outer, const Expr& expr) {
  const Query& query = *expr.query;
  const bool compares = expr.kind != ExprKind::kExists;
  ctes_.emplace_back();
  for (const Query::Cte& cte : query.ctes) ctes_.back()[cte.name] = &cte;
  if (++depth_ > kMaxDepth) FailAt(query.span, "too many queries inside each other");
  Tied tied;
  Conditions correlated;
  std::vector<BoundExpr> values;
  if (IsPlain(query) && !(compares && query.select.items[0].expr->kind == ExprKind::kStar)) {
    tied.rows = BindInner(outer, query, &correlated);
    if (!compares) CheckItems(query, tied.rows.scope, outer.scope);
    if (compares)
      for (const SelectItem& item : query.select.items)
        values.push_back(ExprBinder(tied.rows.scope, session_).Bind(*item.expr));
  } else {
    if (Aggregates(query)) {  // without GROUP BY too it has a row only where there are rows to aggregate
      tied.rows.plan = BindTiedGroups(outer, query, nullptr, nullptr, nullptr, &tied.outer_keys);
    } else {
      tied.rows.plan = Bind(query);
    }
    tied.rows.scope = Scope::Of(*tied.rows.plan, "");
    for (size_t i = 0; i < tied.rows.plan->columns.size(); ++i) {
      const PlanColumn& column = tied.rows.plan->columns[i];
      if (i < tied.outer_keys.size()) {
        tied.keys.push_back(ColumnExpr(i, column.name, column.type.Plain()));
      } else if (compares) {
        values.push_back(ColumnExpr(i, column.name, column.type, query.span));
      }
    }
  }
  --depth_;
  ctes_.pop_back();
  if (compares && (values.size() != 1 || expr.args[0]->kind == ExprKind::kRow))
    FailAt(expr.span, "a comparison of several columns with those of a query stands by itself, AND-ed in WHERE");
  if (compares) tied.value = std::move(values[0]);
  TieInner(outer, &tied.rows, correlated, &tied.keys, &tied.outer_keys);
  return tied;
}

BoundExpr QueryBinder::CountAt(const Source& source, size_t column, const Span& span) const {
  std::vector<BoundExpr> args = {ColumnExpr(column, "$scalar", source.plan->columns[column].type, span), Zero(span)};
  return BindCoalesce(std::move(args), span, session_);
}

/// x IN (…): NULL where a NULL may be the match.
BoundExpr QueryBinder::InMark(Source* source, const Expr& expr, Tied tied) {
  const Span& span = expr.span;
  const BoundExpr x = ExprBinder(source->scope, session_).Bind(*expr.args[0]);
  const bool may_be_null = x.type.nullable || tied.value.type.nullable;
  tied.keys.push_back(std::move(tied.value));
  tied.keys.back().type = tied.keys.back().type.Plain();
  tied.outer_keys.push_back(x);
  const size_t same = JoinAggregates(source, std::move(tied), {}, span);
  BoundExpr holds = BindComparison(">", CountAt(*source, same, span), Zero(span), span, session_);
  if (!may_be_null) return holds;
  // Where no row is tied to a NULL, Flink leaves IN of aggregates open.
  const bool open = Aggregates(*expr.query);
  const size_t rows = JoinAggregates(source, BindTied(*source, expr), {"COUNT"}, span);
  const auto unknown = [&] { return NullExpr(SqlType::Of(TypeKind::kBoolean), span); };
  const auto count = [&](size_t column) { return CountAt(*source, column, span); };
  std::vector<BoundExpr> branches;
  if (!open) {
    branches.push_back(BindComparison("=", count(rows), Zero(span), span, session_));
    branches.push_back(BooleanLiteral(false, span));
  }
  branches.push_back(BindIs("NULL", false, x, span));
  branches.push_back(unknown());
  branches.push_back(std::move(holds));
  branches.push_back(BooleanLiteral(true, span));
  branches.push_back(BindComparison("<", count(rows + 1), count(rows), span, session_));
  branches.push_back(unknown());
  branches.push_back(BooleanLiteral(false, span));
  return BindCase(std::move(branches), span, session_);
}

/// x op SOME (…), with any op but =: the least or the greatest of the values tells, and of <> both.
BoundExpr QueryBinder::SomeMark(Source* source, const Expr& expr, const std::string& op, Tied tied) {
  const Span& span = expr.span;
  const BoundExpr x = ExprBinder(source->scope, session_).Bind(*expr.args[0]);
  std::vector<std::string> ends;
  if (op[0] == '<') ends.push_back("MAX");  // of <> too
  if (op[0] == '>' || op == "<>") ends.push_back("MIN");
  ends.push_back("COUNT");
  const size_t rows = JoinAggregates(source, std::move(tied), ends, span);
  const auto compared = [&](size_t end) {
    return BindComparison(op, x, ColumnExpr(end, "$scalar", source->plan->columns[end].type, span), span, session_);
  };
  const auto holds = [&] {
    BoundExpr any = compared(rows + 1);
    return ends.size() == 2 ? any : BindLogic(false, std::move(any), compared(rows + 2), span);
  };
  std::vector<BoundExpr> branches;
  branches.push_back(BindComparison("=", CountAt(*source, rows, span), Zero(span), span, session_));
  branches.push_back(BooleanLiteral(false, span));
  branches.push_back(BindIs("TRUE", false, holds(), span));
  branches.push_back(BooleanLiteral(true, span));
  branches.push_back(
      BindComparison("<", CountAt(*source, rows + ends.size(), span), CountAt(*source, rows, span), span, session_));
  branches.push_back(NullExpr(SqlType::Of(TypeKind::kBoolean), span));
  branches.push_back(holds());
  return BindCase(std::move(branches), span, session_);
}

/// EXISTS, IN, SOME and ALL inside an expression: a column that says whether they hold.
void QueryBinder::AddMark(Source* source, const Expr& expr, Scalars* scalars) {
  const Span& span = expr.span;
  const bool quantified = expr.kind == ExprKind::kQuantified;
  // x op ALL says that the opposite holds of no row.
  const bool all = quantified && expr.star;
  const std::string op = !quantified ? "=" : all ? OppositeComparison(expr.text) : expr.text;
  BoundExpr mark;
  if (expr.kind == ExprKind::kExists && HasOneRow(*expr.query)) {
    CheckOneRow(*source, *expr.query);
    mark = BooleanLiteral(true, span);
  } else if (expr.kind == ExprKind::kExists) {
    const size_t rows = JoinAggregates(source, BindTied(*source, expr), {}, span);
    mark = BindComparison(">", CountAt(*source, rows, span), Zero(span), span, session_);
  } else {
    Tied tied = BindTied(*source, expr);
    mark = op == "=" ? InMark(source, expr, std::move(tied)) : SomeMark(source, expr, op, std::move(tied));
  }
  if (expr.negated != all) mark = BindNot(std::move(mark), span);
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
