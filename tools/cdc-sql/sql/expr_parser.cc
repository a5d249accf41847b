#include "tools/cdc-sql/sql/expr_parser.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace cdc::sql {

std::string TimeUnit(const std::string& word) {
  static constexpr std::array<std::string_view, 18> kUnits = {
      "NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND",  "MINUTE",     "HOUR",  "DAY", "WEEK", "MONTH",
      "QUARTER",    "YEAR",        "DECADE",      "CENTURY", "MILLENNIUM", "EPOCH", "DOW", "DOY",  "ISODOW"};
  std::string unit = word;
  if (unit.rfind("SQL_TSI_", 0) == 0) unit = unit.substr(8);
  if (unit == "FRAC_SECOND") return "MICROSECOND";
  if (unit == "ISOYEAR") return unit;
  for (const std::string_view known : kUnits) {
    if (unit == known) return unit;
    if (unit.size() == known.size() + 1 && unit.back() == 'S' && unit.compare(0, known.size(), known) == 0)
      return std::string(known);
  }
  return {};
}

ExprPtr ExprParser::Node(ExprKind kind, const Span& span, std::string text) const {
  auto node = std::make_unique<Expr>();
  node->kind = kind;
  node->span = span;
  node->text = std::move(text);
  return node;
}

ExprPtr ExprParser::Binary(std::string op, ExprPtr left, ExprPtr right) const {
  ExprPtr node = Node(ExprKind::kBinary, left->span.To(right->span), std::move(op));
  node->args.push_back(std::move(left));
  node->args.push_back(std::move(right));
  return Sealed(std::move(node));
}

ExprPtr ExprParser::Sealed(ExprPtr node) const {
  for (const ExprPtr& arg : node->args) node->depth = std::max(node->depth, arg->depth + 1);
  if (node->filter) node->depth = std::max(node->depth, node->filter->depth + 1);
  if (node->depth > kMaxDepth)
    FailAt(tokens_.previous(), "an expression of more than " + std::to_string(kMaxDepth) + " operators in a row",
           "parentheses around parts of it, or a view that computes a part, make it less deep");
  return node;
}

ExprPtr ExprParser::ParseExpr() {
  const TokenStream::Level level(tokens_);
  return ParseOr();
}

ExprPtr ExprParser::ParseOr() {
  ExprPtr left = ParseAnd();
  if (!tokens_.TakeWord("OR")) return left;
  ExprPtr chain = Binary("OR", std::move(left), ParseAnd());
  while (tokens_.TakeWord("OR")) chain->args.push_back(ParseAnd());
  chain->span = chain->span.To(tokens_.previous());
  return Sealed(std::move(chain));
}

ExprPtr ExprParser::ParseAnd() {
  ExprPtr left = ParseNot();
  if (!tokens_.TakeWord("AND")) return left;
  ExprPtr chain = Binary("AND", std::move(left), ParseNot());
  while (tokens_.TakeWord("AND")) chain->args.push_back(ParseNot());
  chain->span = chain->span.To(tokens_.previous());
  return Sealed(std::move(chain));
}

ExprPtr ExprParser::ParseNot() {
  const Span begin = tokens_.Peek().span;
  if (!tokens_.TakeWord("NOT")) return ParsePredicate();
  const TokenStream::Level level(tokens_);
  ExprPtr operand = ParseNot();
  ExprPtr node = Node(ExprKind::kUnary, begin.To(operand->span), "NOT");
  node->args.push_back(std::move(operand));
  return Sealed(std::move(node));
}

ExprPtr ExprParser::ParsePredicate() {
  ExprPtr left = ParseAdditive();
  while (ParsePredicateTail(left)) left = Sealed(std::move(left));
  return left;
}

