#include "tools/cdc-sql/bind/expr_binder.h"

#include <algorithm>

#include "common/nearest.h"
#include "tools/cdc-sql/functions/cast.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/functions/nested_values.h"

namespace cdc::sql {

namespace {

/// What MATCH_RECOGNIZE has of its own, and what has a meaning of its own in it.
bool IsMatchFunction(const std::string& name) {
  for (const char* known :
       {"FIRST", "LAST", "PREV", "NEXT", "MATCH_ROWTIME", "MATCH_PROCTIME", "MATCH_NUMBER", "CLASSIFIER"})
    if (name == known) return true;
  return IsAggregateFunction(name);
}

/// Units of INTERVAL YEAR TO MONTH.
bool IsMonths(const std::string& unit) {
  return unit == "MONTH" || unit == "QUARTER" || unit == "YEAR";
}

/// Length of a literal as its type counts it: in UTF-16 units.
int64_t CountUnits(const std::string& text) {
  int64_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xC0) == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

}  // namespace

/// Spares the comparison with keys where there is no key but columns.
bool ExprBinder::MayBeKey(const Expr& expr) const {
  if (expr.kind == ExprKind::kColumn) return true;
  return std::any_of(grouping_->keys.begin(), grouping_->keys.end(),
                     [](const BoundExpr& key) { return key.kind != BoundExpr::Kind::kColumn; });
}

BoundExpr ExprBinder::Bind(const Expr& expr) {
  if (grouping_ == nullptr || ContainsAggregate(expr) || !MayBeKey(expr)) return BindNode(expr);
  // Either a key as a whole, or something made of keys.
  if (expr.kind == ExprKind::kCall && (expr.over || BindWindowBound(expr) || expr.text.rfind("GROUP", 0) == 0))
    return BindNode(expr);
  ExprBinder plain(scope_, session_);
  plain.SetScalars(scalars_);
  if (ContainsOver(expr)) return BindNode(expr);
  BoundExpr bound = plain.Bind(expr);
  for (size_t i = 0; i < grouping_->keys.size(); ++i)
    if (SameExpr(bound, grouping_->keys[i])) {
      // In a grouping set without the key it is NULL.
      const SqlType type = bound.type.WithNullable(bound.type.nullable || grouping_->keys[i].type.nullable);
      return ColumnExpr(i, grouping_->key_names[i], type, expr.span);
    }
  if (expr.kind == ExprKind::kColumn && bound.kind == BoundExpr::Kind::kCall) {  // a field of a key
    Expr outer;
    outer.kind = ExprKind::kColumn;
    outer.span = expr.span;
    outer.name = expr.name;
    outer.name.parts.pop_back();
    return BindField(Bind(outer), expr.name.last(), expr.span);
  }
  if (expr.kind == ExprKind::kColumn)
    FailAt(expr.span, "column '" + expr.name.last() + "' is neither grouped nor inside an aggregate",
           "add it to GROUP BY, or write MAX(" + expr.name.last() + ")");
  return BindNode(expr);
}

BoundExpr ExprBinder::BindCondition(const Expr& expr, const char* clause) {
  BoundExpr bound = Bind(expr);
  if (bound.type.kind == TypeKind::kNull) return NullExpr(SqlType::Of(TypeKind::kBoolean), expr.span);
  if (bound.type.kind != TypeKind::kBoolean)
    FailAt(expr.span, std::string(clause) + " needs a condition, not " + bound.type.Plain().WithNullable(true).Text(),
           "compare it with something: x <> 0");
  return bound;
}

BoundExpr ExprBinder::BindNode(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kColumn: {
      const Scope::Path path = scope_.ResolvePath(expr.name);
      const Scope::Column& column = scope_.columns[path.column];
      BoundExpr value = ColumnExpr(path.column, column.name, column.type, expr.span);
      for (const std::string& field : path.fields) value = BindField(std::move(value), field, expr.span);
      return value;
    }
    case ExprKind::kStar: FailAt(expr.span, "* stands for all columns in SELECT and in COUNT(*) only");
    case ExprKind::kNumber: return BindNumber(expr, false);
    case ExprKind::kString:
    case ExprKind::kBytes: {
      Datum datum;
      datum.is_null = false;
      datum.text = expr.text;
      const bool text = expr.kind == ExprKind::kString;
      const int64_t length = text ? CountUnits(expr.text) : static_cast<int64_t>(expr.text.size());
      return LiteralExpr(std::move(datum),
                         SqlType::Of(text ? TypeKind::kChar : TypeKind::kBinary, false, static_cast<int>(length)),
                         expr.span);
    }
    case ExprKind::kBoolean: {
      Datum datum;
      datum.is_null = false;
      datum.boolean = expr.text == "TRUE" ? 1 : 0;
      return LiteralExpr(std::move(datum), SqlType::Of(TypeKind::kBoolean, false), expr.span);
    }
    case ExprKind::kNull: {
      BoundExpr null = NullExpr(SqlType::Of(expr.text == "UNKNOWN" ? TypeKind::kBoolean : TypeKind::kNull), expr.span);
      return null;
    }
    case ExprKind::kDate:
    case ExprKind::kTime:
    case ExprKind::kTimestamp: return BindTemporal(expr);
    case ExprKind::kInterval: return BindInterval(expr);
    case ExprKind::kUnary: return BindUnary(expr);
    case ExprKind::kBinary: return BindBinary(expr);
    case ExprKind::kIs: return BindIs(expr.text, expr.negated, Bind(*expr.args[0]), expr.span);
    case ExprKind::kIsDistinct:
      return BindDistinct(expr.negated, Bind(*expr.args[0]), Bind(*expr.args[1]), expr.span, session_);
    case ExprKind::kBetween: return BindBetween(expr);
    case ExprKind::kIn: return BindIn(expr);
    case ExprKind::kLike: {
      std::vector<BoundExpr> args = BindAll(expr);
      if (expr.text != "LIKE") return BindSimilar(expr.negated, std::move(args), expr.span);
      return BindLike(expr.negated, std::move(args), expr.span);
    }
    case ExprKind::kCase: return BindCaseNode(expr);
    case ExprKind::kCast: return BindCastTo(expr);
    case ExprKind::kCall: return BindCall(expr);
    case ExprKind::kInQuery:
    case ExprKind::kQuantified:
    case ExprKind::kExists:
      if (scalars_ != nullptr && scalars_->count(&expr) != 0 && grouping_ == nullptr) {
        const size_t column = scalars_->at(&expr).column;
        return ColumnExpr(column, scope_.columns[column].name, scope_.columns[column].type, expr.span);
      }
      FailAt(expr.span, "sub-queries in conditions are not available here",
             "a JOIN with (SELECT DISTINCT key FROM …) does what IN (SELECT …) does");
    case ExprKind::kScalarQuery:
      if (scalars_ != nullptr && scalars_->count(&expr) != 0) {
        const ScalarColumn& scalar = scalars_->at(&expr);
        const Scope::Column& column = scope_.columns[scalar.column];
        BoundExpr value = ColumnExpr(scalar.column, column.name, column.type, expr.span);
        return grouping_ != nullptr ? BindGroupedScalar(std::move(value), scalar, expr) : value;
      }
      FailAt(expr.span, "sub-queries inside expressions are not available", "put the query into FROM and join with it");
    case ExprKind::kRow: return BindRow(BindAll(expr), expr.span);
    case ExprKind::kArray: return BindArray(BindAll(expr), expr.span, session_);
    case ExprKind::kMap: return BindMap(BindAll(expr), expr.span, session_);
    case ExprKind::kElement: return BindElement(Bind(*expr.args[0]), Bind(*expr.args[1]), expr.span, session_);
    case ExprKind::kField: return BindField(Bind(*expr.args[0]), expr.text, expr.span);
    case ExprKind::kArgument: FailAt(expr.span, "name => value is for arguments of table functions");
    case ExprKind::kNamedUnit: break;
  }
  FailAt(expr.span, "a time unit stands alone");
}

