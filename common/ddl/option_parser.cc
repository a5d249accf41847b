#include <string_view>

#include "common/ddl/parser.h"
#include "common/ddl/parser_parts.h"

namespace cdc::ddl {

std::string TakeCharset(TokenCursor& cursor) {
  if (cursor.PeekString()) return cursor.TakeString("a character set");
  return cursor.TakeName("a character set");
}

bool TakeReferences(TokenCursor& cursor) {
  bool cascades = false;
  cursor.TakeTableName();
  if (cursor.PeekPunctuation('(')) cursor.SkipParenthesized();
  for (;;) {
    if (cursor.TryWord("MATCH")) {
      cursor.Take();
    } else if (cursor.PeekWord("ON") && (cursor.PeekWord("DELETE", 1) || cursor.PeekWord("UPDATE", 1))) {
      cursor.Take();
      cursor.Take();
      if (cursor.TryWord("CASCADE") || cursor.TryWords("SET", "NULL") || cursor.TryWords("SET", "DEFAULT"))
        cascades = true;
      else if (!cursor.TryWords("NO", "ACTION"))
        cursor.Take();  // RESTRICT
    } else {
      return cascades;
    }
  }
}

void SkipCheck(TokenCursor& cursor) {
  cursor.SkipParenthesized();
  if (!cursor.TryWords("NOT", "ENFORCED")) cursor.TryWord("ENFORCED");
}

void SkipEquals(TokenCursor& cursor) {
  cursor.TryPunctuation(':');
  cursor.TryPunctuation('=');
}

/// An option that is a word and a value, whose "=" may be left out.
bool AtPlainOption(const TokenCursor& cursor) {
  static constexpr std::string_view kWords[] = {"ENGINE",          "AUTO_INCREMENT",   "ROW_FORMAT",
                                                "KEY_BLOCK_SIZE",  "MAX_ROWS",         "MIN_ROWS",
                                                "AVG_ROW_LENGTH",  "CHECKSUM",         "TYPE",
                                                "PACK_KEYS",       "ENCRYPTION",       "COMPRESSION",
                                                "DELAY_KEY_WRITE", "STATS_PERSISTENT", "STATS_AUTO_RECALC",
                                                "CONNECTION",      "INSERT_METHOD",    "STATS_SAMPLE_PAGES"};
  for (const std::string_view word : kWords)
    if (cursor.PeekWord(word)) return true;
  // Unknown ones need it.
  return cursor.Peek().kind == TokenKind::kWord && cursor.PeekPunctuation('=', 1);
}

void ParseTableOptions(TokenCursor& cursor, TableOptions* options) {
  for (;;) {
    cursor.TryPunctuation(',');
    cursor.TryWord("DEFAULT");
    if (cursor.TryWord("CHARSET") || cursor.TryWords("CHARACTER", "SET") || cursor.TryWords("CHAR", "SET")) {
      SkipEquals(cursor);
      options->charset = TakeCharset(cursor);
    } else if (cursor.TryWord("COLLATE")) {
      SkipEquals(cursor);
      options->collation = TakeCharset(cursor);
    } else if (cursor.TryWord("COMMENT")) {
      SkipEquals(cursor);
      const std::string typed(cursor.Peek().text);
      options->comment = cursor.TakeString("a comment in quotes");
      options->typed_comment = typed.size() >= 2 ? typed.substr(1, typed.size() - 2) : typed;
    } else if (cursor.TryWord("UNION")) {
      SkipEquals(cursor);
      cursor.SkipParenthesized();
    } else if (cursor.TryWords("DATA", "DIRECTORY") || cursor.TryWords("INDEX", "DIRECTORY")) {
      SkipEquals(cursor);
      cursor.TakeString("a directory in quotes");
    } else if (cursor.TryWord("TABLESPACE")) {
      SkipEquals(cursor);
      cursor.Take();
      if (cursor.TryWord("STORAGE")) cursor.Take();
    } else if (cursor.TryWords("START", "TRANSACTION")) {
    } else if (cursor.TryWords("WITH", "SYSTEM")) {
      cursor.ExpectWord("VERSIONING");
      options->system_versioned = true;
    } else if (AtPlainOption(cursor)) {
      cursor.Take();
      SkipEquals(cursor);
      if (cursor.AtEnd()) cursor.Fail("a value");
      cursor.Take();
    } else {
      return;
    }
  }
}

}  // namespace cdc::ddl