bool ExprParser::ParsePredicateTail(ExprPtr& left) {
  for (const char* op : {"=", "<>", "<=", ">=", "<", ">"}) {
    if (!tokens_.TakeSymbol(op)) continue;
    const bool all = tokens_.PeekWord("ALL"), some = tokens_.PeekWord("SOME") || tokens_.PeekWord("ANY");
    if ((all || some) && tokens_.PeekSymbol("(", 1)) {
      left = ParseQuantified(std::move(left), op, all);
    } else {
      left = Binary(op, std::move(left), tokens_.PeekWord("NOT") ? ParseNot() : ParseAdditive());
    }
    return true;
  }
  if (left->kind == ExprKind::kRow && left->args.size() == 2 && tokens_.TakeWord("OVERLAPS")) {
    left = Binary("OVERLAPS", std::move(left), ParseAdditive());
    return true;
  }
  if (tokens_.TakeWord("IS")) {
    left = ParseIs(std::move(left));
    return true;
  }
  const bool negated = tokens_.PeekWord("NOT") && (tokens_.PeekWord("BETWEEN", 1) || tokens_.PeekWord("IN", 1) ||
                                                   tokens_.PeekWord("LIKE", 1) || tokens_.PeekWord("SIMILAR", 1));
  if (negated) tokens_.Take();
  if (tokens_.TakeWord("BETWEEN")) {
    left = ParseBetween(std::move(left), negated);
  } else if (tokens_.TakeWord("IN")) {
    left = ParseIn(std::move(left), negated);
  } else if (tokens_.TakeWord("LIKE")) {
    left = ParseLike(std::move(left), negated, "LIKE");
  } else if (tokens_.TakeWord("SIMILAR")) {
    tokens_.ExpectWord("TO");
    left = ParseLike(std::move(left), negated, "SIMILAR TO");
  } else {
    return false;
  }
  return true;
}

ExprPtr ExprParser::ParseIs(ExprPtr value) {
  const bool negated = tokens_.TakeWord("NOT");
  ExprPtr node;
  if (tokens_.TakeWord("DISTINCT")) {
    tokens_.ExpectWord("FROM");
    node = Node(ExprKind::kIsDistinct, value->span);
    node->args.push_back(std::move(value));
    node->args.push_back(ParseAdditive());
  } else {
    const Token& word = tokens_.Peek();
    if (tokens_.TakeWord("JSON")) {  // IS JSON [VALUE | SCALAR | ARRAY | OBJECT]
      node = Node(ExprKind::kCall, value->span, "IS_JSON");
      node->args.push_back(std::move(value));
      node->unit = "VALUE";
      for (const char* kind : {"VALUE", "SCALAR", "ARRAY", "OBJECT"})
        if (tokens_.TakeWord(kind)) node->unit = kind;
      node->span = node->span.To(tokens_.previous());
      if (!negated) return node;
      ExprPtr negation = Node(ExprKind::kUnary, node->span, "NOT");
      negation->args.push_back(std::move(node));
      return negation;
    }
    if (!(word.IsWord("NULL") || word.IsWord("TRUE") || word.IsWord("FALSE") || word.IsWord("UNKNOWN")))
      tokens_.FailExpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM");
    node = Node(ExprKind::kIs, value->span, tokens_.Take().upper);
    node->args.push_back(std::move(value));
  }
  node->negated = negated;
  node->span = node->span.To(tokens_.previous());
  return node;
}

ExprPtr ExprParser::ParseBetween(ExprPtr value, bool negated) {
  ExprPtr node = Node(ExprKind::kBetween, value->span);
  if (tokens_.TakeWord("SYMMETRIC")) {
    node->text = "SYMMETRIC";
  } else {
    tokens_.TakeWord("ASYMMETRIC");
  }
  node->negated = negated;
  node->args.push_back(std::move(value));
  node->args.push_back(ParseAdditive());
  tokens_.ExpectWord("AND");
  node->args.push_back(ParseAdditive());
  node->span = node->span.To(tokens_.previous());
  return node;
}

ExprPtr ExprParser::ParseIn(ExprPtr value, bool negated) {
  ExprPtr node = Node(ExprKind::kIn, value->span);
  node->negated = negated;
  tokens_.ExpectSymbol("(");
  node->args.push_back(std::move(value));
  if (tokens_.PeekWord("SELECT") || tokens_.PeekWord("WITH") || tokens_.PeekWord("VALUES")) {
    node->kind = ExprKind::kInQuery;
    node->query = queries_.ParseQuery();
  } else {
    do {
      node->args.push_back(ParseExpr());
    } while (tokens_.TakeSymbol(","));
  }
  tokens_.ExpectSymbol(")");
  node->span = node->span.To(tokens_.previous());
  return node;
}

