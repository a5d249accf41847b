// Joins with the elements of a collection, or with the rows of a table function of a row.
#include "tools/cdc-sql/bind/query_binder.h"
#include "tools/cdc-sql/functions/function_table.h"

namespace cdc::sql {

QueryBinder::Source QueryBinder::BindUnnest(const TableRef& ref, Source left) {
  const TableRef& unnest = *ref.right;
  const bool outer = ref.join == JoinKind::kLeft;
  if (!outer && ref.join != JoinKind::kInner && ref.join != JoinKind::kCross)
    FailAt(ref.span, "UNNEST is available in CROSS and LEFT joins");
  ExprBinder binder(left.scope, session_);
  BoundExpr value = binder.Bind(*unnest.unnest);
  auto node = std::make_unique<PlanNode>();
  node->kind = PlanNode::Kind::kUnnest;
  node->span = unnest.span;
  node->columns = left.plan->columns;
  node->append_only = left.plan->append_only;
  node->unnest_outer = outer;
  node->unnest_ordinality = unnest.ordinality;
  std::vector<PlanColumn> added;
  switch (value.type.kind) {
    case TypeKind::kArray:
    case TypeKind::kMultiset: {
      const SqlType& element = value.type.children[0];
      if (element.kind == TypeKind::kRow) {
        for (size_t i = 0; i < element.children.size(); ++i)
          added.push_back({element.field_names[i], element.children[i]});
        for (PlanColumn& column : added) column.type.nullable = column.type.nullable || element.nullable;
      } else {
        added.push_back({"EXPR$0", element});
      }
      break;
    }
    case TypeKind::kMap:
      added.push_back({"KEY", value.type.children[0]});
      added.push_back({"VALUE", value.type.children[1]});
      break;
    default: FailAt(unnest.unnest->span, "UNNEST takes an ARRAY, MAP or MULTISET, not " + value.type.Text());
  }
  if (unnest.ordinality) added.push_back({"ORDINALITY", SqlType::Of(TypeKind::kInt, false)});
  if (!unnest.column_aliases.empty() && unnest.column_aliases.size() != added.size())
    FailAt(unnest.span, "the alias names " + std::to_string(unnest.column_aliases.size()) + " columns of " +
                            std::to_string(added.size()));
  Source result;
  result.scope = left.scope;
  for (size_t i = 0; i < added.size(); ++i) {
    if (!unnest.column_aliases.empty()) added[i].name = unnest.column_aliases[i];
    if (outer) added[i].type.nullable = true;
    node->columns.push_back(added[i]);
    result.scope.columns.push_back({unnest.alias, added[i].name, added[i].type, false});
  }
  node->exprs.push_back(std::move(value));
  node->inputs.push_back(std::move(left.plan));
  if (ref.on && !(ref.on->kind == ExprKind::kBoolean && ref.on->text == "TRUE")) {
    ExprBinder condition(result.scope, session_);
    condition.ForbidAggregates("ON");
    node->predicate = condition.BindCondition(*ref.on, "ON");
    node->has_predicate = true;
  }
  result.plan = std::move(node);
  return result;
}

}  // namespace cdc::sql
