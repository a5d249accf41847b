#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string_view>

#include "common/error.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/sql/token.h"

namespace cdc::sql {

namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsNamePart(char c) {
  return IsNameStart(c) || IsDigit(c) || c == '$' || c == '@';
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendUtf8(std::string& out, uint32_t code) {
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// Escapes are UTF-16: two halves of a character are one, and a half by itself is what Java's encoder makes of it, a ?.
/// AppendUtf8 wrote each of them as three bytes, ED A0 80 to ED BF BF, that no other text has.
std::string JoinHalves(std::string text) {
  size_t at = 0;
  const auto half = [&text](size_t place) -> uint32_t {
    const auto byte = [&](size_t i) {
      return place + i < text.size() ? static_cast<unsigned char>(text[place + i]) : 0u;
    };
    return byte(0) == 0xED && byte(1) >= 0xA0 ? 0xD000 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F) : 0;
  };
  while ((at = text.find('\xED', at)) != std::string::npos) {
    const uint32_t first = half(at), second = half(at + 3);
    std::string whole = "?";
    size_t bytes = 3;
    if (first == 0) {
      ++at;
      continue;
    }
    if (first < 0xDC00 && second >= 0xDC00) {
      whole.clear();
      AppendUtf8(whole, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
      bytes = 6;
    }
    text.replace(at, bytes, whole);
    at += whole.size();
  }
  return text;
}

class Lexer {
 public:
  explicit Lexer(const SourceText& source) : source_(source), text_(source.text) {}

  std::vector<Token> Run() {
    CheckUtf8();
    for (;;) {
      SkipBlanksAndComments();
      if (at_ >= text_.size()) break;
      TakeToken();
    }
    Push(TokenKind::kEnd, at_, {});
    return std::move(tokens_);
  }

 private:
  /// Points at the first byte that is no text: it would go on into names and results.
  void CheckUtf8() const {
    const std::string_view text = text_;
    if (IsUtf8(text)) return;
    size_t begin = 0;
    const auto line_end = [&] { return std::min(text.find('\n', begin), text.size() - 1) + 1; };
    while (IsUtf8(text.substr(begin, line_end() - begin))) begin = line_end();
    for (size_t size = 1; size <= 4;) {
      const bool whole = IsUtf8(text.substr(begin, size));
      begin += whole ? size : 0;
      size = whole ? 1 : size + 1;
    }
    const size_t line = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;
    Fail(ExitStatus::kConfig, PlaceOf({&source_, begin, begin + 1}) + ": the script is no UTF-8 text",
         Shown(std::string(text.substr(line, text.find('\n', line) - line))), "iconv -t UTF-8 makes it one");
  }

  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  Span From(size_t begin) const { return {&source_, begin, at_}; }

  void Push(TokenKind kind, size_t begin, std::string text) {
    Token token;
    token.kind = kind;
    token.text = std::move(text);
    token.span = From(begin);
    tokens_.push_back(std::move(token));
  }

  void SkipBlanksAndComments() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
        ++at_;
      } else if (c == '-' && Peek(1) == '-') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '/' && Peek(1) == '*' && Peek(2) != '+') {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string::npos) FailAt({&source_, at_, at_ + 2}, "comment without its end", "close it with */");
        at_ = end + 2;
      } else {
        return;
      }
    }
  }

  void TakeToken() {
    const size_t begin = at_;
    const char c = text_[at_];
    if (c == '\'') return TakeString(begin);
    if (c == '`') return TakeQuoted(begin);
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return TakeNumber(begin);
    if ((c == 'X' || c == 'x') && Peek(1) == '\'') return TakeHexString(begin);
    if ((c == 'U' || c == 'u') && Peek(1) == '&' && Peek(2) == '\'') return TakeUnicodeString(begin);
    if ((c == 'E' || c == 'e') && Peek(1) == '\'') return TakeEscapeString(begin);
    if (IsNameStart(c)) return TakeWord(begin);
    if (c == '/' && Peek(1) == '*') {
      at_ += 3;
      in_hint_ = true;
      return Push(TokenKind::kHint, begin, "/*+");
    }
    if (in_hint_ && c == '*' && Peek(1) == '/') {
      at_ += 2;
      in_hint_ = false;
      return Push(TokenKind::kHintEnd, begin, "*/");
    }
    TakeSymbol(begin);
  }

  /// The body of a string literal whose opening quote is passed; '' stands for one quote.
  std::string TakeStringBody(size_t begin) {
    std::string value;
    for (;;) {
      if (at_ >= text_.size())
        FailAt({&source_, begin, begin + 1}, "string literal without its end", "close it with '");
      if (text_[at_] == '\'') {
        if (Peek(1) != '\'') break;
        ++at_;
      }
      value += text_[at_++];
    }
    ++at_;
    return value;
  }

  void TakeString(size_t begin) {
    ++at_;
    std::string value = TakeStringBody(begin);
    Push(TokenKind::kString, begin, std::move(value));
  }

  void TakeHexString(size_t begin) {
    at_ += 2;
    const std::string digits = TakeStringBody(begin);
    std::string bytes;
    if (digits.size() % 2 != 0) FailAt(From(begin), "hexadecimal literal with an odd number of digits");
    for (size_t i = 0; i < digits.size(); i += 2) {
      const int high = HexValue(digits[i]), low = HexValue(digits[i + 1]);
      if (high < 0 || low < 0) FailAt(From(begin), "hexadecimal literal with other characters than 0-9, A-F");
      bytes += static_cast<char>(high * 16 + low);
    }
    Push(TokenKind::kHexString, begin, std::move(bytes));
  }

  void TakeUnicodeString(size_t begin) {
    at_ += 3;
    const std::string body = TakeStringBody(begin);
    char escape = '\\';
    const size_t after = at_;
    SkipBlanksAndComments();
    if (text_.size() - at_ >= 8) {
      std::string word = text_.substr(at_, 8);
      std::transform(word.begin(), word.end(), word.begin(), [](unsigned char ch) { return std::toupper(ch); });
      if (word == "UESCAPE" || word.substr(0, 7) == "UESCAPE") {
        at_ += 7;
        SkipBlanksAndComments();
        const size_t quote = at_;
        if (Peek() != '\'' || Peek(2) != '\'')
          FailAt({&source_, quote, quote + 1}, "UESCAPE needs one character in quotes");
        escape = Peek(1);
        at_ += 3;
      } else {
        at_ = after;
      }
    } else {
      at_ = after;
    }
    Push(TokenKind::kString, begin, DecodeUnicode(body, escape, begin));
  }

  std::string DecodeUnicode(const std::string& body, char escape, size_t begin) {
    std::string value;
    for (size_t i = 0; i < body.size(); ++i) {
      if (body[i] != escape) {
        value += body[i];
        continue;
      }
      if (i + 1 < body.size() && body[i + 1] == escape) {
        value += escape;
        ++i;
        continue;
      }
      uint32_t code = 0;
      const bool wide = i + 1 < body.size() && body[i + 1] == '+';  // \+01F600
      if (wide) ++i;
      const size_t digits = wide ? 6 : 4;
      for (size_t k = 1; k <= digits; ++k) {
        const int digit = i + k < body.size() ? HexValue(body[i + k]) : -1;
        if (digit < 0)
          FailAt(From(begin), "the escape of a Unicode literal needs four hexadecimal digits, or + and six");
        code = code * 16 + static_cast<uint32_t>(digit);
      }
      if (code > 0x10FFFF) FailAt(From(begin), "the escape of a Unicode literal is no character");
      AppendUtf8(value, code);
      i += digits;
    }
    return JoinHalves(std::move(value));
  }

  void TakeEscapeString(size_t begin) {
    at_ += 2;
    std::string value;
    for (;;) {
      if (at_ >= text_.size())
        FailAt({&source_, begin, begin + 2}, "string literal without its end", "close it with '");
      const char c = text_[at_];
      if (c == '\'') {
        if (Peek(1) != '\'') break;
        value += c;
        at_ += 2;
        continue;
      }
      if (c != '\\') {
        value += c;
        ++at_;
        continue;
      }
      ++at_;
      TakeEscape(value, begin);
    }
    ++at_;
    Push(TokenKind::kString, begin, JoinHalves(std::move(value)));
  }

  /// What follows the backslash in E'…', as Calcite reads it; before any other character the backslash stays.
  void TakeEscape(std::string& value, size_t begin) {
    const char c = Peek();
    ++at_;
    switch (c) {
      case 'n': value += '\n'; return;
      case 't': value += '\t'; return;
      case 'r': value += '\r'; return;
      case 'b': value += '\b'; return;
      case 'f': value += '\f'; return;
      case '\\':
      case '\'': value += c; return;
      case 'x': {
        const size_t digits = at_;
        const uint32_t code = TakeDigits(16, 2);
        if (at_ == digits) value += c;
        if (at_ > digits) AppendUtf8(value, code);
        return;
      }
      case 'u': AppendUtf8(value, TakeCodePoint(4, begin)); return;
      case 'U': AppendUtf8(value, TakeCodePoint(8, begin)); return;
      case '0':
      case '1':
      case '2':
      case '3':
        --at_;
        AppendUtf8(value, TakeDigits(8, 3));
        return;
      default: value.append({'\\', c}); return;
    }
  }

  /// Up to `most` digits.
  uint32_t TakeDigits(uint32_t base, size_t most) {
    uint32_t number = 0;
    for (size_t i = 0; i < most; ++i) {
      const int digit = HexValue(Peek());
      if (digit < 0 || static_cast<uint32_t>(digit) >= base) break;
      number = number * base + static_cast<uint32_t>(digit);
      ++at_;
    }
    return number;
  }

  uint32_t TakeCodePoint(size_t digits, size_t begin) {
    const size_t first = at_;
    const uint32_t code = TakeDigits(16, digits);
    if (at_ - first != digits) FailAt(From(begin), "\\u takes four hexadecimal digits, \\U eight");
    if (code > 0x10FFFF) FailAt(From(begin), "\\U" + text_.substr(first, digits) + " is no character");
    return code;
  }

  void TakeQuoted(size_t begin) {
    ++at_;
    std::string name;
    for (;;) {
      if (at_ >= text_.size())
        FailAt({&source_, begin, begin + 1}, "quoted identifier without its end", "close it with a back-tick");
      if (text_[at_] == '`') {
        if (Peek(1) != '`') break;
        ++at_;
      }
      name += text_[at_++];
    }
    ++at_;
    if (name.empty()) FailAt(From(begin), "empty identifier");
    Push(TokenKind::kQuoted, begin, std::move(name));
  }

  void TakeNumber(size_t begin) {
    TokenKind kind = TokenKind::kInteger;
    while (IsDigit(Peek())) ++at_;
    if (Peek() == '.') {
      kind = TokenKind::kDecimal;
      ++at_;
      while (IsDigit(Peek())) ++at_;
    }
    if (Peek() == 'e' || Peek() == 'E') {
      const size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
      if (IsDigit(Peek(1 + sign))) {
        kind = TokenKind::kApproximate;
        at_ += 1 + sign;
        while (IsDigit(Peek())) ++at_;
      }
    }
    Push(kind, begin, text_.substr(begin, at_ - begin));
  }

  void TakeWord(size_t begin) {
    while (at_ < text_.size() && IsNamePart(text_[at_])) ++at_;
    Push(TokenKind::kWord, begin, text_.substr(begin, at_ - begin));
    Token& token = tokens_.back();
    token.upper = token.text;
    std::transform(token.upper.begin(), token.upper.end(), token.upper.begin(),
                   [](char ch) { return ch >= 'a' && ch <= 'z' ? static_cast<char>(ch - 32) : ch; });
    token.reserved = IsReservedWord(token.upper);
  }

  void TakeSymbol(size_t begin) {
    static constexpr std::array<std::string_view, 6> kTwo = {"<>", "<=", ">=", "||", "=>", "!="};
    const std::string_view rest = std::string_view(text_).substr(at_);
    for (const std::string_view symbol : kTwo) {
      if (rest.substr(0, 2) != symbol) continue;
      at_ += 2;
      if (symbol == "!=") FailAt(From(begin), "!= is not an operator of this dialect", "write <>");
      return Push(TokenKind::kSymbol, begin, std::string(symbol));
    }
    static constexpr std::string_view kOne = "()[]{},;.=<>+-*/%?:|^$&";
    if (kOne.find(text_[at_]) == std::string_view::npos) {
      ++at_;
      const bool double_quote = text_[begin] == '"';
      FailAt(From(begin), std::string("unexpected character ") + text_[begin],
             double_quote ? "text stands in 'single quotes', identifiers in `back-ticks`" : "");
    }
    ++at_;
    Push(TokenKind::kSymbol, begin, std::string(1, text_[begin]));
  }

  const SourceText& source_;
  const std::string& text_;
  size_t at_ = 0;
  bool in_hint_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Lex(const SourceText& source) {
  return Lexer(source).Run();
}

std::string QuotedName(const std::string& name) {
  std::string upper;
  bool plain = !name.empty() && IsNameStart(name[0]) && static_cast<unsigned char>(name[0]) < 0x80;
  for (const char c : name) {
    plain = plain && IsNamePart(c) && static_cast<unsigned char>(c) < 0x80;
    upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return plain && !IsReservedWord(upper) ? name : BackTicked(name);
}

std::string BackTicked(const std::string& name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? "``" : std::string(1, c));
  return quoted + "`";
}

}  // namespace cdc::sql
