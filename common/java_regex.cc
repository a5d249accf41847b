#define PCRE2_CODE_UNIT_WIDTH 8
#include "common/java_regex.h"

#include <pcre2.h>

#include <algorithm>

#include "common/connector_config.h"
#include "common/error.h"
#include "common/java_pattern.h"

namespace cdc {

namespace {

struct Free {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
using Match = std::unique_ptr<pcre2_match_data, Free>;

PCRE2_SPTR Units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

std::string MessageOf(int code) {
  PCRE2_UCHAR text[256];
  if (pcre2_get_error_message(code, text, sizeof text) < 0) return "error " + std::to_string(code);
  return reinterpret_cast<const char*>(text);
}

/// The text of a group, empty if it took no part in the match.
std::string_view Group(const Match& match, std::string_view text, uint32_t number) {
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(match.get());
  const PCRE2_SIZE begin = bounds[2 * number], end = bounds[2 * number + 1];
  return begin == PCRE2_UNSET ? std::string_view() : text.substr(begin, end - begin);
}

}  // namespace

struct JavaRegex::Compiled {
  std::string pattern;
  std::unique_ptr<pcre2_code, Free> code;

  Match Place() const {
    Match match(pcre2_match_data_create_from_pattern(code.get(), nullptr));
    CDC_CHECK(match != nullptr, "no memory for a match");
    return match;
  }

  /// Null if nothing matches.
  Match Run(std::string_view text, uint32_t options, size_t from = 0) const {
    Match match = Place();
    return RunIn(*match, text, options, from) ? std::move(match) : nullptr;
  }

  bool RunIn(pcre2_match_data& match, std::string_view text, uint32_t options, size_t from) const {
    int found = pcre2_match(code.get(), Units(text), text.size(), from, options, &match, nullptr);
    // The room of machine code for steps back is small.
    if (found == PCRE2_ERROR_JIT_STACKLIMIT)
      found = pcre2_match(code.get(), Units(text), text.size(), from, options | PCRE2_NO_JIT, &match, nullptr);
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0)
      Fail(ExitStatus::kData,
           "the regular expression \"" + pattern + "\" takes too many steps on \"" + std::string(text) + "\"",
           MessageOf(found), "write it without repetitions inside repetitions");
    return true;
  }

