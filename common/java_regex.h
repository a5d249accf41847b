#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdc {

class ConnectorConfig;

/// A regular expression as java.util.regex reads it, run by PCRE2 on UTF-8. What the two read alike is passed on; what
/// Java alone has is translated: \uXXXX, \0 with octal digits, \p{Lower} and the other ASCII classes of POSIX.
///
/// Refused, because PCRE2 would read it as something else or has no such thing: a class inside a class where one is
/// negated
/// ([^a[bc]]) and intersections ([a-z&&[^b]]), escapes that Java does not have (\K, \C, \g, \o …) or that only it has
/// (\N{…}, \p{Is…}, \p{In…}, \p{java…}), references beyond \9, the flags d, u, U and x, PCRE2's own groups ((?#, (?|,
/// (?R), (?P, (?(,
/// (*VERB)), and what PCRE2 itself does not compile, among it look-behind of variable length.
///
/// Differences that stay: `.` also stops at VT and FF, and without regard to case the letters beyond ASCII in a class
/// ([äö]) match in either case, where Java's do not.
class JavaRegex {
  struct Compiled;

 public:
  enum class Case { kExact, kIgnore };  ///< kIgnore: of ASCII letters, as Pattern.CASE_INSENSITIVE does

  /// Bytes [begin, end) of a text; begin is kNone for a group that took no part in a match.
  struct Part {
    static constexpr size_t kNone = std::string_view::npos;
    size_t begin = kNone, end = kNone;
  };

  /// Nothing for a pattern that is refused; `error` then says why, and where. `unsupported` (may be null): whether Java
  /// would have read it.
  static std::optional<JavaRegex> Compile(std::string_view pattern, Case letters, std::string* error,
                                          bool* unsupported = nullptr);

  /// Whether the whole text matches. Errors of this and the others: 65 for a text on which the expression takes too
  /// many steps.
  bool Matches(std::string_view text) const;

  /// Whether part of the text matches.
  bool Finds(std::string_view text) const;

  /// The first part that matches and does not begin before byte `from`, and its groups behind it. False if there is
  /// none.
  bool Find(std::string_view text, size_t from, std::vector<Part>* parts) const;
  /// Calls `use` for each part that matches, one after the other, as Matcher.find goes on.
  void ForEachMatch(std::string_view text, const std::function<void(const std::vector<Part>&)>& use) const;
  size_t groups() const;

  /// Makes machine code for Find of the expression, no other thread being at work with it; worth it where the texts are
  /// many. It takes fewer steps, so that it may find where too many were needed without it.
  void Hasten();

  /// Searches many texts, by one thread, with what a search needs at hand: as much as the longest one took.
  class Searcher {
   public:
    explicit Searcher(const JavaRegex& regex);
    Searcher(Searcher&&) noexcept;
    ~Searcher();
    bool Find(std::string_view text, size_t from, std::vector<Part>* parts);

   private:
    struct Place;
    std::shared_ptr<const Compiled> compiled_;
    std::unique_ptr<Place> place_;
  };

  /// Matcher.replaceFirst: the first part that matches gives way to `replacement`, in which $1 and ${name} are groups
  /// and a backslash takes the next character as it is. Nothing, with `error`, for a replacement that does not read.
  std::optional<std::string> ReplaceFirst(std::string_view text, std::string_view replacement,
                                          std::string* error) const;

 private:
  std::shared_ptr<const Compiled> compiled_;
};

/// The expressions of a list such as table.include.list: cut at commas, but for one after a backslash, which is a
/// comma; without blanks around them and without empty ones.
std::vector<std::string> SplitExpressions(std::string_view list);

/// A list of expressions, matched as a whole and without regard to case: what Debezium's include and exclude lists are.
class ExpressionList {
 public:
  ExpressionList() = default;
  /// False, with `error`, for a list of which one does not read.
  bool Parse(std::string_view list, std::string* error);

  bool empty() const { return expressions_.empty(); }
  bool Matches(std::string_view name) const;
  /// The same of one of them.
  bool Matches(size_t index, std::string_view name) const { return expressions_[index].Matches(name); }
  const std::vector<std::string>& texts() const { return texts_; }  ///< as written

 private:
  std::vector<std::string> texts_;
  std::vector<JavaRegex> expressions_;
};

/// The list that a property holds; empty without it. Errors: 78 that names the property's place, and the expression.
ExpressionList ReadExpressions(const ConnectorConfig& config, const std::string& property);

}  // namespace cdc