/// x op SOME (query), x op ALL (query). = SOME is IN, <> ALL is NOT IN.
ExprPtr ExprParser::ParseQuantified(ExprPtr value, const std::string& op, bool all) {
  tokens_.Take();
  tokens_.Take();
  const bool in = op == (all ? "<>" : "=");
  ExprPtr node = Node(in ? ExprKind::kInQuery : ExprKind::kQuantified, value->span, in ? "" : op);
  node->negated = in && all;
  node->star = all && !in;
  node->args.push_back(std::move(value));
  node->query = queries_.ParseQuery();
  tokens_.ExpectSymbol(")");
  node->span = node->span.To(tokens_.previous());
  return node;
}

ExprPtr ExprParser::ParseLike(ExprPtr value, bool negated, const char* word) {
  ExprPtr node = Node(ExprKind::kLike, value->span, word);
  node->negated = negated;
  node->args.push_back(std::move(value));
  node->args.push_back(ParseAdditive());
  if (tokens_.TakeWord("ESCAPE")) node->args.push_back(ParseAdditive());
  node->span = node->span.To(tokens_.previous());
  return node;
}

ExprPtr ExprParser::ParseAdditive() {
  ExprPtr left = ParseMultiplicative();
  for (;;) {
    const char* op = tokens_.PeekSymbol("+") ? "+" : tokens_.PeekSymbol("-") ? "-" : nullptr;
    if (op == nullptr) return left;
    tokens_.Take();
    left = Binary(op, std::move(left), ParseMultiplicative());
  }
}

ExprPtr ExprParser::ParseMultiplicative() {
  ExprPtr left = ParseUnary();
  for (;;) {
    const char* op = nullptr;
    for (const char* candidate : {"*", "/", "%", "||"})
      if (tokens_.PeekSymbol(candidate)) op = candidate;
    if (op == nullptr) return left;
    tokens_.Take();
    // a || b || c is one node; a parenthesis around the left one makes no difference to the result.
    if (op[0] == '|' && left->kind == ExprKind::kBinary && left->text == op) {
      left->args.push_back(ParseUnary());
      left->span = left->span.To(tokens_.previous());
      left->depth = std::max(left->depth, left->args.back()->depth + 1);
    } else {
      left = Binary(op, std::move(left), ParseUnary());
    }
  }
}

ExprPtr ExprParser::ParseUnary() {
  const Span begin = tokens_.Peek().span;
  const char* op = tokens_.PeekSymbol("-") ? "-" : tokens_.PeekSymbol("+") ? "+" : nullptr;
  if (op == nullptr) return ParsePostfix();
  tokens_.Take();
  const TokenStream::Level level(tokens_);
  ExprPtr operand = ParseUnary();
  ExprPtr node = Node(ExprKind::kUnary, begin.To(operand->span), op);
  node->args.push_back(std::move(operand));
  return Sealed(std::move(node));
}

ExprPtr ExprParser::ParsePostfix() {
  ExprPtr value = ParsePrimary();
  for (;;) {
    // ROW(1, 'a').f and f(x).g; a.b.c of plain names is one column for now.
    if (tokens_.PeekSymbol(".") && (value->kind != ExprKind::kColumn || tokens_.previous().text() == ")") &&
        value->kind != ExprKind::kStar && value->kind != ExprKind::kNumber && tokens_.PeekIsName(1)) {
      value = ParseDotted(std::move(value));
      continue;
    }
    if (!tokens_.TakeSymbol("[")) break;
    ExprPtr node = Node(ExprKind::kElement, value->span);
    node->args.push_back(std::move(value));
    node->args.push_back(ParseExpr());
    tokens_.ExpectSymbol("]");
    node->span = node->span.To(tokens_.previous());
    value = Sealed(std::move(node));
  }
  return value;
}

ExprPtr ExprParser::ParseDotted(ExprPtr value) {
  tokens_.Take();
  ExprPtr node = Node(ExprKind::kField, value->span);
  node->text = tokens_.ExpectName("a field name");
  node->args.push_back(std::move(value));
  node->span = node->span.To(tokens_.previous());
  return Sealed(std::move(node));
}

ExprPtr ExprParser::ParsePrimary() {
  return Sealed(ParsePrimaryNode());
}

