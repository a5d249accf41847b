#include "tools/cdc-sql/sql/token_stream.h"

namespace cdc::sql {

std::string Name::Text() const {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ".") + part;
  return text;
}

bool TokenStream::TakeWord(const char* word) {
  if (!PeekWord(word)) return false;
  Take();
  return true;
}

bool TokenStream::TakeWords(const char* first, const char* second) {
  if (!PeekWord(first) || !PeekWord(second, 1)) return false;
  Take();
  Take();
  return true;
}

bool TokenStream::TakeSymbol(const char* symbol) {
  if (!PeekSymbol(symbol)) return false;
  Take();
  return true;
}

void TokenStream::ExpectWord(const char* word) {
  if (!TakeWord(word)) FailExpected(word);
}

void TokenStream::ExpectSymbol(const char* symbol) {
  if (!TakeSymbol(symbol)) FailExpected(std::string("\"") + symbol + "\"");
}

bool TokenStream::PeekIsName(size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kQuoted || (token.kind == TokenKind::kWord && !token.reserved);
}

std::string TokenStream::ExpectName(const char* what) {
  if (PeekIsName()) return Take().text;
  if (Peek().kind == TokenKind::kWord)
    FailExpected(what, Peek().upper + " is a reserved word: as a name it is written `" + Peek().text + "`");
  FailExpected(what);
}

Name TokenStream::ExpectPath(const char* what) {
  Name name;
  name.span = Peek().span;
  name.parts.push_back(ExpectName(what));
  while (PeekSymbol(".") && !PeekSymbol("*", 1)) {
    Take();
    name.parts.push_back(ExpectName(what));
  }
  name.span = name.span.To(previous());
  return name;
}

std::string TokenStream::ExpectString(const char* what) {
  if (Peek().kind != TokenKind::kString) FailExpected(what, "it is written in 'single quotes'");
  return Take().text;
}

void TokenStream::FailNesting() const {
  FailAt(Peek().span, "more than " + std::to_string(kMaxNesting) + " levels of nesting",
         "a view or a WITH query can hold the inner part; chains of AND, OR and || need no parentheses");
}

void TokenStream::FailExpected(const std::string& what, const std::string& hint) const {
  const Token& token = Peek();
  const std::string found = token.kind == TokenKind::kEnd ? "the end of the script" : std::string(token.span.text());
  FailAt(token.span, "expected " + what + ", found " + found, hint);
}

}  // namespace cdc::sql
