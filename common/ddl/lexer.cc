#include "common/ddl/lexer.h"

#include <algorithm>

namespace cdc::ddl {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == '\0';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool IsNameByte(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  Lexer(std::string_view sql, const LexerMode& mode) : sql_(sql), mode_(mode) {}

  std::vector<Token> Run() {
    for (;;) {
      if (!SkipBlanksAndComments()) {
        Add(TokenKind::kBroken, at_, sql_.size());
        break;
      }
      if (at_ >= sql_.size()) break;
      if (!Next()) break;
    }
    Token end;
    end.offset = sql_.size();
    end.text = sql_.substr(sql_.size());
    tokens_.push_back(end);
    return std::move(tokens_);
  }

 private:
  char At(size_t i) const { return i < sql_.size() ? sql_[i] : '\0'; }

  void Add(TokenKind kind, size_t begin, size_t end) {
    tokens_.push_back({kind, sql_.substr(begin, end - begin), begin});
    at_ = end;
  }

  bool AtLineComment() const {
    if (At(at_) == '#') return true;
    return At(at_) == '-' && At(at_ + 1) == '-' &&
           (at_ + 2 >= sql_.size() || IsBlank(sql_[at_ + 2]) || static_cast<unsigned char>(sql_[at_ + 2]) < 0x20);
  }

  /// "/*!", "/*!80013", "/*M!": the length of the opening, 0 if it is none.
  size_t VersionedOpening() const {
    size_t i = at_ + 2;
    if (At(i) == 'M') ++i;
    if (At(i) != '!') return 0;
    ++i;
    size_t digits = 0;
    while (digits < 6 && IsDigit(At(i + digits))) ++digits;
    // A version has five digits, or six; fewer are part of the statement.
    if (digits >= 5) i += digits;
    return i - at_;
  }

  /// False if a comment does not end.
  bool SkipBlanksAndComments() {
    while (at_ < sql_.size()) {
      if (IsBlank(sql_[at_])) {
        ++at_;
      } else if (AtLineComment()) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (versioned_depth_ > 0 && At(at_) == '*' && At(at_ + 1) == '/') {
        --versioned_depth_;
        at_ += 2;
      } else if (At(at_) == '/' && At(at_ + 1) == '*') {
        const size_t opening = VersionedOpening();
        if (opening != 0 && mode_.versioned_comments) {
          ++versioned_depth_;
          at_ += opening;
          continue;
        }
        const size_t close = sql_.find("*/", at_ + 2);
        if (close == std::string_view::npos) return false;
        at_ = close + 2;
      } else {
        return true;
      }
    }
    return versioned_depth_ == 0;
  }

  /// Adds one token; false if the text ends inside it.
  bool Next() {
    const char c = sql_[at_];
    const char next = At(at_ + 1);
    if (c == '`' || (c == '"' && mode_.ansi_quotes)) return Quoted(TokenKind::kQuotedName, at_, c, false);
    if (c == '\'' || c == '"') return Quoted(TokenKind::kString, at_, c, !mode_.no_backslash_escapes);
    if ((c == 'n' || c == 'N') && next == '\'')
      return Quoted(TokenKind::kNational, at_ + 1, next, !mode_.no_backslash_escapes);
    if ((c == 'x' || c == 'X') && next == '\'') return Quoted(TokenKind::kHex, at_ + 1, next, false);
    if ((c == 'b' || c == 'B') && next == '\'') return Quoted(TokenKind::kBit, at_ + 1, next, false);
    if (c == '@') return Variable();
    if (AfterNameAndPoint() && IsNameByte(c)) return Word();
    if (IsDigit(c) || (c == '.' && IsDigit(next) && !AfterName())) return Number();
    if (IsNameByte(c)) return Word();
    Add(TokenKind::kPunctuation, at_, at_ + 1);
    return true;
  }

  static bool IsName(const Token& token) {
    return token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
  }

  bool AfterName() const { return !tokens_.empty() && IsName(tokens_.back()) && tokens_.back().end() == at_; }

  /// After `db.` digits begin a name, not a number.
  bool AfterNameAndPoint() const {
    if (tokens_.size() < 2) return false;
    const Token& point = tokens_.back();
    const Token& name = tokens_[tokens_.size() - 2];
    return point.kind == TokenKind::kPunctuation && point.text == "." && point.end() == at_ && IsName(name) &&
           name.end() == point.offset;
  }

  bool Quoted(TokenKind kind, size_t open, char quote, bool backslash) {
    const size_t begin = at_;
    for (size_t i = open + 1; i < sql_.size(); ++i) {
      if (backslash && sql_[i] == '\\') {
        ++i;
      } else if (sql_[i] == quote) {
        if (At(i + 1) == quote && i + 1 < sql_.size()) {
          ++i;
          continue;
        }
        Add(kind, begin, i + 1);
        return true;
      }
    }
    Add(TokenKind::kBroken, begin, sql_.size());
    return false;
  }

  bool Variable() {
    size_t i = at_ + 1;
    if (At(i) == '@') ++i;
    const char quote = At(i);
    if (quote == '\'' || quote == '"' || quote == '`') {
      const size_t close = sql_.find(quote, i + 1);
      if (close == std::string_view::npos) {
        Add(TokenKind::kBroken, at_, sql_.size());
        return false;
      }
      Add(TokenKind::kVariable, at_, close + 1);
      return true;
    }
    while (i < sql_.size() && (IsNameByte(sql_[i]) || sql_[i] == '.')) ++i;
    Add(TokenKind::kVariable, at_, i);
    return true;
  }

  bool Number() {
    const size_t begin = at_;
    size_t i = begin;
    if (sql_[i] == '0' && (At(i + 1) == 'x' || At(i + 1) == 'b')) {
      const bool hex = At(i + 1) == 'x';
      size_t j = i + 2;
      while (j < sql_.size() && (hex ? IsHexDigit(sql_[j]) : (sql_[j] == '0' || sql_[j] == '1'))) ++j;
      if (j > i + 2 && !IsNameByte(At(j))) {
        Add(hex ? TokenKind::kHex : TokenKind::kBit, begin, j);
        return true;
      }
    }
    while (i < sql_.size() && IsDigit(sql_[i])) ++i;
    bool real = false;
    if (At(i) == '.') {
      real = true;
      ++i;
      while (i < sql_.size() && IsDigit(sql_[i])) ++i;
    }
    if (At(i) == 'e' || At(i) == 'E') {
      size_t j = i + 1;
      if (At(j) == '+' || At(j) == '-') ++j;
      if (IsDigit(At(j))) {
        while (j < sql_.size() && IsDigit(sql_[j])) ++j;
        real = true;
        i = j;
      }
    }
    if (!real && IsNameByte(At(i)) && i < sql_.size()) return Word();  // 1st
    Add(real ? TokenKind::kReal : TokenKind::kInteger, begin, i);
    return true;
  }

  bool Word() {
    size_t i = at_;
    while (i < sql_.size() && IsNameByte(sql_[i])) ++i;
    Add(TokenKind::kWord, at_, i);
    return true;
  }

  std::string_view sql_;
  const LexerMode& mode_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int versioned_depth_ = 0;
};

char Upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// What a backslash and `c` stand for.
void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '0': out += '\0'; break;
    case 'b': out += '\b'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'Z': out += '\x1A'; break;
    default: out += c;
  }
}

}  // namespace

