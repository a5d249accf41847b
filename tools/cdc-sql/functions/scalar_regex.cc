// Functions of regular expressions, and SIMILAR TO. Patterns are those of ECMAScript, which are Java's but for
// look-behind, possessive quantifiers and inline flags; they act on characters.
#include <map>
#include <memory>
#include <regex>

#include "common/error.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

std::wstring Wide(View text) {
  std::wstring wide;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size > text.size() - i) size = 1;
    uint32_t code = size == 1 ? first : first & (0xFFU >> (size + 1));
    for (size_t k = 1; k < size; ++k) code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    wide += static_cast<wchar_t>(code);
    i += size;
  }
  return wide;
}

std::string Narrow(const std::wstring& wide) {
  std::string text;
  for (const wchar_t c : wide) {
    const auto code = static_cast<uint32_t>(c);
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      text += static_cast<char>(0xE0 | (code >> 12));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      text += static_cast<char>(0xF0 | (code >> 18));
      text += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return text;
}

/// The library matches by recursion: longer texts are refused before they can use up the stack.
constexpr size_t kMaxCharacters = 2048;
/// So is compiling done.
constexpr size_t kMaxPattern = 1000;

std::wstring Subject(View text) {
  std::wstring wide = Wide(text);
  if (wide.size() > kMaxCharacters)
    Fail(ExitStatus::kData, "a text of " + std::to_string(wide.size()) + " characters meets a regular expression", "",
         "texts of up to " + std::to_string(kMaxCharacters) + " do; LIKE, POSITION and SPLIT_INDEX take any length");
  return wide;
}

/// Compiled patterns; most calls use one. Null for a pattern that is none.
class Patterns {
 public:
  const std::wregex* Get(View pattern) {
    if (last_ && pattern == text_) return last_->get();
    const auto found = known_.find(std::string(pattern));
    if (found != known_.end()) {
      last_ = &found->second;
    } else {
      if (known_.size() > 1000) known_.clear();
      std::unique_ptr<std::wregex> compiled;
      if (pattern.size() > kMaxPattern)
        Fail(ExitStatus::kData, "a regular expression of " + std::to_string(pattern.size()) + " bytes", "",
             "patterns of up to " + std::to_string(kMaxPattern) + " bytes are taken");
      try {
        compiled = std::make_unique<std::wregex>(Wide(pattern), std::regex::ECMAScript);
      } catch (const std::regex_error&) {
        compiled = nullptr;
      }
      last_ = &known_.emplace(std::string(pattern), std::move(compiled)).first->second;
    }
    text_ = pattern;
    return last_->get();
  }

 private:
  std::map<std::string, std::unique_ptr<std::wregex>> known_;
  std::unique_ptr<std::wregex>* last_ = nullptr;
  std::string text_;
};

using PatternsPtr = std::shared_ptr<Patterns>;

BoundExpr BindRegexp(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(SqlType::Of(TypeKind::kBoolean, call.nullable()),
                   Partial<uint8_t, View, View>([patterns](View text, View pattern, uint8_t* out) {
                     const std::wregex* regex = patterns->Get(pattern);
                     *out = regex != nullptr && !pattern.empty() && std::regex_search(Subject(text), *regex) ? 1 : 0;
                     return true;
                   }));
}

BoundExpr BindRegexpCount(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(
      SqlType::Of(TypeKind::kInt), Partial<int64_t, View, View>([patterns](View text, View pattern, int64_t* out) {
        const std::wregex* regex = patterns->Get(pattern);
        if (regex == nullptr) return false;
        const std::wstring subject = Subject(text);
        *out = std::distance(std::wsregex_iterator(subject.begin(), subject.end(), *regex), std::wsregex_iterator());
        return true;
      }));
}

/// REGEXP_EXTRACT(text, pattern [, group]), group 0 by default; REGEXP_SUBSTR is the same without a group.
BoundExpr BindRegexpExtract(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  if (call.args.size() < 3) {
    Datum zero;
    zero.is_null = false;
    call.args.push_back(LiteralExpr(zero, SqlType::Of(TypeKind::kInt, false), call.span()));
  }
  call.WantInteger(2);
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(
      SqlType::String(),
      Text<View, View, int64_t>([patterns](View text, View pattern, int64_t group, std::string* out) {
        const std::wregex* regex = patterns->Get(pattern);
        std::wsmatch match;
        const std::wstring subject = Subject(text);
        if (regex == nullptr || !std::regex_search(subject, match, *regex)) return false;
        if (group < 0 || group >= static_cast<int64_t>(match.size()) || !match[static_cast<size_t>(group)].matched)
          return false;
        *out = Narrow(match[static_cast<size_t>(group)].str());
        return true;
      }));
}

BoundExpr BindRegexpExtractAll(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  if (call.args.size() < 3) {
    Datum one;
    one.is_null = false;
    one.integer = 1;
    call.args.push_back(LiteralExpr(one, SqlType::Of(TypeKind::kInt, false), call.span()));
  }
  call.WantInteger(2);
  SqlType type = SqlType::Of(TypeKind::kArray);
  type.children.push_back(SqlType::String());
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(type,
                   Text<View, View, int64_t>([patterns](View text, View pattern, int64_t group, std::string* out) {
                     const std::wregex* regex = patterns->Get(pattern);
                     if (regex == nullptr || group < 0 || group > static_cast<int64_t>(regex->mark_count()))
                       return false;
                     const std::wstring subject = Subject(text);
                     ColumnVector parts(Physical::kString);
                     for (std::wsregex_iterator at(subject.begin(), subject.end(), *regex), end; at != end; ++at) {
                       parts.AppendCopy(Narrow((*at)[static_cast<size_t>(group)].str()));
                       EncodeValue(parts, parts.size() - 1, out);
                     }
                     return true;
                   }));
}

BoundExpr BindRegexpInstr(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(SqlType::Of(TypeKind::kInt),
                   Partial<int64_t, View, View>([patterns](View text, View pattern, int64_t* out) {
                     const std::wregex* regex = patterns->Get(pattern);
                     if (regex == nullptr) return false;
                     std::wsmatch match;
                     const std::wstring subject = Subject(text);
                     *out = std::regex_search(subject, match, *regex) ? match.position(0) + 1 : 0;
                     return true;
                   }));
}

/// The replacement is taken as it stands: it names no groups.
BoundExpr BindRegexpReplace(FunctionCall& call) {
  for (size_t i = 0; i < 3; ++i) call.WantString(i);
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(SqlType::String(),
                   Text<View, View, View>([patterns](View text, View pattern, View replacement, std::string* out) {
                     const std::wregex* regex = patterns->Get(pattern);
                     if (regex == nullptr) return false;
                     const std::wstring subject = Subject(text);
                     auto from = subject.begin();
                     for (std::wsregex_iterator at(subject.begin(), subject.end(), *regex), end; at != end; ++at) {
                       *out += Narrow(std::wstring(from, (*at)[0].first));
                       *out += replacement;
                       from = (*at)[0].second;
                     }
                     *out += Narrow(std::wstring(from, subject.end()));
                     return true;
                   }));
}

/// SQL's pattern as a regular expression for the whole text.
std::string FromSimilar(View pattern, int escape, const Span& span) {
  std::string regex = "^(?:";
  bool inside = false;  // [ ]
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (escape >= 0 && c == static_cast<char>(escape)) {
      if (i + 1 == pattern.size()) FailAt(span, "the pattern ends with its escape character");
      regex += '\\';
      regex += pattern[++i];
    } else if (inside) {
      inside = c != ']';
      regex += c;
    } else if (c == '%') {
      regex += "[^]*";
    } else if (c == '_') {
      regex += "[^]";
    } else if (c == '.' || c == '^' || c == '$' || c == '\\') {
      regex += '\\';
      regex += c;
    } else {
      inside = c == '[';
      regex += c;
    }
  }
  return regex + ")$";
}

}  // namespace

