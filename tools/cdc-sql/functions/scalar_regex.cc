// Functions of regular expressions, which are Java's, and SIMILAR TO.
#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <optional>

#include "common/java_regex.h"
#include "tools/cdc-sql/functions/adapt.h"
#include "tools/cdc-sql/functions/function_table.h"
#include "tools/cdc-sql/run/utf16.h"
#include "tools/cdc-sql/state/row_codec.h"

namespace cdc::sql {

namespace {

using View = std::string_view;

/// A compiled pattern with what its searches use again.
struct Pattern {
  explicit Pattern(JavaRegex of) : regex(std::move(of)) { regex.Hasten(); }

  bool Find(View text, size_t from, std::vector<JavaRegex::Part>* found) {
    if (!searcher) searcher.emplace(regex);
    const bool finds = searcher->Find(text, from, found);
    if (text.size() > kLongText) Rest();
    return finds;
  }
  /// What a search takes may be a hundred times the text.
  void Rest() { searcher.reset(); }

  static constexpr size_t kLongText = 1 << 16;
  JavaRegex regex;
  std::optional<JavaRegex::Searcher> searcher;
  std::vector<JavaRegex::Part> parts;  ///< for whoever searches
};

/// Compiled patterns; most calls use one. Null for a pattern that is none. Errors: 65 for one that Java reads and
/// JavaRegex does not.
class Patterns {
 public:
  Pattern* Get(View pattern, const Span& span) {
    if (last_ != nullptr && pattern == text_) return Last();
    if (last_ != nullptr && last_->has_value()) (*last_)->Rest();
    const auto found = known_.find(std::string(pattern));
    if (found != known_.end()) {
      last_ = &found->second;
    } else {
      if (known_.size() > 1000) known_.clear();
      std::string error;
      bool unsupported = false;
      std::optional<JavaRegex> compiled = JavaRegex::Compile(pattern, JavaRegex::Case::kExact, &error, &unsupported);
      if (!compiled && unsupported)
        FailAt(span, "the regular expression \"" + std::string(pattern) + "\" cannot be used: " + error, "",
               ExitStatus::kData);
      last_ = &known_[std::string(pattern)];
      if (compiled) last_->emplace(std::move(*compiled));
    }
    text_ = pattern;
    return Last();
  }

 private:
  Pattern* Last() const { return last_->has_value() ? &**last_ : nullptr; }

