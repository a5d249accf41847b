#include "tools/cdc-sql/sql/expr_parser.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace cdc::sql {

/// As Flink: more digits than the type has are all that it has.
int ExprParser::ParseDigits(int fallback, int low, int high, const char* what) {
  return std::min(ParseLength(fallback, low, std::numeric_limits<int>::max(), what), high);
}

int ExprParser::ParseLength(int fallback, int low, int high, const char* what) {
  if (!tokens_.TakeSymbol("(")) return fallback;
  const Token& token = tokens_.Peek();
  if (token.kind != TokenKind::kInteger) tokens_.FailExpected(what);
  tokens_.Take();
  long long value = 0;
  for (const char c : token.text) value = std::min(value * 10 + (c - '0'), 99999999999LL);
  if (value < low || value > high)
    FailAt(token.span, std::string(what) + " is out of range",
           "it lies between " + std::to_string(low) + " and " + std::to_string(high));
  if (!tokens_.PeekSymbol(",")) tokens_.ExpectSymbol(")");
  return static_cast<int>(value);
}

SqlType ExprParser::ParseType() {
  const TokenStream::Level level(tokens_);
  SqlType type = ParseBaseType();
  for (int wrapped = 0;; ++wrapped) {
    if (wrapped == TokenStream::kMaxNesting) FailAt(tokens_.Peek().span, "the type is nested too deep");
    const bool array = tokens_.PeekWord("ARRAY"), multiset = tokens_.PeekWord("MULTISET");
    if (!array && !multiset) break;
    tokens_.Take();
    SqlType outer = SqlType::Of(array ? TypeKind::kArray : TypeKind::kMultiset);
    outer.children.push_back(std::move(type));
    type = std::move(outer);
  }
  if (tokens_.TakeWords("NOT", "NULL")) {
    type.nullable = false;
  } else if (tokens_.PeekWord("NULL")) {
    tokens_.Take();
  }
  return type;
}

