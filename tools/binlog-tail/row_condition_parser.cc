#include <algorithm>
#include <optional>

#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"
#include "tools/binlog-tail/row_condition.h"

namespace cdc::tail {
namespace {

/// X'00ff', 0x00ff; b'101', 0b101: the digits alone.
std::string_view DigitsOf(std::string_view typed) {
  return typed[0] == '0' ? typed.substr(2) : typed.substr(2, typed.size() - 3);
}

/// Nothing for bytes with other than digits.
std::optional<ComparedConstant> ConstantOf(const ddl::Literal& literal) {
  using Kind = ddl::Literal::Kind;
  using ConstantKind = ComparedConstant::Kind;
  switch (literal.kind) {
    case Kind::kNull: return ComparedConstant();
    case Kind::kInteger:
    case Kind::kReal: return ComparedConstant{ConstantKind::kNumber, literal.sign + literal.value};
    case Kind::kBoolean:
      return ComparedConstant{ConstantKind::kNumber, ddl::EqualsIgnoreCase(literal.value, "TRUE") ? "1" : "0"};
    case Kind::kHex:
    case Kind::kBit: break;
    default: return ComparedConstant{ConstantKind::kString, literal.value};
  }
  const bool hex = literal.kind == Kind::kHex;
  const size_t digits_a_byte = hex ? 2 : 8;
  std::string digits(DigitsOf(literal.value));
  if (digits.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "01") != std::string::npos) return std::nullopt;
  digits.insert(0, (digits_a_byte - digits.size() % digits_a_byte) % digits_a_byte, '0');
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += digits_a_byte)
    bytes += static_cast<char>(std::stoul(digits.substr(i, digits_a_byte), nullptr, hex ? 16 : 2));
  return ComparedConstant{ConstantKind::kBytes, bytes};
}

}  // namespace

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
    const auto constant = ConstantOf(literal);
    if (!constant || (constant->kind == ComparedConstant::Kind::kBytes && !literal.sign.empty()))
      cursor.Fail("bytes as X'00ff' or b'101'");
    operand.constant = *constant;
    return operand;
  }
  const std::string name = cursor.TakeName("a column, a number, a string or bytes");
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