std::vector<BoundExpr> ExprBinder::BindAll(const Expr& expr) {
  std::vector<BoundExpr> args;
  for (const ExprPtr& arg : expr.args) args.push_back(Bind(*arg));
  return args;
}

BoundExpr ExprBinder::BindUnary(const Expr& expr) {
  const Expr& operand = *expr.args[0];
  if (expr.text == "NOT") {
    BoundExpr value = Bind(operand);
    if (value.type.kind == TypeKind::kNull)
      FailAt(operand.span, "NULL has no type here", "CAST(NULL AS BOOLEAN) gives it one");
    return BindNot(std::move(value), expr.span);
  }
  if (expr.text == "-" && operand.kind == ExprKind::kNumber) {
    BoundExpr number = BindNumber(operand, true);
    if (number.type.kind == TypeKind::kDouble) return BindNegate(std::move(number), expr.span);
    number.span = expr.span;
    return number;
  }
  BoundExpr value = Bind(operand);
  if (value.type.kind == TypeKind::kNull)
    FailAt(operand.span, "NULL has no type here", "CAST(NULL AS INT) gives it one");
  if (expr.text == "-") return BindNegate(std::move(value), expr.span);
  if (!value.type.is_numeric() && !value.type.is_interval())
    FailAt(expr.span, "+ cannot be applied to " + value.type.Text());
  return value;
}

