#include "tools/cdc-sql/bind/query_binder.h"

#include <algorithm>
#include <set>

#include "tools/cdc-sql/bind/expr_binder.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/type_rules.h"
#include "tools/cdc-sql/plan/filter_node.h"

namespace cdc::sql {

PlanPtr MakeFilter(PlanPtr input, BoundExpr predicate) {
  return RecognizeRank(FilterNode(std::move(input), std::move(predicate)));
}

namespace {

bool IsColumn(const BoundExpr& expr, size_t column) {
  return expr.kind == BoundExpr::Kind::kColumn && expr.column == column;
}

/// The column, or a CAST of it that tells its values apart as it does.
bool IsKeyColumn(const BoundExpr& expr, size_t column) {
  const BoundExpr* at = &expr;
  while (at->kind == BoundExpr::Kind::kCall && at->name.rfind("CAST ", 0) == 0 &&
         KeepsDistinct(at->args[0].type, at->type))
    at = &at->args[0];
  return IsColumn(*at, column);
}

/// Where the columns of an input are in its projection, by `is`; nothing if one of them is dropped.
std::optional<std::vector<size_t>> Followed(const std::optional<std::vector<size_t>>& columns,
                                            const std::vector<BoundExpr>& exprs, bool (*is)(const BoundExpr&, size_t)) {
  if (!columns) return std::nullopt;
  std::vector<size_t> places;
  for (const size_t column : *columns) {
    auto at = std::find_if(exprs.begin(), exprs.end(), [&](const BoundExpr& expr) { return IsColumn(expr, column); });
    if (at == exprs.end())
      at = std::find_if(exprs.begin(), exprs.end(), [&](const BoundExpr& expr) { return is(expr, column); });
    if (at == exprs.end()) return std::nullopt;
    places.push_back(static_cast<size_t>(at - exprs.begin()));
  }
  return places;
}

}  // namespace

PlanPtr MakeProject(PlanPtr input, std::vector<BoundExpr> exprs, std::vector<std::string> names) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kProject;
  node->append_only = input->append_only;
  for (size_t i = 0; i < exprs.size(); ++i) node->columns.push_back({names[i], exprs[i].type});
  node->unique_key = Followed(input->unique_key, exprs, IsKeyColumn);
  node->other_key = Followed(input->other_key, exprs, IsKeyColumn);
  if (!node->unique_key) std::swap(node->unique_key, node->other_key);
  if (input->window) {
    const std::vector<size_t> bounds = {input->window->start, input->window->end};
    if (const auto places = Followed(bounds, exprs, IsColumn)) {
      node->window = input->window;
      node->window->start = (*places)[0];
      node->window->end = (*places)[1];
    }
  }
  node->exprs = std::move(exprs);
  node->inputs.push_back(std::move(input));
  return node;
}

/// Tells no rows apart.
static bool IsConstantColumn(const PlanNode& node, size_t column) {
  return node.kind == PlanNode::Kind::kProject && node.exprs[column].kind == BoundExpr::Kind::kLiteral;
}

PlanPtr MakeDistinct(PlanPtr input) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kAggregate;
  node->columns = input->columns;
  if (input->window && input->append_only) {
    node->fires_by = input->window->end;
    node->zone = input->window->zone;
    node->window = input->window;
  }
  for (size_t i = 0; i < input->columns.size(); ++i) {
    node->keys.push_back(i);
    node->columns[i].type = node->columns[i].type.Plain();
  }
  node->unique_key.emplace();
  for (const size_t i : node->keys)
    if (!IsConstantColumn(*input, i)) node->unique_key->push_back(i);
  node->append_only = input->append_only;
  node->inputs.push_back(std::move(input));
  return node;
}

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
    if (cte.columns.empty() && cte.query->kind == Query::Kind::kSelect)
      for (const SelectItem& item : cte.query->select.items) {
        const std::string& name =
            item.alias.empty() && item.expr->kind == ExprKind::kColumn ? item.expr->name.last() : item.alias;
        if (!name.empty() && NamesTwice(*cte.query, name))
          FailAt(item.expr->span, "the query '" + cte.name + "' has two columns '" + name + "'",
                 "give them names that differ, or name all columns: WITH " + cte.name + " (…) AS");
      }
    ctes_.back()[cte.name] = &cte;  // the last of a name counts
  }
  OrderColumns order;
  PlanPtr plan = BindBody(query, &order);
  plan = ApplyOrderAndLimit(query, std::move(plan), order);
  ctes_.pop_back();
  --depth_;
  return plan;
}

PlanPtr QueryBinder::BindBody(const Query& query, OrderColumns* order) {
  switch (query.kind) {
    case Query::Kind::kSelect: return BindSelect(query, order);
    case Query::Kind::kValues: return BindValues(query);
    case Query::Kind::kUnion: return BindUnion(query);
    case Query::Kind::kIntersect:
    case Query::Kind::kExcept: break;
  }
  return BindSetOperation(query);
}

PlanPtr QueryBinder::BindSetOperation(const Query& query) {
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kSetOp;
  node->span = query.span;
  node->set_intersect = query.kind == Query::Kind::kIntersect;
  node->set_all = query.all;
  std::vector<PlanPtr> inputs;
  inputs.push_back(Bind(*query.left));
  inputs.push_back(Bind(*query.right));
  AlignInputs(query.span, node->set_intersect ? "INTERSECT" : "EXCEPT", &inputs);
  node->columns = inputs[0]->columns;
  for (size_t i = 0; i < node->columns.size(); ++i) {
    node->columns[i].type = node->columns[i].type.Plain();
    if (!node->set_all) {
      if (!node->unique_key) node->unique_key.emplace();
      node->unique_key->push_back(i);
    }
  }
  node->inputs = std::move(inputs);
  return node;
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
      const std::optional<SqlType> both = LeastRestrictiveType(type, row[i].type);
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
  for (size_t i = 0; i < node->columns.size(); ++i)
    for (const PlanPtr& input : inputs)
      node->columns[i].type.nullable = node->columns[i].type.nullable || input->columns[i].type.nullable;
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
      const std::optional<SqlType> both = LeastRestrictiveType(columns[i].type, input->columns[i].type);
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

}  // namespace cdc::sql
