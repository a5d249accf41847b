// Literals of times and intervals.
#include "tools/cdc-sql/sql/expr_parser.h"

namespace cdc::sql {

/// {d '2024-01-01'}, {t '10:00:00'}, {ts '2024-01-01 10:00:00'}, as JDBC writes them.
ExprPtr ExprParser::ParseEscapedLiteral() {
  const Span begin = tokens_.Take().span;
  const std::string word = tokens_.Peek().upper;
  if ((word != "D" && word != "T" && word != "TS") || tokens_.Peek(1).kind != TokenKind::kString)
    tokens_.FailExpected("d, t or ts and a text");
  ExprPtr literal = ParseTypedLiteral(word == "D"   ? ExprKind::kDate
                                      : word == "T" ? ExprKind::kTime
                                                    : ExprKind::kTimestamp);
  tokens_.ExpectSymbol("}");
  literal->span = begin.To(tokens_.previous());
  return literal;
}

/// TIMESTAMP WITH LOCAL TIME ZONE 'text': the wall clock of the session's zone, with as many digits as are written.
ExprPtr ExprParser::ParseInstantLiteral() {
  const Span begin = tokens_.Take().span;
  for (const char* word : {"WITH", "LOCAL", "TIME", "ZONE"}) tokens_.ExpectWord(word);
  if (tokens_.Peek().kind != TokenKind::kString) tokens_.FailExpected("the text of a timestamp");
  const Token& text = tokens_.Take();
  const size_t point = text.text.find('.');
  const size_t digits = point == std::string::npos ? 0 : std::min<size_t>(text.text.size() - point - 1, 9);
  ExprPtr node = Node(ExprKind::kCast, begin.To(text.span), "CAST");
  node->args.push_back(Sealed(Node(ExprKind::kTimestamp, text.span, text.text)));
  node->type = SqlType::Of(TypeKind::kTimestampLtz, true, static_cast<int>(digits));
  return node;
}

ExprPtr ExprParser::ParseTypedLiteral(ExprKind kind) {
  const Span begin = tokens_.Take().span;
  const Token& text = tokens_.Take();
  return Node(kind, begin.To(text.span), text.text);
}

int ExprParser::TakeIntervalDigits(int most, const char* what) {
  const Token& token = tokens_.Peek();
  if (token.kind != TokenKind::kInteger) tokens_.FailExpected("a number of digits");
  tokens_.Take();
  const int digits = token.text.size() > 3 ? 1000 : std::atoi(token.text.c_str());
  if (digits < 1 || digits > most)
    FailAt(token.span, std::string(what) + " of an interval has 1 to " + std::to_string(most) + " digits");
  return digits;
}

std::string ExprParser::TakeIntervalUnit(bool first, SqlType* digits) {
  constexpr int kMonthDigits = 10, kDayDigits = 3, kFractionDigits = 9;  // Flink's limits
  const std::string name = TimeUnit(tokens_.Peek().upper);
  if (name.empty()) tokens_.FailExpected("a time unit", "such as SECOND, MINUTE, HOUR, DAY, MONTH or YEAR");
  tokens_.Take();
  if (!tokens_.TakeSymbol("(")) return name;
  const bool months = name == "YEAR" || name == "QUARTER" || name == "MONTH";
  const bool seconds = name == "SECOND";
  if (first) digits->precision = TakeIntervalDigits(months ? kMonthDigits : kDayDigits, "the first number");
  if (seconds && (!first || tokens_.TakeSymbol(",")))
    digits->scale = TakeIntervalDigits(kFractionDigits, "the fraction");
  tokens_.ExpectSymbol(")");
  return name;
}

void ExprParser::TakeIntervalUnits(Expr& node) {
  node.unit = TakeIntervalUnit(true, &node.type);
  if (tokens_.TakeWord("TO")) node.to_unit = TakeIntervalUnit(false, &node.type);
}

ExprPtr ExprParser::ParseInterval() {
  ExprPtr node = Node(ExprKind::kInterval, tokens_.Take().span);
  if (tokens_.TakeSymbol("-"))
    node->negated = true;
  else
    tokens_.TakeSymbol("+");
  if (tokens_.Peek().kind != TokenKind::kString) return ParseCountedInterval(std::move(node));
  node->text = tokens_.ExpectString("the text of an interval");
  TakeIntervalUnits(*node);
  node->span = node->span.To(tokens_.previous());
  return node;
}

/// INTERVAL n DAY: so many times a unit, where n is a whole number, a name or in parentheses.
ExprPtr ExprParser::ParseCountedInterval(ExprPtr interval) {
  const Token& token = tokens_.Peek();
  if (token.kind != TokenKind::kInteger && !tokens_.PeekIsName() && !token.IsSymbol("("))
    tokens_.FailExpected("the text of an interval", "it is written in 'single quotes': INTERVAL '5' SECOND");
  const bool negative = interval->negated;
  ExprPtr count = ParsePrimary();
  interval->negated = false;
  interval->text = "1";
  TakeIntervalUnits(*interval);
  if (!interval->to_unit.empty()) FailAt(interval->span, "an interval of a number has one unit");
  interval->span = interval->span.To(tokens_.previous());
  ExprPtr product = Binary("*", std::move(count), Sealed(std::move(interval)));
  if (!negative) return product;
  ExprPtr node = Node(ExprKind::kUnary, product->span, "-");
  node->args.push_back(std::move(product));
  return node;
}

}  // namespace cdc::sql