BoundExpr ExprBinder::BindOverlaps(const Expr& expr) {
  const Expr* periods[] = {expr.args[0].get(), expr.args[1].get()};
  if (periods[1]->kind != ExprKind::kRow || periods[1]->args.size() != 2)
    FailAt(periods[1]->span, "OVERLAPS takes two periods", "(from, to) OVERLAPS (from, to)");
  // The second part of a period is its end, or how long it lasts; the ends may be the wrong way round.
  BoundExpr from[2], to[2];
  for (size_t i = 0; i < 2; ++i) {
    const BoundExpr start = Bind(*periods[i]->args[0]);
    BoundExpr end = Bind(*periods[i]->args[1]);
    if (end.type.is_interval()) end = BindArithmetic("+", start, std::move(end), expr.span, session_);
    // Which of them comes first is not known of NULL: then the second part counts as the start, as in Flink.
    const auto pick = [&](const BoundExpr& in_order, const BoundExpr& otherwise) {
      std::vector<BoundExpr> args;
      args.push_back(BindComparison("<=", start, end, expr.span, session_));
      args.push_back(in_order);
      args.push_back(otherwise);
      return BindCase(std::move(args), expr.span, session_);
    };
    from[i] = pick(start, end);
    to[i] = pick(end, start);
  }
  return BindLogic(true, BindComparison(">=", to[0], from[1], expr.span, session_),
                   BindComparison(">=", to[1], from[0], expr.span, session_), expr.span);
}

BoundExpr ExprBinder::BindBinary(const Expr& expr) {
  if (expr.text == "OVERLAPS") return BindOverlaps(expr);
  if (!expr.unit.empty())
    return BindTimeBetween(Bind(*expr.args[0]), Bind(*expr.args[1]), IsMonths(expr.unit), expr.span, session_);
  // Down the left side in a loop: 1 + 1 + 1 … is as deep as it is long.
  const auto is_plain = [](const Expr& node) {
    return node.kind == ExprKind::kBinary && node.args.size() == 2 && node.unit.empty() && node.text != "OVERLAPS";
  };
  if (grouping_ == nullptr && is_plain(expr) && is_plain(*expr.args[0])) {
    std::vector<const Expr*> spine;
    const Expr* at = &expr;
    for (; is_plain(*at); at = at->args[0].get()) spine.push_back(at);
    BoundExpr value = Bind(*at);
    for (auto node = spine.rbegin(); node != spine.rend(); ++node)
      value = Combine(**node, std::move(value), Bind(*(*node)->args[1]));
    return value;
  }
  BoundExpr value = Bind(*expr.args[0]);
  for (size_t i = 1; i < expr.args.size(); ++i) value = Combine(expr, std::move(value), Bind(*expr.args[i]));
  return value;
}

BoundExpr ExprBinder::Combine(const Expr& expr, BoundExpr left, BoundExpr right) {
  const std::string& op = expr.text;
  if (op == "AND" || op == "OR") return BindLogic(op == "AND", std::move(left), std::move(right), expr.span);
  if (op == "||") return BindConcat(std::move(left), std::move(right), expr.span, session_);
  if (op == "=" || op == "<>" || op == "<" || op == "<=" || op == ">" || op == ">=")
    return BindComparison(op, std::move(left), std::move(right), expr.span, session_);
  return BindArithmetic(op, std::move(left), std::move(right), expr.span, session_);
}

BoundExpr ExprBinder::BindBetween(const Expr& expr) {
  const BoundExpr value = Bind(*expr.args[0]), low = Bind(*expr.args[1]), high = Bind(*expr.args[2]);
  const auto range = [&](const BoundExpr& from, const BoundExpr& to) {
    return BindLogic(true, BindComparison(">=", value, from, expr.span, session_),
                     BindComparison("<=", value, to, expr.span, session_), expr.span);
  };
  BoundExpr inside = range(low, high);
  if (expr.text == "SYMMETRIC") inside = BindLogic(false, std::move(inside), range(high, low), expr.span);
  return expr.negated ? BindNot(std::move(inside), expr.span) : inside;
}

/// (a, b) IN ((1, 2), …): the fields are compared one by one, so that a NULL leaves it open.
BoundExpr ExprBinder::BindListedRow(const Expr& value, const Expr& listed) {
  std::optional<BoundExpr> all;
  for (size_t i = 0; i < value.args.size(); ++i) {
    BoundExpr equal = BindListed(Bind(*value.args[i]), Bind(*listed.args[i]), listed.args[i]->span, session_);
    all = all ? BindLogic(true, std::move(*all), std::move(equal), listed.span) : std::move(equal);
  }
  return std::move(*all);
}

/// `common`: what the values before it have in common.
BoundExpr ExprBinder::BindOne(const BoundExpr& value, const Expr& listed, SqlType* common) {
  BoundExpr one = Bind(listed);
  const std::optional<SqlType> both = LeastRestrictiveType(*common, one.type);
  if (!both) FailAt(listed.span, "the values of the list are of different types", "CAST one of them");
  *common = *both;
  return BindListed(value, std::move(one), listed.span, session_);
}