ExprPtr ExprParser::ParsePrimaryNode() {
  const Token& token = tokens_.Peek();
  switch (token.kind) {
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kApproximate: {
      const Token& number = tokens_.Take();
      return Node(ExprKind::kNumber, number.span, number.text);
    }
    case TokenKind::kString: {
      const Token& first = tokens_.Take();
      ExprPtr node = Node(ExprKind::kString, first.span, first.text);
      while (tokens_.Peek().kind == TokenKind::kString) {
        const std::string_view before = tokens_.previous().text();
        const char* end = before.data() + before.size();
        const std::string_view between(end, static_cast<size_t>(tokens_.Peek().span.text().data() - end));
        if (between.find('\n') == std::string_view::npos)
          FailAt(tokens_.Peek().span, "a text goes on in another one only on a line of its own",
                 "'a' || 'b' joins texts; a quote inside a text is written twice");
        node->text += tokens_.Take().text;
      }
      node->span = node->span.To(tokens_.previous());
      return node;
    }
    case TokenKind::kHexString: {
      const Token& bytes = tokens_.Take();
      return Node(ExprKind::kBytes, bytes.span, bytes.text);
    }
    case TokenKind::kQuoted: return ParseColumn();
    case TokenKind::kWord: return ParseWord();
    default: break;
  }
  if (token.IsSymbol("(")) return ParseParenthesized();
  if (token.IsSymbol("{")) return ParseEscapedLiteral();
  if (token.IsSymbol("*")) {
    const Token& star = tokens_.Take();
    return Node(ExprKind::kStar, star.span);
  }
  tokens_.FailExpected("an expression");
}

ExprPtr ExprParser::ParseParenthesized() {
  const Span begin = tokens_.Take().span;
  if (tokens_.PeekWord("SELECT") || tokens_.PeekWord("WITH") || tokens_.PeekWord("VALUES")) {
    ExprPtr node = Node(ExprKind::kScalarQuery, begin);
    node->query = queries_.ParseQuery();
    tokens_.ExpectSymbol(")");
    node->span = begin.To(tokens_.previous());
    return node;
  }
  ExprPtr first = ParseExpr();
  if (tokens_.PeekSymbol(",")) {
    ExprPtr row = Node(ExprKind::kRow, begin);
    row->args.push_back(std::move(first));
    while (tokens_.TakeSymbol(",")) row->args.push_back(ParseExpr());
    first = std::move(row);
  }
  tokens_.ExpectSymbol(")");
  // (a - b) DAY TO SECOND: the time between two moments.
  const Token& next = tokens_.Peek();
  if (first->kind == ExprKind::kBinary && first->text == "-" && next.kind == TokenKind::kWord && next.reserved &&
      !TimeUnit(next.upper).empty())
    TakeIntervalUnits(*first);
  first->span = begin.To(tokens_.previous());
  return first;
}

ExprPtr ExprParser::ParseColumn() {
  ExprPtr node = Node(ExprKind::kColumn, tokens_.Peek().span);
  node->name.parts.push_back(tokens_.ExpectName("a column name"));
  while (tokens_.PeekSymbol(".")) {
    tokens_.Take();
    if (tokens_.TakeSymbol("*")) {
      node->kind = ExprKind::kStar;
      break;
    }
    node->name.parts.push_back(tokens_.ExpectName("a column name"));
  }
  node->span = node->span.To(tokens_.previous());
  node->name.span = node->span;
  return node;
}

