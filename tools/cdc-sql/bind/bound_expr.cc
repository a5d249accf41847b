#include "tools/cdc-sql/bind/bound_expr.h"

#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

BoundExpr ColumnExpr(size_t column, std::string name, const SqlType& type, const Span& span) {
  BoundExpr expr;
  expr.kind = BoundExpr::Kind::kColumn;
  expr.column = column;
  expr.name = std::move(name);
  expr.type = type;
  expr.span = span;
  return expr;
}

BoundExpr LiteralExpr(Datum value, const SqlType& type, const Span& span) {
  BoundExpr expr;
  expr.literal = std::move(value);
  expr.type = type;
  expr.span = span;
  return expr;
}

BoundExpr BooleanLiteral(bool holds, const Span& span) {
  Datum datum;
  datum.is_null = false;
  datum.boolean = holds ? 1 : 0;
  return LiteralExpr(datum, SqlType::Of(TypeKind::kBoolean, false), span);
}

BoundExpr NullExpr(const SqlType& type, const Span& span) {
  return LiteralExpr(Datum{}, type.WithNullable(true), span);
}

BoundExpr CallExpr(std::string name, const SqlType& type, std::vector<BoundExpr> args, ScalarImpl impl,
                   const Span& span) {
  BoundExpr expr;
  expr.kind = BoundExpr::Kind::kCall;
  expr.name = std::move(name);
  expr.type = type;
  expr.type.rowtime = false;  // what is computed from a time attribute is an ordinary value
  expr.impl = std::move(impl);
  expr.span = span;
  for (const BoundExpr& arg : args) {
    expr.can_fail = expr.can_fail || arg.can_fail;
    expr.deterministic = expr.deterministic && arg.deterministic;
    expr.uses_watermark = expr.uses_watermark || arg.uses_watermark;
  }
  expr.args = std::move(args);
  return expr;
}

bool SameExpr(const BoundExpr& a, const BoundExpr& b) {
  if (a.kind != b.kind || a.name != b.name || !SameType(a.type, b.type) || a.args.size() != b.args.size()) return false;
  if (a.kind == BoundExpr::Kind::kColumn) return a.column == b.column;
  if (a.kind == BoundExpr::Kind::kLiteral) return a.literal == b.literal;
  if (!a.deterministic) return false;
  for (size_t i = 0; i < a.args.size(); ++i)
    if (!SameExpr(a.args[i], b.args[i])) return false;
  return true;
}

bool AnyNullable(const std::vector<BoundExpr>& args) {
  for (const BoundExpr& arg : args)
    if (arg.type.nullable) return true;
  return false;
}

void ForEachColumn(const BoundExpr& expr, const std::function<void(size_t)>& use) {
  if (expr.kind == BoundExpr::Kind::kColumn) use(expr.column);
  for (const BoundExpr& arg : expr.args) ForEachColumn(arg, use);
}

BoundExpr Substitute(const BoundExpr& expr, const std::vector<BoundExpr>& replacements) {
  if (expr.kind == BoundExpr::Kind::kColumn) return replacements[expr.column];
  BoundExpr copy;  // without the args, which are not copied twice
  copy.kind = expr.kind;
  copy.type = expr.type;
  copy.span = expr.span;
  copy.name = expr.name;
  copy.literal = expr.literal;
  copy.impl = expr.impl;
  copy.can_fail = expr.can_fail;
  copy.deterministic = expr.deterministic;
  copy.uses_watermark = expr.uses_watermark;
  copy.repeated = expr.repeated;
  copy.args.reserve(expr.args.size());
  for (const BoundExpr& arg : expr.args) {
    copy.args.push_back(Substitute(arg, replacements));
    const BoundExpr& put = copy.args.back();
    copy.can_fail = copy.can_fail || put.can_fail;
    copy.deterministic = copy.deterministic && put.deterministic;
    copy.uses_watermark = copy.uses_watermark || put.uses_watermark;
  }
  return copy;
}

std::string DatumText(const Datum& value, const SqlType& type) {
  if (value.is_null) return "NULL";
  ColumnVector column(type.physical());
  column.AppendDatum(value);
  std::string text;
  AppendValueText(text, column, 0, type);
  return text;
}

namespace {

std::string Joined(const std::vector<BoundExpr>& args, const char* separator) {
  std::string text;
  for (const BoundExpr& arg : args) text += (text.empty() ? "" : separator) + arg.Text();
  return text;
}

bool IsInfix(const std::string& name) {
  return !name.empty() && (std::string_view("+-*/%=<>|").find(name[0]) != std::string_view::npos || name == "LIKE");
}

}  // namespace

std::string BoundExpr::Text() const {
  switch (kind) {
    case Kind::kColumn: return name;
    case Kind::kLiteral:
      if (literal.is_null) return "NULL";
      if (type.is_string()) return "'" + literal.text + "'";
      return DatumText(literal, type);
    case Kind::kAnd: return "(" + Joined(args, " AND ") + ")";
    case Kind::kOr: return "(" + Joined(args, " OR ") + ")";
    case Kind::kCoalesce: return "COALESCE(" + Joined(args, ", ") + ")";
    case Kind::kCase: {
      std::string text = "CASE";
      for (size_t i = 0; i + 1 < args.size(); i += 2) text += " WHEN " + args[i].Text() + " THEN " + args[i + 1].Text();
      return text + " ELSE " + args.back().Text() + " END";
    }
    case Kind::kCall: break;
  }
  if (args.size() >= 2 && (args.size() == 2 || name == "||") && IsInfix(name))
    return "(" + Joined(args, (" " + name + " ").c_str()) + ")";
  return name + "(" + Joined(args, ", ") + ")";
}

}  // namespace cdc::sql
