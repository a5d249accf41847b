#include "tools/cdc-sql/bind/aliases.h"

#include <algorithm>

namespace cdc::sql {

namespace {

using Items = std::vector<SelectItem>;

/// What an alias stands for; the expression itself if it is none.
const Expr& BehindAlias(const Expr& expr, const Items& items) {
  if (expr.kind != ExprKind::kColumn || expr.name.parts.size() != 1) return expr;
  const auto named = std::find_if(items.begin(), items.end(), [&expr](const SelectItem& item) {
    if (item.alias.empty()) return item.expr->kind == ExprKind::kColumn && item.expr->name.last() == expr.name.last();
    return item.alias == expr.name.last();
  });
  return named == items.end() ? expr : *named->expr;
}

ExprPtr Copy(const Expr& written, const Items& items);

std::vector<ExprPtr> Copies(const std::vector<ExprPtr>& exprs, const Items& items) {
  std::vector<ExprPtr> copies;
  for (const ExprPtr& expr : exprs) copies.push_back(Copy(*expr, items));
  return copies;
}

std::vector<OrderItem> Copies(const std::vector<OrderItem>& order, const Items& items) {
  std::vector<OrderItem> copies;
  for (const OrderItem& item : order) copies.push_back({Copy(*item.expr, items), item.descending, item.nulls_first});
  return copies;
}

std::shared_ptr<OverSpec> CopyOf(const OverSpec& spec, const Items& items) {
  auto copy = std::make_shared<OverSpec>();
  copy->span = spec.span;
  copy->base = spec.base;
  copy->partition_by = Copies(spec.partition_by, items);
  copy->order_by = Copies(spec.order_by, items);
  copy->has_frame = spec.has_frame;
  copy->rows = spec.rows;
  if (spec.preceding) copy->preceding = Copy(*spec.preceding, items);
  copy->from_current = spec.from_current;
  copy->to_current = spec.to_current;
  copy->frame_span = spec.frame_span;
  return copy;
}

ExprPtr Copy(const Expr& written, const Items& items) {
  static const Items kNone;
  const Expr& expr = BehindAlias(written, items);
  const Items& below = &expr == &written ? items : kNone;  // in SELECT itself its aliases are not known
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
  if (expr.filter) copy->filter = Copy(*expr.filter, below);
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

}  // namespace

ExprPtr WithoutAlias(const Expr& expr, const std::vector<SelectItem>& items) {
  return Copy(expr, items);
}

}  // namespace cdc::sql