SqlType ExprParser::ParseBaseType() {
  const Token& token = tokens_.Peek();
  if (token.kind != TokenKind::kWord) tokens_.FailExpected("a type", "such as INT, STRING, DECIMAL(10, 2)");
  const std::string word = token.upper;
  tokens_.Take();
  const auto plain = [](TypeKind kind) { return SqlType::Of(kind); };
  if (word == "BOOLEAN") return plain(TypeKind::kBoolean);
  if (word == "TINYINT") return plain(TypeKind::kTinyint);
  if (word == "SMALLINT") return plain(TypeKind::kSmallint);
  if (word == "INT" || word == "INTEGER") return plain(TypeKind::kInt);
  if (word == "BIGINT") return plain(TypeKind::kBigint);
  if (word == "FLOAT" || word == "REAL") return plain(TypeKind::kFloat);
  if (word == "DOUBLE") {
    tokens_.TakeWord("PRECISION");
    return plain(TypeKind::kDouble);
  }
  if (word == "DECIMAL" || word == "DEC" || word == "NUMERIC") {
    const Span at = tokens_.Peek().span;
    const int precision = ParseDigits(10, 1, kMaxPrecision, "the precision of DECIMAL");
    int scale = 0;
    const bool open = tokens_.previous().text() != ")";
    if (open && tokens_.PeekSymbol(",") && at.text() == "(") {
      tokens_.Take();
      const Token& digits = tokens_.Peek();
      if (digits.kind != TokenKind::kInteger) tokens_.FailExpected("the scale of DECIMAL");
      tokens_.Take();
      scale = std::atoi(digits.text.c_str());
      if (scale > precision || digits.text.size() > 3)
        FailAt(at.To(tokens_.previous()), "the scale of DECIMAL is greater than its precision");
      tokens_.ExpectSymbol(")");
    }
    return SqlType::Decimal(precision, scale);
  }
  if (word == "CHAR" || word == "CHARACTER") {
    const bool varying = tokens_.TakeWord("VARYING");
    return SqlType::Of(varying ? TypeKind::kVarchar : TypeKind::kChar, true,
                       ParseLength(varying ? kMaxLength : 1, 0, kMaxLength, "the length"));
  }
  if (word == "VARCHAR")
    return SqlType::Of(TypeKind::kVarchar, true, ParseLength(kMaxLength, 0, kMaxLength, "the length"));
  if (word == "STRING") return SqlType::String();
  if (word == "BINARY") {
    const bool varying = tokens_.TakeWord("VARYING");
    return SqlType::Of(varying ? TypeKind::kVarbinary : TypeKind::kBinary, true,
                       ParseLength(varying ? kMaxLength : 1, 0, kMaxLength, "the length"));
  }
  if (word == "VARBINARY")
    return SqlType::Of(TypeKind::kVarbinary, true, ParseLength(kMaxLength, 0, kMaxLength, "the length"));
  if (word == "BYTES") return SqlType::Of(TypeKind::kVarbinary, true, kMaxLength);
  if (word == "DATE") return plain(TypeKind::kDate);
  if (word == "TIME") {
    const int precision = ParseDigits(0, 0, 9, "the precision of TIME");
    if (tokens_.TakeWord("WITHOUT")) {
      tokens_.ExpectWord("TIME");
      tokens_.ExpectWord("ZONE");
    }
    return SqlType::Of(TypeKind::kTime, true, precision);
  }
  if (word == "TIMESTAMP_LTZ") return SqlType::Of(TypeKind::kTimestampLtz, true, ParseDigits(6, 0, 9, "the precision"));
  if (word == "TIMESTAMP") {
    SqlType type = SqlType::Of(TypeKind::kTimestamp, true, ParseDigits(6, 0, 9, "the precision of TIMESTAMP"));
    if (tokens_.TakeWord("WITHOUT")) {
      tokens_.ExpectWord("TIME");
      tokens_.ExpectWord("ZONE");
    } else if (tokens_.TakeWord("WITH")) {
      if (!tokens_.TakeWord("LOCAL"))
        tokens_.FailExpected("LOCAL TIME ZONE", "there is no TIMESTAMP WITH TIME ZONE; TIMESTAMP_LTZ is an instant");
      tokens_.ExpectWord("TIME");
      tokens_.ExpectWord("ZONE");
      type.kind = TypeKind::kTimestampLtz;
    }
    return type;
  }
  if (word == "INTERVAL") return ParseIntervalType();
  if (word == "ROW") return ParseRowType();
  if (word == "ARRAY" || word == "MULTISET" || word == "MAP") {
    SqlType type = SqlType::Of(word == "ARRAY" ? TypeKind::kArray
                               : word == "MAP" ? TypeKind::kMap
                                               : TypeKind::kMultiset);
    tokens_.ExpectSymbol("<");
    type.children.push_back(ParseType());
    if (word == "MAP") {
      tokens_.ExpectSymbol(",");
      type.children.push_back(ParseType());
    }
    tokens_.ExpectSymbol(">");
    return type;
  }
  FailAt(token.span, "unknown type " + token.text,
         "such as INT, BIGINT, STRING, DECIMAL(10, 2), TIMESTAMP(3), BOOLEAN");
}

SqlType ExprParser::ParseRowType() {
  SqlType type = SqlType::Of(TypeKind::kRow);
  const char* close = tokens_.PeekSymbol("(") ? ")" : ">";
  tokens_.ExpectSymbol(close[0] == ')' ? "(" : "<");
  do {
    type.field_names.push_back(tokens_.ExpectName("a field name"));
    type.children.push_back(ParseType());
    if (tokens_.Peek().kind == TokenKind::kString) tokens_.Take();  // a comment
  } while (tokens_.TakeSymbol(","));
  tokens_.ExpectSymbol(close);
  return type;
}

SqlType ExprParser::ParseIntervalType() {
  SqlType digits;
  const std::string first = TakeIntervalUnit(true, &digits);
  if (tokens_.TakeWord("TO")) TakeIntervalUnit(false, &digits);
  return IntervalType(first);
}

SqlType ExprParser::IntervalType(std::string_view unit) {
  const bool months = unit == "YEAR" || unit == "MONTH" || unit == "QUARTER";
  return SqlType::Of(months ? TypeKind::kIntervalMonth : TypeKind::kIntervalDay);
}

}  // namespace cdc::sql
