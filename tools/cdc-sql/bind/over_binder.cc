// OVER windows, Top-N, deduplication, ORDER BY and LIMIT.
#include <algorithm>
#include <map>
#include <utility>

#include "tools/cdc-sql/bind/aliases.h"
#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/plan/filter_node.h"

namespace cdc::sql {

namespace {

using Columns = std::vector<size_t>;

/// Columns of the node below an OVER: those that are there, and what has to be computed for it.
struct Inputs {
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;

  explicit Inputs(const PlanNode& plan) {
    for (size_t i = 0; i < plan.columns.size(); ++i) {
      exprs.push_back(ColumnExpr(i, plan.columns[i].name, plan.columns[i].type));
      names.push_back(plan.columns[i].name);
    }
  }
  size_t Column(const BoundExpr& expr) {
    for (size_t i = 0; i < exprs.size(); ++i)
      if (SameExpr(exprs[i], expr)) return i;
    exprs.push_back(expr);
    names.push_back(expr.Text());
    return exprs.size() - 1;
  }
};

SortKey KeyOf(size_t column, const OrderItem& item) {
  return {column, item.descending, item.nulls_first.value_or(!item.descending)};
}

BoundExpr Shifted(const BoundExpr& expr, size_t results) {
  BoundExpr copy = expr;
  if (copy.kind == BoundExpr::Kind::kColumn && copy.column >= OverCalls::kFirst)
    copy.column = results + copy.column - OverCalls::kFirst;
  for (BoundExpr& arg : copy.args) arg = Shifted(arg, results);
  return copy;
}

/// The number of a row counts rows, also among rows of the same time.
bool CountsRows(const OverCalls::Call& call) {
  return call.spec->rows || call.call.function == "ROW_NUMBER";
}

/// Whether two calls see the same rows, however their windows are written.
bool SameWindow(const OverCalls::Call& a, const OverCalls::Call& b) {
  const OverSpec &x = *a.spec, &y = *b.spec;
  const auto same_part = [](const BoundExpr& one, const BoundExpr& other) {
    return (one.type.proctime && other.type.proctime) || SameExpr(one, other);
  };
  const auto same_order = [](const OrderItem& one, const OrderItem& other) {
    return one.descending == other.descending && one.nulls_first == other.nulls_first;
  };
  const auto length = [](const OverSpec& spec) { return spec.preceding ? spec.preceding->span.text() : ""; };
  return x.partition_by.size() == y.partition_by.size() && a.parts.size() == b.parts.size() &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), same_part) &&
         std::equal(x.order_by.begin(), x.order_by.end(), y.order_by.begin(), same_order) &&
         CountsRows(a) == CountsRows(b) && length(x) == length(y) && x.from_current == y.from_current &&
         x.to_current == y.to_current;
}

int64_t FrameLength(const BoundExpr& expr, bool rows) {
  if (expr.kind != BoundExpr::Kind::kLiteral || expr.literal.is_null ||
      (rows ? !expr.type.is_integer() : expr.type.kind != TypeKind::kIntervalDay))
    FailAt(expr.span, rows ? "ROWS takes a number" : "RANGE takes an interval",
           rows ? "ROWS BETWEEN 5 PRECEDING AND CURRENT ROW"
                : "RANGE BETWEEN INTERVAL '5' SECOND PRECEDING AND CURRENT ROW");
  return expr.literal.integer;
}

}  // namespace

