#include <algorithm>
#include <cmath>
#include <cstring>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/operator_parts.h"
#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/temporal.h"

namespace cdc::sql {

BoundExpr BindNot(BoundExpr value, const Span& span) {
  if (value.type.kind != TypeKind::kBoolean) FailAt(span, "NOT needs a condition, not " + TypeName(value));
  const SqlType type = value.type;
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  return CallExpr("NOT", type, std::move(args), Total<uint8_t, uint8_t>([](uint8_t x) { return x == 0 ? 1 : 0; }),
                  span);
}

BoundExpr BindIs(const std::string& what, bool negated, BoundExpr value, const Span& span) {
  const bool null_test = what == "NULL" || what == "UNKNOWN";
  if (what != "NULL" && value.type.kind != TypeKind::kBoolean && value.type.kind != TypeKind::kNull)
    FailAt(span, "IS " + what + " needs a condition, not " + TypeName(value), "IS NULL takes any value");
  if (value.type.kind == TypeKind::kNull) value = NullExpr(SqlType::Of(TypeKind::kBoolean), value.span);
  const uint8_t wanted = what == "TRUE" ? 1 : 0;
  std::vector<BoundExpr> args;
  args.push_back(std::move(value));
  return CallExpr(
      std::string("IS ") + (negated ? "NOT " : "") + what, SqlType::Of(TypeKind::kBoolean, false), std::move(args),
      [null_test, wanted, negated](const EvalCall& call, ColumnVector& out) {
        out.Resize(call.rows);
        std::vector<uint8_t>& values = out.MutableValues<uint8_t>();
        const ColumnVector& arg = *call.args[0];
        for (size_t i = 0; i < call.rows; ++i) {
          const bool holds = null_test ? arg.IsNull(i) : !arg.IsNull(i) && arg.bools()[i] == wanted;
          values[i] = holds != negated ? 1 : 0;
        }
      },
      span);
}

BoundExpr BindLogic(bool is_and, BoundExpr left, BoundExpr right, const Span& span) {
  for (const BoundExpr* side : {&left, &right}) {
    if (side->type.kind == TypeKind::kNull)
      FailAt(side->span, "NULL has no type here", "CAST(NULL AS BOOLEAN) gives it one");
    if (side->type.kind != TypeKind::kBoolean)
      FailAt(side->span, std::string(is_and ? "AND" : "OR") + " needs conditions, not " + TypeName(*side),
             "compare it with something: x <> 0");
  }
  const SqlType type = SqlType::Of(TypeKind::kBoolean, left.type.nullable || right.type.nullable);
  BoundExpr logic = CallExpr(is_and ? "AND" : "OR", type, {}, nullptr, span);
  logic.kind = is_and ? BoundExpr::Kind::kAnd : BoundExpr::Kind::kOr;
  if (left.kind == logic.kind) logic.args = std::exchange(left.args, {});
  for (BoundExpr* side : {&left, &right}) {
    logic.can_fail = logic.can_fail || side->can_fail;
    logic.deterministic = logic.deterministic && side->deterministic;
    logic.uses_watermark = logic.uses_watermark || side->uses_watermark;
    if (side->kind == logic.kind) {
      for (BoundExpr& arg : side->args) logic.args.push_back(std::move(arg));
    } else {
      logic.args.push_back(std::move(*side));
    }
  }
  return logic;
}

BoundExpr BindCase(std::vector<BoundExpr> args, const Span& span, const Session& session) {
  SqlType common;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool is_result = i % 2 == 1 || i + 1 == args.size();
    if (!is_result) {
      if (args[i].type.kind == TypeKind::kNull) args[i] = NullExpr(SqlType::Of(TypeKind::kBoolean), args[i].span);
      if (args[i].type.kind != TypeKind::kBoolean)
        FailAt(args[i].span, "WHEN needs a condition, not " + TypeName(args[i]));
      continue;
    }
    const std::optional<SqlType> both = i == 1 ? args[i].type : LeastRestrictiveType(common, args[i].type);
    if (!both)
      FailAt(args[i].span,
             "the results of CASE are of different types, " + common.WithNullable(true).Text() + " and " +
                 TypeName(args[i]),
             "CAST one of them to the other's type");
    common = *both;
  }
  if (common.kind == TypeKind::kNull)
    FailAt(span, "all results of CASE are NULL", "CAST(NULL AS INT) gives one of them a type");
  bool nullable = false;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i % 2 == 0 && i + 1 != args.size()) continue;
    nullable = nullable || args[i].type.nullable;
    const Span at = args[i].span;
    args[i] =
        args[i].type.kind == TypeKind::kNull ? NullExpr(common, at) : ImplicitCast(std::move(args[i]), common, session);
  }
  BoundExpr expr = CallExpr("CASE", common.WithNullable(nullable), std::move(args), nullptr, span);
  expr.kind = BoundExpr::Kind::kCase;
  return expr;
}

/// Beside MergedType: a date and a timestamp are days, a time and a timestamp times of day.
static std::optional<SqlType> CoalescedType(const SqlType& a, const SqlType& b) {
  const bool nullable = a.nullable || b.nullable;
  for (const TypeKind part : {TypeKind::kDate, TypeKind::kTime}) {
    if (a.kind == part && b.kind == TypeKind::kTimestamp) return a.Plain().WithNullable(nullable);
    if (b.kind == part && a.kind == TypeKind::kTimestamp) return b.Plain().WithNullable(nullable);
  }
  return MergedType(a, b);
}

BoundExpr BindCoalesce(std::vector<BoundExpr> args, const Span& span, const Session& session) {
  SqlType common;
  bool nullable = true;
  std::vector<BoundExpr> typed;
  for (BoundExpr& arg : args) {
    const std::optional<SqlType> both = CoalescedType(common, arg.type);
    if (!both)
      FailAt(arg.span,
             "the values of COALESCE are of different types, " + common.WithNullable(true).Text() + " and " +
                 TypeName(arg),
             "CAST one of them to the other's type");
    common = *both;
    nullable = nullable && arg.type.nullable;
    if (arg.type.kind != TypeKind::kNull) typed.push_back(std::move(arg));
  }
  if (typed.empty()) FailAt(span, "all values of COALESCE are NULL", "CAST(NULL AS INT) gives one of them a type");
  for (BoundExpr& arg : typed) arg = ImplicitCast(std::move(arg), common, session);
  BoundExpr expr = CallExpr("COALESCE", common.WithNullable(nullable), std::move(typed), nullptr, span);
  expr.kind = BoundExpr::Kind::kCoalesce;
  return expr;
}

}  // namespace cdc::sql
