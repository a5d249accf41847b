#pragma once

#include "tools/cdc-sql/sql/token_stream.h"

namespace cdc::sql {

/// How a parser of expressions gets at queries inside them.
class QueryParser {
 public:
  virtual ~QueryParser() = default;
  virtual QueryPtr ParseQuery() = 0;
};

/// Expressions and types, by precedence climbing: OR, AND, NOT, IS / comparison / BETWEEN / IN / LIKE, + -, * / % ||,
/// unary, primary.
class ExprParser {
 public:
  /// Levels of an expression's tree: 1 + 1 + 1 … has one for each operator.
  static constexpr int kMaxDepth = 500;

  ExprParser(TokenStream& tokens, QueryParser& queries) : tokens_(tokens), queries_(queries) {}

  ExprPtr ParseExpr();
  SqlType ParseType();
  /// What follows ORDER BY.
  std::vector<OrderItem> ParseOrderItems();
  /// "(PARTITION BY … ORDER BY … ROWS …)" or the name of a window.
  std::shared_ptr<OverSpec> ParseOverSpec();

 private:
  void ParseFrame(OverSpec& spec);
  bool ParseJsonArguments(Expr& call);
  void ParseJsonClauses(Expr& call);
  ExprPtr ParseDotted(ExprPtr value);
  ExprPtr ParseOr();
  ExprPtr ParseAnd();
  ExprPtr ParseNot();
  ExprPtr ParsePredicate();
  bool ParsePredicateTail(ExprPtr& left);
  ExprPtr ParseIs(ExprPtr value);
  ExprPtr ParseBetween(ExprPtr value, bool negated);
  ExprPtr ParseIn(ExprPtr value, bool negated);
  ExprPtr ParseQuantified(ExprPtr value, const std::string& op, bool all);
  ExprPtr ParseLike(ExprPtr value, bool negated, const char* word);
  ExprPtr ParseAdditive();
  ExprPtr ParseMultiplicative();
  ExprPtr ParseUnary();
  ExprPtr ParsePostfix();
  ExprPtr ParsePrimary();
  ExprPtr ParsePrimaryNode();
  ExprPtr ParseWord();
  ExprPtr ParseParenthesized();
  ExprPtr ParseColumn();
  ExprPtr ParseCase();
  ExprPtr ParseCast(const char* word);
  ExprPtr ParseInterval();
  ExprPtr ParseCountedInterval(ExprPtr interval);
  /// A unit of an interval, with the digits that may stand behind it: those of its first number (precision) and those
  /// of the fraction of a second (scale); 0 where nothing is said.
  std::string TakeIntervalUnit(bool first, SqlType* digits);
  int TakeIntervalDigits(int most, const char* what);
  /// unit [TO unit] of an interval.
  void TakeIntervalUnits(Expr& node);
  ExprPtr ParseTypedLiteral(ExprKind kind);
  ExprPtr ParseEscapedLiteral();
  ExprPtr ParseInstantLiteral();
  ExprPtr ParseCall();
  void ParseArguments(Expr& call);
  bool ParseSpecialArguments(Expr& call);
  void ParseTrimArguments(Expr& call);
  void ParseCallSuffix(Expr& call);
  ExprPtr ParseBracketList(ExprKind kind);
  ExprPtr Unit();
  int ParseDigits(int fallback, int low, int high, const char* what);
  int ParseLength(int fallback, int low, int high, const char* what);
  SqlType ParseBaseType();
  SqlType ParseRowType();
  SqlType ParseIntervalType();
  static SqlType IntervalType(std::string_view unit);

  ExprPtr Node(ExprKind kind, const Span& span, std::string text = {}) const;
  ExprPtr Binary(std::string op, ExprPtr left, ExprPtr right) const;
  /// Sets the depth of a node whose args are complete. Errors: 78 beyond kMaxDepth.
  ExprPtr Sealed(ExprPtr node) const;

  TokenStream& tokens_;
  QueryParser& queries_;
};

/// SECOND for SECONDS and so on; empty if `word` (upper case) is no time unit.
std::string TimeUnit(const std::string& word);

}  // namespace cdc::sql
