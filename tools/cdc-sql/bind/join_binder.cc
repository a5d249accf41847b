#include <algorithm>

#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/bind/subquery_scope.h"
#include "tools/cdc-sql/bind/table_options.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/plan/filter_node.h"

namespace cdc::sql {

namespace {

/// Columns of one side of a join: those that it has, and those that are computed for its keys.
struct Side {
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  std::vector<size_t> keys;
  size_t size = 0;

  explicit Side(const PlanNode& plan) : size(plan.columns.size()) {
    for (size_t i = 0; i < size; ++i) {
      exprs.push_back(ColumnExpr(i, plan.columns[i].name, plan.columns[i].type));
      names.push_back(plan.columns[i].name);
    }
  }
  void AddKey(BoundExpr expr) {
    for (size_t i = 0; i < exprs.size(); ++i)
      if (SameExpr(exprs[i], expr)) return keys.push_back(i);
    names.push_back(expr.Text());
    exprs.push_back(std::move(expr));
    keys.push_back(exprs.size() - 1);
  }
  bool extra() const { return exprs.size() > size; }
  PlanPtr Apply(PlanPtr plan) { return extra() ? MakeProject(std::move(plan), exprs, names) : std::move(plan); }
};

BoundExpr MapColumns(const BoundExpr& expr, const std::function<size_t(size_t)>& place) {
  BoundExpr copy = expr;
  if (copy.kind == BoundExpr::Kind::kColumn) copy.column = place(copy.column);
  for (BoundExpr& arg : copy.args) arg = MapColumns(arg, place);
  return copy;
}

/// 0: columns of the left side only, 1: of the right, 2: of both, 3: none.
int SideOf(const BoundExpr& expr, size_t left_size) {
  bool left = false, right = false;
  ForEachColumn(expr, [&](size_t column) { (column < left_size ? left : right) = true; });
  return left && right ? 2 : left ? 0 : right ? 1 : 3;
}

/// time [± interval]: the column, and what is added in milliseconds.
struct TimeTerm {
  size_t column = 0;
  int64_t shift = 0;
  bool proctime = false;
};
std::optional<TimeTerm> TimeTermOf(const BoundExpr& expr) {
  if (expr.kind == BoundExpr::Kind::kColumn) {
    if (!expr.type.rowtime && !expr.type.proctime) return std::nullopt;
    return TimeTerm{expr.column, 0, expr.type.proctime};
  }
  if (expr.kind != BoundExpr::Kind::kCall || expr.args.size() != 2 || (expr.name != "+" && expr.name != "-"))
    return std::nullopt;
  const BoundExpr &a = expr.args[0], &b = expr.args[1];
  const bool interval =
      b.kind == BoundExpr::Kind::kLiteral && b.type.kind == TypeKind::kIntervalDay && !b.literal.is_null;
  if (!interval) return std::nullopt;
  std::optional<TimeTerm> term = TimeTermOf(a);
  if (term) term->shift += expr.name == "+" ? b.literal.integer : -b.literal.integer;
  return term;
}

/// Bounds of left time − right time in milliseconds, from conditions between event times.
struct TimeBounds {
  std::optional<int64_t> low, high;
  size_t left = 0, right = 0;

