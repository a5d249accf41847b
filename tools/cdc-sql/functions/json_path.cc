#include "tools/cdc-sql/functions/json_path.h"

#include <charconv>

#include "common/json_scan.h"
#include "common/json_writer.h"

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

bool ParseNumber(std::string_view text, double* value) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), *value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

}  // namespace

std::string_view JsonValueOf(std::string_view text) {
  const std::string_view value = Trimmed(text);
  return IsJson(value) ? value : std::string_view{};
}

bool JsonPath::TakeFilter(std::string_view text, Step* step) {
  // ?( @[.name] [op value] )
  text = Trimmed(text);
  if (text.size() < 4 || text.substr(0, 2) != "?(" || text.back() != ')') return false;
  text = Trimmed(text.substr(2, text.size() - 3));
  if (text.empty() || text[0] != '@') return false;
  text.remove_prefix(1);
  if (!text.empty() && text[0] == '.') {
    size_t end = 1;
    while (end < text.size() && IsNameCharacter(text[end])) ++end;
    step->name = text.substr(1, end - 1);
    text.remove_prefix(end);
  }
  text = Trimmed(text);
  for (const char* op : {"==", "!=", "<=", ">=", "<", ">"}) {
    if (text.rfind(op, 0) != 0) continue;
    step->op = op;
    std::string operand(Trimmed(text.substr(step->op.size())));
    if (operand.size() >= 2 && operand.front() == '\'' && operand.back() == '\'') {
      std::string quoted;
      AppendJsonString(quoted, std::string_view(operand).substr(1, operand.size() - 2));
      operand = quoted;
    }
    step->operand = operand;
    return IsJson(operand);
  }
  return text.empty();
}

bool JsonPath::TakeBracket(std::string_view text, size_t* at) {
  Step step;
  const size_t open = *at + 1;
  if (open < text.size() && (text[open] == '\'' || text[open] == '"')) {
    const size_t close = text.find(text[open], open + 1);
    if (close == std::string_view::npos || close + 1 >= text.size() || text[close + 1] != ']') return false;
    step.name = text.substr(open + 1, close - open - 1);
    *at = close + 2;
  } else {
    size_t close = open;
    int depth = 0;
    for (; close < text.size() && (text[close] != ']' || depth > 0); ++close)
      depth += text[close] == '(' ? 1 : text[close] == ')' ? -1 : 0;
    if (close >= text.size()) return false;
    const std::string_view inside = Trimmed(text.substr(open, close - open));
    *at = close + 1;
    if (inside == "*") {
      step.kind = Step::Kind::kAll;
      definite_ = false;
    } else if (!inside.empty() && inside[0] == '?') {
      step.kind = Step::Kind::kFilter;
      definite_ = false;
      if (!TakeFilter(inside, &step)) return false;
    } else {
      step.kind = Step::Kind::kIndex;
      const auto end = std::from_chars(inside.data(), inside.data() + inside.size(), step.index);
      if (inside.empty() || end.ec != std::errc() || end.ptr != inside.data() + inside.size()) return false;
    }
  }
  steps_.push_back(std::move(step));
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
  if (text.empty() || text[0] != '$' || text.size() > kMaxPath) return false;
  for (size_t at = 1; at < text.size();) {
    if (text[at] == '[') {
      if (!TakeBracket(text, &at)) return false;
      continue;
    }
    if (text[at] != '.') return false;
    ++at;
    Step step;
    if (at < text.size() && text[at] == '*') {
      step.kind = Step::Kind::kAll;
      definite_ = false;
      ++at;
    } else {
      const size_t begin = at;
      while (at < text.size() && IsNameCharacter(text[at])) ++at;
      if (at == begin) return false;
      step.name = text.substr(begin, at - begin);
    }
    steps_.push_back(std::move(step));
  }
  return true;
}

bool JsonPath::Passes(const Step& step, std::string_view value) {
  if (!step.name.empty()) {
    if (value.empty() || value[0] != '{') return false;
    std::string_view member;
    JsonMembers members(value);
    while (members.Next())
      if (members.name() == step.name) member = members.value();
    value = member;
  }
  if (step.op.empty()) return !value.empty();
  if (value.empty()) return false;
  double a = 0, b = 0;
  int order = 0;
  if (ParseNumber(value, &a) && ParseNumber(step.operand, &b)) {
    order = a < b ? -1 : a > b ? 1 : 0;
  } else {
    std::string x, y;
    AppendCompactJson(x, value);
    AppendCompactJson(y, step.operand);
    if (x[0] != y[0] && step.op != "==" && step.op != "!=") return false;
    order = x.compare(y);
  }
  if (step.op == "==") return order == 0;
  if (step.op == "!=") return order != 0;
  if (step.op == "<") return order < 0;
  if (step.op == "<=") return order <= 0;
  if (step.op == ">") return order > 0;
  return order >= 0;
}

bool JsonPath::Walk(std::string_view value, size_t at, std::vector<std::string>* found) const {
  if (at == steps_.size()) {
    found->emplace_back(value);
    return true;
  }
  const Step& step = steps_[at];
  const char first = value.empty() ? '\0' : value[0];
  if (step.kind == Step::Kind::kName) {
    if (first != '{') return false;
    std::string_view member;
    JsonMembers members(value);
    while (members.Next()) {
      std::string name;
      if (AppendUnescaped(name, members.raw_name()) && name == step.name) member = members.value();
    }
    return !member.empty() && Walk(member, at + 1, found);
  }
  std::vector<std::string_view> elements;
  if (first == '[') {
    JsonElements walk(value);
    while (walk.Next()) elements.push_back(walk.value());
  } else if (first == '{' && step.kind != Step::Kind::kIndex) {
    JsonMembers walk(value);
    while (walk.Next()) elements.push_back(walk.value());
  } else {
    return false;
  }
  if (step.kind == Step::Kind::kIndex) {
    const auto size = static_cast<int64_t>(elements.size());
    const int64_t place = step.index < 0 ? size + step.index : step.index;
    return place >= 0 && place < size && Walk(elements[static_cast<size_t>(place)], at + 1, found);
  }
  // What a wildcard passes over without the rest of the path is left out.
  for (const std::string_view element : elements)
    if (step.kind == Step::Kind::kAll || Passes(step, element)) Walk(element, at + 1, found);
  return true;
}

bool JsonPath::Find(std::string_view json, std::vector<std::string>* found) const {
  found->clear();
  return Walk(json, 0, found);
}

void AppendCompactJson(std::string& out, std::string_view raw) {
  for (size_t i = 0; i < raw.size();) {
    if (IsBlank(raw[i])) {
      ++i;
    } else if (raw[i] == '"') {
      const size_t end = SkipJsonValue(raw, i);
      std::string text;
      if (AppendUnescaped(text, raw.substr(i, end - i))) {
        AppendJsonString(out, text);
      } else {
        out += raw.substr(i, end - i);
      }
      i = end;
    } else {
      out += raw[i++];
    }
  }
}

}  // namespace cdc::sql
