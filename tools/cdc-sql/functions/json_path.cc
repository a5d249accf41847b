#include "tools/cdc-sql/functions/json_path.h"

#include <algorithm>
#include <charconv>

#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/functions/json_filter.h"

namespace cdc::sql {

namespace {

/// Walking a path goes one level down for each step.
constexpr size_t kMaxPath = 2000;

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool ParseIndex(std::string_view text, int64_t* index) {
  text = Trimmed(text);
  const auto end = std::from_chars(text.data(), text.data() + text.size(), *index);
  return !text.empty() && end.ec == std::errc() && end.ptr == text.data() + text.size();
}

/// "a:b", either side may be empty; what a third part says does not count.
bool ParseSlice(std::string_view text, std::vector<int64_t>* bounds) {
  const size_t colon = text.find(':');
  std::string_view from = Trimmed(text.substr(0, colon)), to = text.substr(colon + 1);
  to = Trimmed(to.substr(0, to.find(':')));
  *bounds = {INT64_MIN, INT64_MAX};
  return (from.empty() || ParseIndex(from, &(*bounds)[0])) && (to.empty() || ParseIndex(to, &(*bounds)[1]));
}

bool ParseIndices(std::string_view text, std::vector<int64_t>* indices) {
  while (true) {
    const size_t comma = text.find(',');
    indices->push_back(0);
    if (!ParseIndex(text.substr(0, comma), &indices->back())) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

/// 'a','b' in either kind of quotes.
bool ParseNames(std::string_view text, std::vector<std::string>* names) {
  for (size_t at = 0;;) {
    while (at < text.size() && IsBlank(text[at])) ++at;
    if (at >= text.size() || (text[at] != '\'' && text[at] != '"')) return false;
    const size_t close = text.find(text[at], at + 1);
    if (close == std::string_view::npos) return false;
    names->emplace_back(text.substr(at + 1, close - at - 1));
    at = close + 1;
    while (at < text.size() && IsBlank(text[at])) ++at;
    if (at == text.size()) return true;
    if (text[at++] != ',') return false;
  }
}

/// The ] that ends what begins behind a [, text in quotes and inner brackets passed over.
size_t FindClosing(std::string_view text, size_t at) {
  char quote = '\0';
  for (int depth = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == ']' && depth == 0) {
      return at;
    } else {
      depth += c == '[' || c == '(' ? 1 : c == ']' || c == ')' ? -1 : 0;
    }
  }
  return std::string_view::npos;
}

}  // namespace

bool JsonPath::TakeBracket(std::string_view text, size_t* at, Step* step) {
  const size_t close = FindClosing(text, *at + 1);
  if (close == std::string_view::npos) return false;
  const std::string_view inside = Trimmed(text.substr(*at + 1, close - *at - 1));
  *at = close + 1;
  if (inside.empty()) return false;
  if (inside[0] == '\'' || inside[0] == '"') return ParseNames(inside, &step->names);
  definite_ = definite_ && inside.find_first_of("*?,:") == std::string_view::npos;
  if (inside == "*") {
    step->kind = Step::Kind::kAll;
    return true;
  }
  if (inside[0] == '?') {
    step->kind = Step::Kind::kFilter;
    const std::string_view condition = Trimmed(inside.substr(1));
    if (condition.size() < 2 || condition.front() != '(' || condition.back() != ')') return false;
    step->filter = JsonFilter::Compile(condition);
    return step->filter != nullptr;
  }
  if (inside.find(':') != std::string_view::npos) {
    step->kind = Step::Kind::kSlice;
    return ParseSlice(inside, &step->indices);
  }
  step->kind = Step::Kind::kIndices;
  return ParseIndices(inside, &step->indices);
}

bool JsonPath::TakeName(std::string_view text, size_t* at, Step* step) {
  if (*at < text.size() && text[*at] == '*') {
    step->kind = Step::Kind::kAll;
    definite_ = false;
    ++*at;
    return true;
  }
  const size_t begin = *at;
  while (*at < text.size() && IsNameCharacter(text[*at])) ++*at;
  if (*at == begin) return false;
  step->names.emplace_back(text.substr(begin, *at - begin));
  if (text.substr(*at) == "()" && IsJsonFunction(step->names[0])) {
    step->kind = Step::Kind::kFunction;
    *at += 2;
  }
  return true;
}

bool JsonPath::Compile(std::string_view text) {
  steps_.clear();
  definite_ = true;
  lax_ = false;
  text = Trimmed(text);
  for (const char* mode : {"lax", "strict"}) {
    const std::string_view word(mode);
    if (text.size() <= word.size() || text.substr(0, word.size()) != word || !IsBlank(text[word.size()])) continue;
    lax_ = word == "lax";
    text = Trimmed(text.substr(word.size()));
  }
  // Jayway begins at the root by itself.
  const std::string rooted = "$." + std::string(text);
  if (!text.empty() && text[0] != '$' && text[0] != '@') text = rooted;
  if (text.empty() || text[0] != '$' || text.size() > kMaxPath) return false;
  for (size_t at = 1; at < text.size();) {
    Step step;
    step.descend = text.substr(at, 2) == "..";
    if (step.descend) definite_ = false;
    if (step.descend) at += 2;
    if (!step.descend && text.substr(at, 2) == ".[") ++at;  // as Jayway lets it pass
    if (at < text.size() && text[at] == '[') {
      if (!TakeBracket(text, &at, &step)) return false;
    } else {
      if (!step.descend && text[at++] != '.') return false;
      if (!TakeName(text, &at, &step)) return false;
    }
    steps_.push_back(std::move(step));
  }
  // Several names give one object at the end of a path, else each of them is followed.
  for (size_t i = 0; i + 1 < steps_.size(); ++i) definite_ = definite_ && steps_[i].names.size() <= 1;
  return true;
}

bool JsonPath::WalkNames(std::string_view value, size_t at, const Search& search) const {
  if (value[0] != '{') return false;
  const Step& step = steps_[at];
  std::vector<std::string_view> members(step.names.size());
  JsonMembers walk(value);
  while (walk.Next()) {
    std::string name;
    if (!AppendUnescaped(name, walk.raw_name())) continue;
    for (size_t i = 0; i < step.names.size(); ++i)
      if (step.names[i] == name) members[i] = walk.value();
  }
  if (step.names.size() == 1) return !members[0].empty() && Walk(members[0], at + 1, search);
  if (at + 1 < steps_.size()) {
    for (const std::string_view member : members)
      if (!member.empty()) Walk(member, at + 1, search);
    return true;
  }
  std::string merged = "{";
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].empty()) continue;
    if (merged.size() > 1) merged += ',';
    AppendJsonString(merged, step.names[i]);
    merged.append(":").append(members[i]);
  }
  search.found->push_back(merged + "}");
  return true;
}

