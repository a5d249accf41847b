#include "tools/cdc-sql/connect/json_tree.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "common/json_scan.h"
#include "common/json_writer.h"
#include "tools/cdc-sql/connect/lenient_json.h"
#include "tools/cdc-sql/run/value_text.h"

namespace cdc::sql {

bool IsJsonNumber(std::string_view text) {
  const auto digits = [&text] {
    const size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count > 0;
  };
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const bool zero = !text.empty() && text[0] == '0';
  const size_t before = text.size();
  if (!digits() || (zero && before - text.size() > 1)) return false;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    if (!digits()) return false;
  }
  if (!text.empty() && (text[0] | 32) == 'e') {
    text.remove_prefix(text.size() > 1 && (text[1] == '+' || text[1] == '-') ? 2 : 1);
    if (!digits()) return false;
  }
  return text.empty();
}

bool AppendLenientText(std::string& out, std::string_view raw) {
  const size_t size = out.size();
  if (AppendUnescaped(out, raw)) return true;
  out.resize(size);
  const std::optional<std::string> mended = MendJson(raw);
  return mended && AppendUnescaped(out, *mended);
}

void AppendTreeNumber(std::string& out, std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) {
    double value = 0;
    ParseJavaReal(number, false, &value);
    return AppendJavaDouble(out, value);
  }
  out += number == "-0" ? "0" : number;
}

namespace {

constexpr int kMostNested = 1000;  // Jackson's StreamReadConstraints

bool AppendTree(std::string& out, std::string_view raw, int depth);

void AppendTreeString(std::string& out, std::string_view raw, bool* ok) {
  if (raw.find('\\') == std::string_view::npos) {
    out += raw;
    return;
  }
  std::string plain;
  *ok = AppendLenientText(plain, raw);
  AppendJsonString(out, plain);
}

bool AppendObject(std::string& out, std::string_view raw, int depth) {
  std::vector<std::pair<std::string, std::string>> members;
  std::unordered_map<std::string, size_t> places;
  JsonMembers walk(raw);
  while (walk.Next()) {
    std::string name, value;
    bool ok = true;
    AppendTreeString(name, walk.raw_name(), &ok);
    if (!ok || !AppendTree(value, walk.value(), depth)) return false;
    const auto [place, fresh] = places.emplace(name, members.size());
    if (fresh) {
      members.emplace_back(std::move(name), std::move(value));
    } else {
      members[place->second].second = std::move(value);
    }
  }
  if (!walk.ok()) return false;
  out += '{';
  for (size_t i = 0; i < members.size(); ++i) out += (i > 0 ? "," : "") + members[i].first + ":" + members[i].second;
  out += '}';
  return true;
}

bool AppendTree(std::string& out, std::string_view raw, int depth) {
  if (raw.empty() || depth > kMostNested) return false;
  bool ok = true;
  switch (raw[0]) {
    case '{': return AppendObject(out, raw, depth + 1);
    case '[': {
      JsonElements walk(raw);
      out += '[';
      for (bool first = true; walk.Next(); first = false) {
        if (!first) out += ',';
        if (!AppendTree(out, walk.value(), depth + 1)) return false;
      }
      out += ']';
      return walk.ok();
    }
    case '"': AppendTreeString(out, raw, &ok); return ok;
    case 't':
    case 'f':
    case 'n': out += raw; return raw == "true" || raw == "false" || raw == "null";
    default: break;
  }
  if (!IsJsonNumber(raw)) return false;
  std::string number;
  AppendTreeNumber(number, raw);
  const bool infinite = number.back() == 'y';  // which is no JSON
  out += infinite ? '"' + number + '"' : number;
  return true;
}

}  // namespace

bool AppendTreeText(std::string& out, std::string_view raw) {
  return AppendTree(out, raw, 0);
}

namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// What from_chars does not take: hexadecimal digits, a suffix, and values out of range.
bool ParseUnusualReal(std::string_view body, bool single, double* value) {
  const bool hex = body.size() > 2 && body[0] == '0' && (body[1] | 32) == 'x';
  if (hex && body.find_first_of("pP") == std::string_view::npos) return false;
  if (body.size() > 1 && body.find_last_of("dDfF") == body.size() - 1) body.remove_suffix(1);
  if (body.find_first_not_of(hex ? "0123456789abcdefABCDEFxXpP.+-" : "0123456789eE.+-") != std::string_view::npos)
    return false;
  const std::string copy(body);
  char* end = nullptr;
  *value = single ? static_cast<double>(std::strtof(copy.c_str(), &end)) : std::strtod(copy.c_str(), &end);
  return end == copy.c_str() + copy.size();
}

}  // namespace

bool ParseJavaReal(std::string_view text, bool single, double* value) {
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text == "NaN" || text == "Infinity") {
    *value = text == "NaN" ? std::nan("") : HUGE_VAL;
  } else {
    if (text.empty() || !(IsDigit(text[0]) || text[0] == '.')) return false;  // no inf, and no second sign
    float narrow = 0;  // read as it is: by way of DOUBLE it would be rounded twice
    const char* const last = text.data() + text.size();
    const auto end = single ? std::from_chars(text.data(), last, narrow) : std::from_chars(text.data(), last, *value);
    if (single) *value = static_cast<double>(narrow);
    const bool usual = end.ec == std::errc() && end.ptr == last;
    if (!usual && !ParseUnusualReal(text, single, value)) return false;
  }
  if (negative) *value = -*value;
  return true;
}

}  // namespace cdc::sql