  /// Takes in `a op b`; false if it is no bound.
  bool Take(const BoundExpr& condition, size_t left_size) {
    if (condition.kind != BoundExpr::Kind::kCall || condition.args.size() != 2) return false;
    std::string op = condition.name;
    if (op != "=" && op != "<" && op != "<=" && op != ">" && op != ">=") return false;
    std::optional<TimeTerm> a = TimeTermOf(condition.args[0]), b = TimeTermOf(condition.args[1]);
    if (!a || !b || a->proctime || b->proctime || (a->column < left_size) == (b->column < left_size)) return false;
    if (a->column >= left_size) {
      std::swap(a, b);
      op = op == "<" ? ">" : op == "<=" ? ">=" : op == ">" ? "<" : op == ">=" ? "<=" : op;
    }
    left = a->column;
    right = b->column - left_size;
    const int64_t bound = b->shift - a->shift;  // left − right op bound
    const auto at_most = [&](int64_t value) { high = std::min(high.value_or(value), value); };
    const auto at_least = [&](int64_t value) { low = std::max(low.value_or(value), value); };
    if (op == "=" || op == "<=") at_most(bound);
    if (op == "=" || op == ">=") at_least(bound);
    if (op == "<") at_most(bound - 1);
    if (op == ">") at_least(bound + 1);
    return true;
  }
};

bool Covers(const std::vector<size_t>& keys, const std::vector<size_t>& unique) {
  return std::all_of(unique.begin(), unique.end(),
                     [&keys](size_t column) { return std::find(keys.begin(), keys.end(), column) != keys.end(); });
}

std::optional<size_t> KeyIndexOf(const std::vector<size_t>& keys, size_t column) {
  for (size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == column) return i;
  return std::nullopt;
}

}  // namespace

void SplitConditions(const Expr& expr, std::vector<const Expr*>* parts) {
  if (expr.kind == ExprKind::kBinary && expr.text == "AND") {
    for (const ExprPtr& arg : expr.args) SplitConditions(*arg, parts);
  } else {
    parts->push_back(&expr);
  }
}

QueryBinder::Source QueryBinder::MakeJoin(JoinKind kind, Source left, Source right, std::vector<BoundExpr> parts,
                                          const Span& span, bool null_aware) {
  const bool left_padded = kind == JoinKind::kRight || kind == JoinKind::kFull;
  const bool right_padded = kind == JoinKind::kLeft || kind == JoinKind::kFull;
  const bool half = kind == JoinKind::kSemi || kind == JoinKind::kAnti;
  const size_t left_size = left.plan->columns.size();
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kJoin;
  node->span = span;
  node->join = kind == JoinKind::kCross ? JoinKind::kInner : kind;
  node->null_aware = null_aware;
  // Each equality of a left and a right expression becomes a key; its sides are computed below the join.
  Side left_side(*left.plan), right_side(*right.plan);
  std::optional<BoundExpr> residual;
  TimeBounds bounds;
  std::vector<BoundExpr> time_parts;
  const auto keep = [&](BoundExpr part) {
    residual = residual ? BindLogic(true, std::move(*residual), std::move(part), span) : std::move(part);
  };
  for (BoundExpr& part : parts) {
    if (part.kind == BoundExpr::Kind::kLiteral && !part.literal.is_null && part.literal.boolean != 0) continue;
    const bool equal = part.kind == BoundExpr::Kind::kCall && part.args.size() == 2 &&
                       (part.name == "=" || part.name == "IS NOT DISTINCT FROM");
    const int first = equal ? SideOf(part.args[0], left_size) : 3, second = equal ? SideOf(part.args[1], left_size) : 3;
    if (bounds.Take(part, left_size)) {
      time_parts.push_back(std::move(part));
    } else if (equal && first + second == 1) {
      BoundExpr a = part.args[first == 0 ? 0 : 1], b = part.args[first == 0 ? 1 : 0];
      if (a.type.kind == TypeKind::kDecimal && !SameType(a.type, b.type)) {
        const std::optional<SqlType> common = CommonType(a.type, b.type);
        a = ImplicitCast(std::move(a), *common, session_);
        b = ImplicitCast(std::move(b), *common, session_);
      }
      node->null_safe.push_back(part.name == "=" ? 0 : 1);
      left_side.AddKey(std::move(a));
      right_side.AddKey(MapColumns(b, [left_size](size_t column) { return column - left_size; }));
    } else {
      keep(std::move(part));
    }
  }
  node->has_bounds = bounds.low && bounds.high && !half;
  if (node->has_bounds) {
    if (!left.plan->append_only || !right.plan->append_only)
      FailAt(time_parts[0].span, "a join with bounds of time takes new rows only, and these change",
             "without the bounds the join follows the changes of both sides");
    node->time_low = *bounds.low;
    node->time_high = *bounds.high;
    node->left_time = bounds.left;
    node->right_time = bounds.right;
  } else {
    for (BoundExpr& part : time_parts) keep(std::move(part));
  }
  node->left_keys = left_side.keys;
  node->right_keys = right_side.keys;
  // Rows of the same windows, or any rows.
  std::optional<WindowColumns> window;
  if (left.plan->window && right.plan->window && left.plan->append_only && right.plan->append_only) {
    const auto start = KeyIndexOf(left_side.keys, left.plan->window->start),
               end = KeyIndexOf(left_side.keys, left.plan->window->end);
    if (start && end && right_side.keys[*start] == right.plan->window->start &&
        right_side.keys[*end] == right.plan->window->end) {
      window = left.plan->window;
      node->fires_by = left.plan->window->end;
      node->fires_by_right = right.plan->window->end;
      node->zone = window->zone;
    }
  }
  const bool by_time = node->has_bounds || window;
  node->append_only = by_time || (node->join == JoinKind::kInner && left.plan->append_only && right.plan->append_only);
  const std::optional<std::vector<size_t>> left_unique = left.plan->unique_key, right_unique = right.plan->unique_key;
  PlanPtr left_plan = left_side.Apply(std::move(left.plan)), right_plan = right_side.Apply(std::move(right.plan));
  const size_t wide_left = left_plan->columns.size();
  const auto pad = [&](SqlType type, bool is_left) {
    if (!by_time) type = type.Plain();
    if (is_left ? left_padded : right_padded) {
      type.nullable = true;
      type.rowtime = type.proctime = false;
    }
    return type;
  };
  if (residual) {
    node->predicate = MapColumns(
        *residual, [&](size_t column) { return column < left_size ? column : wide_left + column - left_size; });
    node->has_predicate = true;
  }
  std::vector<BoundExpr> outputs;
  std::vector<std::string> names;
  const auto add = [&](const PlanNode& plan, bool is_left, size_t visible) {
    for (size_t i = 0; i < plan.columns.size(); ++i) {
      const SqlType type = pad(plan.columns[i].type, is_left);
      node->columns.push_back({plan.columns[i].name, type});
      if (i >= visible) continue;
      outputs.push_back(ColumnExpr(node->columns.size() - 1, plan.columns[i].name, type));
      names.push_back(plan.columns[i].name);
    }
  };
  add(*left_plan, true, left_side.size);
  if (!half) add(*right_plan, false, right_side.size);
  if (half) {
    node->unique_key = left_unique;
  } else if (left_unique && right_unique) {
    // If the join key covers the unique key of one side, that of the other side is enough: if that side is always
    // there.
    const bool left_alone = Covers(node->right_keys, *right_unique) && !left_padded;
    const bool right_alone = !left_alone && Covers(node->left_keys, *left_unique) && !right_padded;
    std::vector<size_t> key;
    if (!right_alone) key = *left_unique;
    if (!left_alone)
      for (const size_t column : *right_unique) key.push_back(wide_left + column);
    node->unique_key = std::move(key);
  }
  if (window && !left_padded) node->window = window;
  if (null_aware && node->has_predicate)
    FailAt(span, "NOT IN with further conditions between the queries, where values may be NULL, is not available",
           "NOT EXISTS with the equality as a condition");
  const bool extra = left_side.extra() || (right_side.extra() && !half);
  node->inputs.push_back(std::move(left_plan));
  node->inputs.push_back(std::move(right_plan));
  Source joined;
  joined.plan = extra ? MakeProject(std::move(node), std::move(outputs), std::move(names)) : std::move(node);
  joined.scope = std::move(left.scope);
  if (!half) joined.scope.Append(right.scope);
  for (size_t i = 0; i < joined.scope.columns.size(); ++i) joined.scope.columns[i].type = joined.plan->columns[i].type;
  return joined;
}

namespace {

/// Whether all columns of the expression are in the scope, and nothing in it needs more than a scope.
bool CanBind(const Expr& expr, const Scope& scope) {
  switch (expr.kind) {
    case ExprKind::kColumn: return scope.Knows(expr.name);
    case ExprKind::kStar:
    case ExprKind::kInQuery:
    case ExprKind::kQuantified:
    case ExprKind::kExists:
    case ExprKind::kScalarQuery: return false;
    default: break;
  }
  return std::all_of(expr.args.begin(), expr.args.end(), [&scope](const ExprPtr& arg) { return CanBind(*arg, scope); });
}

bool UsesColumns(const Expr& expr) {
  return expr.kind == ExprKind::kColumn ||
         std::any_of(expr.args.begin(), expr.args.end(), [](const ExprPtr& arg) { return UsesColumns(*arg); });
}

}  // namespace

/// USING and NATURAL: the columns that both sides have come first, once, and without a table's name before them.
void QueryBinder::ShareColumns(JoinKind kind, bool natural, const std::vector<std::pair<size_t, size_t>>& both_sides,
                               Source* joined) {
  Scope scope;
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  for (const auto& [left, right] : both_sides) {
    const PlanColumn &a = joined->plan->columns[left], &b = joined->plan->columns[right];
    const std::string name = joined->scope.columns[left].name;
    BoundExpr first = ColumnExpr(left, name, a.type), second = ColumnExpr(right, name, b.type);
    const bool inner = kind == JoinKind::kInner || kind == JoinKind::kCross;
    if (kind == JoinKind::kFull || !SameType(a.type, b.type)) {
      exprs.push_back(BindCoalesce({std::move(first), std::move(second)}, {}, session_));
    } else {
      exprs.push_back(kind == JoinKind::kRight || (inner && a.type.nullable) ? std::move(second) : std::move(first));
    }
    names.push_back(name);
    Scope::Column shared = {"", name, exprs.back().type};
    shared.shared = !natural;
    shared.ambiguous = natural;
    scope.columns.push_back(std::move(shared));
    joined->scope.columns[left].hidden = joined->scope.columns[right].hidden = true;
  }
  for (size_t i = 0; i < joined->plan->columns.size(); ++i) {
    exprs.push_back(ColumnExpr(i, joined->plan->columns[i].name, joined->plan->columns[i].type));
    names.push_back(joined->plan->columns[i].name);
  }
  scope.Append(joined->scope);
  joined->scope = std::move(scope);
  joined->plan = MakeProject(std::move(joined->plan), std::move(exprs), std::move(names));
}

/// Of the conditions of WHERE those that bound a ROW_NUMBER() of one side: they make a rank of it below the join.
void QueryBinder::TakeRankConditions(Source* side, const Source& other, Conditions* conditions) {
  const auto takes = [&](const Expr* condition) {
    if (!CanBind(*condition, side->scope) || CanBind(*condition, other.scope) || ContainsAggregate(*condition))
      return false;
    BoundExpr bound = ExprBinder(side->scope, session_).BindCondition(*condition, "WHERE");
    if (!BoundsRank(*side->plan, bound)) return false;
    side->plan = MakeFilter(std::move(side->plan), std::move(bound));
    return true;
  };
  std::erase_if(*conditions, takes);
}

namespace {

[[noreturn]] void RefuseSecond(const std::string& name, const Span& span) {
  FailAt(span, "a second table named '" + name + "' in FROM", "give it an alias");
}

}  // namespace

QueryBinder::Source QueryBinder::BindJoin(const TableRef& ref, Conditions* conditions) {
  const bool inner = ref.join == JoinKind::kInner || ref.join == JoinKind::kCross;
  const bool keeps_left = inner || ref.join == JoinKind::kLeft, keeps_right = inner || ref.join == JoinKind::kRight;
  Source left = BindTableRef(*ref.left, keeps_left ? conditions : nullptr);
  if (!ref.right->alias.empty() && left.scope.HasQualifier(ref.right->alias))
    RefuseSecond(ref.right->alias, ref.right->span);
  if (ref.right->kind == TableRef::Kind::kUnnest) return BindUnnest(ref, std::move(left));
  if (ref.right->as_of) return BindTemporal(ref, std::move(left));
  if (ref.right->kind == TableRef::Kind::kQuery && ref.right->lateral) return BindLateral(ref, std::move(left));
  Source right = BindTableRef(*ref.right, nullptr);
  for (const Scope::Column& column : right.scope.columns)
    if (!column.qualifier.empty() && left.scope.HasQualifier(column.qualifier))
      RefuseSecond(column.qualifier, ref.right->span);
  if (conditions != nullptr && keeps_left) TakeRankConditions(&left, right, conditions);
  if (conditions != nullptr && keeps_right) TakeRankConditions(&right, left, conditions);
  const size_t left_size = left.scope.columns.size();
  Scope both = left.scope;
  both.Append(right.scope);
  std::vector<BoundExpr> parts;
  ExprBinder binder(both, session_);
  binder.ForbidAggregates("ON");
  // Of an inner join it makes no difference whether a condition stands in ON or WHERE.
  Conditions on, with_queries;
  if (ref.on) SplitConditions(*ref.on, &on);
  for (const Expr* condition : on) {
    if (inner && HasSubquery(*condition)) {
      with_queries.push_back(condition);
    } else {
      SplitConjunction(binder.BindCondition(*condition, "ON"), &parts);
    }
  }
  if (ref.join == JoinKind::kCross && conditions != nullptr) {
    // FROM a, b WHERE a.x = b.x: what both sides together can answer belongs to the join.
    Conditions rest;
    for (const Expr* condition : *conditions) {
      if (ContainsAggregate(*condition) || !UsesColumns(*condition) || !CanBind(*condition, both)) {
        rest.push_back(condition);
        continue;
      }
      SplitConjunction(binder.BindCondition(*condition, "WHERE"), &parts);
    }
    *conditions = std::move(rest);
  }
  // A condition on the rank of one side makes a rank of it, unless its other rows are joined to nothing.
  std::erase_if(parts, [&](const BoundExpr& part) {
    const int side = SideOf(part, left_size);
    if (side > 1 || (side == 0 ? ref.join == JoinKind::kLeft : ref.join == JoinKind::kRight) ||
        ref.join == JoinKind::kFull)
      return false;
    Source& source = side == 0 ? left : right;
    BoundExpr own = MapColumns(part, [&](size_t column) { return side == 0 ? column : column - left_size; });
    if (!BoundsRank(*source.plan, own)) return false;
    source.plan = MakeFilter(std::move(source.plan), std::move(own));
    return true;
  });
  std::vector<std::string> shared = ref.using_columns;
  if (ref.natural)
    for (const Scope::Column& column : left.scope.columns)
      if (!column.hidden && right.scope.Knows({{column.name}, ref.span})) shared.push_back(column.name);
  std::vector<std::pair<size_t, size_t>> both_sides;
  for (const std::string& name : shared) {
    const size_t a = left.scope.SharedColumn({{name}, ref.span}), b = right.scope.SharedColumn({{name}, ref.span});
    parts.push_back(BindComparison("=", ColumnExpr(a, name, left.scope.columns[a].type, ref.span),
                                   ColumnExpr(left_size + b, name, right.scope.columns[b].type, ref.span), ref.span,
                                   session_));
    both_sides.emplace_back(a, left_size + b);
  }
  Source joined =
      MakeJoin(ref.join, std::move(left), std::move(right), std::move(parts), ref.on ? ref.on->span : ref.span);
  if (!both_sides.empty()) ShareColumns(ref.join, ref.natural, both_sides, &joined);
  BindWhere(&joined, with_queries);
  return joined;
}

/// JOIN t FOR SYSTEM_TIME AS OF left.time: the version of that moment.
QueryBinder::Source QueryBinder::BindTemporal(const TableRef& ref, Source left) {
  if (ref.join != JoinKind::kInner && ref.join != JoinKind::kLeft)
    FailAt(ref.span, "FOR SYSTEM_TIME AS OF is available for inner and left joins");
  const TableRef& table = *ref.right;
  ExprBinder time_binder(left.scope, session_);
  const BoundExpr time = time_binder.Bind(*table.as_of);
  if (!time.type.rowtime && !time.type.proctime)
    FailAt(table.as_of->span, "FOR SYSTEM_TIME AS OF takes a time attribute of the left side",
           "WATERMARK FOR ts AS … in CREATE TABLE makes a column one");
  Source right = BindTable(table);
  Alias(table, &right);
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kTemporalJoin;
  node->span = table.span;
  node->join = ref.join;
  node->lookup = time.type.proctime;
  const size_t left_size = left.plan->columns.size();
  if (node->lookup) {
    const TableDef* def = catalog_.Find(table.name, &database_);
    if (def == nullptr || def->is_view || def->connector() != "filesystem")
      FailAt(table.span, "a join at the time of the clock looks into a table of files",
             "'connector' = 'filesystem'; or a plain JOIN, which follows changes of both sides");
  } else {
    if (time.kind != BoundExpr::Kind::kColumn) FailAt(table.as_of->span, "FOR SYSTEM_TIME AS OF takes a column");
    node->left_time = time.column;
    bool found = false;
    for (size_t i = 0; i < right.plan->columns.size() && !found; ++i) {
      found = right.plan->columns[i].type.rowtime;
      if (found) node->right_time = i;
    }
    if (!found || !right.plan->unique_key)
      FailAt(table.span, "a table whose versions are joined has a PRIMARY KEY and a WATERMARK",
             "PRIMARY KEY (…) NOT ENFORCED, WATERMARK FOR ts AS ts");
  }
  Scope both = left.scope;
  both.Append(right.scope);
  ExprBinder binder(both, session_);
  std::vector<BoundExpr> parts;
  if (ref.on) SplitConjunction(binder.BindCondition(*ref.on, "ON"), &parts);
  Side left_side(*left.plan), right_side(*right.plan);
  std::optional<BoundExpr> residual;
  for (BoundExpr& part : parts) {
    const bool equal = part.kind == BoundExpr::Kind::kCall && part.args.size() == 2 && part.name == "=";
    const int first = equal ? SideOf(part.args[0], left_size) : 3, second = equal ? SideOf(part.args[1], left_size) : 3;
    if (equal && first + second == 1) {
      left_side.AddKey(part.args[first == 0 ? 0 : 1]);
      right_side.AddKey(
          MapColumns(part.args[first == 0 ? 1 : 0], [left_size](size_t column) { return column - left_size; }));
    } else {
      residual = residual ? BindLogic(true, std::move(*residual), std::move(part), ref.span) : std::move(part);
    }
  }
  if (left_side.keys.empty()) FailAt(ref.span, "the join needs an equality with the key of the right side");
  if (!node->lookup && !Covers(right_side.keys, *right.plan->unique_key))
    FailAt(ref.on->span, "the condition has to name all columns of the right side's PRIMARY KEY");
  node->left_keys = left_side.keys;
  node->right_keys = right_side.keys;
  node->append_only = left.plan->append_only;
  node->unique_key = left.plan->unique_key;
  PlanPtr left_plan = left_side.Apply(std::move(left.plan)), right_plan = right_side.Apply(std::move(right.plan));
  const size_t wide_left = left_plan->columns.size();
  std::vector<BoundExpr> outputs;
  std::vector<std::string> names;
  node->columns = left_plan->columns;
  for (const PlanColumn& column : right_plan->columns) {
    node->columns.push_back({column.name, column.type.Plain()});
    if (ref.join == JoinKind::kLeft) node->columns.back().type.nullable = true;
  }
  for (size_t i = 0; i < left_size + right_side.size; ++i) {
    const size_t at = i < left_size ? i : wide_left + i - left_size;
    outputs.push_back(ColumnExpr(at, node->columns[at].name, node->columns[at].type));
    names.push_back(node->columns[at].name);
  }
  if (residual) {
    node->predicate = MapColumns(
        *residual, [&](size_t column) { return column < left_size ? column : wide_left + column - left_size; });
    node->has_predicate = true;
  }
  node->inputs.push_back(std::move(left_plan));
  node->inputs.push_back(std::move(right_plan));
  Source joined;
  joined.plan = MakeProject(std::move(node), std::move(outputs), std::move(names));
  joined.scope = std::move(both);
  for (size_t i = 0; i < joined.scope.columns.size(); ++i) joined.scope.columns[i].type = joined.plan->columns[i].type;
  return joined;
}

}  // namespace cdc::sql
