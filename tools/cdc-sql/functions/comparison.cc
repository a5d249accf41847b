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
namespace {

/// -1, 0, 1 with NaN equal to itself and above all.
int CompareReals(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : 2;
  return a < b ? -1 : a > b ? 1 : 0;
}

template <typename T, typename Order>
ScalarImpl Compare(const std::string& op, Order order) {
  if (op == "=") return Total<uint8_t, T, T>([order](T a, T b) { return order(a, b) == 0 ? 1 : 0; });
  if (op == "<>") return Total<uint8_t, T, T>([order](T a, T b) { return order(a, b) != 0 ? 1 : 0; });
  if (op == "<") return Total<uint8_t, T, T>([order](T a, T b) { return order(a, b) == -1 ? 1 : 0; });
  if (op == ">") return Total<uint8_t, T, T>([order](T a, T b) { return order(a, b) == 1 ? 1 : 0; });
  if (op == "<=")
    return Total<uint8_t, T, T>([order](T a, T b) {
      const int o = order(a, b);
      return o == -1 || o == 0 ? 1 : 0;
    });
  return Total<uint8_t, T, T>([order](T a, T b) {
    const int o = order(a, b);
    return o == 0 || o == 1 ? 1 : 0;
  });
}

template <typename T>
int Order(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

/// Comparison of two columns of one type.
ScalarImpl CompareImpl(const std::string& op, const SqlType& type, int a_scale, int b_scale) {
  switch (type.physical()) {
    case Physical::kBool: return Compare<uint8_t>(op, Order<uint8_t>);
    case Physical::kInt64: return Compare<int64_t>(op, Order<int64_t>);
    case Physical::kDouble: return Compare<double>(op, CompareReals);
    case Physical::kInt128:
      if (a_scale == b_scale) return Compare<Int128>(op, Order<Int128>);
      return Compare<Int128>(
          op, [a_scale, b_scale](Int128 a, Int128 b) { return CompareDecimals(a, a_scale, b, b_scale); });
    case Physical::kString: break;
  }
  return Compare<std::string_view>(op, [](std::string_view a, std::string_view b) {
    const int order = a.compare(b);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  });
}

/// Brings two operands of a comparison to one type; false if that cannot be done silently.
bool Align(BoundExpr& left, BoundExpr& right, const Session& session) {
  // A text literal beside a date or time is read as one.
  const auto adapt = [&session](BoundExpr& text, const BoundExpr& other) {
    if (text.kind == BoundExpr::Kind::kLiteral && text.type.is_string() && other.type.is_datetime())
      text = BindCast(text, other.type.WithNullable(false), false, text.span, session);
  };
  adapt(left, right);
  adapt(right, left);
  if (left.type.is_timestamp() && right.type.is_timestamp() && left.type.kind != right.type.kind) {
    const SqlType ltz = SqlType::Of(TypeKind::kTimestampLtz, true, std::max(left.type.precision, right.type.precision));
    left = ImplicitCast(std::move(left), ltz, session);
    right = ImplicitCast(std::move(right), ltz, session);
    return true;
  }
  if (left.type.is_exact() && right.type.is_exact() && !(left.type.is_integer() && right.type.is_integer())) {
    left = ImplicitCast(std::move(left), AsDecimal(left.type), session);
    right = ImplicitCast(std::move(right), AsDecimal(right.type), session);
    return true;
  }
  const std::optional<SqlType> common = CommonType(left.type, right.type);
  if (!common) return false;
  if (common->kind == TypeKind::kNull) {
    left = NullExpr(SqlType::Of(TypeKind::kInt), left.span);
    right = NullExpr(SqlType::Of(TypeKind::kInt), right.span);
    return true;
  }
  for (BoundExpr* side : {&left, &right}) {
    if (side->type.kind == TypeKind::kNull)
      *side = NullExpr(*common, side->span);
    else
      *side = ImplicitCast(std::move(*side), *common, session);
  }
  return true;
}

/// A text beside a condition is read as one, as is a text beside a number where the order of the two is asked for; =
/// and
/// <> of a number and a text are refused, as Flink refuses them.
void ReadTextAsOther(const std::string& op, BoundExpr& left, BoundExpr& right, const Session& session) {
  const auto adapt = [&](BoundExpr& text, const BoundExpr& other) {
    const bool number = other.type.is_numeric() && op != "=" && op != "<>";
    if (text.type.is_string() && (number || other.type.kind == TypeKind::kBoolean))
      text = BindCast(text, other.type, false, text.span, session);
  };
  adapt(left, right);
  adapt(right, left);
}

std::string ComparisonHint(const BoundExpr& left, const BoundExpr& right) {
  const bool left_text = left.type.is_string(), right_text = right.type.is_string();
  if (left_text != right_text)
    return "text and numbers are not converted silently: CAST(x AS " +
           (left_text ? right : left).type.Plain().WithNullable(true).Text() + ") or CAST(x AS STRING)";
  return "bring both sides to one type with CAST";
}

}  // namespace

BoundExpr BindComparison(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                         const Session& session) {
  if (left.type.is_nested() && right.type.is_nested() && (op == "=" || op == "<>")) {
    const std::optional<SqlType> both = CommonType(left.type, right.type);
    if (!both) RefuseOperator(op, left, right, span, "the parts are of different types");
    const bool nullable = left.type.nullable || right.type.nullable, equal = op == "=";
    left = ImplicitCast(std::move(left), *both, session);
    right = ImplicitCast(std::move(right), *both, session);
    return CallExpr(op, SqlType::Of(TypeKind::kBoolean, nullable), Pair(std::move(left), std::move(right)),
                    Total<uint8_t, std::string_view, std::string_view>(
                        [equal](std::string_view a, std::string_view b) { return (a == b) == equal ? 1 : 0; }),
                    span);
  }
  if (left.type.is_approximate() && right.type.is_approximate()) {
    const SqlType both = *LeastRestrictiveType(left.type, right.type);
    left = ImplicitCast(std::move(left), both, session);
    right = ImplicitCast(std::move(right), both, session);
  }
  ReadTextAsOther(op, left, right, session);
  if (!Align(left, right, session)) RefuseOperator(op, left, right, span, ComparisonHint(left, right));
  const SqlType type = SqlType::Of(TypeKind::kBoolean, left.type.nullable || right.type.nullable);
  const bool decimals = left.type.kind == TypeKind::kDecimal;
  ScalarImpl impl = CompareImpl(op, left.type, decimals ? left.type.scale : 0, decimals ? right.type.scale : 0);
  return CallExpr(op, type, Pair(std::move(left), std::move(right)), std::move(impl), span);
}

BoundExpr BindListed(BoundExpr value, BoundExpr listed, const Span& span, const Session& session) {
  if ((value.type.is_numeric() && listed.type.is_string()) || (value.type.is_string() && listed.type.is_numeric()))
    listed = BindCast(std::move(listed), value.type.Plain(), false, span, session);
  return BindComparison("=", std::move(value), std::move(listed), span, session);
}

BoundExpr BindDistinct(bool negated, BoundExpr left, BoundExpr right, const Span& span, const Session& session) {
  ReadTextAsOther("=", left, right, session);
  if (!Align(left, right, session)) RefuseOperator("IS DISTINCT FROM", left, right, span, ComparisonHint(left, right));
  const bool decimals = left.type.kind == TypeKind::kDecimal;
  const ScalarImpl equal = CompareImpl("=", left.type, decimals ? left.type.scale : 0, decimals ? right.type.scale : 0);
  return CallExpr(
      negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM", SqlType::Of(TypeKind::kBoolean, false),
      Pair(std::move(left), std::move(right)),
      [equal, negated](const EvalCall& call, ColumnVector& out) {
        equal(call, out);
        for (size_t i = 0; i < call.rows; ++i) {
          const bool a_null = call.args[0]->IsNull(i), b_null = call.args[1]->IsNull(i);
          const bool same = a_null || b_null ? a_null && b_null : out.bools()[i] != 0;
          out.MutableValues<uint8_t>()[i] = same == negated ? 1 : 0;
          out.mutable_nulls()[i] = 0;
        }
      },
      span);
}

}  // namespace cdc::sql