  uint32_t Groups() const {
    uint32_t count = 0;
    pcre2_pattern_info(code.get(), PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
  }
};

std::optional<JavaRegex> JavaRegex::Compile(std::string_view pattern, Case letters, std::string* error,
                                            bool* unsupported) {
  std::string translated;
  if (!TranslateJavaPattern(pattern, letters == Case::kIgnore, &translated, error, unsupported)) return std::nullopt;
  const std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> context(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANY);
  // Names are shown as they are, whatever their bytes.
  uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  if (letters == Case::kIgnore) options |= PCRE2_CASELESS;
#ifdef PCRE2_EXTRA_CASELESS_RESTRICT
  pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_CASELESS_RESTRICT);
#endif
  int code = 0;
  PCRE2_SIZE at = 0;
  auto compiled = std::make_shared<Compiled>();
  compiled->pattern = pattern;
  compiled->code.reset(pcre2_compile(Units(translated), translated.size(), options, &code, &at, context.get()));
  if (compiled->code == nullptr) {
    if (unsupported != nullptr) *unsupported = code == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH;
    *error = MessageOf(code) + (at < translated.size() ? ", before \"" + translated.substr(at) + "\"" : ", at its end");
    return std::nullopt;
  }
  JavaRegex regex;
  regex.compiled_ = std::move(compiled);
  return regex;
}

bool JavaRegex::Matches(std::string_view text) const {
  return compiled_->Run(text, PCRE2_ANCHORED | PCRE2_ENDANCHORED) != nullptr;
}

bool JavaRegex::Finds(std::string_view text) const {
  return compiled_->Run(text, 0) != nullptr;
}

bool JavaRegex::Find(std::string_view text, size_t from, std::vector<Part>* parts) const {
  return Searcher(*this).Find(text, from, parts);
}

struct JavaRegex::Searcher::Place {
  Match match;
  size_t parts;
};

JavaRegex::Searcher::Searcher(const JavaRegex& regex)
    : compiled_(regex.compiled_), place_(new Place{compiled_->Place(), compiled_->Groups() + size_t{1}}) {}
JavaRegex::Searcher::Searcher(Searcher&&) noexcept = default;
JavaRegex::Searcher::~Searcher() = default;

void JavaRegex::Hasten() {
  // Without room for machine code, or on a processor that PCRE2 makes none for, it stays as it is.
  pcre2_jit_compile(compiled_->code.get(), PCRE2_JIT_COMPLETE);
}

bool JavaRegex::Searcher::Find(std::string_view text, size_t from, std::vector<Part>* parts) {
  if (!compiled_->RunIn(*place_->match, text, 0, from)) return false;
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(place_->match.get());
  parts->assign(place_->parts, Part());
  for (size_t i = 0; i < parts->size(); ++i)
    if (bounds[2 * i] != PCRE2_UNSET) (*parts)[i] = {bounds[2 * i], bounds[2 * i + 1]};
  return true;
}

void JavaRegex::ForEachMatch(std::string_view text, const std::function<void(const std::vector<Part>&)>& use) const {
  std::vector<Part> parts;
  Searcher searcher(*this);
  for (size_t from = 0; from <= text.size() && searcher.Find(text, from, &parts);) {
    use(parts);
    from = parts[0].end;
    if (parts[0].end != parts[0].begin) continue;
    // After an empty match the search goes on behind the next character.
    ++from;
    while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
  }
}

size_t JavaRegex::groups() const {
  return compiled_->Groups();
}

std::optional<std::string> JavaRegex::ReplaceFirst(std::string_view text, std::string_view replacement,
                                                   std::string* error) const {
  const auto refuse = [&](const std::string& why) {
    *error = why;
    return std::nullopt;
  };
  const Match match = compiled_->Run(text, 0);
  std::string filled;
  for (size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] == '\\') {
      if (++i == replacement.size()) return refuse("a backslash ends it");
      filled += replacement[i];
    } else if (replacement[i] != '$') {
      filled += replacement[i];
    } else {
      int group = -1;
      if (!ReadJavaGroup(
              replacement, &i, compiled_->Groups(),
              [&](const std::string& name) {
                return pcre2_substring_number_from_name(compiled_->code.get(), Units(name));
              },
              &group))
        return refuse("a $ in it names no group of the expression");
      if (match) filled += Group(match, text, static_cast<uint32_t>(group));
    }
  }
  if (!match) return std::string(text);
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(match.get());
  return std::string(text.substr(0, bounds[0])) + filled + std::string(text.substr(bounds[1]));
}

std::vector<std::string> SplitExpressions(std::string_view list) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '\\' && i + 1 < list.size()) {
      if (list[i + 1] != ',') parts.back() += '\\';
      parts.back() += list[++i];
    } else if (list[i] == ',') {
      parts.emplace_back();
    } else {
      parts.back() += list[i];
    }
  }
  std::vector<std::string> kept;
  for (const auto& part : parts) {
    const size_t first = part.find_first_not_of(" \t\n\r");
    if (first == std::string::npos) continue;
    kept.push_back(part.substr(first, part.find_last_not_of(" \t\n\r") - first + 1));
  }
  return kept;
}

bool ExpressionList::Parse(std::string_view list, std::string* error) {
  texts_ = SplitExpressions(list);
  expressions_.clear();
  for (const std::string& text : texts_) {
    std::string why;
    std::optional<JavaRegex> expression = JavaRegex::Compile(text, JavaRegex::Case::kIgnore, &why);
    if (!expression) {
      *error = "\"" + text + "\": " + why;
      if (list.find(',') != std::string_view::npos) *error += "; a comma inside an expression is written \\,";
      return false;
    }
    expressions_.push_back(std::move(*expression));
  }
  return true;
}

bool ExpressionList::Matches(std::string_view name) const {
  return std::any_of(expressions_.begin(), expressions_.end(), [&](const JavaRegex& e) { return e.Matches(name); });
}

ExpressionList ReadExpressions(const ConnectorConfig& config, const std::string& property) {
  ExpressionList list;
  std::string error;
  if (!list.Parse(config.Get(property), &error))
    config.Refuse(property, "holds something that is no regular expression: " + error);
  return list;
}

}  // namespace cdc
