#include "common/json_scan.h"

#include <emmintrin.h>

#include <charconv>
#include <cstring>

#include "common/error.h"
#include "common/json_writer.h"

namespace cdc {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool ReadHex4(std::string_view text, size_t at, unsigned* code) {
  if (text.size() < at + 4) return false;
  *code = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const int digit = HexValue(text[i]);
    if (digit < 0) return false;
    *code = *code << 4 | static_cast<unsigned>(digit);
  }
  return true;
}

/// Offset of the first byte from `at` on that is one of the N; text.size() if there is none. 16 bytes a step, since
/// cutting lines is mostly this.
template <size_t N>
size_t FindAny(std::string_view text, size_t at, const char (&bytes)[N]) {
  while (at + 16 <= text.size()) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    __m128i hits = _mm_setzero_si128();
    for (size_t i = 0; i + 1 < N; ++i) hits = _mm_or_si128(hits, _mm_cmpeq_epi8(block, _mm_set1_epi8(bytes[i])));
    const int mask = _mm_movemask_epi8(hits);
    if (mask != 0) return at + static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    at += 16;
  }
  for (; at < text.size(); ++at)
    for (size_t i = 0; i + 1 < N; ++i)
      if (text[at] == bytes[i]) return at;
  return text.size();
}

/// Past the closing quote of the string whose opening quote is at `at`.
size_t SkipString(std::string_view text, size_t at) {
  for (++at;;) {
    at = FindAny(text, at, "\"\\");
    if (at >= text.size()) return std::string_view::npos;
    if (text[at] == '"') return at + 1;
    at += 2;
  }
}

/// Which of 64 bytes are what decides where an object or an array ends: a bit a byte, the first one lowest.
struct Brackets {
  uint64_t quotes = 0, backslashes = 0, opening = 0, closing = 0;

  explicit Brackets(const char* bytes) {
    for (int i = 0; i < 64; i += 16) {
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i));
      // Of both kinds of brackets: they differ in this bit.
      const __m128i either = _mm_or_si128(block, _mm_set1_epi8(0x20));
      const auto add = [&](uint64_t* bits, __m128i text, char c) {
        const auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(c))));
        *bits |= static_cast<uint64_t>(hits) << i;
      };
      add(&quotes, block, '"');
      add(&backslashes, block, '\\');
      add(&opening, either, '{');
      add(&closing, either, '}');
    }
  }
};

/// Bytes behind a backslash that is not behind one itself. `carry`: the first byte of the next block is one.
uint64_t Escaped(uint64_t backslashes, bool* carry) {
  uint64_t escaped = *carry ? 1 : 0;
  *carry = false;
  for (uint64_t left = backslashes & ~escaped; left != 0;) {
    const uint64_t backslash = left & (~left + 1);
    *carry = backslash >> 63 != 0;
    escaped |= backslash << 1;
    left &= ~(backslash | backslash << 1);
  }
  return escaped;
}

/// Each bit becomes the parity of itself and those below: behind an opening quote it is 1 up to the closing one.
uint64_t BetweenQuotes(uint64_t quotes) {
  for (int shift = 1; shift < 64; shift *= 2) quotes ^= quotes << shift;
  return quotes;
}

/// Past the bracket that closes the one at `at`.
size_t SkipContainer(std::string_view text, size_t at) {
  size_t depth = 0;
  bool in_string = false, is_escaped = false;
  for (; at < text.size(); at += 64) {
    char rest[64];
    const char* bytes = text.data() + at;
    if (text.size() - at < sizeof rest) {
      std::memset(rest, ' ', sizeof rest);
      std::memcpy(rest, bytes, text.size() - at);
      bytes = rest;
    }
    const Brackets found(bytes);
    uint64_t quotes = found.quotes;
    if (found.backslashes != 0 || is_escaped) quotes &= ~Escaped(found.backslashes, &is_escaped);
    const uint64_t strings = BetweenQuotes(quotes) ^ (in_string ? ~uint64_t{0} : 0);
    in_string = strings >> 63 != 0;
    for (uint64_t left = (found.opening | found.closing) & ~strings; left != 0; left &= left - 1) {
      const int bit = __builtin_ctzll(left);
      if ((found.opening >> bit & 1) != 0)
        ++depth;
      else if (--depth == 0)
        return at + static_cast<size_t>(bit) + 1;
    }
  }
  return std::string_view::npos;
}

/// Recursive descent over RFC 8259; depth is bounded so that hostile input cannot exhaust the stack.
class Validator {
 public:
  explicit Validator(std::string_view text) : text_(text) {}

  bool Run() { return Value(0) && at_ == text_.size() && IsUtf8(text_); }

 private:
  static constexpr int kMaxDepth = 1000;

  bool Value(int depth) {
    if (at_ >= text_.size() || depth > kMaxDepth) return false;
    switch (text_[at_]) {
      case '{': return Object(depth);
      case '[': return Array(depth);
      case '"': return String();
      case 't': return Word("true");
      case 'f': return Word("false");
      case 'n': return Word("null");
      default: return Number();
    }
  }

  void Blanks() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool Object(int depth) {
    ++at_;
    Blanks();
    if (Take('}')) return true;
    for (;;) {
      if (at_ >= text_.size() || text_[at_] != '"' || !String()) return false;
      Blanks();
      if (!Take(':')) return false;
      Blanks();
      if (!Value(depth + 1)) return false;
      Blanks();
      if (Take('}')) return true;
      if (!Take(',')) return false;
      Blanks();
    }
  }