PlanPtr QueryBinder::BuildOver(PlanPtr plan, const OverCalls& overs, std::vector<BoundExpr>* outputs) {
  const OverSpec& spec = *overs.calls[0].spec;
  for (const OverCalls::Call& call : overs.calls)
    if (!SameWindow(call, overs.calls[0]))
      FailAt(call.spec->span, "two different windows in one SELECT", "compute one of them in a query in FROM");
  if (!spec.to_current || spec.from_current)
    FailAt(spec.frame_span, "a frame ends at CURRENT ROW and begins before it",
           "ROWS BETWEEN n PRECEDING AND CURRENT ROW");
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kOver;
  node->span = spec.span;
  Inputs inputs(*plan);
  const Scope scope = Scope::Of(*plan, "");
  // The parts of a window are bound where its functions were: over the same columns.
  const std::vector<BoundExpr>* parts = &overs.calls[0].parts;
  size_t at = 0;
  for (size_t i = 0; i < spec.partition_by.size(); ++i) node->over.partition.push_back(inputs.Column((*parts)[at++]));
  for (const OrderItem& item : spec.order_by) {
    const BoundExpr& order = (*parts)[at++];
    if (node->over.order.empty()) {
      node->over.rowtime = order.type.rowtime;
      node->over.proctime = order.type.proctime;
    }
    node->over.order.push_back(KeyOf(inputs.Column(order), item));
  }
  node->over.rows = CountsRows(overs.calls[0]);
  if (spec.preceding) {
    const Scope none;
    node->over.preceding = FrameLength(ExprBinder(none, session_).Bind(*spec.preceding), spec.rows);
  }
  for (const OverCalls::Call& call : overs.calls) {
    OverCall over;
    over.call = call.call;
    if (!call.argument.empty()) over.call.argument = inputs.Column(call.argument[0]);
    if (!call.filter.empty()) over.call.filter = inputs.Column(call.filter[0]);
    node->over_calls.push_back(std::move(over));
  }
  const bool by_time = node->over.rowtime || node->over.proctime;
  node->append_only = by_time && plan->append_only;
  node->unique_key = plan->unique_key;
  const std::optional<WindowColumns> window = plan->window;
  PlanPtr input = MakeProject(std::move(plan), std::move(inputs.exprs), std::move(inputs.names));
  node->columns = input->columns;
  const size_t results = node->columns.size();
  for (const OverCalls::Call& call : overs.calls) node->columns.push_back({call.call.text, call.call.type});
  node->window = input->window;
  node->inputs.push_back(std::move(input));
  for (BoundExpr& output : *outputs) output = Shifted(output, results);
  return node;
}

