#include "tools/cdc-sql/sql/expr_copy.h"

namespace cdc::sql {

namespace {

std::vector<ExprPtr> Copies(const std::vector<ExprPtr>& exprs, const Substitution& substitute) {
  std::vector<ExprPtr> copies;
  for (const ExprPtr& expr : exprs) copies.push_back(CopyExpr(*expr, substitute));
  return copies;
}

std::vector<OrderItem> Copies(const std::vector<OrderItem>& order, const Substitution& substitute) {
  std::vector<OrderItem> copies;
  for (const OrderItem& item : order)
    copies.push_back({CopyExpr(*item.expr, substitute), item.descending, item.nulls_first});
  return copies;
}

std::shared_ptr<OverSpec> CopyOf(const OverSpec& spec, const Substitution& substitute) {
  auto copy = std::make_shared<OverSpec>();
  copy->span = spec.span;
  copy->base = spec.base;
  copy->partition_by = Copies(spec.partition_by, substitute);
  copy->order_by = Copies(spec.order_by, substitute);
  copy->has_frame = spec.has_frame;
  copy->rows = spec.rows;
  if (spec.preceding) copy->preceding = CopyExpr(*spec.preceding, substitute);
  copy->from_current = spec.from_current;
  copy->to_current = spec.to_current;
  copy->frame_span = spec.frame_span;
  return copy;
}

}  // namespace

std::shared_ptr<OverSpec> CopyOver(const OverSpec& spec) {
  return CopyOf(spec, [](const Expr& same) -> const Expr& { return same; });
}

ExprPtr CopyExpr(const Expr& written, const Substitution& substitute) {
  static const Substitution kNone = [](const Expr& same) -> const Expr& { return same; };
  const Expr& expr = substitute(written);
  const Substitution& below = &expr == &written ? substitute : kNone;
  auto copy = std::make_unique<Expr>();
  copy->kind = expr.kind;
  copy->span = expr.span;
  copy->text = expr.text;
  copy->name = expr.name;
  copy->args = Copies(expr.args, below);
  copy->type = expr.type;
  copy->unit = expr.unit;
  copy->to_unit = expr.to_unit;
  copy->query = expr.query;
  if (expr.filter) copy->filter = CopyExpr(*expr.filter, below);
  if (expr.over) copy->over = CopyOf(*expr.over, below);
  copy->order_by = Copies(expr.order_by, below);
  copy->words = expr.words;
  copy->negated = expr.negated;
  copy->distinct = expr.distinct;
  copy->star = expr.star;
  copy->has_operand = expr.has_operand;
  copy->has_else = expr.has_else;
  copy->depth = expr.depth;
  return copy;
}

}  // namespace cdc::sql
