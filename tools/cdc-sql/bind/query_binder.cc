#include "tools/cdc-sql/bind/query_binder.h"

#include <algorithm>
#include <set>

#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

PlanPtr MakeFilter(PlanPtr input, BoundExpr predicate) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kFilter;
  node->columns = input->columns;
  node->span = predicate.span;
  node->unique_key = input->unique_key;
  node->append_only = input->append_only;
  node->predicate = std::move(predicate);
  node->has_predicate = true;
  node->inputs.push_back(std::move(input));
  return node;
}

PlanPtr MakeProject(PlanPtr input, std::vector<BoundExpr> exprs, std::vector<std::string> names) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kProject;
  node->append_only = input->append_only;
  for (size_t i = 0; i < exprs.size(); ++i) node->columns.push_back({names[i], exprs[i].type});
  if (input->unique_key) {
    std::vector<size_t> key;
    bool complete = true;
    for (const size_t column : *input->unique_key) {
      const auto at = std::find_if(exprs.begin(), exprs.end(), [column](const BoundExpr& expr) {
        return expr.kind == BoundExpr::Kind::kColumn && expr.column == column;
      });
      complete = complete && at != exprs.end();
      if (complete) key.push_back(static_cast<size_t>(at - exprs.begin()));
    }
    if (complete) node->unique_key = std::move(key);
  }
  node->exprs = std::move(exprs);
  node->inputs.push_back(std::move(input));
  return node;
}

PlanPtr MakeDistinct(PlanPtr input) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kAggregate;
  node->columns = input->columns;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    node->keys.push_back(i);
    node->columns[i].type = node->columns[i].type.Plain();
  }
  node->unique_key = node->keys;
  node->append_only = input->append_only;
  node->inputs.push_back(std::move(input));
  return node;
}

namespace {

void CheckType(const ColumnDef& column) {
  if (!column.type.is_nested()) return;
  FailAt(column.span, "columns of type " + column.type.Text() + " cannot be read",
         "declare the column as STRING: it is the value's JSON text then");
}

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

void RefuseOrderAndLimit(const Query& query) {
  if (!query.order_by.empty())
    FailAt(query.order_by[0].expr->span, "ORDER BY is not available on changing rows",
           "the reader of the result sorts; MAX and MIN find the ends");
  if (query.limit || query.offset)
    FailAt(query.limit_span, "LIMIT is not available on changing rows", "WHERE chooses rows");
}

/// Splits a condition into its AND-ed parts.
void Conjuncts(BoundExpr expr, std::vector<BoundExpr>* parts) {
  if (expr.kind == BoundExpr::Kind::kAnd) {
    for (BoundExpr& arg : expr.args) Conjuncts(std::move(arg), parts);
  } else {
    parts->push_back(std::move(expr));
  }
}

}  // namespace

std::vector<PlanColumn> TableColumns(const TableDef& table, const Session& session) {
  // Computed columns may use physical and metadata columns.
  Scope scope;
  for (const ColumnDef& column : table.columns)
    if (column.kind != ColumnDef::Kind::kComputed) {
      SqlType type = column.type;
      if (table.IsKey(column.name)) type.nullable = false;
      scope.columns.push_back({"", column.name, type, false});
    }
  std::vector<PlanColumn> columns;
  ExprBinder binder(scope, session);
  for (const ColumnDef& column : table.columns) {
    PlanColumn plan{column.name, column.type};
    if (column.kind == ColumnDef::Kind::kComputed) plan.type = binder.Bind(*column.computed).type;
    if (table.IsKey(column.name)) plan.type.nullable = false;
    if (column.name == table.watermark_column) plan.type.rowtime = true;
    columns.push_back(std::move(plan));
  }
  return columns;
}

