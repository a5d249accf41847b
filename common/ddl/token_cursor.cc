#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"

namespace cdc::ddl {

bool TokenCursor::PeekWord(std::string_view keyword, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && EqualsIgnoreCase(token.text, keyword);
}

bool TokenCursor::PeekPunctuation(char c, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kPunctuation && token.text[0] == c;
}

bool TokenCursor::PeekString(size_t ahead) const {
  return Peek(ahead).kind == TokenKind::kString || Peek(ahead).kind == TokenKind::kNational;
}

bool TokenCursor::TryWord(std::string_view keyword) {
  if (!PeekWord(keyword)) return false;
  Take();
  return true;
}

bool TokenCursor::TryWords(std::string_view first, std::string_view second) {
  if (!PeekWord(first) || !PeekWord(second, 1)) return false;
  Take();
  Take();
  return true;
}

bool TokenCursor::TryPunctuation(char c) {
  if (!PeekPunctuation(c)) return false;
  Take();
  return true;
}

void TokenCursor::ExpectWord(std::string_view keyword) {
  if (!TryWord(keyword)) Fail(std::string(keyword));
}

void TokenCursor::ExpectPunctuation(char c) {
  if (!TryPunctuation(c)) Fail(std::string("'") + c + "'");
}

std::string TokenCursor::TakeName(const char* what) {
  const Token& token = Peek();
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuotedName) Fail(what);
  return NameOf(Take());
}

TableName TokenCursor::TakeTableName() {
  TableName name;
  if (TryPunctuation('.')) {  // .table: the default database
    name.table = TakeName("a table name");
    return name;
  }
  name.table = TakeName("a table name");
  if (TryPunctuation('.')) {
    name.database = std::move(name.table);
    name.table = TakeName("a table name");
  }
  return name;
}

void TokenCursor::SkipParenthesized() {
  if (!PeekPunctuation('(')) Fail("'('");
  size_t depth = 0;
  do {
    if (Peek().kind == TokenKind::kEnd || Peek().kind == TokenKind::kBroken) Fail("')'");
    if (PeekPunctuation('(')) ++depth;
    if (PeekPunctuation(')')) --depth;
    Take();
  } while (depth > 0);
}

std::string TokenCursor::TakeParenthesized() {
  const size_t begin = Peek().offset;
  SkipParenthesized();
  return TypedSince(begin);
}

std::string TokenCursor::TypedSince(size_t begin) const {
  if (at_ == 0) return {};
  const size_t end = tokens_[at_ - 1].end();
  return end > begin ? std::string(sql_.substr(begin, end - begin)) : std::string();
}

bool TokenCursor::TryLiteral(Literal* literal) {
  *literal = {};
  const size_t start = at_;
  if (PeekPunctuation('-') || PeekPunctuation('+')) literal->sign = Take().text;
  if (Peek().kind == TokenKind::kWord && Peek().text.size() > 1 && Peek().text[0] == '_' &&
      (PeekString(1) || Peek(1).kind == TokenKind::kHex || Peek(1).kind == TokenKind::kBit))
    literal->introducer = Take().text;
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kString:
    case TokenKind::kNational:
      literal->kind = token.kind == TokenKind::kString ? Literal::Kind::kString : Literal::Kind::kNational;
      while (PeekString()) {
        literal->value += StringValueOf(Peek(), mode_);
        literal->typed += Take().text;
      }
      return true;
    case TokenKind::kHex: literal->kind = Literal::Kind::kHex; break;
    case TokenKind::kBit: literal->kind = Literal::Kind::kBit; break;
    case TokenKind::kInteger: literal->kind = Literal::Kind::kInteger; break;
    case TokenKind::kReal: literal->kind = Literal::Kind::kReal; break;
    default:
      if (PeekWord("TRUE") || PeekWord("FALSE")) {
        literal->kind = Literal::Kind::kBoolean;
        break;
      }
      if (PeekWord("NULL")) {
        literal->kind = Literal::Kind::kNull;
        break;
      }
      Rewind(start);
      return false;
  }
  literal->typed = literal->value = Take().text;
  return true;
}

std::string TokenCursor::TakeString(const char* what) {
  Literal literal;
  if (!TryLiteral(&literal) || (literal.kind != Literal::Kind::kString && literal.kind != Literal::Kind::kNational))
    Fail(what);
  return literal.value;
}

void TokenCursor::Fail(const std::string& expected) const {
  const Token& token = Peek();
  const std::string found = token.kind == TokenKind::kEnd ? "the statement ends"
                            : token.kind == TokenKind::kBroken
                                ? "a string or comment does not end: " + Shown(std::string(token.text), 40)
                                : "found " + Shown(std::string(token.text), 40);
  cdc::Fail(
      ExitStatus::kData,
      "statement not understood at byte " + std::to_string(token.offset + 1) + ": expected " + expected + ", " + found,
      Shown(std::string(sql_), 300));
}

}  // namespace cdc::ddl
