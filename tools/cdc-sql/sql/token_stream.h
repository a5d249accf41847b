#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tools/cdc-sql/sql/ast.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

/// The parser's hand on the tokens: looking ahead, taking, and saying what was expected.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& Take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  const Span& previous() const { return tokens_[at_ == 0 ? 0 : at_ - 1].span; }
  size_t position() const { return at_; }
  void Return(size_t position) { at_ = position; }

  bool PeekWord(const char* word, size_t ahead = 0) const { return Peek(ahead).IsWord(word); }
  bool PeekSymbol(const char* symbol, size_t ahead = 0) const { return Peek(ahead).IsSymbol(symbol); }
  bool TakeWord(const char* word);
  bool TakeWords(const char* first, const char* second);
  bool TakeSymbol(const char* symbol);
  void ExpectWord(const char* word);
  void ExpectSymbol(const char* symbol);

  /// An identifier: quoted, or a word that is not reserved. `what` for the message ("a column name").
  std::string ExpectName(const char* what);
  bool PeekIsName(size_t ahead = 0) const;
  Name ExpectPath(const char* what);
  std::string ExpectString(const char* what);

  /// How deep parentheses, functions, CASE, NOT, signs and queries may stand in each other, all together.
  static constexpr int kMaxNesting = 250;
  /// One level of nesting, for as long as it lives. Errors: 78 at the next token beyond kMaxNesting.
  class Level {
   public:
    explicit Level(TokenStream& tokens) : tokens_(tokens) {
      if (++tokens.nesting_ > kMaxNesting) tokens.FailNesting();
    }
    ~Level() { --tokens_.nesting_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    TokenStream& tokens_;
  };

  /// "expected X, found Y".
  [[noreturn]] void FailExpected(const std::string& what, const std::string& hint = {}) const;

 private:
  [[noreturn]] void FailNesting() const;

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace cdc::sql
