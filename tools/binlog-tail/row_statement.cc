#include "tools/binlog-tail/row_statement.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "common/ddl/lexer.h"

namespace cdc::tail {
namespace {

using ddl::Token;
using ddl::TokenKind;

class RowStatement {
 public:
  RowStatement(const LoggedStatement& logged,
               const std::function<bool(const std::string&, const std::string&)>& captures)
      : database_(logged.text.database),
        captures_(captures),
        tokens_(ddl::Tokenize(logged.text.sql, ddl::LexerMode::FromSqlMode(logged.text.sql_mode))) {}

  std::optional<TableKey> Written();

 private:
  bool Is(const char* word) const { return IsAt(at_, word); }
  bool IsAt(size_t index, const char* word) const {
    const Token& token = tokens_[index];
    return (token.kind == TokenKind::kWord || token.kind == TokenKind::kPunctuation) &&
           ddl::EqualsIgnoreCase(token.text, word);
  }
  bool Skip(std::initializer_list<const char*> words);
  bool SkipParentheses();
  bool SkipWith();
  bool IsName(size_t index) const {
    return tokens_[index].kind == TokenKind::kWord || tokens_[index].kind == TokenKind::kQuotedName;
  }
  std::optional<TableKey> TakeName();
  bool MayCaptureAnyName() const;
  bool CallsOfOtherDatabase(size_t from) const;
  std::optional<TableKey> Unless(std::optional<TableKey> table) const;

  const std::string& database_;
  const std::function<bool(const std::string&, const std::string&)>& captures_;
  std::vector<Token> tokens_;
  std::vector<std::string> queries_;  // names that WITH gives: no tables
  size_t at_ = 0;
};

/// Passes over those of `words` that stand here; true if there was one.
bool RowStatement::Skip(std::initializer_list<const char*> words) {
  bool any = false;
  for (bool found = true; found;) {
    found = false;
    for (const char* word : words)
      if (Is(word)) found = true;
    if (found) ++at_;
    any = any || found;
  }
  return any;
}

bool RowStatement::SkipParentheses() {
  if (!Is("(")) return false;
  for (size_t depth = 0; at_ + 1 < tokens_.size(); ++at_) {
    if (Is("(")) ++depth;
    if (Is(")") && --depth == 0) {
      ++at_;
      return true;
    }
  }
  return false;
}

/// WITH [RECURSIVE] name [(columns)] AS (query), …. False: it is not written so.
bool RowStatement::SkipWith() {
  ++at_;
  Skip({"RECURSIVE"});
  for (;;) {
    if (!IsName(at_)) return false;
    queries_.push_back(ddl::NameOf(tokens_[at_++]));
    if (Is("(") && !SkipParentheses()) return false;
    if (!Skip({"AS"}) || !SkipParentheses()) return false;
    if (!Is(",")) return true;
    ++at_;
  }
}

std::optional<TableKey> RowStatement::TakeName() {
  if (!IsName(at_)) return std::nullopt;
  TableKey key{database_, ddl::NameOf(tokens_[at_++])};
  if (!Is(".")) return key;
  if (!IsName(++at_)) return std::nullopt;
  key.first = std::move(key.second);
  key.second = ddl::NameOf(tokens_[at_++]);
  return key;
}

/// Where more than one table may be written, each name of the statement is taken for that of a table.
bool RowStatement::MayCaptureAnyName() const {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (!IsName(i)) continue;
    const std::string name = ddl::NameOf(tokens_[i]);
    const bool is_query = std::any_of(queries_.begin(), queries_.end(),
                                      [&](const std::string& query) { return ddl::EqualsIgnoreCase(query, name); });
    if (!is_query && captures_(database_, name)) return true;
    if (i + 2 < tokens_.size() && IsAt(i + 1, ".") && IsName(i + 2) && captures_(name, ddl::NameOf(tokens_[i + 2])))
      return true;
  }
  return false;
}

/// other.f(…): a function of somebody's own, which may write anything.
bool RowStatement::CallsOfOtherDatabase(size_t from) const {
  for (size_t i = from; i + 3 < tokens_.size(); ++i)
    if (IsName(i) && IsAt(i + 1, ".") && IsName(i + 2) && IsAt(i + 3, "(")) return true;
  return false;
}

std::optional<TableKey> RowStatement::Unless(std::optional<TableKey> table) const {
  if (!table || table->first.empty() || captures_(table->first, table->second)) return std::nullopt;
  return CallsOfOtherDatabase(at_) ? std::nullopt : table;
}

std::optional<TableKey> RowStatement::Written() {
  for (const Token& token : tokens_)
    if (token.kind == TokenKind::kBroken) return std::nullopt;
  if (Is("WITH") && !SkipWith()) return std::nullopt;
  if (Is("INSERT") || Is("REPLACE")) {
    ++at_;
    Skip({"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"});
    return Unless(TakeName());
  }
  if (Is("LOAD")) {
    while (at_ + 1 < tokens_.size() && !(Is("INTO") && IsAt(at_ + 1, "TABLE"))) ++at_;
    if (at_ + 1 >= tokens_.size()) return std::nullopt;
    at_ += 2;
    return Unless(TakeName());
  }
  const bool updates = Is("UPDATE");
  if (!updates && !Is("DELETE")) return std::nullopt;
  ++at_;
  Skip({"LOW_PRIORITY", "QUICK", "IGNORE"});
  const bool from = Skip({"FROM"});
  const auto table = TakeName();
  if (!table) return std::nullopt;
  const size_t behind = at_;
  bool single = updates || from;
  // An alias, or another table?
  if (Skip({"AS"}) || (IsName(at_) && !Is("SET") && !Is("WHERE") && !Is("ORDER") && !Is("LIMIT"))) ++at_;
  single = single &&
           (updates ? Is("SET")
                    : Is("WHERE") || Is("ORDER") || Is("LIMIT") || Is(";") || tokens_[at_].kind == TokenKind::kEnd);
  at_ = behind;
  if (!single && MayCaptureAnyName()) return std::nullopt;
  return Unless(table);
}

}  // namespace

std::optional<TableKey> OnlyWrites(const LoggedStatement& logged,
                                   const std::function<bool(const std::string&, const std::string&)>& captures) {
  return RowStatement(logged, captures).Written();
}

}  // namespace cdc::tail