  std::map<std::string, std::optional<Pattern>> known_;
  std::optional<Pattern>* last_ = nullptr;
  std::string text_;
};

using Parts = std::vector<JavaRegex::Part>;

View TextOf(View text, const JavaRegex::Part& part) {
  return part.begin == JavaRegex::Part::kNone ? View() : text.substr(part.begin, part.end - part.begin);
}

BoundExpr BindRegexp(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(SqlType::Of(TypeKind::kBoolean, call.nullable()),
                   Partial<uint8_t, View, View>([patterns, span = call.span()](View text, View pattern, uint8_t* out) {
                     Pattern* const regex = patterns->Get(pattern, span);
                     *out = regex != nullptr && !pattern.empty() && regex->Find(text, 0, &regex->parts) ? 1 : 0;
                     return true;
                   }));
}

BoundExpr BindRegexpCount(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(SqlType::Of(TypeKind::kInt),
                   Partial<int64_t, View, View>([patterns, span = call.span()](View text, View pattern, int64_t* out) {
                     Pattern* const regex = patterns->Get(pattern, span);
                     if (regex == nullptr) return false;
                     *out = 0;
                     regex->regex.ForEachMatch(text, [out](const Parts&) { ++*out; });
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
  return call.Make(SqlType::String(),
                   Text<View, View, int64_t>(
                       [patterns, span = call.span()](View text, View pattern, int64_t group, std::string* out) {
                         Pattern* const regex = patterns->Get(pattern, span);
                         if (regex == nullptr || !regex->Find(text, 0, &regex->parts)) return false;
                         const Parts& parts = regex->parts;
                         if (group < 0 || group >= static_cast<int64_t>(parts.size())) return false;
                         const JavaRegex::Part& part = parts[static_cast<size_t>(group)];
                         if (part.begin == JavaRegex::Part::kNone) return false;
                         *out = TextOf(text, part);
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
  return call.Make(type, Text<View, View, int64_t>(
                             [patterns, span = call.span()](View text, View pattern, int64_t group, std::string* out) {
                               Pattern* const regex = patterns->Get(pattern, span);
                               if (regex == nullptr || group < 0 || group > static_cast<int64_t>(regex->regex.groups()))
                                 return false;
                               ColumnVector found(Physical::kString);
                               regex->regex.ForEachMatch(text, [&](const Parts& parts) {
                                 const JavaRegex::Part& part = parts[static_cast<size_t>(group)];
                                 if (part.begin == JavaRegex::Part::kNone) {
                                   found.AppendNull();
                                 } else {
                                   found.AppendCopy(TextOf(text, part));
                                 }
                                 EncodeValue(found, found.size() - 1, out);
                               });
                               return true;
                             }));
}

BoundExpr BindRegexpInstr(FunctionCall& call) {
  call.WantString(0);
  call.WantString(1);
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(SqlType::Of(TypeKind::kInt),
                   Partial<int64_t, View, View>([patterns, span = call.span()](View text, View pattern, int64_t* out) {
                     Pattern* const regex = patterns->Get(pattern, span);
                     if (regex == nullptr) return false;
                     *out = 0;
                     if (!regex->Find(text, 0, &regex->parts)) return true;
                     const View before = text.substr(0, regex->parts[0].begin);
                     *out = 1 + static_cast<int64_t>(ToUtf16(before).size());
                     return true;
                   }));
}

/// The replacement is taken as it stands: it names no groups.
BoundExpr BindRegexpReplace(FunctionCall& call) {
  for (size_t i = 0; i < 3; ++i) call.WantString(i);
  // A pattern that is none gives NULL; the type does not say so, as in Flink.
  const auto patterns = std::make_shared<Patterns>();
  return call.Make(SqlType::String(call.nullable()),
                   Text<View, View, View>(
                       [patterns, span = call.span()](View text, View pattern, View replacement, std::string* out) {
                         Pattern* const regex = patterns->Get(pattern, span);
                         if (regex == nullptr) return false;
                         size_t from = 0;
                         regex->regex.ForEachMatch(text, [&](const Parts& parts) {
                           *out += text.substr(from, parts[0].begin - from);
                           *out += replacement;
                           from = parts[0].end;
                         });
                         *out += text.substr(from);
                         return true;
                       }));
}

/// The class that [:name:] stands for, names in either case. Empty if there is no such one.
View NamedClass(View name) {
  static constexpr std::pair<View, View> kClasses[] = {
      {"ALPHA", "\\p{Alpha}"}, {"UPPER", "\\p{Upper}"}, {"LOWER", "\\p{Lower}"}, {"DIGIT", "\\d"},
      {"SPACE", " "},          {"WHITESPACE", "\\s"},   {"ALNUM", "\\p{Alnum}"}};
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  for (const auto& [known, regex] : kClasses)
    if (upper == known) return regex;
  return {};
}

constexpr View kSimilarSpecials = "[]()|^-+*_%?{}";

/// What the escape character at `at` makes of the one behind it: one that is special in SQL, or the escape itself.
std::string EscapedSimilar(View pattern, size_t at, const Span& span) {
  const auto special = [](char c) { return kSimilarSpecials.find(c) != View::npos; };
  const char next = at + 1 < pattern.size() ? pattern[at + 1] : '\0';
  if (at + 1 == pattern.size() || (!special(next) && next != pattern[at]))
    FailAt(span,
           "the escape character at position " + std::to_string(at) + " of '" + std::string(pattern) +
               "' has nothing behind it that it could be for",
           "it stands before one of " + std::string(kSimilarSpecials) + " or before itself", ExitStatus::kData);
  return special(next) && next != '_' && next != '%' ? std::string("\\") + next : std::string(1, next);
}

/// SQL's pattern as a regular expression: % and _, named classes, a backslash and $ as themselves, and all else as it
/// stands (a dot is any character).
std::string FromSimilar(View pattern, int escape, const Span& span) {
  std::string regex;
  bool inside = false;  // [ ]
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (escape >= 0 && c == static_cast<char>(escape)) {
      regex += EscapedSimilar(pattern, i++, span);
    } else if (inside && c == '[' && i + 1 < pattern.size() && pattern[i + 1] == ':') {
      const size_t end = pattern.find(":]", i + 2);
      const View named = end == View::npos ? View{} : NamedClass(pattern.substr(i + 2, end - i - 2));
      if (named.empty()) FailAt(span, "the pattern names a class that is not known", "[:ALPHA:] and [:DIGIT:] are");
      regex += named;
      i = end + 1;
    } else if (inside) {
      inside = c != ']';
      regex += c;
    } else if (c == '%') {
      regex += "(?s:.)*";
    } else if (c == '_') {
      regex += "(?s:.)";
    } else if (c == '\\' || c == '$') {  // they mean nothing in SQL
      regex += '\\';
      regex += c;
    } else {
      inside = c == '[';
      regex += c;
    }
  }
  return regex;
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
                    Pattern* const regex = patterns->Get(FromSimilar(pattern, escape, span), span);
                    if (regex == nullptr)
                      FailAt(span, "not a pattern: '" + std::string(pattern) + "'", "", ExitStatus::kData);
                    return regex->regex.Matches(text) != negated ? 1 : 0;
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
