#include <doctest/doctest.h>

#include "common/ddl/lexer.h"

using namespace cdc::ddl;

namespace {

std::string Texts(std::string_view sql, const LexerMode& mode = {}) {
  std::string out;
  for (const Token& token : Tokenize(sql, mode)) {
    if (token.kind == TokenKind::kEnd) break;
    if (!out.empty()) out += '|';
    out += token.text;
  }
  return out;
}

TokenKind FirstKind(std::string_view sql, const LexerMode& mode = {}) {
  return Tokenize(sql, mode).front().kind;
}

}  // namespace

TEST_CASE("comments fall away, versioned ones are part of the statement") {
  CHECK(Texts("a /* b */ c -- d\n e # f\n g") == "a|c|e|g");
  CHECK(Texts("a--b") == "a|-|-|b");
  CHECK(Texts("id INT /*!80000 NOT NULL */ x") == "id|INT|NOT|NULL|x");
  CHECK(Texts("a /*!NOT NULL*/ b") == "a|NOT|NULL|b");
  CHECK(Texts("a /*M!100100 b */ c") == "a|b|c");
  LexerMode skipping;
  skipping.versioned_comments = false;
  CHECK(Texts("a /*!80000 NOT NULL */ b", skipping) == "a|b");
  CHECK(Texts("a /*!50100 b /* inner */ c */ d") == "a|b|c|d");
}

TEST_CASE("quotes") {
  CHECK(NameOf(Tokenize("`a``b`", {})[0]) == "a`b");
  CHECK(StringValueOf(Tokenize(R"('it''s \'x\' \n\0')", {})[0], {}) == std::string("it's 'x' \n\0", 11));
  LexerMode mode = LexerMode::FromSqlMode(0x4 | 0x100000);
  CHECK(FirstKind("\"a\"", mode) == TokenKind::kQuotedName);
  CHECK(FirstKind("\"a\"") == TokenKind::kString);
  CHECK(Texts(R"('a\' b)", mode) == R"('a\'|b)");
  CHECK(FirstKind("N'x'") == TokenKind::kNational);
  CHECK(Texts("_utf8mb4'x' y") == "_utf8mb4|'x'|y");
}

TEST_CASE("numbers and names that begin with digits") {
  CHECK(FirstKind("0x41") == TokenKind::kHex);
  CHECK(FirstKind("x'41'") == TokenKind::kHex);
  CHECK(FirstKind("0b01") == TokenKind::kBit);
  CHECK(FirstKind("b'01'") == TokenKind::kBit);
  CHECK(FirstKind("12") == TokenKind::kInteger);
  CHECK(FirstKind(".5") == TokenKind::kReal);
  CHECK(FirstKind("1e-7") == TokenKind::kReal);
  CHECK(FirstKind("1st") == TokenKind::kWord);
  CHECK(FirstKind("0xyz") == TokenKind::kWord);
  CHECK(Texts("db.1st") == "db|.|1st");
  CHECK(Texts("db.12 x") == "db|.|12|x");
  CHECK(Tokenize("db.12", {})[2].kind == TokenKind::kWord);
  CHECK(Texts("@a @@global.b @'c d'") == "@a|@@global.b|@'c d'");
}

TEST_CASE("text that ends inside a token is broken, at every cut") {
  CHECK(FirstKind("'abc") == TokenKind::kBroken);
  CHECK(FirstKind("/* abc") == TokenKind::kBroken);
  CHECK(Tokenize("a /*!80000 b", {}).size() == 4);
  const std::string sql =
      "CREATE TABLE `a``b` (id INT /*!80000 NOT NULL */ DEFAULT _utf8mb4'x''y\\'z', b BIT(3) DEFAULT b'101', "
      "c ENUM(\"a\",'b'), /* c */ d INT -- e\n, KEY (id)) COMMENT='\xE6\x97\xA5'";
  for (size_t length = 0; length <= sql.size(); ++length) {
    const std::string cut = sql.substr(0, length);
    for (const bool ansi : {false, true}) {
      LexerMode mode;
      mode.ansi_quotes = ansi;
      const auto tokens = Tokenize(cut, mode);
      REQUIRE(!tokens.empty());
      CHECK(tokens.back().kind == TokenKind::kEnd);
    }
  }
}