namespace {

/// The column of `over` that column `column` of `node` is, going down through projections.
std::optional<size_t> ColumnBelow(const PlanNode& node, size_t column, const PlanNode& over) {
  const PlanNode* at = &node;
  while (at != &over) {
    if (at->kind == PlanNode::Kind::kProject) {
      if (at->exprs[column].kind != BoundExpr::Kind::kColumn) return std::nullopt;
      column = at->exprs[column].column;
    }
    at = at->inputs[0].get();
  }
  return column;
}

struct RankBounds {
  std::optional<int64_t> from, to;
};

/// The comparison that a condition comes to: NOT rn > 2, CASE WHEN rn <= 2 THEN TRUE ELSE FALSE END. Flink's planner
/// simplifies them before it looks for ranks.
BoundExpr SimplifiedBound(const BoundExpr& condition) {
  static const std::map<std::string, std::string> kOpposite = {{"<", ">="}, {">=", "<"}, {">", "<="}, {"<=", ">"}};
  const auto is_constant = [](const BoundExpr& expr, uint8_t value) {
    return expr.kind == BoundExpr::Kind::kLiteral && !expr.literal.is_null && expr.literal.boolean == value;
  };
  const std::vector<BoundExpr>& args = condition.args;
  if (condition.kind == BoundExpr::Kind::kCase && args.size() == 3 && is_constant(args[1], 1) &&
      is_constant(args[2], 0))
    return SimplifiedBound(args[0]);
  if (condition.kind != BoundExpr::Kind::kCall || condition.name != "NOT") return condition;
  BoundExpr inner = SimplifiedBound(args[0]);
  const auto opposite = kOpposite.find(inner.name);
  if (inner.kind != BoundExpr::Kind::kCall || inner.args.size() != 2 || opposite == kOpposite.end()) return condition;
  inner.name = opposite->second;  // only looked at: a bound that is taken is not evaluated
  return inner;
}

/// Takes a condition on the rank (rn <= 3) into the bounds. False if it is none.
bool TakeBound(const BoundExpr& written, const PlanNode& input, const PlanNode& over, RankBounds* bounds) {
  const BoundExpr condition = SimplifiedBound(written);
  if (condition.kind != BoundExpr::Kind::kCall || condition.args.size() != 2) return false;
  const auto rank = [&](const BoundExpr& expr) {
    if (expr.kind != BoundExpr::Kind::kColumn) return false;
    const std::optional<size_t> column = ColumnBelow(input, expr.column, over);
    return column && *column + 1 == over.columns.size();
  };
  const auto number = [](const BoundExpr& expr) {
    return expr.kind == BoundExpr::Kind::kLiteral && expr.type.is_integer() && !expr.literal.is_null;
  };
  std::string op = condition.name;
  const bool forward = rank(condition.args[0]) && number(condition.args[1]);
  if (!forward && !(rank(condition.args[1]) && number(condition.args[0]))) return false;
  const int64_t value = condition.args[forward ? 1 : 0].literal.integer;
  if (!forward) op = op == "<" ? ">" : op == "<=" ? ">=" : op == ">" ? "<" : op == ">=" ? "<=" : op;
  const auto lower = [&](int64_t bound) { bounds->from = std::max(bounds->from.value_or(bound), bound); };
  const auto upper = [&](int64_t bound) { bounds->to = std::min(bounds->to.value_or(bound), bound); };
  if (op == "=") {
    lower(value);
    upper(value);
  } else if (op == "<") {
    upper(value - 1);
  } else if (op == "<=") {
    upper(value);
  } else if (op == ">") {
    lower(value + 1);
  } else if (op == ">=") {
    lower(value);
  } else {
    return false;
  }
  return true;
}

bool Contains(const Columns& columns, size_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

/// Whether a condition bounds the rank from above by a column that is the same in all rows of a partition.
bool BoundsByPartition(const BoundExpr& written, const PlanNode& input, const PlanNode& over) {
  const BoundExpr condition = SimplifiedBound(written);
  if (condition.kind != BoundExpr::Kind::kCall || condition.args.size() != 2) return false;
  const auto below = [&](const BoundExpr& expr) -> std::optional<size_t> {
    if (expr.kind != BoundExpr::Kind::kColumn) return std::nullopt;
    return ColumnBelow(input, expr.column, over);
  };
  const std::optional<size_t> left = below(condition.args[0]), right = below(condition.args[1]);
  if (!left || !right) return false;
  const size_t rank = over.columns.size() - 1;
  const auto& op = condition.name;
  return (*left == rank && Contains(over.over.partition, *right) && (op == "<" || op == "<=" || op == "=")) ||
         (*right == rank && Contains(over.over.partition, *left) && (op == ">" || op == ">=" || op == "="));
}

/// Makes the node of ROW_NUMBER one of Top-N or deduplication.
void MakeRank(PlanNode& over, int64_t from, int64_t to) {
  const PlanNode& input = *over.inputs[0];
  const size_t rank = over.columns.size() - 1;
  over.rank_from = from;
  over.rank_to = to;
  over.window.reset();
  over.unique_key = over.over.partition;
  over.other_key.reset();
  over.append_only = false;
  const bool windowed = input.window && input.append_only && Contains(over.over.partition, input.window->start) &&
                        Contains(over.over.partition, input.window->end);
  if (windowed) {
    over.kind = PlanNode::Kind::kRank;
    over.fires_by = input.window->end;
    over.zone = input.window->zone;
    over.window = input.window;
    over.append_only = true;
    over.keep_last = from == 1 && to == 1 && over.over.order.size() == 1 && over.over.order[0].descending &&
                     input.columns[over.over.order[0].column].type.is_timestamp();
    if (from != 1 || to != 1) over.unique_key->push_back(rank);
    return;
  }
  const bool by_time = over.over.rowtime || over.over.proctime;
  if (by_time && from == 1 && to == 1 && input.append_only && over.over.order.size() == 1) {
    over.kind = PlanNode::Kind::kDedup;
    over.keep_last = over.over.order[0].descending;
    over.append_only = !over.keep_last;
    return;
  }
  over.kind = PlanNode::Kind::kRank;
  if (from == 1 && to == 1) return;
  over.unique_key->push_back(rank);
  over.other_key = input.unique_key;
}

PlanPtr Rebuild(PlanPtr node, const PlanNode* over) {
  if (node.get() == over) return node;
  PlanPtr input = Rebuild(std::move(node->inputs[0]), over);
  if (node->kind == PlanNode::Kind::kFilter) return MakeFilter(std::move(input), std::move(node->predicate));
  std::vector<std::string> names;
  for (const PlanColumn& column : node->columns) names.push_back(column.name);
  return MakeProject(std::move(input), std::move(node->exprs), std::move(names));
}

/// The window of one rank that is reached through projections and conditions; null if there is none.
PlanNode* RankWindow(PlanNode* node) {
  while (node->kind == PlanNode::Kind::kProject || node->kind == PlanNode::Kind::kFilter) node = node->inputs[0].get();
  if (node->kind != PlanNode::Kind::kOver || node->over_calls.size() != 1) return nullptr;
  const std::string& function = node->over_calls[0].call.function;
  return function == "ROW_NUMBER" || function == "RANK" || function == "DENSE_RANK" ? node : nullptr;
}

}  // namespace

static bool IsSemiJoin(const PlanNode& node) {
  return node.kind == PlanNode::Kind::kJoin && (node.join == JoinKind::kSemi || node.join == JoinKind::kAnti);
}

/// The UNION ALL, UNNEST, or semi or anti join that is reached through projections and conditions; null if there is
/// none.
static PlanNode* RowsBelow(PlanNode* node) {
  while (node->kind == PlanNode::Kind::kProject || node->kind == PlanNode::Kind::kFilter) node = node->inputs[0].get();
  const bool passes =
      node->kind == PlanNode::Kind::kUnionAll || node->kind == PlanNode::Kind::kUnnest || IsSemiJoin(*node);
  return passes ? node : nullptr;
}

/// A condition above `rows` over the columns of their inputs; nothing if UNNEST makes one of its columns.
static std::optional<BoundExpr> MovedTo(const PlanNode& rows, const PlanNode* above, BoundExpr condition) {
  for (; above != &rows; above = above->inputs[0].get())
    if (above->kind == PlanNode::Kind::kProject) condition = Substitute(condition, above->exprs);
  bool made = false;
  ForEachColumn(condition, [&](size_t column) { made = made || column >= rows.inputs[0]->columns.size(); });
  return made ? std::nullopt : std::optional(std::move(condition));
}

/// Conditions above UNION ALL that bound the rank of a branch go into the branches, those above UNNEST to the rows that
/// have the collections, and those above a semi or anti join to its left side, as Flink's planner moves them.
static PlanPtr RankBelow(PlanPtr filter, PlanNode* rows) {
  std::vector<BoundExpr> parts, rest;
  SplitConjunction(filter->predicate, &parts);
  const size_t count = parts.size();
  const auto branches_end = IsSemiJoin(*rows) ? rows->inputs.begin() + 1 : rows->inputs.end();
  for (BoundExpr& part : parts) {
    const std::optional<BoundExpr> below = MovedTo(*rows, filter->inputs[0].get(), part);
    if (!below || std::none_of(rows->inputs.begin(), branches_end,
                               [&below](const PlanPtr& input) { return BoundsRank(*input, *below); })) {
      rest.push_back(std::move(part));
      continue;
    }
    for (auto input = rows->inputs.begin(); input != branches_end; ++input)
      *input = MakeFilter(std::move(*input), *below);
  }
  if (rest.size() == count) return filter;
  if (!IsSemiJoin(*rows))
    rows->append_only =
        std::all_of(rows->inputs.begin(), rows->inputs.end(), [](const PlanPtr& input) { return input->append_only; });
  PlanPtr plan = Rebuild(std::move(filter->inputs[0]), rows);
  return rest.empty() ? std::move(plan) : FilterNode(std::move(plan), Conjunction(std::move(rest)));
}

bool BoundsRank(const PlanNode& input, const BoundExpr& condition) {
  PlanNode* node = const_cast<PlanNode*>(&input);  // which it only looks at
  if (const PlanNode* rows = RowsBelow(node); rows != nullptr && rows->kind != PlanNode::Kind::kUnionAll) {
    const std::optional<BoundExpr> below = MovedTo(*rows, node, condition);
    return below && BoundsRank(*rows->inputs[0], *below);
  }
  const PlanNode* over = RankWindow(node);
  RankBounds bounds;
  return over != nullptr && TakeBound(condition, input, *over, &bounds) && bounds.to;
}

PlanPtr RecognizeRank(PlanPtr filter) {
  if (PlanNode* rows = RowsBelow(filter->inputs[0].get())) return RankBelow(std::move(filter), rows);
  PlanNode* over = RankWindow(filter->inputs[0].get());
  if (over == nullptr) return filter;
  const std::string& function = over->over_calls[0].call.function;
  std::vector<BoundExpr> parts;
  SplitConjunction(filter->predicate, &parts);
  RankBounds bounds;
  std::vector<BoundExpr> rest;
  for (BoundExpr& part : parts)
    if (!TakeBound(part, *filter->inputs[0], *over, &bounds)) rest.push_back(std::move(part));
  if (function != "ROW_NUMBER" && (bounds.from || bounds.to))
    FailAt(filter->predicate.span, "a condition on " + function + " is not available over a stream",
           "ROW_NUMBER with a condition rn <= n around it is a Top-N");
  if (!bounds.to && function == "ROW_NUMBER" && !over->over.rowtime && !over->over.proctime &&
      std::any_of(rest.begin(), rest.end(),
                  [&](const BoundExpr& part) { return BoundsByPartition(part, *filter->inputs[0], *over); })) {
    MakeRank(*over, 1, INT64_MAX);
    return Rebuild(std::move(filter), over);
  }
  if (!bounds.to) return filter;
  const int64_t from = std::max<int64_t>(1, bounds.from.value_or(1));
  if (*bounds.to < from) FailAt(filter->predicate.span, "no rank is in these bounds");
  MakeRank(*over, from, *bounds.to);
  PlanPtr plan = Rebuild(std::move(filter->inputs[0]), over);
  if (rest.empty()) return plan;
  return MakeFilter(std::move(plan), Conjunction(std::move(rest)));
}

/// ORDER BY … LIMIT of the rows of each key: the first `keys` of `outputs`, over the columns of `from`.
PlanPtr QueryBinder::FirstOfEach(const Query& query, Source from, std::vector<BoundExpr> outputs,
                                 std::vector<std::string> names, size_t keys) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kRank;
  node->span = query.limit_span;
  node->rank_from = query.offset.value_or(0) + 1;
  node->rank_to = *query.limit + query.offset.value_or(0);
  node->rank_output = false;
  const size_t width = outputs.size();
  ExprBinder binder(from.scope, session_);
  for (size_t i = 0; i < keys; ++i) node->over.partition.push_back(i);
  for (const OrderItem& item : query.order_by) {
    const auto named =
        item.expr->kind == ExprKind::kColumn && item.expr->name.parts.size() == 1
            ? std::find(names.begin() + static_cast<std::ptrdiff_t>(keys), names.end(), item.expr->name.last())
            : names.end();
    if (named != names.end()) {  // an output column
      node->over.order.push_back(KeyOf(static_cast<size_t>(named - names.begin()), item));
      continue;
    }
    if (item.expr->kind == ExprKind::kNumber)
      FailAt(item.expr->span, "ORDER BY takes no positions in a LATERAL query", "write the column's name");
    node->over.order.push_back(KeyOf(outputs.size(), item));
    outputs.push_back(binder.Bind(*WithoutAlias(*item.expr, query.select.items)));
    names.push_back("$order");
  }
  PlanPtr input = MakeProject(std::move(from.plan), std::move(outputs), std::move(names));
  node->unique_key = input->unique_key;
  if (node->rank_to == 1) node->other_key = std::exchange(node->unique_key, node->over.partition);
  node->columns = input->columns;
  node->columns.push_back({"$rank", SqlType::Of(TypeKind::kBigint, false)});
  std::vector<BoundExpr> exprs;
  std::vector<std::string> own_names;
  for (size_t i = 0; i < width; ++i) {
    exprs.push_back(ColumnExpr(i, input->columns[i].name, input->columns[i].type.Plain()));
    own_names.push_back(input->columns[i].name);
  }
  node->inputs.push_back(std::move(input));
  return MakeProject(std::move(node), std::move(exprs), std::move(own_names));
}