std::vector<Token> Tokenize(std::string_view sql, const LexerMode& mode) {
  return Lexer(sql, mode).Run();
}

std::string NameOf(const Token& token) {
  if (token.kind != TokenKind::kQuotedName || token.text.size() < 2) return std::string(token.text);
  const char quote = token.text.front();
  const std::string_view inner = token.text.substr(1, token.text.size() - 2);
  std::string name;
  for (size_t i = 0; i < inner.size(); ++i) {
    name += inner[i];
    if (inner[i] == quote && i + 1 < inner.size() && inner[i + 1] == quote) ++i;
  }
  return name;
}

std::string StringValueOf(const Token& token, const LexerMode& mode) {
  std::string_view text = token.text;
  if (token.kind == TokenKind::kNational) text.remove_prefix(1);
  if (text.size() < 2) return {};
  const char quote = text.front();
  text = text.substr(1, text.size() - 2);
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && !mode.no_backslash_escapes && i + 1 < text.size()) {
      AppendEscaped(value, text[++i]);
      continue;
    }
    value += text[i];
    if (text[i] == quote && i + 1 < text.size() && text[i + 1] == quote) ++i;
  }
  return value;
}

void AppendQuotedName(std::string& out, std::string_view name) {
  out += '`';
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  out += '`';
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Upper(x) == Upper(y); });
}

std::string ToUpper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = Upper(c);
  return out;
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace cdc::ddl