bool JsonPath::WalkElements(std::string_view value, size_t at, const Search& search) const {
  const Step& step = steps_[at];
  std::vector<std::string_view> elements;
  if (value[0] == '[') {
    JsonElements walk(value);
    while (walk.Next()) elements.push_back(walk.value());
  } else if (value[0] == '{' && step.kind == Step::Kind::kAll) {
    JsonMembers walk(value);
    while (walk.Next()) elements.push_back(walk.value());
  } else if (value[0] == '{' && step.kind == Step::Kind::kFilter) {
    if (step.filter->Passes(value, search.root)) Walk(value, at + 1, search);
    return true;
  } else {
    return step.kind == Step::Kind::kAll;  // of a value there is nothing, which is no error
  }
  const auto size = static_cast<int64_t>(elements.size());
  const auto place = [size](int64_t index) { return index < 0 ? size + index : index; };
  if (step.kind == Step::Kind::kIndices) {
    bool all = true;
    for (const int64_t index : step.indices) {
      const int64_t i = place(index);
      all = i >= 0 && i < size && Walk(elements[static_cast<size_t>(i)], at + 1, search) && all;
    }
    return all || step.indices.size() > 1;
  }
  if (step.kind == Step::Kind::kSlice) {
    const int64_t from = step.indices[0] == INT64_MIN ? 0 : std::max<int64_t>(place(step.indices[0]), 0);
    const int64_t to = step.indices[1] == INT64_MAX ? size : std::min(place(step.indices[1]), size);
    for (int64_t i = from; i < to; ++i) Walk(elements[static_cast<size_t>(i)], at + 1, search);
    return true;
  }
  // What a wildcard passes over without the rest of the path is left out.
  for (const std::string_view element : elements)
    if (step.kind == Step::Kind::kAll || step.filter->Passes(element, search.root)) Walk(element, at + 1, search);
  return true;
}

/// The step of the value itself, then of each object and array in it, from the outside in.
void JsonPath::Descend(std::string_view value, size_t at, const Search& search) const {
  const Step& step = steps_[at];
  // A filter is asked of each object, not of the elements that an array shows it.
  if (!(step.kind == Step::Kind::kFilter && value[0] == '[')) Apply(value, at, search);
  if (value[0] == '{') {
    JsonMembers walk(value);
    while (walk.Next())
      if (walk.value()[0] == '{' || walk.value()[0] == '[') Descend(walk.value(), at, search);
  } else {
    JsonElements walk(value);
    while (walk.Next())
      if (walk.value()[0] == '{' || walk.value()[0] == '[') Descend(walk.value(), at, search);
  }
}

bool JsonPath::Apply(std::string_view value, size_t at, const Search& search) const {
  const Step& step = steps_[at];
  if (step.kind == Step::Kind::kNames) return WalkNames(value, at, search);
  if (step.kind != Step::Kind::kFunction) return WalkElements(value, at, search);
  std::string result;
  if (!ApplyJsonFunction(step.names[0], value, &result)) return false;
  search.found->push_back(std::move(result));
  return true;
}

bool JsonPath::Walk(std::string_view value, size_t at, const Search& search) const {
  if (at == steps_.size()) {
    search.found->emplace_back(value);
    return true;
  }
  if (!steps_[at].descend) return Apply(value, at, search);
  if (value[0] == '{' || value[0] == '[') Descend(value, at, search);
  return true;
}

bool JsonPath::Find(std::string_view json, std::vector<std::string>* found, std::string_view root) const {
  found->clear();
  return Walk(json, 0, {root.empty() ? json : root, found}) && (!definite_ || !found->empty());
}

}  // namespace cdc::sql