BoundExpr BindSimilar(bool negated, std::vector<BoundExpr> args, const Span& span) {
  for (const BoundExpr& arg : args)
    if (!arg.type.is_string()) FailAt(span, "SIMILAR TO needs texts", "CAST(x AS STRING) makes a text");
  int escape = -1;
  if (args.size() == 3) {
    if (args[2].kind != BoundExpr::Kind::kLiteral || args[2].literal.text.size() != 1)
      FailAt(args[2].span, "ESCAPE takes one character");
    escape = static_cast<unsigned char>(args[2].literal.text[0]);
    args.pop_back();
  }
  const SqlType type = SqlType::Of(TypeKind::kBoolean, args[0].type.nullable || args[1].type.nullable);
  const auto patterns = std::make_shared<Patterns>();
  return CallExpr(negated ? "NOT SIMILAR TO" : "SIMILAR TO", type, std::move(args),
                  Total<uint8_t, View, View>([patterns, escape, negated, span](View text, View pattern) {
                    const std::wregex* regex = patterns->Get(FromSimilar(pattern, escape, span));
                    if (regex == nullptr)
                      FailAt(span, "not a pattern: '" + std::string(pattern) + "'", "", ExitStatus::kData);
                    return std::regex_search(Subject(text), *regex) != negated ? 1 : 0;
                  }),
                  span);
}

std::vector<FunctionEntry> RegexFunctions() {
  return {
      {"REGEXP", 2, 2, "REGEXP(text, pattern)", BindRegexp},
      {"REGEXP_COUNT", 2, 2, "REGEXP_COUNT(text, pattern)", BindRegexpCount},
      {"REGEXP_EXTRACT", 2, 3, "REGEXP_EXTRACT(text, pattern [, group])", BindRegexpExtract},
      {"REGEXP_EXTRACT_ALL", 2, 3, "REGEXP_EXTRACT_ALL(text, pattern [, group])", BindRegexpExtractAll},
      {"REGEXP_INSTR", 2, 2, "REGEXP_INSTR(text, pattern)", BindRegexpInstr},
      {"REGEXP_REPLACE", 3, 3, "REGEXP_REPLACE(text, pattern, replacement)", BindRegexpReplace},
      {"REGEXP_SUBSTR", 2, 2, "REGEXP_SUBSTR(text, pattern)", BindRegexpExtract},
  };
}

}  // namespace cdc::sql
