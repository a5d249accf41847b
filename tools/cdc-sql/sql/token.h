#pragma once

#include <string>
#include <vector>

#include "tools/cdc-sql/sql/source_span.h"

namespace cdc::sql {

enum class TokenKind {
  kWord,         ///< unquoted identifier or keyword; `text` as written, `upper` in upper case
  kQuoted,       ///< `identifier` in back-ticks; `text` without them
  kString,       ///< 'text', U&'…', E'…'; `text` is its value
  kHexString,    ///< X'0AFF'; `text` is its bytes
  kInteger,      ///< 12
  kDecimal,      ///< 1.5
  kApproximate,  ///< 1.5e0
  kSymbol,       ///< operators and punctuation; `text` as written
  kHint,         ///< the opening of a hint, /*+
  kHintEnd,      ///< its end
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  std::string upper;
  Span span;
  bool reserved = false;  ///< a kWord that cannot name a column, a table or an alias

  bool IsWord(const char* word) const { return kind == TokenKind::kWord && upper == word; }
  bool IsSymbol(const char* symbol) const { return kind == TokenKind::kSymbol && text == symbol; }
};

/// Splits a script into tokens; comments vanish. The last token is kEnd. Errors: 78 with the place.
std::vector<Token> Lex(const SourceText& source);

/// A reserved word of Flink's dialect (`word` in upper case).
bool IsReservedWord(const std::string& word);

/// `name` in back-ticks, whether it needs them or not.
std::string BackTicked(const std::string& name);

/// `name` as it has to be written in SQL: with back-ticks where it needs them.
std::string QuotedName(const std::string& name);

}  // namespace cdc::sql