PlanPtr QueryBinder::Bind(const Query& query) {
  if (++depth_ > kMaxDepth)
    FailAt(query.span, "more than " + std::to_string(kMaxDepth) + " queries and views inside each other");
  if (++queries_ > kMaxQueries)
    FailAt(query.span, "the statement has more than " + std::to_string(kMaxQueries) + " queries",
           "each use of a view or of a WITH query counts: use it once");
  ctes_.emplace_back();
  for (const Query::Cte& cte : query.ctes) {
    if (ctes_.back().count(cte.name) != 0) FailAt(cte.span, "a second query named '" + cte.name + "'");
    ctes_.back()[cte.name] = &cte;
  }
  PlanPtr plan;
  switch (query.kind) {
    case Query::Kind::kSelect: plan = BindSelect(query); break;
    case Query::Kind::kValues: plan = BindValues(query); break;
    case Query::Kind::kUnion: plan = BindUnion(query); break;
    case Query::Kind::kIntersect:
    case Query::Kind::kExcept:
      FailAt(query.span,
             std::string(query.kind == Query::Kind::kIntersect ? "INTERSECT" : "EXCEPT") + " is not available",
             query.kind == Query::Kind::kIntersect ? "JOIN the two queries on all columns" : "UNION ALL and UNION are");
  }
  RefuseOrderAndLimit(query);
  ctes_.pop_back();
  --depth_;
  return plan;
}

PlanPtr QueryBinder::BindValues(const Query& query) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kValues;
  node->span = query.span;
  node->append_only = true;
  const Scope empty;
  ExprBinder binder(empty, session_);
  for (const auto& row : query.rows) {
    std::vector<BoundExpr> bound;
    for (const ExprPtr& expr : row) {
      bound.push_back(binder.Bind(*expr));
      if (bound.back().type.kind == TypeKind::kNull)
        FailAt(expr->span, "NULL has no type here", "CAST(NULL AS STRING) gives it one");
    }
    if (!node->rows.empty() && bound.size() != node->rows[0].size())
      FailAt(row[0]->span, "the rows of VALUES have different numbers of columns");
    node->rows.push_back(std::move(bound));
  }
  for (size_t i = 0; i < node->rows[0].size(); ++i) {
    SqlType type = node->rows[0][i].type;
    for (const auto& row : node->rows) {
      const std::optional<SqlType> both = CommonType(type, row[i].type);
      if (!both) FailAt(row[i].span, "the values of a column are of different types", "CAST one of them");
      type = *both;
    }
    for (auto& row : node->rows) row[i] = ImplicitCast(std::move(row[i]), type, session_);
    node->columns.push_back({"EXPR$" + std::to_string(i), type});
  }
  return node;
}

/// The branches of a UNION: a UNION b UNION c is one of three.
void QueryBinder::UnionBranches(const Query& query, std::vector<PlanPtr>* inputs) {
  std::vector<const Query*> branches = {query.right.get()};
  const Query* left = query.left.get();
  // Below a UNION it makes no difference whether duplicates are taken out sooner.
  while (left->kind == Query::Kind::kUnion && (left->all || !query.all) && left->ctes.empty() &&
         left->order_by.empty() && !left->limit && !left->offset) {
    branches.push_back(left->right.get());
    left = left->left.get();
  }
  branches.push_back(left);
  for (auto branch = branches.rbegin(); branch != branches.rend(); ++branch) inputs->push_back(Bind(**branch));
}

PlanPtr QueryBinder::BindUnion(const Query& query) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kUnionAll;
  node->span = query.span;
  std::vector<PlanPtr> inputs;
  UnionBranches(query, &inputs);
  AlignInputs(query.span, "UNION", &inputs);
  node->columns = inputs[0]->columns;
  node->append_only = true;
  for (const PlanPtr& input : inputs) node->append_only = node->append_only && input->append_only;
  node->inputs = std::move(inputs);
  if (query.all) return node;
  return MakeDistinct(std::move(node));
}

/// Brings the inputs of a set operation to the same columns: the names of the first, the common types.
void QueryBinder::AlignInputs(const Span& span, const std::string& word, std::vector<PlanPtr>* inputs) {
  std::vector<PlanColumn> columns = (*inputs)[0]->columns;
  for (const PlanPtr& input : *inputs) {
    if (input->columns.size() != columns.size())
      FailAt(span, "the sides of " + word + " have " + std::to_string(columns.size()) + " and " +
                       std::to_string(input->columns.size()) + " columns");
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::optional<SqlType> both = CommonType(columns[i].type, input->columns[i].type);
      if (!both)
        FailAt(span,
               "column " + std::to_string(i + 1) + " of " + word + " is " + columns[i].type.Text() + " and " +
                   input->columns[i].type.Text(),
               "CAST one of them to the other's type");
      columns[i].type = *both;
    }
  }
  for (PlanPtr& input : *inputs) {
    bool same = true;
    std::vector<BoundExpr> exprs;
    std::vector<std::string> names;
    for (size_t i = 0; i < columns.size(); ++i) {
      same = same && SameType(input->columns[i].type, columns[i].type) && input->columns[i].name == columns[i].name;
      exprs.push_back(
          ImplicitCast(ColumnExpr(i, input->columns[i].name, input->columns[i].type), columns[i].type, session_));
      names.push_back(columns[i].name);
    }
    if (!same) input = MakeProject(std::move(input), std::move(exprs), std::move(names));
  }
}