PlanPtr QueryBinder::ApplyOrderAndLimit(const Query& query, PlanPtr plan, const OrderColumns& order_columns) {
  const bool limited = query.limit || query.offset;
  if (query.order_by.empty() && !limited) return plan;
  // What a SELECT orders by is a column of it by now; that of a set operation is made of its columns.
  std::vector<SortKey> order;
  const Scope scope = Scope::Of(*plan, "");
  Inputs inputs(*plan);
  bool by_time = false;
  for (const OrderItem& item : query.order_by) {
    BoundExpr bound;
    if (const auto known = order_columns.columns.find(item.expr.get()); known != order_columns.columns.end()) {
      const size_t column = known->second;
      bound = ColumnExpr(column, plan->columns[column].name, plan->columns[column].type);
    } else if (item.expr->kind == ExprKind::kNumber) {
      const long position = std::atol(item.expr->text.c_str());
      if (position < 1 || position > static_cast<long>(plan->columns.size()))
        FailAt(item.expr->span, "there is no column of this number");
      bound = ColumnExpr(static_cast<size_t>(position - 1), "", plan->columns[static_cast<size_t>(position - 1)].type);
    } else {
      const Expr* expr = item.expr.get();
      Expr last;  // t.c in ORDER BY is the output column c
      if (expr->kind == ExprKind::kColumn && expr->name.parts.size() > 1) {
        last.kind = ExprKind::kColumn;
        last.span = expr->span;
        last.name.parts = {expr->name.last()};
        last.name.span = expr->span;
        expr = &last;
      }
      bound = ExprBinder(scope, session_).Bind(*expr);
    }
    if (order.empty()) by_time = bound.type.rowtime && !item.descending && plan->append_only;
    order.push_back(KeyOf(inputs.Column(bound), item));
  }
  if (!limited && !by_time)
    FailAt(query.order_by[0].expr->span, "ORDER BY without LIMIT is possible by event time only",
           "the reader of the result sorts; with LIMIT n the first n rows are kept current");
  if (query.offset && !query.limit)
    FailAt(query.limit_span, "OFFSET without LIMIT is not available over a stream",
           "with LIMIT n the rows up to the n-th behind it are kept current");
  const size_t width = plan->columns.size() - order_columns.behind;
  auto node = std::make_unique<PlanNode>();
  node->span = query.limit_span;
  if (!limited) {
    node->kind = PlanNode::Kind::kSort;
    node->append_only = true;
    node->unique_key = plan->unique_key;
    node->sort = std::move(order);
  } else if (order.empty() && !query.offset && plan->append_only) {
    node->kind = PlanNode::Kind::kLimit;
    node->append_only = true;
    node->unique_key = plan->unique_key;
    node->limit = *query.limit;
  } else {
    node->kind = PlanNode::Kind::kRank;
    node->over.order = std::move(order);
    node->rank_from = query.offset.value_or(0) + 1;
    node->rank_to = query.limit ? *query.limit + query.offset.value_or(0) : INT64_MAX;
    node->rank_output = false;
    node->unique_key = plan->unique_key;
    if (node->rank_to == 1) node->other_key = std::exchange(node->unique_key, std::vector<size_t>());
    if (node->rank_to < node->rank_from) node->rank_to = node->rank_from - 1;
  }
  PlanPtr input = inputs.exprs.size() == plan->columns.size()
                      ? std::move(plan)
                      : MakeProject(std::move(plan), std::move(inputs.exprs), std::move(inputs.names));
  node->columns = input->columns;
  if (node->kind == PlanNode::Kind::kRank) node->columns.push_back({"$rank", SqlType::Of(TypeKind::kBigint, false)});
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  for (size_t i = 0; i < width; ++i) {
    SqlType type = input->columns[i].type;
    if (node->kind == PlanNode::Kind::kRank) type = type.Plain();
    exprs.push_back(ColumnExpr(i, input->columns[i].name, type));
    names.push_back(input->columns[i].name);
  }
  node->inputs.push_back(std::move(input));
  if (node->columns.size() == width) return node;
  return MakeProject(std::move(node), std::move(exprs), std::move(names));
}

}  // namespace cdc::sql
