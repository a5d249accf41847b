#include <array>

#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/ddl/parser_parts.h"

namespace cdc::ddl {
namespace {

/// Type names of more than one word, longest first for each first word. The parser takes the longest that fits.
constexpr std::array<std::string_view, 24> kLongTypeNames = {
    "NATIONAL CHARACTER VARYING",
    "NATIONAL CHAR VARYING",
    "NATIONAL CHARACTER",
    "NATIONAL VARCHARACTER",
    "NATIONAL VARCHAR",
    "NATIONAL CHAR",
    "NCHAR VARYING",
    "NCHAR VARCHARACTER",
    "NCHAR VARCHAR",
    "CHARACTER VARYING",
    "CHAR VARYING",
    "CHAR BYTE",
    "CHARACTER BYTE",
    "VARCHAR BYTE",
    "DOUBLE PRECISION",
    "LONG VARBINARY",
    "LONG VARCHARACTER",
    "LONG VARCHAR",
    "LONG CHARACTER VARYING",
    "LONG CHAR VARYING",
    "TEXT BYTE",
    "TINYTEXT BYTE",
    "MEDIUMTEXT BYTE",
    "LONGTEXT BYTE",
};

/// The number of tokens of `words` if they stand here, else 0.
size_t WordsHere(const TokenCursor& cursor, std::string_view words) {
  size_t count = 0;
  for (;;) {
    const size_t blank = words.find(' ');
    if (!cursor.PeekWord(words.substr(0, blank), count)) return 0;
    ++count;
    if (blank == std::string_view::npos) return count;
    words.remove_prefix(blank + 1);
  }
}

std::string TakeTypeName(TokenCursor& cursor) {
  size_t best = 0;
  std::string_view name;
  for (const std::string_view candidate : kLongTypeNames) {
    const size_t words = WordsHere(cursor, candidate);
    if (words > best) {
      best = words;
      name = candidate;
    }
  }
  if (best > 0) {
    for (size_t i = 0; i < best; ++i) cursor.Take();
    return std::string(name);
  }
  if (cursor.Peek().kind != TokenKind::kWord) cursor.Fail("a data type");
  std::string word = ToUpper(cursor.Take().text);
  // MariaDB may write a schema before a type, as in mariadb_schema.date.
  if ((word == "MYSQL" || word == "MARIADB_SCHEMA" || word == "ORACLE_SCHEMA") && cursor.TryPunctuation('.'))
    word = ToUpper(cursor.TakeName("a data type"));
  return word;
}

void TakeDimensions(TokenCursor& cursor, DataType* type) {
  if (!cursor.TryPunctuation('(')) return;
  if (cursor.TryPunctuation(')')) return;
  do {
    const Token& token = cursor.Peek();
    if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kBroken || cursor.PeekPunctuation(')'))
      cursor.Fail("a number");
    type->dimensions.emplace_back(cursor.Take().text);
  } while (cursor.TryPunctuation(','));
  cursor.ExpectPunctuation(')');
}

void TakeOptions(TokenCursor& cursor, DataType* type) {
  cursor.ExpectPunctuation('(');
  do {
    Literal option;
    if (!cursor.TryLiteral(&option)) cursor.Fail("a string");
    type->options.push_back(std::move(option));
  } while (cursor.TryPunctuation(','));
  cursor.ExpectPunctuation(')');
}

bool TryTypeAttribute(TokenCursor& cursor, DataType* type) {
  if (cursor.TryWord("UNSIGNED")) {
    type->is_unsigned = true;
  } else if (cursor.TryWord("SIGNED")) {
    type->is_signed = true;
  } else if (cursor.TryWord("ZEROFILL")) {
    type->zerofill = true;
  } else if (cursor.TryWord("BINARY")) {
    type->binary = true;
  } else if (cursor.TryWord("BYTE")) {
    type->name += " BYTE";
  } else if (cursor.TryWord("ASCII")) {
    type->charset = "latin1";
  } else if (cursor.TryWord("UNICODE")) {
    type->charset = "ucs2";
  } else if (cursor.TryWord("CHARSET") || cursor.TryWords("CHARACTER", "SET") || cursor.TryWords("CHAR", "SET")) {
    type->charset = TakeCharset(cursor);
  } else {
    return false;
  }
  return true;
}

DefaultValue TakeDefault(TokenCursor& cursor) {
  DefaultValue value;
  const size_t begin = cursor.Peek().offset;
  if (cursor.PeekPunctuation('(')) {
    value.kind = DefaultValue::Kind::kExpression;
    value.typed = cursor.TakeParenthesized();
    return value;
  }
  if (cursor.TryLiteral(&value.literal)) {
    value.kind = value.literal.kind == Literal::Kind::kNull ? DefaultValue::Kind::kNull : DefaultValue::Kind::kLiteral;
    return value;
  }
  const bool now = cursor.PeekWord("CURRENT_TIMESTAMP") || cursor.PeekWord("NOW");
  const bool local = cursor.PeekWord("LOCALTIME") || cursor.PeekWord("LOCALTIMESTAMP");
  value.kind = now     ? DefaultValue::Kind::kCurrentTimestamp
               : local ? DefaultValue::Kind::kLocalTime
                       : DefaultValue::Kind::kExpression;
  if (cursor.PeekPunctuation('-') || cursor.PeekPunctuation('+')) cursor.Take();
  if (cursor.Peek().kind != TokenKind::kWord) cursor.Fail("a default value");
  // NEXT VALUE FOR s, and functions, are expressions without parentheses in MariaDB.
  if (cursor.TryWords("NEXT", "VALUE")) {
    cursor.ExpectWord("FOR");
    cursor.TakeTableName();
  } else {
    cursor.TakeTableName();
    if (cursor.PeekPunctuation('(')) cursor.SkipParenthesized();
  }
  value.typed = cursor.TypedSince(begin);
  return value;
}

/// One attribute of a column after its type; false: none stands here.
bool TryColumnAttribute(TokenCursor& cursor, ColumnDefinition* column) {
  if (cursor.TryWords("NOT", "NULL")) {
    column->null = false;
  } else if (cursor.TryWord("NULL")) {
    column->null = true;
  } else if (cursor.TryWords("NOT", "SECONDARY") || cursor.TryWords("NOT", "INVISIBLE")) {
  } else if (cursor.PeekWord("SERIAL") && cursor.PeekWord("DEFAULT", 1) && cursor.PeekWord("VALUE", 2)) {
    for (int i = 0; i < 3; ++i) cursor.Take();
    column->serial_default = true;
  } else if (cursor.TryWord("DEFAULT")) {
    column->default_value = TakeDefault(cursor);
    const bool moves = column->default_value.kind == DefaultValue::Kind::kCurrentTimestamp ||
                       column->default_value.kind == DefaultValue::Kind::kLocalTime;
    if (moves && cursor.PeekWord("ON") && cursor.PeekWord("UPDATE", 1)) {
      TryColumnAttribute(cursor, column);
      column->on_update_apart = false;
    }
  } else if (cursor.TryWords("ON", "UPDATE")) {
    column->on_update_now = column->on_update_apart = true;
    cursor.Take();
    if (cursor.PeekPunctuation('(')) cursor.SkipParenthesized();
  } else if (cursor.TryWord("AUTO_INCREMENT")) {
    column->auto_increment = true;
  } else if (cursor.TryWords("PRIMARY", "KEY") || cursor.TryWord("PRIMARY") || cursor.TryWord("KEY")) {
    column->primary_key = true;
  } else if (cursor.TryWords("UNIQUE", "KEY") || cursor.TryWord("UNIQUE")) {
    column->unique_key = true;
  } else if (cursor.TryWord("COMMENT")) {
    const std::string_view typed = cursor.Peek().text;
    column->typed_comment = typed.size() >= 2 ? typed.substr(1, typed.size() - 2) : typed;
    column->comment = cursor.TakeString("a comment in quotes");
  } else if (cursor.TryWord("COLLATE")) {
    column->type.collation = TakeCharset(cursor);
  } else if (cursor.TryWord("INVISIBLE")) {
    column->invisible = true;
  } else if (cursor.TryWord("VISIBLE")) {
  } else if (cursor.TryWord("COLUMN_FORMAT") || cursor.TryWord("STORAGE")) {
    cursor.Take();
  } else if (cursor.TryWord("ENGINE_ATTRIBUTE") || cursor.TryWord("SECONDARY_ENGINE_ATTRIBUTE")) {
    SkipEquals(cursor);
    cursor.TakeString("an attribute in quotes");
  } else if (cursor.TryWord("SRID") || cursor.TryWord("REF_SYSTEM_ID")) {
    SkipEquals(cursor);
    cursor.Take();
  } else if (cursor.PeekWord("GENERATED") || cursor.PeekWord("AS")) {
    if (cursor.TryWord("GENERATED")) {
      cursor.ExpectWord("ALWAYS");
      cursor.ExpectWord("AS");
      if (cursor.TryWord("ROW")) {  // MariaDB's system versioning: AS ROW START, AS ROW END
        column->generated = "ROW " + ToUpper(cursor.Take().text);
        return true;
      }
    } else {
      cursor.Take();
    }
    column->generated = cursor.TakeParenthesized();
  } else if (cursor.TryWord("VIRTUAL")) {
    column->stored = false;
  } else if (cursor.TryWord("STORED") || cursor.TryWord("PERSISTENT")) {
    column->stored = true;
  } else if (cursor.TryWord("CHECK")) {
    SkipCheck(cursor);
  } else if (cursor.PeekWord("CONSTRAINT")) {
    cursor.Take();
    if (!cursor.PeekWord("CHECK")) cursor.TakeName("a constraint name");
    cursor.ExpectWord("CHECK");
    SkipCheck(cursor);
  } else if (cursor.TryWord("REFERENCES")) {
    column->cascades = TakeReferences(cursor);
  } else if (cursor.TryWord("COMPRESSED")) {  // MariaDB's column compression
    if (cursor.TryPunctuation('=')) cursor.Take();
  } else if (cursor.PeekWord("SYSTEM", 1) && (cursor.PeekWord("WITH") || cursor.PeekWord("WITHOUT"))) {
    column->versioned = cursor.PeekWord("WITH");
    cursor.Take();
    cursor.Take();
    cursor.ExpectWord("VERSIONING");
  } else {
    return TryTypeAttribute(cursor, &column->type);
  }
  return true;
}

}  // namespace

DataType ParseDataType(TokenCursor& cursor) {
  DataType type;
  type.name = TakeTypeName(cursor);
  if (type.name == "ENUM" || type.name == "SET") {
    TakeOptions(cursor, &type);
  } else {
    TakeDimensions(cursor, &type);
  }
  while (TryTypeAttribute(cursor, &type)) {
  }
  return type;
}

void ParseColumnBody(TokenCursor& cursor, ColumnDefinition* column) {
  column->type = ParseDataType(cursor);
  while (TryColumnAttribute(cursor, column)) {
  }
}

ColumnDefinition ParseColumnDefinition(TokenCursor& cursor) {
  ColumnDefinition column;
  const Token& token = cursor.Peek();
  column.name = cursor.TakeName("a column name");
  column.raw_name = token.kind == TokenKind::kQuotedName ? std::string(token.text.substr(1, token.text.size() - 2))
                                                         : std::string(token.text);
  ParseColumnBody(cursor, &column);
  return column;
}

DefaultValue ParseDefaultValue(TokenCursor& cursor) {
  return TakeDefault(cursor);
}

}  // namespace cdc::ddl