PlanPtr QueryBinder::BindScan(const TableRef& ref, const TableDef& table) {
  auto scan = std::make_unique<PlanNode>();
  scan->kind = PlanNode::Kind::kScan;
  scan->table = &table;
  scan->scan_options = ref.options;
  scan->span = ref.name.span;
  scan->append_only = table.format() != "debezium-json";
  Scope scope;
  for (const ColumnDef& column : table.columns) {
    if (column.kind == ColumnDef::Kind::kComputed) continue;
    CheckType(column);
    SqlType type = column.type;
    if (table.IsKey(column.name)) type.nullable = false;
    scan->columns.push_back({column.name, type});
    scope.columns.push_back({"", column.name, type, false});
  }
  const std::vector<PlanColumn> columns = TableColumns(table, session_);
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  ExprBinder binder(scope, session_);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const ColumnDef& column = table.columns[i];
    if (column.kind == ColumnDef::Kind::kComputed) {
      exprs.push_back(binder.Bind(*column.computed));
    } else {
      const size_t index = scope.Resolve({{column.name}, column.span});
      exprs.push_back(ColumnExpr(index, column.name, scope.columns[index].type, column.span));
    }
    exprs.back().type = columns[i].type;
    names.push_back(column.name);
  }
  PlanPtr plan = MakeProject(std::move(scan), std::move(exprs), std::move(names));
  for (size_t i = 0; i < columns.size(); ++i)
    if (columns[i].type.rowtime) plan->rowtime = i;
  if (!table.primary_key.empty()) {
    plan->unique_key.emplace();
    for (const std::string& key : table.primary_key)
      for (size_t i = 0; i < columns.size(); ++i)
        if (columns[i].name == key) plan->unique_key->push_back(i);
  }
  return plan;
}

PlanPtr QueryBinder::BindView(const TableDef& view, const Name& name) {
  if (std::find(open_views_.begin(), open_views_.end(), view.name) != open_views_.end())
    FailAt(name.span, "the view '" + view.name + "' uses itself");
  open_views_.push_back(view.name);
  std::vector<std::map<std::string, const Query::Cte*>> outer;
  outer.swap(ctes_);  // a view sees no query of the WITH that it is used in
  PlanPtr plan = Bind(*view.view_query);
  ctes_.swap(outer);
  open_views_.pop_back();
  for (size_t i = 0; i < view.view_columns.size() && i < plan->columns.size(); ++i)
    plan->columns[i].name = view.view_columns[i];
  return plan;
}

QueryBinder::Source QueryBinder::BindTable(const TableRef& ref) {
  Source source;
  const std::string& name = ref.name.last();
  const Query::Cte* cte = nullptr;
  if (ref.name.parts.size() == 1)
    for (auto level = ctes_.rbegin(); level != ctes_.rend() && cte == nullptr; ++level) {
      const auto found = level->find(name);
      if (found != level->end()) cte = found->second;
    }
  if (cte != nullptr) {
    source.plan = Bind(*cte->query);
    if (!cte->columns.empty() && cte->columns.size() != source.plan->columns.size())
      FailAt(cte->span, "the query '" + cte->name + "' has another number of columns");
    for (size_t i = 0; i < cte->columns.size(); ++i) source.plan->columns[i].name = cte->columns[i];
  } else {
    const TableDef& table = catalog_.Get(ref.name);
    source.plan = table.is_view ? BindView(table, ref.name) : BindScan(ref, table);
  }
  source.scope = Scope::Of(*source.plan, ref.alias.empty() ? name : ref.alias);
  return source;
}

