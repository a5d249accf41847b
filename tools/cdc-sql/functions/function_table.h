#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/cdc-sql/bind/bound_expr.h"
#include "tools/cdc-sql/bind/session.h"
#include "tools/cdc-sql/sql/ast.h"

namespace cdc::sql {

/// A call whose arguments are bound, on its way to becoming a BoundExpr.
struct FunctionCall {
  const Expr& ast;
  std::vector<BoundExpr> args;
  const Session& session;

  const Span& span() const { return ast.span; }
  SqlType type(size_t i) const { return args[i].type; }
  bool nullable() const { return AnyNullable(args); }
  /// Makes argument i a `target` where types allow it.
  void Want(size_t i, const SqlType& target);
  /// Argument i as STRING, DOUBLE, INT (BIGINT too) or the refusal of the call.
  void WantString(size_t i);
  void WantDouble(size_t i);
  void WantInteger(size_t i);
  /// All args as their common type, which is returned (nullable if one is).
  SqlType WantCommon(size_t from = 0);
  /// "UPPER cannot be applied to (INT)" with the signature as hint.
  [[noreturn]] void Refuse(const std::string& why = {}) const;
  BoundExpr Make(const SqlType& type, ScalarImpl impl);
};

struct FunctionEntry {
  const char* name;
  int min_args;
  int max_args;  ///< -1: any number
  const char* signature;
  BoundExpr (*bind)(FunctionCall&);
};

/// Null if there is none. `name` in upper case.
const FunctionEntry* FindFunction(const std::string& name);
/// The known name that is nearest to `name`, empty if none is near.
std::string NearestFunction(const std::string& name);
std::vector<const FunctionEntry*> AllFunctions();

/// What is written with symbols and words instead of a name.
BoundExpr BindArithmetic(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                         const Session& session);
/// (left - right) DAY TO SECOND, or MONTH and YEAR: an interval.
BoundExpr BindTimeBetween(BoundExpr left, BoundExpr right, bool months, const Span& span, const Session& session);
BoundExpr BindComparison(const std::string& op, BoundExpr left, BoundExpr right, const Span& span,
                         const Session& session);
/// value = listed, an element of IN (…), which is made of the value's kind.
BoundExpr BindListed(BoundExpr value, BoundExpr listed, const Span& span, const Session& session);
/// The = of NULLIF, whose texts the planner does not convert.
BoundExpr BindNullIfEqual(BoundExpr left, BoundExpr right, const Span& span, const Session& session);
BoundExpr BindConcat(BoundExpr left, BoundExpr right, const Span& span, const Session& session);
BoundExpr BindNegate(BoundExpr value, const Span& span);
BoundExpr BindNot(BoundExpr value, const Span& span);
BoundExpr BindIs(const std::string& what, bool negated, BoundExpr value, const Span& span);
BoundExpr BindDistinct(bool negated, BoundExpr left, BoundExpr right, const Span& span, const Session& session);
BoundExpr BindLike(bool negated, std::vector<BoundExpr> args, const Span& span);
BoundExpr BindLogic(bool is_and, BoundExpr left, BoundExpr right, const Span& span);
/// CASE: when, then, …, else.
BoundExpr BindCase(std::vector<BoundExpr> args, const Span& span, const Session& session);
BoundExpr BindCoalesce(std::vector<BoundExpr> args, const Span& span, const Session& session);

std::vector<FunctionEntry> NumberFunctions();
std::vector<FunctionEntry> StringFunctions();
std::vector<FunctionEntry> TimeFunctions();
std::vector<FunctionEntry> TimeTextFunctions();
std::vector<FunctionEntry> ConditionalFunctions();
std::vector<FunctionEntry> RegexFunctions();
std::vector<FunctionEntry> RandomFunctions();
std::vector<FunctionEntry> TextFunctions();
std::vector<FunctionEntry> CaseFunctions();
std::vector<FunctionEntry> EncodingFunctions();
std::vector<FunctionEntry> HashFunctions();
std::vector<FunctionEntry> UrlFunctions();
std::vector<FunctionEntry> JsonQueryFunctions();
std::vector<FunctionEntry> JsonFunctions();
/// SIMILAR TO: value, pattern [, escape].
BoundExpr BindSimilar(bool negated, std::vector<BoundExpr> args, const Span& span);

}  // namespace cdc::sql
