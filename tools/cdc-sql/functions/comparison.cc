#include <algorithm>
#include <cmath>
#include <cstring>

#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/operator_parts.h"
#include "tools/cdc-sql/run/expr_eval.h"
#include "tools/cdc-sql/run/nested.h"
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

/// Whether the DECIMAL that two exact numbers have in common has fewer digits behind the point than one of them.
bool LosesDigits(const SqlType& a, const SqlType& b) {
  return CommonType(a, b)->scale < std::max(AsDecimal(a).scale, AsDecimal(b).scale);
}

/// Brings two operands of a comparison to one type; false if that cannot be done silently. The planner makes one type
/// of the operands of = and <> (`equality`) and leaves those of the others, also of IS DISTINCT FROM, as they are.
bool Align(bool equality, BoundExpr& left, BoundExpr& right, const Session& session) {
  if (left.type.is_approximate() && right.type.is_approximate()) {
    const SqlType both = SqlType::Of(equality ? left.type.kind : TypeKind::kDouble);
    left = ImplicitCast(std::move(left), both, session);
    right = ImplicitCast(std::move(right), both, session);
    return true;
  }
  if (left.type.is_timestamp() && right.type.is_timestamp() && left.type.kind != right.type.kind) {
    SqlType both = LeastRestrictiveType(left.type, right.type)->WithNullable(true);
    // The job takes both as the one with more digits, of two alike as the second.
    if (!equality) both.kind = left.type.precision > right.type.precision ? left.type.kind : right.type.kind;
    left = ImplicitCast(std::move(left), both, session);
    right = ImplicitCast(std::move(right), both, session);
    return true;
  }
  if (left.type.is_exact() && right.type.is_exact() && !(left.type.is_integer() && right.type.is_integer())) {
    if (equality && LosesDigits(left.type, right.type)) {
      const SqlType both = *CommonType(left.type, right.type);
      left = BindCast(left, both, false, left.span, session);
      right = BindCast(right, both, false, right.span, session);
      return true;
    }
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

/// What a text beside a value of type `other` is read as where the order of the two is asked for: a whole number has at
/// least the digits of a BIGINT, so that a text of more digits than the column's type has is no error (Calcite).
SqlType ReadAs(const SqlType& other) {
  return other.is_exact() ? *CommonType(other, SqlType::Of(TypeKind::kBigint)) : other;
}

/// A text beside a condition is read as one, as is a text beside a number where the order of the two is asked for; =
/// and <> of a number and a text are refused, as Flink refuses them. Beside a date or time a text is read as one too;
/// where = asks for it, a text that is none is NULL.
void ReadTextAsOther(const std::string& op, BoundExpr& left, BoundExpr& right, const Session& session) {
  const bool order = op != "=" && op != "<>";
  const auto adapt = [&](BoundExpr& text, BoundExpr& other) {
    if (!text.type.is_string()) return;
    const bool moment = other.type.is_datetime(), literal = text.kind == BoundExpr::Kind::kLiteral;
    if (!moment && other.type.kind != TypeKind::kBoolean && !(order && other.type.is_numeric())) return;
    const SqlType both = ReadAs(other.type);
    text = BindCast(text, both.WithNullable(text.type.nullable), moment && !order && !literal, text.span, session);
    if (both.kind == TypeKind::kDecimal)
      other = ImplicitCast(std::move(other), both.WithNullable(other.type.nullable), session);
  };
  adapt(left, right);
  adapt(right, left);
}

/// Flink's = compares a text and an interval as objects of two classes; likewise a text and a condition where the
/// planner does not convert the text (NULLIF, IS DISTINCT FROM).
bool NeverEqual(const BoundExpr& left, const BoundExpr& right, bool conditions) {
  const auto unlike = [conditions](const SqlType& text, const SqlType& other) {
    return text.is_string() && (other.is_interval() || (conditions && other.kind == TypeKind::kBoolean));
  };
  return unlike(left.type, right.type) || unlike(right.type, left.type);
}

BoundExpr ConstantComparison(const std::string& op, BoundExpr left, BoundExpr right, const Span& span) {
  const SqlType type = SqlType::Of(TypeKind::kBoolean, left.type.nullable || right.type.nullable);
  const uint8_t holds = op == "<>" ? 1 : 0;
  return CallExpr(
      op, type, Pair(std::move(left), std::move(right)),
      [holds](const EvalCall& call, ColumnVector& out) {
        MergeNulls(call, out);
        std::vector<uint8_t>& values = out.MutableValues<uint8_t>();
        std::fill(values.begin(), values.end(), holds);
      },
      span);
}

bool AreTextAndCondition(const SqlType& a, const SqlType& b) {
  return (a.is_string() && b.kind == TypeKind::kBoolean) || (b.is_string() && a.kind == TypeKind::kBoolean);
}

/// = and <> of a text and a condition: a text that is none equals neither.
BoundExpr CompareWithCondition(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                               const Session& session) {
  const SqlType type = SqlType::Of(TypeKind::kBoolean, left.type.nullable || right.type.nullable);
  const bool equal = op == "=";
  BoundExpr text = left.type.is_string() ? left : right;
  BoundExpr read = BindCast(text, SqlType::Of(TypeKind::kBoolean), true, text.span, session);
  std::vector<BoundExpr> args = Pair(std::move(text), std::move(left.type.kind == TypeKind::kBoolean ? left : right));
  args.push_back(std::move(read));
  return CallExpr(
      op, type, std::move(args),
      [equal](const EvalCall& call, ColumnVector& out) {
        out.Resize(call.rows);
        const ColumnVector &words = *call.args[0], &condition = *call.args[1], &meant = *call.args[2];
        for (size_t i = 0; i < call.rows; ++i) {
          const bool same = !meant.IsNull(i) && (meant.bools()[i] != 0) == (condition.bools()[i] != 0);
          out.MutableValues<uint8_t>()[i] = same == equal ? 1 : 0;
          out.mutable_nulls()[i] = words.IsNull(i) || condition.IsNull(i) ? 1 : 0;
        }
      },
      span);
}

std::string ComparisonHint(const BoundExpr& left, const BoundExpr& right) {
  const bool left_text = left.type.is_string(), right_text = right.type.is_string();
  if (left_text != right_text)
    return "text and numbers are not converted silently: CAST(x AS " +
           (left_text ? right : left).type.Plain().WithNullable(true).Text() + ") or CAST(x AS STRING)";
  return "bring both sides to one type with CAST";
}

bool IsRowCall(const BoundExpr& expr) {
  return expr.kind == BoundExpr::Kind::kCall && expr.type.kind == TypeKind::kRow && expr.name == "ROW";
}

/// CAST(ROW(…) AS ROW<…>), which the planner makes a ROW of CASTs.
bool IsCastRow(const BoundExpr& expr) {
  return expr.kind == BoundExpr::Kind::kCall && expr.type.kind == TypeKind::kRow && expr.args.size() == 1 &&
         expr.name.starts_with("CAST ") && IsRowCall(expr.args[0]);
}

/// The fields of a ROW(…), also of one with CAST around it.
std::vector<BoundExpr> RowFields(BoundExpr row, const Session& session) {
  if (IsRowCall(row)) return std::move(row.args);
  std::vector<BoundExpr> fields = std::move(row.args[0].args);
  for (size_t i = 0; i < fields.size(); ++i) {
    const Span span = fields[i].span;
    fields[i] = BindCast(std::move(fields[i]), row.type.children[i], false, span, session);
  }
  return fields;
}

/// Two ROW(…), which = compares field by field so that a NULL leaves open what no other field decides (Calcite). <>,
/// rows within them and columns of rows are compared as values instead, in which two NULLs are the same.
bool AreRows(const BoundExpr& left, const BoundExpr& right) {
  const auto is_row = [](const BoundExpr& expr) { return IsRowCall(expr) || IsCastRow(expr); };
  return is_row(left) && is_row(right) && left.type.children.size() == right.type.children.size() &&
         !left.type.children.empty();
}

/// Two maps or multisets, in whichever order their entries are kept. As in Flink a value that is NULL equals none.
bool SameEntries(std::string_view a, std::string_view b, const SqlType& type) {
  const auto entries = [&type](std::string_view bytes) {
    const std::vector<std::string_view> parts = SplitNested(bytes, type);
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    for (size_t i = 0; i + 1 < parts.size(); i += 2) pairs.emplace_back(parts[i], parts[i + 1]);
    std::sort(pairs.begin(), pairs.end());
    return pairs;
  };
  const auto first = entries(a);
  const auto is_null = [](const auto& pair) { return pair.second[0] == '\0'; };
  return first == entries(b) && std::none_of(first.begin(), first.end(), is_null);
}

/// Arrays, maps and rows as values.
BoundExpr CompareNested(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                        const Session& session) {
  const std::optional<SqlType> both = CommonType(left.type, right.type);
  if (!both) RefuseOperator(op, left, right, span, "the parts are of different types");
  const bool nullable = left.type.nullable || right.type.nullable, equal = op == "=";
  left = ImplicitCast(std::move(left), *both, session);
  right = ImplicitCast(std::move(right), *both, session);
  const bool entries = both->kind == TypeKind::kMap || both->kind == TypeKind::kMultiset;
  const auto compare = [equal, entries, type = *both](std::string_view a, std::string_view b) {
    return (entries ? SameEntries(a, b, type) : a == b) == equal ? 1 : 0;
  };
  return CallExpr(op, SqlType::Of(TypeKind::kBoolean, nullable), Pair(std::move(left), std::move(right)),
                  Total<uint8_t, std::string_view, std::string_view>(compare), span);
}

BoundExpr CompareFields(BoundExpr left, BoundExpr right, const Span& span, const Session& session) {
  if (!CommonType(left.type, right.type)) RefuseOperator("=", left, right, span, "the parts are of different types");
  std::optional<BoundExpr> all;
  std::vector<BoundExpr> left_fields = RowFields(std::move(left), session);
  std::vector<BoundExpr> right_fields = RowFields(std::move(right), session);
  for (size_t i = 0; i < left_fields.size(); ++i) {
    BoundExpr &a = left_fields[i], &b = right_fields[i];
    BoundExpr equal = AreRows(a, b) ? CompareNested("=", std::move(a), std::move(b), span, session)
                                    : BindComparison("=", std::move(a), std::move(b), span, session);
    all = all ? BindLogic(true, std::move(*all), std::move(equal), span) : std::move(equal);
  }
  return std::move(*all);
}

}  // namespace

BoundExpr BindComparison(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                         const Session& session) {
  if (left.type.is_nested() && right.type.is_nested() && (op == "=" || op == "<>"))
    return op == "=" && AreRows(left, right) ? CompareFields(std::move(left), std::move(right), span, session)
                                             : CompareNested(op, std::move(left), std::move(right), span, session);
  const bool equality = op == "=" || op == "<>";
  // A value beside itself is decided without comparing.
  if (!equality && left.type.is_nested() && right.type.is_nested() && !SameExpr(left, right))
    RefuseOperator(op, left, right, span, "arrays, maps and rows have no order, compare their parts");
  if (equality && NeverEqual(left, right, false))
    return ConstantComparison(op, std::move(left), std::move(right), span);
  if (equality && AreTextAndCondition(left.type, right.type))
    return CompareWithCondition(op, std::move(left), std::move(right), span, session);
  ReadTextAsOther(op, left, right, session);
  if (!Align(equality, left, right, session)) RefuseOperator(op, left, right, span, ComparisonHint(left, right));
  const SqlType type = SqlType::Of(TypeKind::kBoolean, left.type.nullable || right.type.nullable);
  const bool decimals = left.type.kind == TypeKind::kDecimal;
  ScalarImpl impl = CompareImpl(op, left.type, decimals ? left.type.scale : 0, decimals ? right.type.scale : 0);
  return CallExpr(op, type, Pair(std::move(left), std::move(right)), std::move(impl), span);
}

BoundExpr BindListed(BoundExpr value, BoundExpr listed, const Span& span, const Session& session) {
  // What is listed becomes of the value's kind (Calcite's ensureSqlType): 12.34 is 12 beside an INT, a date a text
  // beside a text.
  const auto plain = [](const SqlType& type) {
    return type.is_numeric() || type.is_string() || type.is_datetime() || type.is_interval() ||
           type.kind == TypeKind::kBoolean;
  };
  const SqlType to = value.type.Plain(), from = listed.type;
  const bool alike = to.kind == from.kind || (to.kind == TypeKind::kVarchar && from.kind == TypeKind::kChar);
  const bool comparable = (to.is_numeric() && from.is_numeric()) || to.is_string() || from.is_string() ||
                          (to.is_timestamp() && from.is_timestamp());
  const bool bytes = to.is_binary() && from.is_binary();
  if (!alike && (bytes || (comparable && plain(to) && plain(from))))
    listed = BindCast(std::move(listed), to, false, span, session);
  return BindComparison("=", std::move(value), std::move(listed), span, session);
}

BoundExpr BindNullIfEqual(BoundExpr left, BoundExpr right, const Span& span, const Session& session) {
  if (NeverEqual(left, right, true)) return ConstantComparison("=", std::move(left), std::move(right), span);
  return BindComparison("=", std::move(left), std::move(right), span, session);
}

BoundExpr BindDistinct(bool negated, BoundExpr left, BoundExpr right, const Span& span, const Session& session) {
  // A text that is read as a moment counts as NULL only where it is NULL itself: it stays as a third argument.
  const bool read_left = left.type.is_string() && right.type.is_datetime();
  const bool read_right = right.type.is_string() && left.type.is_datetime();
  const size_t a_nulls = read_left ? 2 : 0, b_nulls = read_right ? 2 : 1;
  const BoundExpr text = read_left ? left : right;
  ScalarImpl equal;
  if (NeverEqual(left, right, true)) {
    equal = ConstantComparison("=", left, right, span).impl;
  } else {
    ReadTextAsOther("=", left, right, session);
    if (!Align(false, left, right, session))
      RefuseOperator("IS DISTINCT FROM", left, right, span, ComparisonHint(left, right));
    const bool decimals = left.type.kind == TypeKind::kDecimal;
    equal = CompareImpl("=", left.type, decimals ? left.type.scale : 0, decimals ? right.type.scale : 0);
  }
  std::vector<BoundExpr> args = Pair(std::move(left), std::move(right));
  if (read_left || read_right) args.push_back(text);
  return CallExpr(
      negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM", SqlType::Of(TypeKind::kBoolean, false), std::move(args),
      [equal, negated, a_nulls, b_nulls](const EvalCall& call, ColumnVector& out) {
        equal(call, out);
        for (size_t i = 0; i < call.rows; ++i) {
          const bool a_null = call.args[a_nulls]->IsNull(i), b_null = call.args[b_nulls]->IsNull(i);
          const bool same = a_null || b_null ? a_null && b_null : !out.IsNull(i) && out.bools()[i] != 0;
          out.MutableValues<uint8_t>()[i] = same == negated ? 1 : 0;
          out.mutable_nulls()[i] = 0;
        }
      },
      span);
}

}  // namespace cdc::sql