QueryBinder::Source QueryBinder::BindTableRef(const TableRef& ref) {
  Source source;
  switch (ref.kind) {
    case TableRef::Kind::kTable: source = BindTable(ref); break;
    case TableRef::Kind::kQuery:
      source.plan = Bind(*ref.query);
      source.scope = Scope::Of(*source.plan, ref.alias);
      break;
    case TableRef::Kind::kJoin: return BindJoin(ref);
  }
  if (!ref.column_aliases.empty()) {
    if (ref.column_aliases.size() != source.scope.columns.size())
      FailAt(ref.span, "the alias names " + std::to_string(ref.column_aliases.size()) + " columns of " +
                           std::to_string(source.scope.columns.size()));
    for (size_t i = 0; i < ref.column_aliases.size(); ++i) {
      source.scope.columns[i].name = ref.column_aliases[i];
      source.plan->columns[i].name = ref.column_aliases[i];
    }
  }
  return source;
}

QueryBinder::Source QueryBinder::BindJoin(const TableRef& ref) {
  if (ref.join == JoinKind::kCross || ref.natural)
    FailAt(ref.span, ref.natural ? "NATURAL JOIN is not available" : "a join without a condition is not available",
           "JOIN … ON a.key = b.key");
  const bool left_padded = ref.join == JoinKind::kRight || ref.join == JoinKind::kFull;
  const bool right_padded = ref.join == JoinKind::kLeft || ref.join == JoinKind::kFull;
  if (left_padded && !ref.using_columns.empty())
    FailAt(ref.span, "USING is available for inner and left joins",
           "ON a.key = b.key, and COALESCE(a.key, b.key) in SELECT");
  Source left = BindTableRef(*ref.left), right = BindTableRef(*ref.right);
  const size_t left_size = left.scope.columns.size();
  for (const Scope::Column& column : right.scope.columns)
    if (!column.qualifier.empty() && left.scope.HasQualifier(column.qualifier))
      FailAt(ref.right->span, "a second table named '" + column.qualifier + "' in FROM", "give it an alias");
  Source joined;
  joined.scope = left.scope;
  joined.scope.Append(right.scope);
  std::vector<BoundExpr> parts;
  if (ref.on) {
    ExprBinder binder(joined.scope, session_);
    binder.ForbidAggregates("ON");
    Conjuncts(binder.BindCondition(*ref.on, "ON"), &parts);
  }
  for (const std::string& name : ref.using_columns) {
    const Name column{{name}, ref.span};
    const size_t a = left.scope.Resolve(column), b = right.scope.Resolve(column);
    parts.push_back(BindComparison("=", ColumnExpr(a, name, left.scope.columns[a].type, ref.span),
                                   ColumnExpr(left_size + b, name, right.scope.columns[b].type, ref.span), ref.span,
                                   session_));
    joined.scope.columns[left_size + b].hidden = true;
  }
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kJoin;
  node->span = ref.span;
  node->columns = left.plan->columns;
  node->columns.insert(node->columns.end(), right.plan->columns.begin(), right.plan->columns.end());
  node->append_only = ref.join == JoinKind::kInner && left.plan->append_only && right.plan->append_only;
  node->join = ref.join;
  // Rows without a partner have NULLs for the other side.
  const auto pad = [left_padded, right_padded](SqlType& type, bool is_left) {
    type = type.Plain();
    if (is_left ? left_padded : right_padded) type.nullable = true;
  };
  for (size_t i = 0; i < node->columns.size(); ++i) pad(node->columns[i].type, i < left_size);
  // Each equality of a left and a right expression becomes a key; its sides are computed below the join.
  std::vector<BoundExpr> left_exprs, right_exprs;
  std::vector<std::string> left_names, right_names;
  for (size_t i = 0; i < node->columns.size(); ++i) {
    const bool is_left = i < left_size;
    (is_left ? left_exprs : right_exprs)
        .push_back(ColumnExpr(is_left ? i : i - left_size, node->columns[i].name, node->columns[i].type));
    (is_left ? left_names : right_names).push_back(node->columns[i].name);
  }
  const size_t right_size = right_exprs.size();
  const auto side_of = [left_size](const BoundExpr& expr) {
    bool uses_left = false, uses_right = false;
    ForEachColumn(expr, [&](size_t column) { (column < left_size ? uses_left : uses_right) = true; });
    return uses_left && uses_right ? 2 : uses_left ? 0 : uses_right ? 1 : 3;
  };
  std::optional<BoundExpr> residual;
  const auto key_column = [](std::vector<BoundExpr>& exprs, std::vector<std::string>& names, BoundExpr expr) {
    for (size_t i = 0; i < exprs.size(); ++i)
      if (SameExpr(exprs[i], expr)) return i;
    names.push_back("$key" + std::to_string(exprs.size()));
    exprs.push_back(std::move(expr));
    return exprs.size() - 1;
  };
  std::vector<BoundExpr> identity;
  for (size_t i = 0; i < node->columns.size(); ++i)
    identity.push_back(ColumnExpr(i < left_size ? i : i - left_size, node->columns[i].name, node->columns[i].type));
  for (BoundExpr& part : parts) {
    const bool equality = part.kind == BoundExpr::Kind::kCall && part.name == "=" && part.args.size() == 2;
    const int first = equality ? side_of(part.args[0]) : 3, second = equality ? side_of(part.args[1]) : 3;
    if (equality && first + second == 1) {
      BoundExpr a = part.args[first == 0 ? 0 : 1], b = part.args[first == 0 ? 1 : 0];
      if (a.type.kind == TypeKind::kDecimal && !SameType(a.type, b.type)) {
        const std::optional<SqlType> common = CommonType(a.type, b.type);
        a = ImplicitCast(std::move(a), *common, session_);
        b = ImplicitCast(std::move(b), *common, session_);
      }
      node->left_keys.push_back(key_column(left_exprs, left_names, Substitute(a, identity)));
      node->right_keys.push_back(key_column(right_exprs, right_names, Substitute(b, identity)));
    } else {
      residual = residual ? BindLogic(true, std::move(*residual), std::move(part), ref.span) : std::move(part);
    }
  }
  if (node->left_keys.empty())
    FailAt(ref.on ? ref.on->span : ref.span, "a join needs an equality between the two sides", "ON a.key = b.key");
  const bool extra_left = left_exprs.size() > left_size, extra_right = right_exprs.size() > right_size;
  const std::optional<std::vector<size_t>> left_unique = left.plan->unique_key, right_unique = right.plan->unique_key;
  PlanPtr left_plan = std::move(left.plan), right_plan = std::move(right.plan);
  if (extra_left) left_plan = MakeProject(std::move(left_plan), left_exprs, left_names);
  if (extra_right) right_plan = MakeProject(std::move(right_plan), right_exprs, right_names);
  // The join gives left columns and right columns, those added for keys included; a projection takes them off again.
  const size_t wide_left = left_exprs.size();
  std::vector<BoundExpr> outputs;
  std::vector<std::string> names;
  for (size_t i = 0; i < node->columns.size(); ++i) {
    outputs.push_back(ColumnExpr(i < left_size ? i : wide_left + i - left_size, node->columns[i].name,
                                 node->columns[i].type.Plain()));
    names.push_back(node->columns[i].name);
  }
  if (residual) {
    node->predicate = Substitute(*residual, outputs);
    node->has_predicate = true;
  }
  node->columns = left_plan->columns;
  node->columns.insert(node->columns.end(), right_plan->columns.begin(), right_plan->columns.end());
  for (size_t i = 0; i < node->columns.size(); ++i) pad(node->columns[i].type, i < wide_left);
  if (left_unique && right_unique) {
    // If the join key covers the unique key of one side, that of the other side is enough.
    const auto covers = [](const std::vector<size_t>& keys, const std::vector<size_t>& unique) {
      return std::all_of(unique.begin(), unique.end(),
                         [&keys](size_t column) { return std::find(keys.begin(), keys.end(), column) != keys.end(); });
    };
    std::vector<size_t> key;
    const bool right_is_lookup = covers(node->right_keys, *right_unique),
               left_is_lookup = covers(node->left_keys, *left_unique);
    // That works only if the other side is always there.
    const bool left_alone = right_is_lookup && !left_padded,
               right_alone = !left_alone && left_is_lookup && !right_padded;
    if (!right_alone) key = *left_unique;
    if (!left_alone)
      for (const size_t column : *right_unique) key.push_back(wide_left + column);
    node->unique_key = std::move(key);
  }
  node->inputs.push_back(std::move(left_plan));
  node->inputs.push_back(std::move(right_plan));
  joined.plan =
      extra_left || extra_right ? MakeProject(std::move(node), std::move(outputs), std::move(names)) : std::move(node);
  for (size_t i = 0; i < joined.scope.columns.size(); ++i) pad(joined.scope.columns[i].type, i < left_size);
  return joined;
}

