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
    if (tokens_.PeekSymbol(".") && value->kind != ExprKind::kColumn && value->kind != ExprKind::kStar &&
        value->kind != ExprKind::kNumber && tokens_.PeekIsName(1)) {
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
      while (tokens_.Peek().kind == TokenKind::kString) node->text += tokens_.Take().text;
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

void ExprParser::TakeIntervalUnits(Expr& node) {
  const auto unit = [this, &node] {
    const std::string name = TimeUnit(tokens_.Peek().upper);
    if (name.empty()) tokens_.FailExpected("a time unit", "such as SECOND, MINUTE, HOUR, DAY, MONTH or YEAR");
    tokens_.Take();
    if (tokens_.TakeSymbol("(")) {  // the precision of the leading field
      do {
        if (tokens_.Peek().kind != TokenKind::kInteger) tokens_.FailExpected("a number of digits");
        const int digits = std::atoi(tokens_.Take().text.c_str());
        if (node.unit.empty() && node.type.precision == 0) node.type.precision = digits;
      } while (tokens_.TakeSymbol(","));
      tokens_.ExpectSymbol(")");
    }
    return name;
  };
  node.unit = unit();
  if (tokens_.TakeWord("TO")) node.to_unit = unit();
}

ExprPtr ExprParser::ParseInterval() {
  ExprPtr node = Node(ExprKind::kInterval, tokens_.Take().span);
  if (tokens_.TakeSymbol("-"))
    node->negated = true;
  else
    tokens_.TakeSymbol("+");
  node->text = tokens_.ExpectString("the text of an interval");
  TakeIntervalUnits(*node);
  node->span = node->span.To(tokens_.previous());
  return node;
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
  node->type = ParseType();
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

ExprPtr ExprParser::ParseCall() {
  const Token& name = tokens_.Take();
  ExprPtr call = Node(ExprKind::kCall, name.span, name.upper);
  tokens_.ExpectSymbol("(");
  ParseArguments(*call);
  tokens_.ExpectSymbol(")");
  call->span = call->span.To(tokens_.previous());
  ParseCallSuffix(*call);
  return call;
}

/// JSON_VALUE(j, path [RETURNING t] [… ON EMPTY] [… ON ERROR]) and its sisters. Clauses become words: "EMPTY NULL",
/// "ERROR DEFAULT" (its value is the next of the args behind the first two), "RETURNING", "WRAPPER UNCONDITIONAL".
bool ExprParser::ParseJsonArguments(Expr& call) {
  const std::string& name = call.text;
  if (name == "JSON_VALUE" || name == "JSON_QUERY" || name == "JSON_EXISTS") {
    call.args.push_back(ParseExpr());
    tokens_.ExpectSymbol(",");
    call.args.push_back(ParseExpr());
    ParseJsonClauses(call);
    return true;
  }
  const bool object = name == "JSON_OBJECT" || name == "JSON_OBJECTAGG";
  if (!object && name != "JSON_ARRAY" && name != "JSON_ARRAYAGG") return false;
  const auto null_clause = [&] {
    const bool null = tokens_.PeekWord("NULL") && tokens_.PeekWord("ON", 1);
    if (!null && !tokens_.PeekWord("ABSENT")) return false;
    tokens_.Take();
    tokens_.ExpectWord("ON");
    tokens_.ExpectWord("NULL");
    call.words.push_back(null ? "NULL ON NULL" : "ABSENT ON NULL");
    return true;
  };
  while (!tokens_.PeekSymbol(")") && !null_clause()) {
    if (!call.args.empty()) tokens_.ExpectSymbol(",");
    if (object && tokens_.PeekWord("KEY") && !tokens_.PeekSymbol(",", 1)) tokens_.Take();
    call.args.push_back(ParseExpr());
    if (!object) continue;
    if (!tokens_.TakeWord("VALUE")) tokens_.ExpectSymbol(tokens_.PeekSymbol(":") ? ":" : ",");
    call.args.push_back(ParseExpr());
  }
  return true;
}

void ExprParser::ParseJsonClauses(Expr& call) {
  while (!tokens_.PeekSymbol(")")) {
    if (tokens_.TakeWord("RETURNING")) {
      call.type = ParseType();
      call.words.push_back("RETURNING");
      continue;
    }
    if (tokens_.PeekWord("WITH") || tokens_.PeekWord("WITHOUT")) {
      std::string how = tokens_.Take().upper == "WITH" ? "UNCONDITIONAL" : "NONE";
      if (tokens_.TakeWord("CONDITIONAL"))
        how = "CONDITIONAL";
      else
        tokens_.TakeWord("UNCONDITIONAL");
      tokens_.TakeWord("ARRAY");
      tokens_.ExpectWord("WRAPPER");
      call.words.push_back("WRAPPER " + how);
      continue;
    }
    std::string what;
    if (tokens_.TakeWord("DEFAULT")) {
      what = "DEFAULT";
      call.args.push_back(ParseExpr());
    } else if (tokens_.TakeWord("EMPTY")) {
      what = tokens_.PeekWord("OBJECT") ? "OBJECT" : "ARRAY";
      if (!tokens_.TakeWord("OBJECT")) tokens_.TakeWord("ARRAY");
    } else {
      const Token& word = tokens_.Peek();
      if (!(word.IsWord("NULL") || word.IsWord("ERROR") || word.IsWord("TRUE") || word.IsWord("FALSE") ||
            word.IsWord("UNKNOWN")))
        tokens_.FailExpected("\")\", RETURNING, or NULL, ERROR or DEFAULT … ON EMPTY or ON ERROR");
      what = tokens_.Take().upper;
    }
    tokens_.ExpectWord("ON");
    if (!tokens_.PeekWord("EMPTY") && !tokens_.PeekWord("ERROR")) tokens_.FailExpected("EMPTY or ERROR");
    call.words.push_back(tokens_.Take().upper + " " + what);
  }
}

void ExprParser::ParseArguments(Expr& call) {
  if (ParseJsonArguments(call)) return;
  if (tokens_.PeekSymbol(")")) return;
  if (ParseSpecialArguments(call)) return;
  if (tokens_.PeekSymbol("*") && tokens_.PeekSymbol(")", 1)) {
    tokens_.Take();
    call.star = true;
    return;
  }
  if (tokens_.PeekSymbol("*")) {
    tokens_.Take();
    tokens_.FailExpected("\")\"");
  }
  if (tokens_.TakeWord("DISTINCT")) {
    call.distinct = true;
  } else {
    tokens_.TakeWord("ALL");
  }
  do {
    call.args.push_back(ParseExpr());
  } while (tokens_.TakeSymbol(","));
}

/// Functions whose arguments are not a plain list. True if all of them were taken.
bool ExprParser::ParseSpecialArguments(Expr& call) {
  const std::string& name = call.text;
  if (name == "EXTRACT") {
    call.args.push_back(Unit());
    tokens_.ExpectWord("FROM");
    call.args.push_back(ParseExpr());
    return true;
  }
  if (name == "TIMESTAMPADD" || name == "TIMESTAMPDIFF") {
    call.args.push_back(Unit());
    for (int i = 0; i < 2; ++i) {
      tokens_.ExpectSymbol(",");
      call.args.push_back(ParseExpr());
    }
    return true;
  }
  if (name == "TRIM") {
    ParseTrimArguments(call);
    return true;
  }
  if (name == "POSITION") {
    call.args.push_back(ParseAdditive());
    tokens_.ExpectWord("IN");
    call.args.push_back(ParseExpr());
    if (tokens_.TakeWord("FROM")) call.args.push_back(ParseExpr());
    return true;
  }
  if (name == "OVERLAY") {
    call.args.push_back(ParseExpr());
    if (!tokens_.TakeWord("PLACING")) tokens_.ExpectSymbol(",");
    call.args.push_back(ParseExpr());
    if (!tokens_.TakeWord("FROM")) tokens_.ExpectSymbol(",");
    call.args.push_back(ParseExpr());
    if (tokens_.TakeWord("FOR") || tokens_.TakeSymbol(",")) call.args.push_back(ParseExpr());
    return true;
  }
  if (name == "SUBSTRING" || name == "FLOOR" || name == "CEIL" || name == "CEILING") {
    call.args.push_back(ParseExpr());
    if (name != "SUBSTRING") {
      if (tokens_.TakeWord("TO")) call.args.push_back(Unit());
      return true;
    }
    if (tokens_.TakeWord("FROM") || tokens_.TakeSymbol(",")) call.args.push_back(ParseExpr());
    if (tokens_.TakeWord("FOR") || tokens_.TakeSymbol(",")) call.args.push_back(ParseExpr());
    return true;
  }
  return false;
}

/// TRIM([BOTH | LEADING | TRAILING] [characters] FROM text), or TRIM(text): args text[, characters], unit the side.
void ExprParser::ParseTrimArguments(Expr& call) {
  call.unit = "BOTH";
  for (const char* side : {"BOTH", "LEADING", "TRAILING"})
    if (tokens_.TakeWord(side)) call.unit = side;
  ExprPtr characters;
  if (!tokens_.PeekWord("FROM")) {
    ExprPtr first = ParseExpr();
    if (!tokens_.PeekWord("FROM")) {
      call.args.push_back(std::move(first));
      return;
    }
    characters = std::move(first);
  }
  tokens_.ExpectWord("FROM");
  call.args.push_back(ParseExpr());
  if (characters) call.args.push_back(std::move(characters));
}

void ExprParser::ParseCallSuffix(Expr& call) {
  if (tokens_.PeekWord("FILTER") && tokens_.PeekSymbol("(", 1)) {
    tokens_.Take();
    tokens_.Take();
    tokens_.ExpectWord("WHERE");
    call.filter = ParseExpr();
    tokens_.ExpectSymbol(")");
    call.span = call.span.To(tokens_.previous());
  }
  if (tokens_.TakeWords("WITHIN", "GROUP")) {
    tokens_.ExpectSymbol("(");
    tokens_.ExpectWord("ORDER");
    tokens_.ExpectWord("BY");
    call.order_by = ParseOrderItems();
    tokens_.ExpectSymbol(")");
  }
  if (tokens_.TakeWord("OVER")) {
    call.over = ParseOverSpec();
    call.span = call.span.To(tokens_.previous());
  }
}

std::vector<OrderItem> ExprParser::ParseOrderItems() {
  std::vector<OrderItem> items;
  do {
    OrderItem item;
    item.expr = ParseExpr();
    if (tokens_.TakeWord("DESC")) {
      item.descending = true;
    } else {
      tokens_.TakeWord("ASC");
    }
    if (tokens_.TakeWord("NULLS")) {
      item.nulls_first = tokens_.PeekWord("FIRST");
      if (!tokens_.TakeWord("FIRST") && !tokens_.TakeWord("LAST")) tokens_.FailExpected("FIRST or LAST");
    }
    items.push_back(std::move(item));
  } while (tokens_.TakeSymbol(","));
  return items;
}

std::shared_ptr<OverSpec> ExprParser::ParseOverSpec() {
  auto spec = std::make_shared<OverSpec>();
  spec->span = tokens_.Peek().span;
  if (!tokens_.PeekSymbol("(")) {
    spec->base = tokens_.ExpectName("the name of a window, or (");
    return spec;
  }
  tokens_.Take();
  if (tokens_.PeekIsName() && !tokens_.PeekWord("PARTITION") && !tokens_.PeekWord("ROWS") && !tokens_.PeekWord("RANGE"))
    spec->base = tokens_.Take().text;
  if (tokens_.TakeWord("PARTITION")) {
    tokens_.ExpectWord("BY");
    do {
      spec->partition_by.push_back(ParseExpr());
    } while (tokens_.TakeSymbol(","));
  }
  if (tokens_.TakeWord("ORDER")) {
    tokens_.ExpectWord("BY");
    spec->order_by = ParseOrderItems();
  }
  if (tokens_.PeekWord("ROWS") || tokens_.PeekWord("RANGE")) ParseFrame(*spec);
  tokens_.ExpectSymbol(")");
  spec->span = spec->span.To(tokens_.previous());
  return spec;
}

/// ROWS | RANGE [BETWEEN] {UNBOUNDED | n} PRECEDING [AND CURRENT ROW].
void ExprParser::ParseFrame(OverSpec& spec) {
  const Span begin = tokens_.Peek().span;
  spec.has_frame = true;
  spec.rows = tokens_.Take().upper == "ROWS";
  const bool between = tokens_.TakeWord("BETWEEN");
  if (tokens_.TakeWord("UNBOUNDED")) {
    tokens_.ExpectWord("PRECEDING");
  } else if (tokens_.TakeWord("CURRENT")) {
    tokens_.ExpectWord("ROW");
    spec.from_current = true;
  } else {
    spec.preceding = ParseAdditive();
    tokens_.ExpectWord("PRECEDING");
  }
  if (between) {
    tokens_.ExpectWord("AND");
    if (tokens_.TakeWord("CURRENT")) {
      tokens_.ExpectWord("ROW");
    } else {
      spec.to_current = false;
      if (!tokens_.TakeWord("UNBOUNDED")) ParseAdditive();
      if (!tokens_.TakeWord("FOLLOWING")) tokens_.ExpectWord("PRECEDING");
    }
  }
  spec.frame_span = begin.To(tokens_.previous());
}

int ExprParser::ParseLength(int fallback, int low, int high, const char* what) {
  if (!tokens_.TakeSymbol("(")) return fallback;
  const Token& token = tokens_.Peek();
  if (token.kind != TokenKind::kInteger) tokens_.FailExpected(what);
  tokens_.Take();
  long long value = 0;
  for (const char c : token.text) value = std::min(value * 10 + (c - '0'), 99999999999LL);
  if (value < low || value > high)
    FailAt(token.span, std::string(what) + " is out of range",
           "it lies between " + std::to_string(low) + " and " + std::to_string(high));
  if (!tokens_.PeekSymbol(",")) tokens_.ExpectSymbol(")");
  return static_cast<int>(value);
}

SqlType ExprParser::ParseType() {
  const TokenStream::Level level(tokens_);
  SqlType type = ParseBaseType();
  for (int wrapped = 0;; ++wrapped) {
    if (wrapped == TokenStream::kMaxNesting) FailAt(tokens_.Peek().span, "the type is nested too deep");
    const bool array = tokens_.PeekWord("ARRAY"), multiset = tokens_.PeekWord("MULTISET");
    if (!array && !multiset) break;
    tokens_.Take();
    SqlType outer = SqlType::Of(array ? TypeKind::kArray : TypeKind::kMultiset);
    outer.children.push_back(std::move(type));
    type = std::move(outer);
  }
  if (tokens_.TakeWords("NOT", "NULL")) {
    type.nullable = false;
  } else if (tokens_.PeekWord("NULL")) {
    tokens_.Take();
  }
  return type;
}

SqlType ExprParser::ParseBaseType() {
  const Token& token = tokens_.Peek();
  if (token.kind != TokenKind::kWord) tokens_.FailExpected("a type", "such as INT, STRING, DECIMAL(10, 2)");
  const std::string word = token.upper;
  tokens_.Take();
  const auto plain = [](TypeKind kind) { return SqlType::Of(kind); };
  if (word == "BOOLEAN") return plain(TypeKind::kBoolean);
  if (word == "TINYINT") return plain(TypeKind::kTinyint);
  if (word == "SMALLINT") return plain(TypeKind::kSmallint);
  if (word == "INT" || word == "INTEGER") return plain(TypeKind::kInt);
  if (word == "BIGINT") return plain(TypeKind::kBigint);
  if (word == "FLOAT" || word == "REAL") return plain(TypeKind::kFloat);
  if (word == "DOUBLE") {
    tokens_.TakeWord("PRECISION");
    return plain(TypeKind::kDouble);
  }
  if (word == "DECIMAL" || word == "DEC" || word == "NUMERIC") {
    const Span at = tokens_.Peek().span;
    const int precision = ParseLength(10, 1, kMaxPrecision, "the precision of DECIMAL");
    int scale = 0;
    const bool open = tokens_.previous().text() != ")";
    if (open && tokens_.PeekSymbol(",") && at.text() == "(") {
      tokens_.Take();
      const Token& digits = tokens_.Peek();
      if (digits.kind != TokenKind::kInteger) tokens_.FailExpected("the scale of DECIMAL");
      tokens_.Take();
      scale = std::atoi(digits.text.c_str());
      if (scale > precision || digits.text.size() > 3)
        FailAt(at.To(tokens_.previous()), "the scale of DECIMAL is greater than its precision");
      tokens_.ExpectSymbol(")");
    }
    return SqlType::Decimal(precision, scale);
  }
  if (word == "CHAR" || word == "CHARACTER") {
    const bool varying = tokens_.TakeWord("VARYING");
    return SqlType::Of(varying ? TypeKind::kVarchar : TypeKind::kChar, true,
                       ParseLength(varying ? kMaxLength : 1, 1, kMaxLength, "the length"));
  }
  if (word == "VARCHAR")
    return SqlType::Of(TypeKind::kVarchar, true, ParseLength(kMaxLength, 1, kMaxLength, "the length"));
  if (word == "STRING") return SqlType::String();
  if (word == "BINARY") {
    const bool varying = tokens_.TakeWord("VARYING");
    return SqlType::Of(varying ? TypeKind::kVarbinary : TypeKind::kBinary, true,
                       ParseLength(varying ? kMaxLength : 1, 1, kMaxLength, "the length"));
  }
  if (word == "VARBINARY")
    return SqlType::Of(TypeKind::kVarbinary, true, ParseLength(kMaxLength, 1, kMaxLength, "the length"));
  if (word == "BYTES") return SqlType::Of(TypeKind::kVarbinary, true, kMaxLength);
  if (word == "DATE") return plain(TypeKind::kDate);
  if (word == "TIME") {
    const int precision = ParseLength(0, 0, 9, "the precision of TIME");
    if (tokens_.TakeWord("WITHOUT")) {
      tokens_.ExpectWord("TIME");
      tokens_.ExpectWord("ZONE");
    }
    return SqlType::Of(TypeKind::kTime, true, precision);
  }
  if (word == "TIMESTAMP_LTZ") return SqlType::Of(TypeKind::kTimestampLtz, true, ParseLength(6, 0, 9, "the precision"));
  if (word == "TIMESTAMP") {
    SqlType type = SqlType::Of(TypeKind::kTimestamp, true, ParseLength(6, 0, 9, "the precision of TIMESTAMP"));
    if (tokens_.TakeWord("WITHOUT")) {
      tokens_.ExpectWord("TIME");
      tokens_.ExpectWord("ZONE");
    } else if (tokens_.TakeWord("WITH")) {
      if (!tokens_.TakeWord("LOCAL"))
        tokens_.FailExpected("LOCAL TIME ZONE", "there is no TIMESTAMP WITH TIME ZONE; TIMESTAMP_LTZ is an instant");
      tokens_.ExpectWord("TIME");
      tokens_.ExpectWord("ZONE");
      type.kind = TypeKind::kTimestampLtz;
    }
    return type;
  }
  if (word == "INTERVAL") return ParseIntervalType();
  if (word == "ROW") return ParseRowType();
  if (word == "ARRAY" || word == "MULTISET" || word == "MAP") {
    SqlType type = SqlType::Of(word == "ARRAY" ? TypeKind::kArray
                               : word == "MAP" ? TypeKind::kMap
                                               : TypeKind::kMultiset);
    tokens_.ExpectSymbol("<");
    type.children.push_back(ParseType());
    if (word == "MAP") {
      tokens_.ExpectSymbol(",");
      type.children.push_back(ParseType());
    }
    tokens_.ExpectSymbol(">");
    return type;
  }
  FailAt(token.span, "unknown type " + token.text,
         "such as INT, BIGINT, STRING, DECIMAL(10, 2), TIMESTAMP(3), BOOLEAN");
}

SqlType ExprParser::ParseRowType() {
  SqlType type = SqlType::Of(TypeKind::kRow);
  const char* close = tokens_.PeekSymbol("(") ? ")" : ">";
  tokens_.ExpectSymbol(close[0] == ')' ? "(" : "<");
  do {
    type.field_names.push_back(tokens_.ExpectName("a field name"));
    type.children.push_back(ParseType());
    if (tokens_.Peek().kind == TokenKind::kString) tokens_.Take();  // a comment
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(close);
  return type;
}

SqlType ExprParser::ParseIntervalType() {
  const auto unit = [this] {
    const std::string name = TimeUnit(tokens_.Peek().upper);
    if (name.empty()) tokens_.FailExpected("a time unit");
    tokens_.Take();
    if (tokens_.TakeSymbol("(")) {
      while (!tokens_.PeekSymbol(")") && !tokens_.AtEnd()) tokens_.Take();
      tokens_.ExpectSymbol(")");
    }
    return name;
  };
  const std::string first = unit();
  if (tokens_.TakeWord("TO")) unit();
  const bool months = first == "YEAR" || first == "MONTH" || first == "QUARTER";
  return SqlType::Of(months ? TypeKind::kIntervalMonth : TypeKind::kIntervalDay);
}

}  // namespace cdc::sql
