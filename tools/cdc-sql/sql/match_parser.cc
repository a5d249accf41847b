#include "tools/cdc-sql/sql/match_parser.h"

#include <charconv>

namespace cdc::sql {

namespace {

class MatchParser {
 public:
  MatchParser(TokenStream& tokens, ExprParser& exprs) : tokens_(tokens), exprs_(exprs) {}

  std::shared_ptr<MatchClause> Parse() {
    auto clause = std::make_shared<MatchClause>();
    clause->span = tokens_.Take().span;
    tokens_.ExpectSymbol("(");
    if (tokens_.TakeWord("PARTITION")) {
      tokens_.ExpectWord("BY");
      do {
        clause->partition_by.push_back(exprs_.ParseExpr());
      } while (tokens_.TakeSymbol(","));
    }
    if (tokens_.TakeWord("ORDER")) {
      tokens_.ExpectWord("BY");
      clause->order_by = exprs_.ParseOrderItems();
    }
    if (tokens_.TakeWord("MEASURES")) ParseMeasures(*clause);
    if (tokens_.PeekWord("ALL"))
      FailAt(tokens_.Peek().span, "ALL ROWS PER MATCH is not available", "ONE ROW PER MATCH is");
    if (tokens_.TakeWord("ONE"))
      for (const char* word : {"ROW", "PER", "MATCH"}) tokens_.ExpectWord(word);
    if (tokens_.TakeWord("AFTER")) ParseSkip(*clause);
    tokens_.ExpectWord("PATTERN");
    ParsePattern(*clause);
    if (tokens_.TakeWord("WITHIN")) clause->within = exprs_.ParseExpr();
    if (tokens_.PeekWord("SUBSET"))
      FailAt(tokens_.Peek().span, "SUBSET is not available", "name the variables one by one");
    tokens_.ExpectWord("DEFINE");
    do {
      const Span& span = tokens_.Peek().span;
      const std::string variable = tokens_.ExpectName("a variable of the pattern");
      tokens_.ExpectWord("AS");
      clause->define.push_back({variable, span, exprs_.ParseExpr()});
    } while (tokens_.TakeSymbol(","));
    tokens_.ExpectSymbol(")");
    clause->span = clause->span.To(tokens_.previous());
    return clause;
  }

 private:
  void ParseMeasures(MatchClause& clause) {
    do {
      if (tokens_.PeekWord("RUNNING"))
        FailAt(tokens_.Peek().span, "RUNNING is not available in MEASURES", "they are those of the whole match: FINAL");
      tokens_.TakeWord("FINAL");
      SelectItem item;
      item.expr = exprs_.ParseExpr();
      tokens_.ExpectWord("AS");
      item.alias = tokens_.ExpectName("a name for the measure");
      clause.measures.push_back(std::move(item));
    } while (tokens_.TakeSymbol(","));
  }

  /// MATCH SKIP PAST LAST ROW | TO NEXT ROW | TO [FIRST | LAST] variable.
  void ParseSkip(MatchClause& clause) {
    tokens_.ExpectWord("MATCH");
    tokens_.ExpectWord("SKIP");
    if (tokens_.TakeWord("PAST")) {
      tokens_.ExpectWord("LAST");
      tokens_.ExpectWord("ROW");
      clause.skip = MatchClause::Skip::kPastLastRow;
      return;
    }
    tokens_.ExpectWord("TO");
    if (tokens_.TakeWord("NEXT")) {
      tokens_.ExpectWord("ROW");
      clause.skip = MatchClause::Skip::kToNextRow;
      return;
    }
    const bool first = tokens_.TakeWord("FIRST");
    if (!first) tokens_.TakeWord("LAST");
    clause.skip = first ? MatchClause::Skip::kToFirst : MatchClause::Skip::kToLast;
    clause.skip_span = tokens_.Peek().span;
    clause.skip_variable = tokens_.ExpectName("a variable of the pattern");
  }

  void ParsePattern(MatchClause& clause) {
    tokens_.ExpectSymbol("(");
    do {
      for (const char* symbol : {"(", "{", "^", "$"})
        if (tokens_.PeekSymbol(symbol))
          FailAt(tokens_.Peek().span, std::string("\"") + symbol + "\" is not available in a PATTERN",
                 "a pattern is a row of variables, each with a quantifier: (A B+ C)");
      if (tokens_.PeekWord("PERMUTE"))
        FailAt(tokens_.Peek().span, "PERMUTE is not available", "a pattern is a row of variables");
      MatchClause::Element element;
      element.span = tokens_.Peek().span;
      element.variable = tokens_.ExpectName("a variable of the pattern");
      ParseQuantifier(element);
      clause.pattern.push_back(std::move(element));
      if (tokens_.PeekSymbol("|"))
        FailAt(tokens_.Peek().span, "alternatives are not available in a PATTERN",
               "OR in the DEFINE of one variable, or two queries");
    } while (!tokens_.TakeSymbol(")"));
  }

  void ParseQuantifier(MatchClause::Element& element) {
    if (tokens_.TakeSymbol("*")) {
      element.least = 0;
      element.most = MatchClause::kUnbounded;
    } else if (tokens_.TakeSymbol("+")) {
      element.most = MatchClause::kUnbounded;
    } else if (tokens_.TakeSymbol("?")) {
      element.least = 0;
    } else if (tokens_.TakeSymbol("{")) {
      ParseRange(element);
    } else {
      return;
    }
    element.reluctant = tokens_.TakeSymbol("?");
    element.span = element.span.To(tokens_.previous());
    if (element.most < element.least || element.most == 0) FailAt(element.span, "this quantifier takes no row at all");
  }

  /// n} | n,} | ,m} | n,m}
  void ParseRange(MatchClause::Element& element) {
    const bool has_least = tokens_.Peek().kind == TokenKind::kInteger;
    element.least = has_least ? ParseCount() : 0;
    if (!tokens_.TakeSymbol(",")) {
      if (!has_least) tokens_.FailExpected("a number");
      element.most = element.least;
    } else {
      element.most = tokens_.Peek().kind == TokenKind::kInteger ? ParseCount() : MatchClause::kUnbounded;
    }
    tokens_.ExpectSymbol("}");
  }

  int64_t ParseCount() {
    const Token& number = tokens_.Take();
    int64_t value = 0;
    const auto end = std::from_chars(number.text.data(), number.text.data() + number.text.size(), value);
    if (end.ec != std::errc() || value > 1000000) FailAt(number.span, "a quantifier of at most 1000000 is possible");
    return value;
  }

  TokenStream& tokens_;
  ExprParser& exprs_;
};

}  // namespace

std::shared_ptr<MatchClause> ParseMatchClause(TokenStream& tokens, ExprParser& exprs) {
  return MatchParser(tokens, exprs).Parse();
}

}  // namespace cdc::sql
