#include "common/java_pattern.h"

#include <array>
#include <charconv>
#include <utility>

namespace cdc {
namespace {

/// Escapes that both read alike, outside a class and inside one.
constexpr std::string_view kAlike = "tnrfaedDsSwWhHvV", kAlikeOutside = "bBAGZzRX";

/// Java's classes of ASCII characters, and POSIX's names of the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kAsciiClasses = {{{"Lower", "lower"},
                                                                                          {"Upper", "upper"},
                                                                                          {"ASCII", "ascii"},
                                                                                          {"Alpha", "alpha"},
                                                                                          {"Digit", "digit"},
                                                                                          {"Alnum", "alnum"},
                                                                                          {"Punct", "punct"},
                                                                                          {"Graph", "graph"},
                                                                                          {"Print", "print"},
                                                                                          {"Blank", "blank"},
                                                                                          {"Cntrl", "cntrl"},
                                                                                          {"XDigit", "xdigit"},
                                                                                          {"Space", "space"}}};

bool IsOneOf(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

class Translator {
 public:
  Translator(std::string_view pattern, bool ignore_case) : in_(pattern), ignore_case_(ignore_case) {}

  bool Run(std::string* out, std::string* error, bool* unsupported) {
    while (at_ < in_.size() && why_.empty()) inside_ ? Inside() : Outside();
    if (why_.empty() && inside_) why_ = "a class has no end";
    *out = std::move(out_);
    *error = why_;
    if (unsupported != nullptr) *unsupported = unsupported_;
    return why_.empty();
  }

 private:
  char Peek(size_t ahead) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }
  void Take() { out_ += in_[at_++]; }
  void Refuse(const std::string& what) {
    if (why_.empty()) why_ = what + ", at \"" + std::string(in_.substr(at_)) + "\"";
  }

  /// Of what Java may well read.
  void Unsupported(const std::string& what) {
    unsupported_ = why_.empty();
    Refuse(what);
  }

  void Outside() {
    const char c = in_[at_];
    if (c == '\\') return Escape();
    if (c == '[') {
      inside_ = true;
      Take();
      negated_ = Peek(0) == '^';
      if (negated_) Take();
      if (Peek(0) == ']') out_ += '\\', Take();
      return;
    }
    if (c == '(') return Group();
    Literal();
  }

  void Inside() {
    const char c = in_[at_];
    if (c == '\\') return Escape();
    if (c == '[') return Union();
    if (c == '&' && Peek(1) == '&') return Unsupported("an intersection of classes is not supported");
    if (c == ']' && unions_ > 0) {
      --unions_;
      ++at_;
      return;
    }
    if (c == ']') inside_ = false;
    Take();
  }

  /// A class inside a class adds its members to it. [[:alpha:]] is such a one to Java: the letters of :alph.
  void Union() {
    if (negated_ || Peek(1) == '^' || Peek(1) == ']' || out_.back() == '-')
      return Unsupported("a class inside a class is supported where neither is negated");
    ++at_;
    ++unions_;
    if (IsOneOf(Peek(0), ":.=")) out_ += '\\', Take();
  }

  /// One character; its case counts if it is beyond ASCII.
  void Literal() {
    const auto byte = static_cast<unsigned char>(in_[at_]);
    if (byte < 0xC0 || !ignore_case_ || inside_) return Take();
    out_ += "(?-i:";
    Take();
    while ((static_cast<unsigned char>(Peek(0)) & 0xC0) == 0x80) Take();
    out_ += ')';
  }

  void Group() {
    if (Peek(1) == '*') return Unsupported("a verb is not supported");
    Take();
    if (Peek(0) != '?') return;
    const char c = Peek(1);
    if (IsOneOf(c, ":=!>")) return;
    if (c == '<') {
      const char next = Peek(2);
      if (next != '=' && next != '!' && !(next >= 'A' && next <= 'Z') && !(next >= 'a' && next <= 'z'))
        Refuse("not a group");
      return;
    }
    for (size_t i = 1; Peek(i) != ')' && Peek(i) != ':'; ++i)
      if (!IsOneOf(Peek(i), "ims-") || Peek(i) == '\0') return Unsupported("a group or a flag that is not supported");
  }

  void Escape() {
    const char c = Peek(1);
    if (c == '\0') return Refuse("a backslash ends it");
    if (c == 'Q') return Quoted();
    if (c == 'p' || c == 'P') return Property();
    if (c == 'u') return Hex(4, "\\u");
    if (c == 'x' && Peek(2) != '{') return Hex(2, "\\x");
    if (c == '0') return Octal();
    if (c == 'k' && Peek(2) != '<') return Refuse("a reference without a name");
    if (c >= '1' && c <= '9' && Peek(2) >= '0' && Peek(2) <= '9') return Unsupported("references go up to \\9");
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_digit = c >= '1' && c <= '9';
    if ((is_letter && !IsOneOf(c, kAlike) && c != 'x' && c != 'c' &&
         (inside_ || !(IsOneOf(c, kAlikeOutside) || c == 'k'))) ||
        (is_digit && inside_))
      return Unsupported("an escape that is not supported");
    if (c == 'c' && Peek(2) == '\0') return Refuse("\\c needs a character");
    if (static_cast<unsigned char>(c) >= 0x80) {
      ++at_;
      return Literal();
    }
    Take();
    Take();
    if (c == 'c') Take();
  }

  /// \Q…\E: each character as it is.
  void Quoted() {
    const size_t begin = at_ + 2, end = std::min(in_.find("\\E", begin), in_.size());
    for (at_ = begin; at_ < end && why_.empty();) {
      const char c = in_[at_];
      if (static_cast<unsigned char>(c) < 0x80 && !IsOneOf(c, " \t\n\r") &&
          !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
        out_ += '\\';
      Literal();
    }
    at_ = std::min(end + 2, in_.size());
  }

  void Hex(size_t digits, const std::string& name) {
    const std::string_view text = in_.substr(at_ + 2, digits);
    if (text.size() != digits || text.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
      return Refuse(name + " needs " + std::to_string(digits) + " digits");
    out_ += "\\x{" + std::string(text) + "}";
    at_ += 2 + digits;
  }

  /// \0 and one to three octal digits, up to \0377.
  void Octal() {
    size_t digits = 0;
    unsigned value = 0;
    while (digits < 3 && Peek(2 + digits) >= '0' && Peek(2 + digits) <= '7') {
      const unsigned next = value * 8 + static_cast<unsigned>(Peek(2 + digits) - '0');
      if (next > 255) break;
      value = next;
      ++digits;
    }
    if (digits == 0) return Refuse("\\0 needs octal digits");
    char hex[16];
    const auto end = std::to_chars(hex, hex + sizeof hex, value, 16).ptr;
    out_ += "\\x{" + std::string(hex, end) + "}";
    at_ += 2 + digits;
  }

  void Property() {
    const bool negated = Peek(1) == 'P';
    std::string name(1, Peek(2));
    size_t size = 3;
    if (Peek(2) == '{') {
      const size_t end = in_.find('}', at_);
      if (end == std::string_view::npos) return Refuse("a property has no end");
      name = in_.substr(at_ + 3, end - at_ - 3);
      size = end + 1 - at_;
    }
    for (const auto& [java, posix] : kAsciiClasses) {
      if (name != java) continue;
      const std::string named = "[:" + std::string(negated ? "^" : "") + std::string(posix) + ":]";
      out_ += inside_ ? named : "[" + named + "]";
      at_ += size;
      return;
    }
    // General categories: the one kind of which both have the same names.
    if (name.empty() || name.size() > 2 || !IsOneOf(name[0], "LMNPSZC"))
      return Unsupported("a property that is not supported");
    out_ += (negated ? "\\P{" : "\\p{") + name + "}";
    at_ += size;
  }

  std::string_view in_;
  bool ignore_case_;
  size_t at_ = 0;
  bool inside_ = false;
  bool negated_ = false;  ///< the class that we are in
  int unions_ = 0;        ///< classes inside it that are open
  bool unsupported_ = false;
  std::string out_, why_;
};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool TranslateJavaPattern(std::string_view pattern, bool ignore_case, std::string* out, std::string* error,
                          bool* unsupported) {
  return Translator(pattern, ignore_case).Run(out, error, unsupported);
}

bool ReadJavaGroup(std::string_view replacement, size_t* at, uint32_t groups,
                   const std::function<int(const std::string&)>& find, int* group) {
  size_t i = *at + 1;
  if (i < replacement.size() && replacement[i] == '{') {
    const size_t end = replacement.find('}', i);
    if (end == std::string_view::npos) return false;
    *group = find(std::string(replacement.substr(i + 1, end - i - 1)));
    *at = end;
    return *group >= 0;
  }
  if (i >= replacement.size() || !IsDigit(replacement[i])) return false;
  uint32_t number = static_cast<uint32_t>(replacement[i] - '0');
  if (number > groups) return false;
  for (++i; i < replacement.size() && IsDigit(replacement[i]); ++i) {
    const uint32_t longer = number * 10 + static_cast<uint32_t>(replacement[i] - '0');
    if (longer > groups) break;
    number = longer;
  }
  *group = static_cast<int>(number);
  *at = i - 1;
  return true;
}

}  // namespace cdc
