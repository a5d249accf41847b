#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/ddl/ast.h"
#include "common/ddl/token.h"

namespace cdc::ddl {

/// Walks the tokens of one statement. The statement parsers below share it.
class TokenCursor {
 public:
  TokenCursor(std::string_view sql, const std::vector<Token>& tokens, const LexerMode& mode)
      : sql_(sql), tokens_(tokens), mode_(mode) {}

  const Token& Peek(size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : tokens_.back();
  }
  const Token& Take() { return at_ + 1 < tokens_.size() ? tokens_[at_++] : tokens_.back(); }
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd || PeekPunctuation(';'); }

  bool PeekWord(std::string_view keyword, size_t ahead = 0) const;
  bool PeekPunctuation(char c, size_t ahead = 0) const;
  bool PeekString(size_t ahead = 0) const;
  bool TryWord(std::string_view keyword);
  bool TryWords(std::string_view first, std::string_view second);
  bool TryPunctuation(char c);
  void ExpectWord(std::string_view keyword);
  void ExpectPunctuation(char c);

  /// A word, a quoted name, or (as the server takes aliases) nothing else.
  std::string TakeName(const char* what);
  TableName TakeTableName();

  /// From "(" to its ")", as typed.
  std::string TakeParenthesized();
  void SkipParenthesized();

  /// One or more adjacent strings, or another constant with an optional sign and introducer. False: none is here.
  bool TryLiteral(Literal* literal);
  std::string TakeString(const char* what);

  /// Text of the statement from `begin` to the last token taken.
  std::string TypedSince(size_t begin) const;

  [[noreturn]] void Fail(const std::string& expected) const;

  size_t position() const { return at_; }
  void Rewind(size_t position) { at_ = position; }
  const LexerMode& mode() const { return mode_; }

 private:
  std::string_view sql_;
  const std::vector<Token>& tokens_;
  const LexerMode& mode_;
  size_t at_ = 0;
};

/// Parses one statement; what follows its ';' is not looked at. Statements that are of no kind above are kOther with
/// no more said. Errors: Failure(65) with offset and the text around it for a statement of a known kind that does not
/// parse.
Statement ParseStatement(std::string_view sql, const LexerMode& mode);

/// One column: name, type, attributes. Ends at ',' or ')' or at FIRST, AFTER and the like.
ColumnDefinition ParseColumnDefinition(TokenCursor& cursor);

/// The same without the name, for CHANGE and MODIFY.
void ParseColumnBody(TokenCursor& cursor, ColumnDefinition* column);

/// Type and its attributes.
DataType ParseDataType(TokenCursor& cursor);

/// An index or constraint in a list of columns; false: a column begins here.
bool TryKeyDefinition(TokenCursor& cursor, KeyDefinition* key);

/// The parts of an index, with their parentheses, and the options after them.
void ParseIndexParts(TokenCursor& cursor, KeyDefinition* key);

/// DEFAULT's value, after the word.
DefaultValue ParseDefaultValue(TokenCursor& cursor);

/// What ALTER TABLE does, from the token after the table's name.
std::vector<AlterAction> ParseAlterActions(TokenCursor& cursor);

/// The options after the closing parenthesis, as far as they are options.
void ParseTableOptions(TokenCursor& cursor, TableOptions* options);

}  // namespace cdc::ddl
