#include "tools/binlog-tail/row_condition.h"

#include <algorithm>
#include <cstdlib>

#include "common/ddl/lexer.h"
#include "common/ddl/parser.h"
#include "common/error.h"
#include "common/json_scan.h"

namespace cdc::tail {
namespace {

bool IsNumber(std::string_view text) {
  size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  size_t digits = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (text[at] >= '0' && text[at] <= '9')
      ++digits;
    else if (text[at] == '.' && !point)
      point = true;
    else
      break;
  }
  if (digits == 0 || at == text.size()) return digits > 0;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  return at < text.size() && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                                         [](char c) { return c >= '0' && c <= '9'; });
}

struct Decimal {
  bool negative = false;
  std::string_view whole, fraction;
};

Decimal Split(std::string_view text) {
  Decimal number;
  if (text[0] == '-' || text[0] == '+') {
    number.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t point = text.find('.');
  number.whole = text.substr(0, point);
  if (point != std::string_view::npos) number.fraction = text.substr(point + 1);
  while (!number.whole.empty() && number.whole.front() == '0') number.whole.remove_prefix(1);
  while (!number.fraction.empty() && number.fraction.back() == '0') number.fraction.remove_suffix(1);
  if (number.whole.empty() && number.fraction.empty()) number.negative = false;
  return number;
}

int Sign(int order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

/// Past one character of UTF-8.
std::string_view AfterCharacter(std::string_view text) {
  size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return text.substr(size);
}

}  // namespace

int CompareNumbers(std::string_view a, std::string_view b) {
  if (a.find_first_of("eE") != std::string_view::npos || b.find_first_of("eE") != std::string_view::npos) {
    const long double x = std::strtold(std::string(a).c_str(), nullptr);
    const long double y = std::strtold(std::string(b).c_str(), nullptr);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const Decimal x = Split(a), y = Split(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  int order =
      x.whole.size() != y.whole.size() ? (x.whole.size() < y.whole.size() ? -1 : 1) : Sign(x.whole.compare(y.whole));
  if (order == 0) order = Sign(x.fraction.compare(y.fraction));
  return x.negative ? -order : order;
}

bool IsLike(std::string_view text, std::string_view pattern) {
  while (!pattern.empty()) {
    const char c = pattern[0];
    if (c == '%') {
      pattern.remove_prefix(1);
      if (pattern.empty()) return true;
      for (;; text.remove_prefix(1)) {
        if (IsLike(text, pattern)) return true;
        if (text.empty()) return false;
      }
    }
    if (text.empty()) return false;
    if (c == '_') {
      text = AfterCharacter(text);
      pattern.remove_prefix(1);
      continue;
    }
    if (c == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    if (text[0] != pattern[0]) return false;
    text.remove_prefix(1);
    pattern.remove_prefix(1);
  }
  return text.empty();
}

// ---- reading it

RowCondition::RowCondition(const std::string& text) {
  try {
    const ddl::LexerMode mode;
    const std::vector<ddl::Token> tokens = ddl::Tokenize(text, mode);
    ddl::TokenCursor cursor(text, tokens, mode);
    root_ = ParseOr(cursor);
    if (!cursor.AtEnd()) cursor.Fail("AND, OR, or the end");
  } catch (const Failure& failure) {
    Fail(ExitStatus::kUsage, "--where: " + failure.error().what, failure.error().detail,
         "conditions like: id > 5 AND (state = 'new' OR note IS NULL)");
  }
  raw_.resize(columns_.size());
  texts_.resize(columns_.size());
}

RowCondition::Node RowCondition::ParseOr(ddl::TokenCursor& cursor) {
  Node node = ParseAnd(cursor);
  while (cursor.TryWord("OR")) {
    Node whole;
    whole.kind = Kind::kOr;
    whole.parts.push_back(std::move(node));
    whole.parts.push_back(ParseAnd(cursor));
    node = std::move(whole);
  }
  return node;
}

RowCondition::Node RowCondition::ParseAnd(ddl::TokenCursor& cursor) {
  Node node = ParseNot(cursor);
  while (cursor.TryWord("AND")) {
    Node whole;
    whole.kind = Kind::kAnd;
    whole.parts.push_back(std::move(node));
    whole.parts.push_back(ParseNot(cursor));
    node = std::move(whole);
  }
  return node;
}

RowCondition::Node RowCondition::ParseNot(ddl::TokenCursor& cursor) {
  if (cursor.TryWord("NOT")) {
    Node whole;
    whole.kind = Kind::kNot;
    whole.parts.push_back(ParseNot(cursor));
    return whole;
  }
  if (cursor.TryPunctuation('(')) {
    Node node = ParseOr(cursor);
    cursor.ExpectPunctuation(')');
    return node;
  }
  return ParsePredicate(cursor);
}

RowCondition::Operand RowCondition::ParseOperand(ddl::TokenCursor& cursor) {
  Operand operand;
  ddl::Literal literal;
  if (cursor.TryLiteral(&literal)) {
    using LiteralKind = ddl::Literal::Kind;
    operand.is_null = literal.kind == LiteralKind::kNull;
    operand.is_number = literal.kind == LiteralKind::kInteger || literal.kind == LiteralKind::kReal;
    if (literal.kind == LiteralKind::kHex || literal.kind == LiteralKind::kBit) cursor.Fail("a number or a string");
    operand.text = literal.sign + literal.value;
    if (literal.kind == LiteralKind::kBoolean) {
      operand.is_number = true;
      operand.text = ddl::EqualsIgnoreCase(literal.value, "TRUE") ? "1" : "0";
    }
    return operand;
  }
  const std::string name = cursor.TakeName("a column, a number or a string");
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  operand.column = static_cast<int>(found - columns_.begin());
  if (found == columns_.end()) columns_.push_back(name);
  return operand;
}

RowCondition::Node RowCondition::ParsePredicate(ddl::TokenCursor& cursor) {
  Node node;
  node.operands.push_back(ParseOperand(cursor));
  const auto negated = [](bool negate, Node inner) {
    if (!negate) return inner;
    Node whole;
    whole.kind = Kind::kNot;
    whole.parts.push_back(std::move(inner));
    return whole;
  };
  if (cursor.TryWord("IS")) {
    node.kind = Kind::kIsNull;
    const bool negate = cursor.TryWord("NOT");
    cursor.ExpectWord("NULL");
    return negated(negate, std::move(node));
  }
  const bool negate = cursor.TryWord("NOT");
  if (cursor.TryWord("IN")) {
    node.kind = Kind::kIn;
    cursor.ExpectPunctuation('(');
    do {
      node.operands.push_back(ParseOperand(cursor));
    } while (cursor.TryPunctuation(','));
    cursor.ExpectPunctuation(')');
    return negated(negate, std::move(node));
  }
  if (cursor.TryWord("LIKE")) {
    node.kind = Kind::kLike;
    node.operands.push_back(ParseOperand(cursor));
    return negated(negate, std::move(node));
  }
  if (cursor.TryWord("BETWEEN")) {
    Node both;
    both.kind = Kind::kAnd;
    for (const char* op : {">=", "<="}) {
      Node part = node;
      part.op = op;
      part.operands.push_back(ParseOperand(cursor));
      both.parts.push_back(std::move(part));
      if (op[0] == '>') cursor.ExpectWord("AND");
    }
    return negated(negate, std::move(both));
  }
  if (negate) cursor.Fail("IN, LIKE or BETWEEN");
  for (const char c : {'<', '>', '!', '='})
    while (cursor.TryPunctuation(c)) node.op += c;
  while (node.op.size() < 3 && (cursor.PeekPunctuation('=') || cursor.PeekPunctuation('>')))
    node.op += cursor.Take().text;
  const auto known = {"=", "<>", "!=", "<", "<=", ">", ">=", "<=>"};
  if (std::find(known.begin(), known.end(), node.op) == known.end()) cursor.Fail("a comparison");
  node.operands.push_back(ParseOperand(cursor));
  return node;
}

// ---- testing it

RowCondition::Value RowCondition::ValueOf(const Operand& operand) {
  if (operand.column < 0) return {operand.is_null, operand.is_number, operand.text};
  const auto index = static_cast<size_t>(operand.column);
  const std::string_view raw = raw_[index];
  if (raw.empty() || raw == "null") return {};
  if (raw.front() != '"') return {false, IsNumber(raw), raw};
  std::string& text = texts_[index];
  text.clear();
  AppendUnescaped(text, raw);
  return {false, false, text};
}

RowCondition::Truth RowCondition::Compare(std::string_view op, const Operand& left, const Operand& right) {
  const Value a = ValueOf(left), b = ValueOf(right);
  if (op == "<=>" && (a.is_null || b.is_null)) return a.is_null && b.is_null ? Truth::kTrue : Truth::kFalse;
  if (a.is_null || b.is_null) return Truth::kUnknown;
  const bool numbers = (a.is_number || b.is_number) && IsNumber(a.text) && IsNumber(b.text);
  const int order = numbers ? CompareNumbers(a.text, b.text) : Sign(a.text.compare(b.text));
  const bool holds = op == "=" || op == "<=>"   ? order == 0
                     : op == "<>" || op == "!=" ? order != 0
                     : op == "<"                ? order < 0
                     : op == "<="               ? order <= 0
                     : op == ">"                ? order > 0
                                                : order >= 0;
  return holds ? Truth::kTrue : Truth::kFalse;
}

RowCondition::Truth RowCondition::TestIn(const Node& node) {
  Truth truth = Truth::kFalse;
  for (size_t i = 1; i < node.operands.size(); ++i) {
    const Truth one = Compare("=", node.operands[0], node.operands[i]);
    if (one == Truth::kTrue) return one;
    if (one == Truth::kUnknown) truth = one;
  }
  return truth;
}

RowCondition::Truth RowCondition::TestLike(const Node& node) {
  const Value text = ValueOf(node.operands[0]), pattern = ValueOf(node.operands[1]);
  if (text.is_null || pattern.is_null) return Truth::kUnknown;
  return IsLike(text.text, pattern.text) ? Truth::kTrue : Truth::kFalse;
}

RowCondition::Truth RowCondition::Test(const Node& node) {
  switch (node.kind) {
    case Kind::kCompare: return Compare(node.op, node.operands[0], node.operands[1]);
    case Kind::kIsNull: return ValueOf(node.operands[0]).is_null ? Truth::kTrue : Truth::kFalse;
    case Kind::kIn: return TestIn(node);
    case Kind::kLike: return TestLike(node);
    case Kind::kNot: {
      const Truth inner = Test(node.parts[0]);
      return inner == Truth::kUnknown ? inner : inner == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    }
    case Kind::kAnd:
    case Kind::kOr: break;
  }
  // What decides alone: false in AND, true in OR.
  const Truth decides = node.kind == Kind::kAnd ? Truth::kFalse : Truth::kTrue;
  const Truth left = Test(node.parts[0]);
  if (left == decides) return left;
  const Truth right = Test(node.parts[1]);
  return right == decides || left != Truth::kUnknown ? right : left;
}

void RowCondition::CheckTable(const TableSchema& table) const {
  for (const std::string& name : columns_) {
    const bool has = std::any_of(table.columns.begin(), table.columns.end(),
                                 [&](const ColumnSchema& column) { return column.name == name; });
    if (!has)
      Fail(ExitStatus::kConfig,
           "--where names column \"" + name + "\", which table \"" + table.db + "." + table.table + "\" does not have",
           "", "choose the tables that have it with --tables");
  }
}

bool RowCondition::Holds(std::string_view row) {
  std::fill(raw_.begin(), raw_.end(), std::string_view());
  for (JsonMembers members(row); members.Next();) {
    std::string name;
    const bool escaped = members.name().find('\\') != std::string_view::npos;
    if (escaped) AppendUnescaped(name, members.raw_name());
    for (size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i] == (escaped ? std::string_view(name) : members.name())) raw_[i] = members.value();
  }
  return Test(root_) == Truth::kTrue;
}

}  // namespace cdc::tail