ExprPtr ExprParser::ParseWord() {
  const Token& token = tokens_.Peek();
  const std::string& word = token.upper;
  const bool before_string = tokens_.Peek(1).kind == TokenKind::kString;
  if (word == "TRUE" || word == "FALSE") {
    const Token& literal = tokens_.Take();
    return Node(ExprKind::kBoolean, literal.span, literal.upper);
  }
  if (word == "NULL" || word == "UNKNOWN") {
    const Token& literal = tokens_.Take();
    return Node(ExprKind::kNull, literal.span, literal.upper);
  }
  if (word == "DATE" && before_string) return ParseTypedLiteral(ExprKind::kDate);
  if (word == "TIME" && before_string) return ParseTypedLiteral(ExprKind::kTime);
  if (word == "TIMESTAMP" && before_string) return ParseTypedLiteral(ExprKind::kTimestamp);
  if (word == "TIMESTAMP" && tokens_.PeekWord("WITH", 1)) return ParseInstantLiteral();
  if (before_string && (word == "N" || word[0] == '_')) {  // N'text', _UTF8'text': every text is Unicode
    tokens_.Take();
    return ParsePrimaryNode();
  }
  if (word == "INTERVAL") return ParseInterval();
  if (word == "CASE") return ParseCase();
  if (word == "CAST" || word == "TRY_CAST") return ParseCast(word == "CAST" ? "CAST" : "TRY_CAST");
  if (word == "EXISTS") {
    const Span begin = tokens_.Take().span;
    tokens_.ExpectSymbol("(");
    ExprPtr node = Node(ExprKind::kExists, begin);
    node->query = queries_.ParseQuery();
    tokens_.ExpectSymbol(")");
    node->span = begin.To(tokens_.previous());
    return node;
  }
  if (word == "ARRAY" && tokens_.PeekSymbol("[", 1)) return ParseBracketList(ExprKind::kArray);
  if (word == "MAP" && tokens_.PeekSymbol("[", 1)) return ParseBracketList(ExprKind::kMap);
  if (word == "ROW" && tokens_.PeekSymbol("(", 1)) {
    ExprPtr node = Node(ExprKind::kRow, tokens_.Take().span);
    tokens_.ExpectSymbol("(");
    do {
      node->args.push_back(ParseExpr());
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
    node->span = node->span.To(tokens_.previous());
    return node;
  }
  if (tokens_.PeekSymbol("(", 1)) return ParseCall();
  static constexpr std::array<std::string_view, 6> kBareFunctions = {
      "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "PI"};
  if (!tokens_.PeekSymbol(".", 1) &&
      std::find(kBareFunctions.begin(), kBareFunctions.end(), word) != kBareFunctions.end()) {
    const Token& name = tokens_.Take();
    return Node(ExprKind::kCall, name.span, name.upper);
  }
  if (token.reserved) {
    if (word == "SELECT") tokens_.FailExpected("an expression", "a query inside an expression stands in parentheses");
    tokens_.FailExpected("an expression", word + " is a reserved word: as a name it is written `" + token.text + "`");
  }
  return ParseColumn();
}

ExprPtr ExprParser::ParseCase() {
  ExprPtr node = Node(ExprKind::kCase, tokens_.Take().span);
  if (!tokens_.PeekWord("WHEN")) {
    node->has_operand = true;
    node->args.push_back(ParseExpr());
  }
  if (!tokens_.PeekWord("WHEN")) tokens_.FailExpected("WHEN");
  while (tokens_.TakeWord("WHEN")) {
    std::vector<ExprPtr> conditions;
    do {
      conditions.push_back(ParseExpr());
    } while (node->has_operand && tokens_.TakeSymbol(","));
    if (conditions.size() > 1) {  // WHEN 1, 2: an IN list
      ExprPtr list = Node(ExprKind::kRow, conditions.front()->span.To(conditions.back()->span), "LIST");
      list->args = std::move(conditions);
      node->args.push_back(std::move(list));
    } else {
      node->args.push_back(std::move(conditions.front()));
    }
    tokens_.ExpectWord("THEN");
    node->args.push_back(ParseExpr());
  }
  if (tokens_.TakeWord("ELSE")) {
    node->has_else = true;
    node->args.push_back(ParseExpr());
  }
  tokens_.ExpectWord("END");
  node->span = node->span.To(tokens_.previous());
  return node;
}

ExprPtr ExprParser::ParseCast(const char* word) {
  ExprPtr node = Node(ExprKind::kCast, tokens_.Take().span, word);
  tokens_.ExpectSymbol("(");
  node->args.push_back(ParseExpr());
  tokens_.ExpectWord("AS");
  if (tokens_.TakeWord("INTERVAL")) {
    TakeIntervalUnits(*node);
    node->type = IntervalType(node->unit);
  } else {
    node->type = ParseType();
  }
  tokens_.ExpectSymbol(")");
  node->span = node->span.To(tokens_.previous());
  return node;
}

ExprPtr ExprParser::ParseBracketList(ExprKind kind) {
  ExprPtr node = Node(kind, tokens_.Take().span);
  tokens_.ExpectSymbol("[");
  if (!tokens_.PeekSymbol("]")) {
    do {
      node->args.push_back(ParseExpr());
    } while (tokens_.TakeSymbol(","));
  }
  tokens_.ExpectSymbol("]");
  node->span = node->span.To(tokens_.previous());
  return node;
}

ExprPtr ExprParser::Unit() {
  const Token& token = tokens_.Peek();
  const std::string unit = TimeUnit(token.upper);
  if (unit.empty()) tokens_.FailExpected("a time unit", "such as SECOND, MINUTE, HOUR, DAY, WEEK, MONTH or YEAR");
  tokens_.Take();
  return Node(ExprKind::kNamedUnit, token.span, unit);
}

}  // namespace cdc::sql
