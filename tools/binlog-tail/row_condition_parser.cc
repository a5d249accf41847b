#include <algorithm>

#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"
#include "tools/binlog-tail/row_condition.h"

namespace cdc::tail {

RowCondition::RowCondition(const std::string& text) {
  try {
    const ddl::LexerMode mode;
    const std::vector<ddl::Token> tokens = ddl::Tokenize(text, mode);
    ddl::TokenCursor cursor(text, tokens, mode);
    root_ = ParseOr(cursor);
    if (!cursor.AtEnd()) cursor.Fail("AND, OR, or the end");
  } catch (const Failure& failure) {
    Fail(ExitStatus::kUsage, "--where: " + failure.error().what, failure.error().detail,
         "conditions like: id > 5 AND (state = 'new' OR note IS NULL)");
  }
  raw_.resize(columns_.size());
  texts_.resize(columns_.size());
}

RowCondition::Node RowCondition::ParseOr(ddl::TokenCursor& cursor) {
  Node node = ParseAnd(cursor);
  while (cursor.TryWord("OR")) {
    Node whole;
    whole.kind = Kind::kOr;
    whole.parts.push_back(std::move(node));
    whole.parts.push_back(ParseAnd(cursor));
    node = std::move(whole);
  }
  return node;
}

RowCondition::Node RowCondition::ParseAnd(ddl::TokenCursor& cursor) {
  Node node = ParseNot(cursor);
  while (cursor.TryWord("AND")) {
    Node whole;
    whole.kind = Kind::kAnd;
    whole.parts.push_back(std::move(node));
    whole.parts.push_back(ParseNot(cursor));
    node = std::move(whole);
  }
  return node;
}

RowCondition::Node RowCondition::ParseNot(ddl::TokenCursor& cursor) {
  if (cursor.TryWord("NOT")) {
    Node whole;
    whole.kind = Kind::kNot;
    whole.parts.push_back(ParseNot(cursor));
    return whole;
  }
  if (cursor.TryPunctuation('(')) {
    Node node = ParseOr(cursor);
    cursor.ExpectPunctuation(')');
    return node;
  }
  return ParsePredicate(cursor);
}

RowCondition::Operand RowCondition::ParseOperand(ddl::TokenCursor& cursor) {
  Operand operand;
  ddl::Literal literal;
  if (cursor.TryLiteral(&literal)) {
    using LiteralKind = ddl::Literal::Kind;
    operand.is_null = literal.kind == LiteralKind::kNull;
    operand.is_number = literal.kind == LiteralKind::kInteger || literal.kind == LiteralKind::kReal;
    if (literal.kind == LiteralKind::kHex || literal.kind == LiteralKind::kBit) cursor.Fail("a number or a string");
    operand.text = literal.sign + literal.value;
    if (literal.kind == LiteralKind::kBoolean) {
      operand.is_number = true;
      operand.text = ddl::EqualsIgnoreCase(literal.value, "TRUE") ? "1" : "0";
    }
    return operand;
  }
  const std::string name = cursor.TakeName("a column, a number or a string");
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  operand.column = static_cast<int>(found - columns_.begin());
  if (found == columns_.end()) columns_.push_back(name);
  return operand;
}

RowCondition::Node RowCondition::ParsePredicate(ddl::TokenCursor& cursor) {
  Node node;
  node.operands.push_back(ParseOperand(cursor));
  const auto negated = [](bool negate, Node inner) {
    if (!negate) return inner;
    Node whole;
    whole.kind = Kind::kNot;
    whole.parts.push_back(std::move(inner));
    return whole;
  };
  if (cursor.TryWord("IS")) {
    node.kind = Kind::kIsNull;
    const bool negate = cursor.TryWord("NOT");
    cursor.ExpectWord("NULL");
    return negated(negate, std::move(node));
  }
  const bool negate = cursor.TryWord("NOT");
  if (cursor.TryWord("IN")) {
    node.kind = Kind::kIn;
    cursor.ExpectPunctuation('(');
    do {
      node.operands.push_back(ParseOperand(cursor));
    } while (cursor.TryPunctuation(','));
    cursor.ExpectPunctuation(')');
    return negated(negate, std::move(node));
  }
  if (cursor.TryWord("LIKE")) {
    node.kind = Kind::kLike;
    node.operands.push_back(ParseOperand(cursor));
    return negated(negate, std::move(node));
  }
  if (cursor.TryWord("BETWEEN")) {
    Node both;
    both.kind = Kind::kAnd;
    for (const char* op : {">=", "<="}) {
      Node part = node;
      part.op = op;
      part.operands.push_back(ParseOperand(cursor));
      both.parts.push_back(std::move(part));
      if (op[0] == '>') cursor.ExpectWord("AND");
    }
    return negated(negate, std::move(both));
  }
  if (negate) cursor.Fail("IN, LIKE or BETWEEN");
  for (const char c : {'<', '>', '!', '='})
    while (cursor.TryPunctuation(c)) node.op += c;
  while (node.op.size() < 3 && (cursor.PeekPunctuation('=') || cursor.PeekPunctuation('>')))
    node.op += cursor.Take().text;
  const auto known = {"=", "<>", "!=", "<", "<=", ">", ">=", "<=>"};
  if (std::find(known.begin(), known.end(), node.op) == known.end()) cursor.Fail("a comparison");
  node.operands.push_back(ParseOperand(cursor));
  return node;
}

}  // namespace cdc::tail