BoundExpr ExprBinder::BindIn(const Expr& expr) {
  const Expr& first = *expr.args[0];
  const BoundExpr value = Bind(first);
  std::optional<BoundExpr> any;
  SqlType common = SqlType::Of(TypeKind::kNull);
  for (size_t i = 1; i < expr.args.size(); ++i) {
    const Expr& listed = *expr.args[i];
    const bool rows = first.kind == ExprKind::kRow && listed.kind == ExprKind::kRow && !first.args.empty() &&
                      first.args.size() == listed.args.size();
    BoundExpr equal = rows ? BindListedRow(first, listed) : BindOne(value, listed, &common);
    any = any ? BindLogic(false, std::move(*any), std::move(equal), expr.span) : std::move(equal);
  }
  return expr.negated ? BindNot(std::move(*any), expr.span) : std::move(*any);
}

BoundExpr ExprBinder::BindCaseNode(const Expr& expr) {
  std::vector<BoundExpr> args;
  size_t at = 0;
  std::optional<BoundExpr> operand;
  if (expr.has_operand) operand = Bind(*expr.args[at++]);
  const size_t end = expr.args.size() - (expr.has_else ? 1 : 0);
  for (; at + 1 < end + 1 && at < end; at += 2) {
    const Expr& when = *expr.args[at];
    if (!operand) {
      args.push_back(Bind(when));
    } else if (when.kind == ExprKind::kRow && when.text == "LIST") {
      std::optional<BoundExpr> any;
      for (const ExprPtr& one : when.args) {
        BoundExpr equal = BindComparison("=", *operand, Bind(*one), one->span, session_);
        any = any ? BindLogic(false, std::move(*any), std::move(equal), when.span) : std::move(equal);
      }
      args.push_back(std::move(*any));
    } else {
      args.push_back(BindComparison("=", *operand, Bind(when), when.span, session_));
    }
    args.push_back(Bind(*expr.args[at + 1]));
  }
  args.push_back(expr.has_else ? Bind(*expr.args.back()) : NullExpr(SqlType::Of(TypeKind::kNull), expr.span));
  return BindCase(std::move(args), expr.span, session_);
}

BoundExpr ExprBinder::BindCall(const Expr& expr) {
  if (expr.over) return BindOver(expr);
  if (grouping_ != nullptr && IsGroupingFunction(expr.text)) return BindGroupingId(expr);
  if (std::optional<BoundExpr> bound = BindWindowBound(expr)) return std::move(*bound);
  if (match_ != nullptr && IsMatchFunction(expr.text)) return BindMatchCall(expr);
  if (IsAggregateFunction(expr.text)) return BindAggregate(expr);
  const FunctionEntry* entry = FindFunction(expr.text);
  if (entry == nullptr) {
    if (expr.text.rfind("BITMAP_", 0) == 0)
      FailAt(expr.span, "the function " + expr.text + " is not available, nor is the type BITMAP",
             "COUNT(DISTINCT x) counts, ARRAY_AGG(DISTINCT x) collects");
    if (expr.text == "OBJECT_OF" || expr.text == "OBJECT_UPDATE")
      FailAt(expr.span, "the function " + expr.text + " is not available, nor are STRUCTURED types",
             "CAST(ROW(x, y) AS ROW<a INT, b STRING>) names values");
    std::string near = NearestName(expr.text, AggregateFunctions(), std::max<size_t>(1, expr.text.size() / 4));
    if (near.empty()) near = NearestFunction(expr.text);
    const std::string written(expr.span.text());
    FailAt(
        expr.span, "there is no function " + written.substr(0, written.find('(')),
        near.empty() ? "cdc-sql --functions lists them; one of your own would run in a Java VM" : "there is " + near);
  }
  if (expr.star || expr.distinct || expr.filter)
    FailAt(expr.span, expr.text + " is no aggregate: it takes neither *, DISTINCT nor FILTER");
  const auto count = static_cast<int>(expr.args.size());
  if (count < entry->min_args || (entry->max_args >= 0 && count > entry->max_args))
    FailAt(expr.span, expr.text + " does not take " + std::to_string(count) + (count == 1 ? " argument" : " arguments"),
           std::string("it is used as ") + entry->signature);
  FunctionCall call{expr, {}, session_};
  for (const ExprPtr& arg : expr.args) {
    if (arg->kind == ExprKind::kNamedUnit) {
      Datum unit;
      unit.is_null = false;
      unit.text = arg->text;
      call.args.push_back(LiteralExpr(std::move(unit), SqlType::String(false), arg->span));
    } else {
      call.args.push_back(Bind(*arg));
    }
  }
  return entry->bind(call);
}

}  // namespace cdc::sql