  bool Array(int depth) {
    ++at_;
    Blanks();
    if (Take(']')) return true;
    for (;;) {
      if (!Value(depth + 1)) return false;
      Blanks();
      if (Take(']')) return true;
      if (!Take(',')) return false;
      Blanks();
    }
  }

  bool String() {
    for (++at_; at_ < text_.size(); ++at_) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') {
        ++at_;
        return true;
      }
      if (byte < 0x20) return false;
      if (byte != '\\') continue;
      if (++at_ >= text_.size()) return false;
      unsigned code;
      switch (text_[at_]) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't': break;
        case 'u':
          if (!ReadHex4(text_, at_ + 1, &code)) return false;
          at_ += 4;
          break;
        default: return false;
      }
    }
    return false;
  }

  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool Digits() {
    const size_t start = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool Number() {
    Take('-');
    if (!Take('0') && !Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      return Digits();
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

void AppendUtf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 63));
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

}  // namespace

size_t SkipJsonValue(std::string_view text, size_t at) {
  if (at >= text.size()) return std::string_view::npos;
  const char first = text[at];
  if (first == '"') return SkipString(text, at);
  if (first != '{' && first != '[') {
    while (at < text.size() && text[at] != ',' && text[at] != '}' && text[at] != ']' && !IsBlank(text[at])) ++at;
    return at;
  }
  return SkipContainer(text, at);
}

size_t FindStrayControl(std::string_view text) {
  size_t at = 0;
  const __m128i space = _mm_set1_epi8(' ');
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(block, space), block)) != 0xFFFF) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= ' ') ++at;
  // Rare, and most often nowhere: only now it matters what is a string.
  bool in_string = false;
  for (size_t i = 0; at < text.size() && i < text.size(); ++i) {
    if (in_string && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      in_string = !in_string;
    if (i >= text.size()) break;
    if (static_cast<unsigned char>(text[i]) < ' ' && (in_string || !IsBlank(text[i]))) return i;
  }
  return std::string_view::npos;
}

bool IsJson(std::string_view text) {
  return Validator(text).Run();
}

bool AppendUnescaped(std::string& out, std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"') return false;
  raw = raw.substr(1, raw.size() - 2);
  size_t at = 0;
  while (at < raw.size()) {
    const size_t backslash = raw.find('\\', at);
    if (backslash == std::string_view::npos) break;
    out.append(raw, at, backslash - at);
    if (backslash + 1 >= raw.size()) return false;
    at = backslash + 2;
    switch (raw[backslash + 1]) {
      case '"': out += '"'; break;
      case '\\': out += '\\'; break;
      case '/': out += '/'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        unsigned code;
        if (!ReadHex4(raw, at, &code)) return false;
        at += 4;
        if (code >= 0xD800 && code < 0xE000) {
          unsigned low;
          if (code >= 0xDC00 || raw.substr(at, 2) != "\\u" || !ReadHex4(raw, at + 2, &low)) return false;
          if (low < 0xDC00 || low >= 0xE000) return false;
          at += 6;
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        AppendUtf8(out, code);
        break;
      }
      default: return false;
    }
  }
  out.append(raw, at, raw.size() - at);
  return true;
}

std::string UnescapeJsonString(std::string_view raw_string, const std::string& where) {
  std::string out;
  if (!AppendUnescaped(out, raw_string))
    Fail(ExitStatus::kData, where + ": not a JSON string: " + Shown(std::string(raw_string)));
  return out;
}

bool ParseJsonInteger(std::string_view raw, int64_t* value) {
  const auto result = std::from_chars(raw.data(), raw.data() + raw.size(), *value);
  return result.ec == std::errc() && result.ptr == raw.data() + raw.size();
}

bool ParseJsonUnsigned(std::string_view raw, uint64_t* value) {
  const auto result = std::from_chars(raw.data(), raw.data() + raw.size(), *value);
  return result.ec == std::errc() && result.ptr == raw.data() + raw.size();
}

void JsonWalk::SkipBlanks() {
  while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
}

bool JsonWalk::Take(char c) {
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  SkipBlanks();
  return true;
}

bool JsonWalk::GoToNext(char open, char close) {
  if (state_ == State::kDone || state_ == State::kBad) return false;
  const bool first = state_ == State::kStart;
  state_ = State::kBad;  // until the value is taken
  SkipBlanks();
  if (first && !Take(open)) return false;
  if (at_ < text_.size() && text_[at_] == close) {
    ++at_;
    state_ = State::kDone;
    return false;
  }
  return first || Take(',');
}

bool JsonWalk::TakeValue() {
  const size_t end = SkipJsonValue(text_, at_);
  if (end == std::string_view::npos || end == at_) return false;
  value_ = text_.substr(at_, end - at_);
  at_ = end;
  state_ = State::kInside;
  return true;
}

bool JsonMembers::Next() {
  if (!GoToNext('{', '}') || at_ >= text_.size() || text_[at_] != '"') return false;
  const size_t name_end = SkipString(text_, at_);
  if (name_end == std::string_view::npos) return false;
  raw_name_ = text_.substr(at_, name_end - at_);
  name_ = raw_name_.substr(1, raw_name_.size() - 2);
  at_ = name_end;
  SkipBlanks();
  return Take(':') && TakeValue();
}

}  // namespace cdc