void QueryBinder::ExpandItems(const SelectBody& select, const Scope& scope, ExprBinder& binder, bool grouped,
                              std::vector<BoundExpr>* exprs, std::vector<std::string>* names) {
  for (const SelectItem& item : select.items) {
    const Expr& expr = *item.expr;
    if (expr.kind == ExprKind::kStar) {
      const std::string qualifier = expr.name.parts.empty() ? "" : expr.name.last();
      if (scope.columns.empty()) FailAt(expr.span, "* without a FROM clause");
      if (!qualifier.empty() && !scope.HasQualifier(qualifier))
        FailAt(expr.span, "there is no table '" + qualifier + "' in FROM");
      for (size_t i = 0; i < scope.columns.size(); ++i) {
        const Scope::Column& column = scope.columns[i];
        if ((qualifier.empty() && column.hidden) || (!qualifier.empty() && column.qualifier != qualifier)) continue;
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
    if (!item.alias.empty()) {
      names->push_back(item.alias);
    } else if (expr.kind == ExprKind::kColumn) {
      names->push_back(expr.name.last());
    } else {
      names->push_back("EXPR$" + std::to_string(names->size()));
    }
  }
}

PlanPtr QueryBinder::BindGrouped(const SelectBody& select, Source source, std::vector<BoundExpr>* outputs,
                                 std::vector<std::string>* names) {
  Grouping grouping;
  ExprBinder key_binder(source.scope, session_);
  key_binder.ForbidAggregates("GROUP BY");
  for (const ExprPtr& key : select.group_by) {
    if (key->kind == ExprKind::kNumber)
      FailAt(key->span, "GROUP BY takes expressions, not positions", "write the column's name");
    BoundExpr bound = key_binder.Bind(*key);
    bound.type = bound.type.Plain();
    grouping.key_names.push_back(key->kind == ExprKind::kColumn ? key->name.last() : bound.Text());
    grouping.keys.push_back(std::move(bound));
  }
  ExprBinder binder(source.scope, session_, &grouping);
  ExpandItems(select, source.scope, binder, true, outputs, names);
  std::optional<BoundExpr> having;
  if (select.having) having = binder.BindCondition(*select.having, "HAVING");

  // Below: keys, arguments and filters as columns. Above: keys and results.
  std::vector<BoundExpr> inputs = grouping.keys;
  std::vector<std::string> input_names = grouping.key_names;
  const auto input_column = [&](const BoundExpr& expr) {
    for (size_t i = 0; i < inputs.size(); ++i)
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
  for (Grouping::Call& call : grouping.calls) {
    AggregateCall aggregate = call.call;
    if (!call.argument.empty()) aggregate.argument = input_column(call.argument[0]);
    if (!call.filter.empty()) aggregate.filter = input_column(call.filter[0]);
    node->columns.push_back({aggregate.text, aggregate.type});
    node->aggregates.push_back(std::move(aggregate));
  }
  node->unique_key = node->keys;
  node->append_only = source.plan->append_only && node->aggregates.empty();
  node->inputs.push_back(MakeProject(std::move(source.plan), std::move(inputs), std::move(input_names)));
  PlanPtr plan = std::move(node);
  if (having) plan = MakeFilter(std::move(plan), std::move(*having));
  return plan;
}

PlanPtr QueryBinder::BindSelect(const Query& query) {
  const SelectBody& select = query.select;
  Source source;
  if (select.from) {
    source = BindTableRef(*select.from);
  } else {  // one row without columns
    source.plan = std::make_unique<PlanNode>();
    source.plan->kind = PlanNode::Kind::kValues;
    source.plan->append_only = true;
    source.plan->rows.emplace_back();
  }
  if (select.where) {
    ExprBinder binder(source.scope, session_);
    binder.ForbidAggregates("WHERE");
    source.plan = MakeFilter(std::move(source.plan), binder.BindCondition(*select.where, "WHERE"));
  }
  bool grouped = select.grouped || select.having != nullptr;
  for (const SelectItem& item : select.items) grouped = grouped || ContainsAggregate(*item.expr);
  std::vector<BoundExpr> exprs;
  std::vector<std::string> names;
  PlanPtr plan;
  if (grouped) {
    plan = BindGrouped(select, std::move(source), &exprs, &names);
  } else {
    ExprBinder binder(source.scope, session_);
    ExpandItems(select, source.scope, binder, false, &exprs, &names);
    plan = std::move(source.plan);
  }
  plan = MakeProject(std::move(plan), std::move(exprs), UniqueNames(names));
  return select.distinct ? MakeDistinct(std::move(plan)) : std::move(plan);
}

}  // namespace cdc::sql
