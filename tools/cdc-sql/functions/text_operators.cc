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

bool MatchLike(std::string_view text, std::string_view pattern, int escape) {
  // Positions to come back to: just after the last %, and the text character it would take next.
  size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  const auto next = [&text](size_t at) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    return at;
  };
  while (t < text.size()) {
    bool matched = false;
    if (p < pattern.size()) {
      const bool escaped = escape >= 0 && static_cast<unsigned char>(pattern[p]) == escape && p + 1 < pattern.size();
      if (!escaped && pattern[p] == '%') {
        star = ++p;
        resume = t;
        continue;
      }
      if (!escaped && pattern[p] == '_') {
        t = next(t);
        ++p;
        matched = true;
      } else {
        const size_t literal = escaped ? p + 1 : p;
        if (pattern[literal] == text[t]) {
          ++t;
          p = literal + 1;
          matched = true;
        }
      }
    }
    if (matched) continue;
    if (star == std::string_view::npos) return false;
    resume = next(resume);
    t = resume;
    p = star;
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

void JoinTexts(const EvalCall& call, ColumnVector& out) {
  MergeNulls(call, out);
  std::vector<std::string_view>& values = out.MutableValues<std::string_view>();
  std::string text;
  for (size_t row = 0; row < call.rows; ++row) {
    if (out.IsNull(row)) continue;
    text.clear();
    for (const ColumnPtr& arg : call.args) text += arg->strings()[row];
    values[row] = out.arena().Copy(text);
  }
}

/// In a pattern that is a literal the escape character stands before %, _ or itself only.
void CheckEscapes(const BoundExpr& pattern, int escape) {
  if (pattern.kind != BoundExpr::Kind::kLiteral || escape < 0) return;
  const std::string& text = pattern.literal.text;
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) != escape) continue;
    ++i;
    if (i == text.size() || (text[i] != '%' && text[i] != '_' && static_cast<unsigned char>(text[i]) != escape))
      FailAt(pattern.span, "the escape character in '" + text + "' stands before a character that needs none",
             "it takes the meaning from %, _ and itself");
  }
}

}  // namespace

BoundExpr BindConcat(BoundExpr left, BoundExpr right, const Span& span, const Session&) {
  for (const BoundExpr* side : {&left, &right})
    if (side->type.kind == TypeKind::kNull)
      FailAt(side->span, "NULL has no type here", "CAST(NULL AS STRING) gives it one");
  if (!left.type.is_string() || !right.type.is_string())
    RefuseOperator("||", left, right, span, "|| joins texts: CAST(x AS STRING)");
  SqlType type = SqlType::String(left.type.nullable || right.type.nullable);
  if (left.type.precision != kMaxLength && right.type.precision != kMaxLength) {
    type.precision =
        static_cast<int>(std::min<int64_t>(int64_t{left.type.precision} + right.type.precision, kMaxLength));
    if (left.type.kind == TypeKind::kChar && right.type.kind == TypeKind::kChar) type.kind = TypeKind::kChar;
  }
  // One call for a chain of them.
  if (left.kind == BoundExpr::Kind::kCall && left.name == "||") {
    left.can_fail = left.can_fail || right.can_fail;
    left.deterministic = left.deterministic && right.deterministic;
    left.type = type;
    left.span = span;
    left.args.push_back(std::move(right));
    return left;
  }
  return CallExpr("||", type, Pair(std::move(left), std::move(right)), JoinTexts, span);
}

BoundExpr BindLike(bool negated, std::vector<BoundExpr> args, const Span& span) {
  for (const BoundExpr& arg : args)
    if (!arg.type.is_string()) FailAt(span, "LIKE needs texts, not " + TypeName(arg), "CAST(x AS STRING) makes a text");
  int escape = -1;
  if (args.size() == 3) {
    const BoundExpr& literal = args[2];
    if (literal.kind != BoundExpr::Kind::kLiteral || literal.literal.text.size() > 1)
      FailAt(args[2].span, "ESCAPE needs one ASCII character as literal");
    if (!literal.literal.text.empty()) escape = static_cast<unsigned char>(literal.literal.text[0]);
    CheckEscapes(args[1], escape);
    args.pop_back();
  }
  const SqlType type = SqlType::Of(TypeKind::kBoolean, AnyNullable(args));
  return CallExpr(std::string(negated ? "NOT LIKE" : "LIKE") + (escape < 0 ? "" : " ESCAPE " + std::to_string(escape)),
                  type, std::move(args),
                  Total<uint8_t, std::string_view, std::string_view>(
                      [escape, negated](std::string_view text, std::string_view pattern) {
                        return MatchLike(text, pattern, escape) != negated ? 1 : 0;
                      }),
                  span);
}

}  // namespace cdc::sql
