#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cdc::ddl {

enum class TokenKind {
  kEnd,
  kWord,         ///< keyword or name without quotes
  kQuotedName,   ///< `…`, or "…" under ANSI_QUOTES
  kString,       ///< '…' or "…"
  kNational,     ///< N'…'
  kHex,          ///< X'…' or 0x…
  kBit,          ///< B'…' or 0b…
  kInteger,      ///< digits only
  kReal,         ///< with a point or an exponent
  kVariable,     ///< @name, @@name, @'name'
  kPunctuation,  ///< one character
  kBroken,       ///< a string, name or comment that the text ends in
};

/// A piece of a statement. Views point into the statement, which must outlive the token.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  ///< as typed, quotes included
  size_t offset = 0;      ///< of its first byte in the statement

  size_t end() const { return offset + text.size(); }
};

/// How a session reads a statement (from its sql_mode), and which comments it executes.
struct LexerMode {
  bool ansi_quotes = false;
  bool no_backslash_escapes = false;

  /// The content of /*!NNNNN …*/ is part of the statement. (MariaDB's /*M!NNNNNN …*/ likewise.)
  bool versioned_comments = true;

  /// From the bits that the server logs with each statement.
  static LexerMode FromSqlMode(unsigned long long sql_mode) {
    LexerMode mode;
    mode.ansi_quotes = (sql_mode & 0x4) != 0;
    mode.no_backslash_escapes = (sql_mode & 0x100000) != 0;
    return mode;
  }
};

}  // namespace cdc::ddl
