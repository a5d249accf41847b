#include "common/ddl/parser.h"
#include "common/ddl/parser_parts.h"

namespace cdc::ddl {
namespace {

std::vector<KeyPart> TakeKeyParts(TokenCursor& cursor) {
  std::vector<KeyPart> parts;
  cursor.ExpectPunctuation('(');
  do {
    KeyPart part;
    if (cursor.PeekPunctuation('(')) {
      part.expression = cursor.TakeParenthesized();
    } else {
      part.column = cursor.TakeName("a column name");
      if (cursor.TryPunctuation('(')) {
        part.length = cursor.Take().text;
        cursor.ExpectPunctuation(')');
      }
    }
    if (!cursor.TryWord("ASC")) cursor.TryWord("DESC");
    if (cursor.TryWords("WITHOUT", "OVERLAPS")) {
    }
    parts.push_back(std::move(part));
  } while (cursor.TryPunctuation(','));
  cursor.ExpectPunctuation(')');
  return parts;
}

void SkipIndexOptions(TokenCursor& cursor) {
  for (;;) {
    if (cursor.TryWord("USING") || cursor.TryWord("KEY_BLOCK_SIZE")) {
      SkipEquals(cursor);
      cursor.Take();
    } else if (cursor.TryWords("WITH", "PARSER")) {
      cursor.Take();
    } else if (cursor.TryWord("COMMENT")) {
      cursor.TakeString("a comment in quotes");
    } else if (cursor.TryWord("VISIBLE") || cursor.TryWord("INVISIBLE") || cursor.TryWord("IGNORED") ||
               cursor.TryWords("NOT", "IGNORED")) {
    } else if (cursor.TryWord("ENGINE_ATTRIBUTE") || cursor.TryWord("SECONDARY_ENGINE_ATTRIBUTE") ||
               cursor.TryWord("CLUSTERING")) {
      SkipEquals(cursor);
      cursor.Take();
    } else {
      return;
    }
  }
}

/// The optional name and USING before the parts of an index.
void TakeIndexName(TokenCursor& cursor, KeyDefinition* key) {
  if (cursor.TryWord("IF")) {
    cursor.ExpectWord("NOT");
    cursor.ExpectWord("EXISTS");
  }
  if (!cursor.PeekPunctuation('(') && !cursor.PeekWord("USING")) key->name = cursor.TakeName("an index name");
  if (cursor.TryWord("USING")) cursor.Take();
}

bool IsKeyStart(const TokenCursor& cursor) {
  for (const std::string_view word :
       {"PRIMARY", "UNIQUE", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "FOREIGN", "CHECK", "CONSTRAINT", "LIKE"}) {
    if (cursor.PeekWord(word)) return true;
  }
  // MariaDB: PERIOD FOR SYSTEM_TIME (a, b) is no column.
  return cursor.PeekWord("PERIOD") && cursor.PeekWord("FOR", 1);
}

}  // namespace

void ParseIndexParts(TokenCursor& cursor, KeyDefinition* key) {
  key->parts = TakeKeyParts(cursor);
  SkipIndexOptions(cursor);
}

bool TryKeyDefinition(TokenCursor& cursor, KeyDefinition* key) {
  if (!IsKeyStart(cursor)) return false;
  *key = {};
  std::string constraint;
  if (cursor.TryWord("CONSTRAINT")) {
    if (!cursor.PeekWord("PRIMARY") && !cursor.PeekWord("UNIQUE") && !cursor.PeekWord("FOREIGN") &&
        !cursor.PeekWord("CHECK"))
      constraint = cursor.TakeName("a constraint name");
  }
  if (cursor.TryWord("PRIMARY")) {
    cursor.ExpectWord("KEY");
    key->kind = KeyDefinition::Kind::kPrimary;
    TakeIndexName(cursor, key);
    key->parts = TakeKeyParts(cursor);
  } else if (cursor.TryWord("UNIQUE")) {
    if (!cursor.TryWord("INDEX")) cursor.TryWord("KEY");
    key->kind = KeyDefinition::Kind::kUnique;
    TakeIndexName(cursor, key);
    key->parts = TakeKeyParts(cursor);
  } else if (cursor.TryWord("FOREIGN")) {
    cursor.ExpectWord("KEY");
    key->kind = KeyDefinition::Kind::kForeign;
    TakeIndexName(cursor, key);
    key->parts = TakeKeyParts(cursor);
    cursor.ExpectWord("REFERENCES");
    key->cascades = TakeReferences(cursor);
  } else if (cursor.TryWord("CHECK")) {
    key->kind = KeyDefinition::Kind::kCheck;
    SkipCheck(cursor);
  } else if (cursor.TryWord("PERIOD")) {
    key->kind = KeyDefinition::Kind::kCheck;
    cursor.ExpectWord("FOR");
    cursor.TakeName("a period name");
    cursor.SkipParenthesized();
  } else {
    const bool fulltext = cursor.TryWord("FULLTEXT");
    const bool spatial = !fulltext && cursor.TryWord("SPATIAL");
    key->kind = fulltext  ? KeyDefinition::Kind::kFulltext
                : spatial ? KeyDefinition::Kind::kSpatial
                          : KeyDefinition::Kind::kIndex;
    if (!cursor.TryWord("INDEX") && !cursor.TryWord("KEY") && !fulltext && !spatial) cursor.Fail("INDEX or KEY");
    TakeIndexName(cursor, key);
    key->parts = TakeKeyParts(cursor);
  }
  SkipIndexOptions(cursor);
  if (key->name.empty()) key->name = std::move(constraint);
  return true;
}

}  // namespace cdc::ddl
